from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policies.limits.database import LIMITS_FILE
from policies.limits.errors import LimitsUnavailableError, MarkReusedError
from policies.limits.page import Outcome
from policies.limits.store import STEP, Store
from vocabulary.limits import Charge, Charged, Left

if TYPE_CHECKING:
    from tests.policies.limits.conftest import Faults, Made

TABLES = ("charged", "used", "seen", "disclosed")


def rows(directory: Path, table: str) -> list[tuple[int | str, ...]]:
    with closing(sqlite3.connect(directory / LIMITS_FILE)) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()


def rows_used(directory: Path) -> int:
    with closing(sqlite3.connect(directory / LIMITS_FILE)) as connection:
        ((total,),) = connection.execute("SELECT total(rows) FROM used")
        return int(total)


def one(store: Store, charge: Charge) -> Outcome:
    (outcome,) = store.charge([charge])
    return outcome


def is_allowed(store: Store, charge: Charge) -> bool:
    outcome = one(store, charge)
    assert isinstance(outcome, Charged)
    return outcome.allowed


def test_what_is_allowed_is_counted_once_however_often_it_is_tried(store: Store, tmp_path: Path, made: Made) -> None:
    charge = made.charge(rows=40, subjects=made.subjects(3), probes=1)
    expected = Charged(True, "", Left(rows=60, subjects=7, probes=4), frozenset())
    assert store.charge([charge, charge]) == [expected, expected]
    assert rows_used(tmp_path) == 40
    assert is_allowed(store, replace(charge, at=made.noon + dt.timedelta(hours=13)))  # after midnight
    assert rows_used(tmp_path) == 0
    assert [times for _, _, times in rows(tmp_path, "disclosed")] == [1, 1, 1]


def test_a_mark_that_stands_for_another_charge_is_refused(store: Store, tmp_path: Path, made: Made) -> None:
    charge = made.charge(rows=1)
    (first, second) = store.charge([charge, replace(charge, rows=50)])
    assert isinstance(first, Charged)
    assert isinstance(second, MarkReusedError)
    assert isinstance(one(store, replace(charge, principal="health/li")), MarkReusedError)
    assert rows_used(tmp_path) == 1


def test_what_is_refused_counts_nothing(store: Store, tmp_path: Path, made: Made) -> None:
    assert one(store, made.charge(rows=101, subjects=made.subjects(3))) == Charged(
        False, "rows", Left(rows=100, subjects=10, probes=5), frozenset()
    )
    assert [rows(tmp_path, table) for table in TABLES] == [[]] * 4


@pytest.mark.parametrize("statement", ["BEGIN", "SELECT day", "SELECT mark", "INSERT INTO charged", "INSERT INTO seen"])
def test_an_error_before_the_commit_counts_nothing(
    store: Store, tmp_path: Path, faults: Faults, made: Made, statement: str
) -> None:
    charge = made.charge(rows=7, subjects=made.subjects(2))
    for ran in (False, True):
        faults.fail(statement, ran=ran)
        with pytest.raises(LimitsUnavailableError, match="disk I/O"):
            store.charge([charge])
        assert [rows(tmp_path, table) for table in TABLES] == [[]] * 4
    assert is_allowed(store, charge)
    assert rows_used(tmp_path) == 7


