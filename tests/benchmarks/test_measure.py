"""The questions that are measured find as many residents as they are about, in the city that they are measured in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import measure
from benchmarks.servers import RESIDENTS
from federation.demo import City, build_demo
from federation.settings import Settings

pytestmark = pytest.mark.whole


def test_every_area_holds_the_rows_that_are_asked_for(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build_demo(Settings(home=home), City(RESIDENTS, seed=7))
    query = "SELECT count(*) FROM resident WHERE area_code >= ? AND area_code < ?"
    with closing(sqlite3.connect(home / "population.sqlite")) as register:

        def living(*areas: str) -> int:
            return sum(register.execute(query, (area, str(int(area) + 1))).fetchone()[0] for area in areas)

        assert min(living(*group) for group in measure._GROUPS) >= measure.ROWS
        assert living(measure._AREA) == 138  # as docs/benchmarks.md says
        assert living(measure._LARGE_AREA) == 1_401
