from __future__ import annotations

import hashlib
import sqlite3
import stat
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from audit.draft import draft
from audit.errors import LogUnavailableError, MalformedError, WeakStoreError
from audit.reader import LOG_FILE, Reader
from audit.store import Store
from audit.tree import Frontier, leaf_hash, root_of
from vocabulary.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.audit.conftest import Faults, Made


def entries(directory: Path) -> list[bytes]:
    """The bodies in the log, once its head and its indexes are found right."""
    with Reader(directory) as reader:
        rows = list(reader.entries(0, 10**6))
        head = reader.head()
    assert [index for index, _ in rows] == list(range(len(rows)))
    bodies = [body for _, body in rows]
    assert (head.size, head.root()) == (len(bodies), root_of(map(leaf_hash, bodies)))
    return bodies


def test_receipts_name_index_and_leaf(tmp_path: Path, made: Made) -> None:
    store = Store(tmp_path / "log")
    drafts = [draft(made.release(count)) for count in (1, 3000, 2)]
    first, second, third = store.append(drafts)
    chunks = len(drafts[1]) - 1
    bodies = entries(tmp_path / "log")
    assert [receipt.index for receipt in (first, second, third)] == [0, 1 + chunks, 2 + chunks]
    for receipt in (first, second, third):
        assert receipt.leaf == leaf_hash(bodies[receipt.index])
    (fourth,) = store.append([draft(made.wave())])
    assert fourth.index == 3 + chunks
    store.close()


def test_more_rows_than_one_statement_takes(tmp_path: Path, made: Made) -> None:
    store = Store(tmp_path)
    receipts = store.append([draft(made.release(1)) for _ in range(600)])
    store.close()
    assert [receipt.index for receipt in receipts] == list(range(600))
    assert [receipt.leaf for receipt in receipts] == [leaf_hash(body) for body in entries(tmp_path)]


def test_only_the_owner_may_read_the_files(tmp_path: Path, made: Made) -> None:
    store = Store(tmp_path / "state" / "log")
    store.append([draft(made.release())])
    assert stat.S_IMODE((tmp_path / "state" / "log").stat().st_mode) == 0o700
    files = list((tmp_path / "state" / "log").iterdir())
    assert {file.name for file in files} >= {LOG_FILE, f"{LOG_FILE}-wal"}
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