@pytest.mark.parametrize("ran", [False, True])
def test_a_commit_that_failed_or_is_said_to_have_failed_counts_once_when_it_is_tried_again(
    store: Store, tmp_path: Path, faults: Faults, made: Made, ran: bool
) -> None:
    anew: list[int] = []

    def checkpoint(_: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        anew.append(rows_used(tmp_path))
        return run()

    faults.plan["PRAGMA wal_checkpoint"] = checkpoint
    faults.fail("COMMIT", ran=ran)
    charge = made.charge(rows=7)
    with pytest.raises(LimitsUnavailableError):
        store.charge([charge])
    assert one(store, charge) == Charged(True, "", Left(rows=93, subjects=10, probes=5), frozenset())
    assert rows_used(tmp_path) == 7
    assert anew == [7 if ran else 0]  # written anew and synced before anybody heard of it


@pytest.mark.parametrize("answer", ["SELECT 1, 3, 0", "SELECT 0, 3, 2"])
def test_what_cannot_be_written_anew_after_a_failed_commit_is_not_built_upon(
    store: Store, faults: Faults, made: Made, answer: str
) -> None:
    charge = made.charge(rows=7)
    faults.plan["PRAGMA wal_checkpoint"] = lambda connection, _: sqlite3.Connection.execute(connection, answer)
    faults.fail("COMMIT", ran=True)
    for _ in range(3):
        with pytest.raises(LimitsUnavailableError):
            store.charge([charge])
    faults.plan.clear()
    assert is_allowed(store, charge)


def test_a_known_mark_is_synced_again_before_it_is_answered(
    store: Store, tmp_path: Path, faults: Faults, made: Made
) -> None:
    charge = made.charge()
    store.charge([charge])
    written: list[object] = []

    def update(connection: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        written.append(connection)
        return run()

    faults.plan["UPDATE head"] = update
    store.charge([charge])
    assert len(written) == 1
    assert len(rows(tmp_path, "charged")) == 1


def test_a_lock_that_is_held_too_long_fails_in_bounded_time(
    store: Store, tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policies.limits.database.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LimitsUnavailableError, match="locked"):
            store.charge([made.charge()])
    assert is_allowed(store, made.charge())


@pytest.mark.parametrize("content", [b"not a database, by far" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, made: Made, content: bytes) -> None:
    (tmp_path / LIMITS_FILE).write_bytes(content)
    with pytest.raises(LimitsUnavailableError):
        Store(tmp_path, made.rules(), made.names()).open()


def test_a_path_that_is_no_directory_is_refused(tmp_path: Path, made: Made) -> None:
    (tmp_path / "limits").write_text("a file")
    with pytest.raises(LimitsUnavailableError):
        Store(tmp_path / "limits", made.rules(), made.names()).open()


def test_old_days_go_in_bounded_steps_and_what_a_rule_looks_at_stays(store: Store, tmp_path: Path, made: Made) -> None:
    def count() -> dict[str, int]:
        return {table: len(rows(tmp_path, table)) for table in TABLES}

    for number in range(80):
        store.charge([made.charge(principal=f"health/{number}", subjects=made.subjects(10, 10 * number))])
    assert count() == {"charged": 80, "used": 80, "seen": 800, "disclosed": 800}
    for days, deleted, left in (
        (
            1,
            880,
            {"charged": 81, "used": 1, "seen": 1, "disclosed": 801},
        ),  # yesterday's marks, and a budget of two days
        (2, 882, {"charged": 2, "used": 1, "seen": 1, "disclosed": 2}),
    ):
        before = sum(count().values())
        store.charge([made.charge(at=made.noon + dt.timedelta(days=days), subjects=made.subjects(1, 5000))])
        steps = [before + 4 - sum(count().values())]
        while not store.is_clean:
            before = sum(count().values())
            store.charge(())
            steps.append(before - sum(count().values()))
        assert steps == [STEP, deleted - STEP]
        assert count() == left


def test_what_is_at_rest_names_nobody(store: Store, tmp_path: Path, made: Made) -> None:
    charge = made.charge(principal="health-commission/wang.xiaoming", purpose="epidemic-control", rows=3, probes=1)
    store.charge([replace(charge, subjects=made.subjects(2))])
    texts = {value for table in TABLES for row in rows(tmp_path, table) for value in row if isinstance(value, str)}
    assert set(made.subjects(2)) < texts
    assert all(len(text) == 22 for text in texts)
    at_rest = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for word in (b"wang", b"xiaoming", b"health-commission", b"epidemic"):
        assert word not in at_rest
