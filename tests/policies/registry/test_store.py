from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from policies.registry import database
from policies.registry.actor import Act, ActKind
from policies.registry.database import REGISTRY_FILE
from policies.registry.errors import Code, RegistryRefusedError, RegistryUnavailableError, WeakStoreError
from policies.registry.store import Store
from tests.policies.registry.made import (
    AT,
    LI,
    Acts,
    Faults,
    LogIsFullError,
    content,
    forget,
    open_store,
    refused,
    refuses_to_record,
)

ACT = Act(ActKind.CASE, "X-1", "try", LI, {})


def bump(store: Store, record: Callable[[Act], None] = forget) -> None:
    """The smallest act: the number of consents moves on by one."""
    with store.act(record) as writing:
        writing.done(ACT, "consents")


def count(directory: Path) -> int:
    """How many of these acts are kept, for whoever opens the file anew."""
    with closing(sqlite3.connect(directory / REGISTRY_FILE)) as connection:
        ((number,),) = connection.execute("SELECT number FROM version WHERE name = 'consents'")
    return int(number)


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    store = Store(tmp_path / "state" / "registry")
    bump(store)
    assert stat.S_IMODE((tmp_path / "state" / "registry").stat().st_mode) == 0o700
    files = list((tmp_path / "state" / "registry").iterdir())
    assert {file.name for file in files} >= {REGISTRY_FILE, f"{REGISTRY_FILE}-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


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
        Store(tmp_path, faults.factory).open()


def test_a_registry_of_a_later_version_is_refused(tmp_path: Path, faults: Faults) -> None:
    open_store(tmp_path, faults).close()
    with closing(sqlite3.connect(tmp_path / REGISTRY_FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(RegistryUnavailableError, match="99"):
        Store(tmp_path).open()


@pytest.mark.parametrize("text", [b"not a database, by far" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_registry_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / REGISTRY_FILE).write_bytes(text)
    with pytest.raises(RegistryUnavailableError):
        Store(tmp_path).open()


def test_a_path_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "registry").write_text("a file")
    with pytest.raises(RegistryUnavailableError):
        Store(tmp_path / "registry").open()


def test_a_new_registry_is_made_by_several_at_once(tmp_path: Path) -> None:
    def make(directory: Path) -> None:
        store = Store(directory)
        start.wait()
        try:
            store.open()
        except RegistryUnavailableError as error:
            failed.append(error)
        store.close()

    start, failed = threading.Barrier(4), list[RegistryUnavailableError]()
    for number in range(10):
        threads = [threading.Thread(target=make, args=(tmp_path / str(number),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []


def test_opening_writes_so_that_what_can_be_read_is_durable(tmp_path: Path) -> None:
    """A commit at opening syncs the log that a killed writer may have left unsynced."""
    store, other = Store(tmp_path), Store(tmp_path)
    store.open()
    before = (tmp_path / f"{REGISTRY_FILE}-wal").stat().st_size
    other.open()
    assert (tmp_path / f"{REGISTRY_FILE}-wal").stat().st_size > before
    other.close()
    store.close()


def test_an_act_is_recorded_after_it_was_written_and_before_it_is_kept(tmp_path: Path, faults: Faults) -> None:
    store = open_store(tmp_path, faults)
    seen: list[tuple[Act, int, str]] = []
    bump(store, lambda act: seen.append((act, count(tmp_path), faults.ran[-1])))
    ((act, kept, last),) = seen
    assert (act, kept) == (ACT, 0)
    assert last.startswith("UPDATE version")
    assert faults.ran[-1] == "COMMIT"
    assert count(tmp_path) == 1
    store.close()


def test_no_receipt_no_act(tmp_path: Path) -> None:
    store = Store(tmp_path)
    bump(store)
    before = content(tmp_path)
    with pytest.raises(LogIsFullError):
        bump(store, refuses_to_record)
    assert content(tmp_path) == before
    bump(store)
    assert count(tmp_path) == 2
    store.close()


def test_a_refusal_and_a_mistake_leave_nothing_and_are_not_recorded(tmp_path: Path, acts: Acts) -> None:
    store = Store(tmp_path)
    bump(store)
    before = content(tmp_path)

    def attempt(error: Exception) -> None:
        with store.act(acts) as writing:
            writing.done(ACT, "consents")
            raise error

    with refused(Code.UNKNOWN):
        attempt(RegistryRefusedError(Code.UNKNOWN, "Nothing has this id."))
    with pytest.raises(KeyError):
        attempt(KeyError())
    assert (content(tmp_path), acts) == (before, [])
    bump(store, acts)
    assert (count(tmp_path), acts.steps) == (2, ["try"])
    store.close()


def test_an_act_that_says_nothing_is_not_kept(tmp_path: Path, acts: Acts) -> None:
    store = Store(tmp_path)
    with pytest.raises(RuntimeError, match="not kept"), store.act(acts) as writing:
        writing.run("UPDATE version SET number = 5")
    assert (count(tmp_path), acts) == (0, [])
    store.close()


@pytest.mark.parametrize("statement", ["BEGIN", "UPDATE version"])
@pytest.mark.parametrize("ran", [False, True])
def test_an_error_before_the_record_keeps_and_records_nothing(
    tmp_path: Path, faults: Faults, acts: Acts, statement: str, *, ran: bool
) -> None:
    store = open_store(tmp_path, faults)
    faults.fail(statement, ran=ran)
    with pytest.raises(RegistryUnavailableError, match="cannot be written"):
        bump(store, acts)
    assert (count(tmp_path), acts) == (0, [])
    bump(store, acts)
    assert (count(tmp_path), len(acts)) == (1, 1)
    store.close()


@pytest.mark.parametrize("ran", [False, True])
def test_a_commit_that_is_reported_as_failed_is_told_whether_it_was_made_or_not(
    tmp_path: Path, faults: Faults, acts: Acts, *, ran: bool
) -> None:
    store = open_store(tmp_path, faults)
    faults.fail("COMMIT", ran=ran)
    with pytest.raises(RegistryUnavailableError, match="not known"):
        bump(store, acts)
    assert len(acts) == 1  # the log may say more than happened, never less
    assert count(tmp_path) == int(ran)
    bump(store, acts)
    assert count(tmp_path) == int(ran) + 1
    store.close()


def test_after_a_failed_commit_the_log_is_written_anew_before_anything_else_is_kept(
    tmp_path: Path, faults: Faults
) -> None:
    store = open_store(tmp_path, faults)
    faults.fail("COMMIT", ran=True)
    with pytest.raises(RegistryUnavailableError):
        bump(store)
    faults.ran.clear()
    bump(store)
    assert "PRAGMA wal_checkpoint(TRUNCATE)" in faults.ran
    assert faults.ran.index("PRAGMA wal_checkpoint(TRUNCATE)") < faults.ran.index(
        "UPDATE version SET number = number + 1 WHERE name = ?"
    )
    faults.ran.clear()
    bump(store)
    assert faults.ran == ["BEGIN IMMEDIATE", "UPDATE version SET number = number + 1 WHERE name = ?", "COMMIT"]
    store.close()


def test_while_the_log_cannot_be_written_anew_nothing_is_kept(tmp_path: Path, faults: Faults, acts: Acts) -> None:
    store = open_store(tmp_path, faults)
    faults.fail("COMMIT")
    with pytest.raises(RegistryUnavailableError):
        bump(store)
    busy = "SELECT 1, 3, 2"
    faults.plan["PRAGMA wal_checkpoint"] = lambda connection, _: sqlite3.Connection.execute(connection, busy)
    for _ in range(2):
        with pytest.raises(RegistryUnavailableError, match="fate"):
            bump(store, acts)
    faults.plan.clear()
    assert (count(tmp_path), acts) == (0, [])
    bump(store)
    assert count(tmp_path) == 1
    store.close()


@pytest.mark.parametrize("statement", ["PRAGMA journal_mode", "PRAGMA user_version", "BEGIN"])
def test_a_disk_that_stays_away_keeps_nothing(tmp_path: Path, faults: Faults, statement: str) -> None:
    store = open_store(tmp_path, faults)
    store.close()
    faults.fail(statement, forever=True)
    for _ in range(2):
        with pytest.raises(RegistryUnavailableError):
            bump(store)
    faults.plan.clear()
    bump(store)
    assert count(tmp_path) == 1
    store.close()


def test_a_locked_registry_fails_in_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    store, other = Store(tmp_path), Store(tmp_path)
    store.open()

    def record(_: Act) -> None:
        with pytest.raises(RegistryUnavailableError, match="locked"):
            bump(store)

    bump(other, record)
    bump(store)
    assert count(tmp_path) == 2
    store.close()
    other.close()


def test_an_act_inside_the_record_of_another_fails_in_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    store = Store(tmp_path)
    with pytest.raises(RegistryUnavailableError, match="too long"):
        bump(store, lambda _: bump(store))
    assert count(tmp_path) == 0
    bump(store)
    store.close()


def test_who_records_may_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    read: list[int] = []
    bump(store, lambda _: read.append(store.versions()["consents"]))
    assert (read, store.versions()["consents"]) == ([0], 1)
    store.close()


def test_many_threads_and_stores_act_one_after_the_other(tmp_path: Path) -> None:
    def run(store: Store) -> None:
        for _ in range(25):
            bump(store)
            numbers.append(store.versions()["consents"])

    numbers: list[int] = []
    shared = [Store(tmp_path), Store(tmp_path)]
    threads = [threading.Thread(target=run, args=(shared[number % 2],)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (count(tmp_path), max(numbers)) == (100, 100)
    for store in shared:
        store.close()


def test_ids_of_acts_that_were_not_kept_are_given_again(tmp_path: Path) -> None:
    store, ids = Store(tmp_path), list[str]()

    def number(record: Callable[[Act], None]) -> None:
        with store.act(record) as writing:
            ids.append(writing.next_id("A", AT))
            writing.done(ACT)

    number(forget)
    with pytest.raises(LogIsFullError):
        number(refuses_to_record)
    number(forget)
    assert ids == ["A-2026-1", "A-2026-2", "A-2026-2"]
    store.close()


def test_a_registry_that_was_moved_away_is_not_made_again_by_reading(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(RegistryUnavailableError, match="cannot be read"):
        store.versions()
    with pytest.raises(RegistryUnavailableError, match="cannot be read"):
        store.rows("SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_a_question_that_fails_is_told_and_the_next_is_answered(tmp_path: Path) -> None:
    store = Store(tmp_path)
    bump(store)
    with pytest.raises(RegistryUnavailableError, match="cannot be read"):
        store.rows("SELECT nothing FROM nowhere")
    with pytest.raises(RegistryUnavailableError, match="cannot be read"):
        store.together("SELECT 1", "SELECT nothing FROM nowhere")
    assert store.together("SELECT 1", "SELECT 2") == [[(1,)], [(2,)]]
    with pytest.raises(RegistryUnavailableError, match="readonly"):
        store.rows("DELETE FROM version")
    assert store.rows("SELECT count(*) FROM version") == [(4,)]
    store.close()


def test_versions_are_asked_for_again_only_when_something_was_written(tmp_path: Path) -> None:
    store, other = Store(tmp_path), Store(tmp_path)
    bump(store)
    first = store.versions()
    assert store.versions() is first
    bump(other)
    assert store.versions()["consents"] == first["consents"] + 1
    for more in (2, 3):  # a new connection counts anew, and may begin with the number that the last one had
        store.close()
        bump(other)
        assert store.versions()["consents"] == first["consents"] + more
    store.close()
    other.close()