def test_a_log_of_a_later_version_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open()
    store.close()
    with closing(sqlite3.connect(tmp_path / LOG_FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LogUnavailableError, match="99"):
        store.open()


@pytest.mark.parametrize("content", [b"not a database, by far" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LOG_FILE).write_bytes(content)
    with pytest.raises(LogUnavailableError):
        Store(tmp_path).open()


def test_a_path_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file")
    with pytest.raises(LogUnavailableError):
        Store(tmp_path / "log").open()


@pytest.mark.parametrize("statement", ["BEGIN", "SELECT frontier", "INSERT INTO entry", "UPDATE head"])
@pytest.mark.parametrize("ran", [False, True])
def test_an_error_before_the_commit_writes_nothing(
    tmp_path: Path,
    faults: Faults,
    made: Made,
    statement: str,
    ran: bool,
) -> None:
    store = Store(tmp_path, faults.factory)
    store.append([draft(made.release())])
    faults.fail(statement, ran=ran)
    with pytest.raises(LogUnavailableError):
        store.append([draft(made.release())])
    assert len(entries(tmp_path)) == 1
    assert store.append([draft(made.release())])[0].index == 1
    assert len(entries(tmp_path)) == 2
    store.close()


def test_a_commit_that_failed_gives_no_receipt(tmp_path: Path, faults: Faults, made: Made) -> None:
    store = Store(tmp_path, faults.factory)
    store.open()
    faults.fail("COMMIT")
    # The failing commit is the append's; that of the re-opening goes through.
    with pytest.raises(LogUnavailableError, match="cannot be written"):
        store.append([draft(made.release()), draft(made.wave())])
    assert entries(tmp_path) == []
    assert store.append([draft(made.release())])[0].index == 0
    store.close()


def test_a_commit_that_was_made_but_reported_as_failed_gives_its_receipts(
    tmp_path: Path, faults: Faults, made: Made
) -> None:
    store = Store(tmp_path, faults.factory)
    store.open()
    checkpoints = []

    def checkpoint(_: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        checkpoints.append(len(entries(tmp_path)))
        return run()

    faults.plan["PRAGMA wal_checkpoint"] = checkpoint
    faults.fail("COMMIT", ran=True)
    receipts = store.append([draft(made.release()), draft(made.release(3000))])
    bodies = entries(tmp_path)
    assert receipts == tuple(Receipt(index, leaf_hash(bodies[index])) for index in (0, len(bodies) - 1))
    assert checkpoints == [len(bodies)]  # what was found was written anew and synced before anybody heard of it
    store.close()


@pytest.mark.parametrize("answer", ["SELECT 1, 3, 0", "SELECT 0, 3, 2"])
def test_found_but_not_known_to_be_durable_gives_no_receipt(
    tmp_path: Path, faults: Faults, made: Made, answer: str
) -> None:
    store = Store(tmp_path, faults.factory)
    store.open()
    faults.plan["PRAGMA wal_checkpoint"] = lambda connection, _: sqlite3.Connection.execute(connection, answer)
    faults.fail("COMMIT", ran=True)
    with pytest.raises(LogUnavailableError):
        store.append([draft(made.release())])
    assert len(entries(tmp_path)) == 1  # recorded, though nothing was released: the harmless side
    assert store.append([draft(made.release())])[0].index == 1
    store.close()


@pytest.mark.parametrize("statement", ["PRAGMA journal_mode", "BEGIN", "SELECT body", "PRAGMA wal_checkpoint"])
def test_a_disk_that_stays_away_leaves_the_fate_unknown_and_gives_no_receipt(
    tmp_path: Path, faults: Faults, made: Made, statement: str
) -> None:
    store = Store(tmp_path, faults.factory)
    store.open()

    def commit(_: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        run()
        del faults.plan["COMMIT"]
        faults.fail(statement, forever=True)
        raise sqlite3.OperationalError("disk I/O error")

    faults.plan["COMMIT"] = commit
    with pytest.raises(LogUnavailableError):
        store.append([draft(made.release())])
    faults.plan.clear()
    assert store.append([draft(made.release())])[0].index == 1
    assert len(entries(tmp_path)) == 2
    store.close()


def test_anothers_entry_at_the_same_index_is_not_taken_for_ours(tmp_path: Path, faults: Faults, made: Made) -> None:
    store, other = Store(tmp_path, faults.factory), Store(tmp_path)
    store.open()
    entry = made.release()

    def commit(connection: sqlite3.Connection, _: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        del faults.plan["COMMIT"]
        sqlite3.Connection.execute(connection, "ROLLBACK")
        assert other.append([draft(entry)])[0].index == 0
        raise sqlite3.OperationalError("disk I/O error")

    faults.plan["COMMIT"] = commit
    with pytest.raises(LogUnavailableError):
        store.append([draft(entry)])
    assert len(entries(tmp_path)) == 1
    store.close()
    other.close()


def test_a_locked_log_fails_in_bounded_time(tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.store.BUSY_SECONDS", 0.05)
    store, other = Store(tmp_path), Store(tmp_path)
    store.open()
    other.open()
    assert other._connection is not None
    other._connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnavailableError, match="locked"):
        store.append([draft(made.release())])
    other.close()
    assert store.append([draft(made.release())])[0].index == 0
    store.close()


def test_a_damaged_head_stops_the_log(tmp_path: Path, made: Made) -> None:
    store = Store(tmp_path)
    store.append([draft(made.release())])
    assert store._connection is not None
    store._connection.execute("UPDATE head SET frontier = x'00'")
    with pytest.raises(MalformedError, match="frontier"):
        store.append([draft(made.release())])
    store.close()


def test_a_new_log_is_made_by_several_at_once(tmp_path: Path) -> None:
    def make(directory: Path) -> None:
        store = Store(directory)
        start.wait()
        try:
            store.open()
        except LogUnavailableError as error:
            failed.append(error)
        store.close()

    start, failed = threading.Barrier(4), list[LogUnavailableError]()
    for number in range(20):
        threads = [threading.Thread(target=make, args=(tmp_path / str(number),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []


def test_two_stores_append_to_one_log(tmp_path: Path, made: Made) -> None:
    def write() -> None:
        store = Store(tmp_path)
        for _ in range(50):
            receipts.extend(store.append([draft(made.release(1)), draft(made.wave(1))]))
        store.close()

    receipts: list[Receipt] = []
    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = entries(tmp_path)
    assert sorted(receipt.index for receipt in receipts) == list(range(300))
    assert all(receipt.leaf == leaf_hash(bodies[receipt.index]) for receipt in receipts)


def test_archived_texts_are_kept_under_their_hash(tmp_path: Path, made: Made) -> None:
    store = Store(tmp_path)
    for _ in range(2):  # again is no error
        store.archive(made.epoch, made.policy)
    with Reader(tmp_path) as reader:
        assert reader.archived(made.epoch) == made.policy.encode()
        assert reader.archived("00" * 32) is None
    with pytest.raises(MalformedError):
        store.archive(made.epoch, "another text")
    with pytest.raises(MalformedError):
        store.archive(hashlib.sha256(b"").hexdigest(), "\ud800")
    store.close()


def test_an_archive_that_cannot_be_written_says_so(tmp_path: Path, faults: Faults, made: Made) -> None:
    store = Store(tmp_path, faults.factory)
    store.open()
    faults.fail("INSERT INTO archive")
    with pytest.raises(LogUnavailableError):
        store.archive(made.epoch, made.policy)
    store.archive(made.epoch, made.policy)
    store.close()


def test_opening_writes_so_that_what_can_be_read_is_durable(tmp_path: Path) -> None:
    """A commit at opening syncs the log that a killed writer may have left unsynced."""
    store = Store(tmp_path)
    store.open()
    keeper = sqlite3.connect(tmp_path / LOG_FILE)  # keeps the write-ahead log from being folded in and removed
    assert keeper.execute("SELECT frontier FROM head").fetchone() == (Frontier().encode(),)
    before = (tmp_path / f"{LOG_FILE}-wal").stat().st_size
    store.open()
    assert (tmp_path / f"{LOG_FILE}-wal").stat().st_size > before
    keeper.close()
    store.close()
