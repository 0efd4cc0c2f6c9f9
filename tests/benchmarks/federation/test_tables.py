"""The whole run, small: real processes, the real load, every answer compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.federation.measure import Effort
from benchmarks.federation.tables import Places, measure_federation


@pytest.mark.server
def test_floors_are_measured_and_what_is_not_there_is_named(folder: Path) -> None:
    work = folder / "work"
    work.mkdir()
    report = measure_federation("A machine.\n", Places(folder, None, work), Effort(rounds=1, seconds=1, warming=0))
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in report.text().splitlines() if "|" in line]
    assert [line[:2] for line in lines if line[0].startswith("floor")] == [
        ["floor", "1"],
        ["floor", "2"],
        ["floor, masked", "1"],
        ["floor, masked", "2"],
        ["floor on libraries", "1"],
        ["floor on libraries, masked", "1"],
    ]
    asked = [float(line[3]) for line in lines if line[0].startswith("floor")]
    assert all(7 <= one < 7.5 for one in asked), asked  # the last answers of a second are cut off
    assert [line[:2] for line in lines if line[0].startswith("tongguan")] == [
        ["tongguan router", "1"],
        ["tongguan router", "2"],
        ["tongguan router, governed", "1"],
        ["tongguan router, governed", "2"],
    ]
    assert [line[1] for line in lines if line[0] == "grafbase"] == ["not installed"]
    assert report.text().endswith("Peers: none installed.\n")
