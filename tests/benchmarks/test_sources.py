"""What is measured without a connector brings what is measured with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.rates import rate
from benchmarks.sources import sources
from connectors import KINDS


@pytest.mark.server
def test_every_kind_is_measured_on_as_many_rows(tmp_path: Path) -> None:
    rates = [asyncio.run(rate(pair, 1)) for pair in sources(tmp_path)]
    measured = {one.kind.partition(",")[0] for one in rates}
    assert measured == {name for name, _ in KINDS}
    assert all(one.through > 0 < one.alone for one in rates)
