"""What is compared brings the same answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.clients import CLIENTS, FLOOR, SIZES, ClientsReport, clients


@pytest.mark.server
def test_every_client_is_measured_on_the_same_answers(tmp_path: Path) -> None:
    found = clients(tmp_path, rounds=2, calls=3)
    assert found.keys() == set(SIZES)
    assert all(times.keys() == CLIENTS.keys() for times in found.values())
    assert f"| {FLOOR} | " in ClientsReport("", found).text()
