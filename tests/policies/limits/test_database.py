from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policies.limits.database import LIMITS_FILE, open_database, open_reader, patiently
from policies.limits.errors import LimitsUnavailableError, WeakStoreError

if TYPE_CHECKING:
    from tests.policies.limits.conftest import Faults


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    directory = tmp_path / "state" / "limits"
    with closing(open_database(directory)):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        files = list(directory.iterdir())
        assert {file.name for file in files} >= {LIMITS_FILE, f"{LIMITS_FILE}-wal"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize(
    ("pragma", "weak"),
    [
        ("journal_mode", "SELECT 'memory'"),
        ("synchronous", "SELECT 1"),
        ("synchronous", "SELECT 0"),
        ("fullfsync", "SELECT 0"),
    ],
)
def test_a_store_that_reads_back_weak_is_refused(tmp_path: Path, faults: Faults, pragma: str, weak: str) -> None:
    faults.plan[f"PRAGMA {pragma}"] = lambda connection, _: sqlite3.Connection.execute(connection, weak)
    with pytest.raises(WeakStoreError, match=pragma):
        open_database(tmp_path, faults.factory)


def test_counters_of_a_later_version_are_refused(tmp_path: Path) -> None:
    open_database(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LimitsUnavailableError, match="99"):
        open_database(tmp_path)


def test_an_existing_store_is_opened_as_it_is(tmp_path: Path) -> None:
    with closing(open_database(tmp_path)) as connection:
        connection.execute("UPDATE head SET day = 7")
    with closing(open_database(tmp_path)) as connection:
        assert connection.execute("SELECT day FROM head").fetchall() == [(7,)]


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    open_database(tmp_path).close()
    with closing(open_reader(tmp_path)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("UPDATE head SET day = 7")


def test_a_new_store_is_made_by_several_at_once(tmp_path: Path) -> None:
    def make(directory: Path) -> None:
        start.wait()
        try:
            open_database(directory).close()
        except (sqlite3.Error, LimitsUnavailableError) as error:
            failed.append(error)

    start, failed = threading.Barrier(4), list[Exception]()
    for number in range(20):
        threads = [threading.Thread(target=make, args=(tmp_path / str(number),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    with closing(open_database(tmp_path)) as holder, closing(open_database(tmp_path)) as other:
        holder.execute("BEGIN IMMEDIATE")
        waiting = threading.Thread(target=patiently, args=(other, "BEGIN IMMEDIATE"))
        waiting.start()
        assert waiting.is_alive()
        holder.execute("COMMIT")
        waiting.join()
        assert other.in_transaction
        other.execute("ROLLBACK")
