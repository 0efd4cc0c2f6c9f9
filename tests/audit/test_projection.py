"""What is taken into the projection many entries at a time is what is taken in one by one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from audit.search import INDEX_FILE, Search
from vocabulary.receipt import Entry, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from audit.log import Log
    from tests.audit.conftest import Made

TABLES = ("access", "marked", "entry", "day", "tally", "node", "progress")


def written(log: Log, made: Made) -> None:
    """Entries of two days and of every shape: chunks, several hits of one subject, marks, nobody's."""
    for number in range(90):
        log.append_sync(replace(made.release(2, number, probed=1), glass=("g-1", "g-2"), agreement="a-1"))
        log.append_sync(made.wave(2, number))
        log.append_sync(replace(made.release(1, number), at="2026-11-22T23:59:59.000Z", emergencies=("e-1",)))
    both = made.pseudonyms(1)
    log.append_sync(Entry(Kind.RELEASE, "2026-11-20", "ok", subjects={"Resident": both}, probed={"Resident": both}))
    log.append_sync(made.release(3000))
    log.append_sync(Entry(Kind.FAILURE, "2026-11-21", "source-dead", subjects={"Resident": both}))


def projected(directory: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the projection, built anew."""
    (directory / INDEX_FILE).unlink(missing_ok=True)
    Search(directory).catch_up()
    with closing(sqlite3.connect(directory / INDEX_FILE)) as index:
        return {table: sorted(index.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


@pytest.mark.parametrize("sizes", [(3, 10**6), (100, 7), (256, 20_000), (10_000, 10**6)])
def test_many_at_a_time_are_as_one_by_one(
    log: Log, tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, int]
) -> None:
    written(log, made)
    monkeypatch.setattr("audit.projection._ROWS", 1)
    one_by_one = projected(tmp_path / "log")
    assert all(one_by_one.values())
    monkeypatch.setattr("audit.projection._ROWS", sizes[0])
    monkeypatch.setattr("audit.projection._MOST_ACCESSES", sizes[1])
    assert projected(tmp_path / "log") == one_by_one


def test_what_is_taken_in_piece_by_piece_is_what_is_taken_in_at_once(
    log: Log, tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(log, made)
    at_once = projected(tmp_path / "log")
    monkeypatch.setattr("audit.projection._BATCH", 7)
    assert projected(tmp_path / "log") == at_once
    log.append_sync(made.release())
    Search(tmp_path / "log").catch_up()
    with closing(sqlite3.connect(tmp_path / "log" / INDEX_FILE)) as index:
        ((behind,),) = index.execute("SELECT next FROM progress")
        assert behind == len(at_once["entry"]) + 1
