"""What is measured without a connector asks and answers what is measured with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.subgraphs import measure


@pytest.mark.server
def test_every_kind_is_measured_on_the_same_rows(tmp_path: Path) -> None:
    rates = list(measure(tmp_path, 1))
    assert [rate.name.partition(",")[0] for rate in rates] == ["python", "graphql", "graphql"]
    assert all(rate.connector > 0 < rate.plain for rate in rates)
