"""The log on SQLite: append-only, durable when it says so.

SQLite in WAL mode with `synchronous=FULL` syncs the write-ahead log before a commit returns (sqlite.org/pragma.html).
Several processes may hold a store on one directory: each append reads the head inside its own write transaction.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from audit.errors import LogUnavailableError, MalformedError, WeakStoreError
from audit.reader import LOG_FILE
from audit.tree import Frontier, leaf_hash
from vocabulary.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from audit.draft import Draft

BUSY_SECONDS: Final = 2.0
"""How long a write waits for another process's before it fails."""
_FULL: Final = 2  # what `PRAGMA synchronous` answers for FULL
_PRIMARY: Final = 0xFF  # the part of an extended error code that names the error (sqlite.org/rescode.html)
_RETRY_SECONDS: Final = 0.005
_ROWS: Final = 256  # entries of one INSERT

_MIGRATIONS: Final = (
    (
        "CREATE TABLE entry (idx INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
        "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), frontier BLOB NOT NULL) STRICT",
        "CREATE TABLE archive (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO head VALUES (1, x'0000000000000000')",  # the frontier of an empty tree
    ),
)
"""Statements that lead from each `user_version` to the next. Never edit one that was released; add one."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What a transaction wrote: entries from index `first` on, and the receipt of each draft."""

    first: int
    bodies: tuple[bytes, ...]
    receipts: tuple[Receipt, ...]


class Store:
    """The log's file in one directory (made with mode 0700, the file 0600), used by one thread at a time.

    After any error it is closed; the next call opens it again, from what the disk then says.
    `factory` is the class of its connection: the seam at which tests break each durable step.
    """

    def __init__(self, directory: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self._directory = directory
        self._factory = factory
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the log, made or migrated where needed; all that can be read in it is durable then.

        Raises:
            WeakStoreError: its durability settings do not read back as they were set.
            LogUnavailableError: it cannot be opened or written.
        """
        self.close()
        try:
            _make_file(self._directory)
            self._connection = self._connect()
            _migrate(self._connection)
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise LogUnavailableError(f"the log cannot be opened: {error}") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. A transaction that was not committed leaves no trace."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):  # what was acknowledged is durable; what was not, may be lost
                connection.close()

    def append(self, drafts: Sequence[Draft]) -> tuple[Receipt, ...]:
        """Append all drafts in one transaction; they are durable once this returns.

        Raises:
            LogUnavailableError: nothing was written, or it cannot be told whether it was. In the second case the
                entries may stand in the log; a log that records too much breaks no promise, one that records too
                little does.
            MalformedError: the stored head cannot be read. Nothing was written.
        """
        connection = self._opened()
        try:
            attempt = _write(connection, drafts)
        except sqlite3.Error as error:
            self.close()
            raise LogUnavailableError(f"the log cannot be written: {error}") from error
        except BaseException:
            self.close()
            raise
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()
            self._find_out(attempt, error)
        return attempt.receipts

    def archive(self, digest: str, text: str) -> bool:
        """Keep a text under the SHA-256 of its UTF-8 in hex; it is durable once this returns. Whether it is new here.

        Raises:
            MalformedError: that is not its hash.
            LogUnavailableError: it may not have been written. To try again does no harm.
        """
        try:
            is_its_hash = hashlib.sha256(text.encode()).hexdigest() == digest
        except UnicodeEncodeError:
            is_its_hash = False
        if not is_its_hash:
            raise MalformedError("a text is archived under the SHA-256 of its UTF-8, in hex")
        connection = self._opened()
        try:
            kept = connection.execute("INSERT INTO archive VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, text))
        except sqlite3.Error as error:
            self.close()
            raise LogUnavailableError(f"the archive cannot be written: {error}") from error
        return kept.rowcount > 0

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self.open()
        if self._connection is None:
            raise LogUnavailableError("the log is closed")
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._directory / LOG_FILE,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # opened where the log is made, used by its writer
            factory=self._factory,
        )
        try:
            _enter_wal(connection)
            _require(connection, "journal_mode", "WAL", "wal")
            _require(connection, "synchronous", "FULL", _FULL)
            _require(connection, "fullfsync", "ON", 1)  # without it a sync on macOS stops at the drive's cache
        except BaseException:
            connection.close()
            raise
        return connection

    def _find_out(self, attempt: _Attempt, error: sqlite3.Error) -> None:
        """After a failed commit: return only if what it wrote is durable all the same.

        A commit whose sync failed may be there, because its pages are still in the system's cache, and gone after a
        power cut; and a second sync may report success for pages that the system has already given up. A full WAL
        checkpoint writes them anew, into the database file, and syncs that.
        """
        connection = self._opened()
        try:
            last = attempt.first + len(attempt.bodies) - 1
            query = "SELECT body FROM entry WHERE idx BETWEEN ? AND ? ORDER BY idx"
            found = tuple(body for (body,) in connection.execute(query, (attempt.first, last)))
            # Every body holds a fresh random nonce, so another process's entries are never taken for these.
            if found == attempt.bodies:
                ((busy, in_wal, moved),) = connection.execute("PRAGMA wal_checkpoint(FULL)")
                if not busy and in_wal == moved:
                    return
        except sqlite3.Error as second:
            self.close()
            raise LogUnavailableError(f"the fate of a commit is not known: {second}") from error
        raise LogUnavailableError(f"the log cannot be written: {error}") from error


def _write(connection: sqlite3.Connection, drafts: Sequence[Draft]) -> _Attempt:
    """Everything but the commit."""
    connection.execute("BEGIN IMMEDIATE")
    ((stored,),) = connection.execute("SELECT frontier FROM head")
    frontier = Frontier.decode(stored)
    first = frontier.size
    bodies: list[bytes] = []
    receipts: list[Receipt] = []
    for draft in drafts:
        leaf = b""
        for body in draft.bodies(frontier.size):
            leaf = leaf_hash(body)
            frontier = frontier.append(leaf)
            bodies.append(body)
        receipts.append(Receipt(frontier.size - 1, leaf))
    for start in range(0, len(bodies), _ROWS):
        rows = bodies[start : start + _ROWS]
        # One statement for many rows: each call into SQLite gives up the interpreter lock, and the writer waits for
        # its return: a batch of 100 beside a busy thread took 73 ms so, and 247 ms with a statement for each row.
        values = ", ".join(["(?, ?)"] * len(rows))
        parameters = [value for index, body in enumerate(rows, first + start) for value in (index, body)]
        connection.execute(f"INSERT INTO entry VALUES {values}", parameters)  # noqa: S608  (placeholders only)
    connection.execute("UPDATE head SET frontier = ?", (frontier.encode(),))
    return _Attempt(first, tuple(bodies), tuple(receipts))


def _make_file(directory: Path) -> None:
    """Make directory and file for their owner's eyes alone, names durable, before SQLite opens them."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_directory(directory.parent)
    try:
        os.close(os.open(directory / LOG_FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return  # and it is not touched: closing any handle on it would drop the locks that SQLite holds in this process
    _sync_directory(directory)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Turn a new file to WAL. Where several processes do so at once, SQLite does not wait by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _require(connection: sqlite3.Connection, name: str, setting: str, expected: str | int) -> None:
    connection.execute(f"PRAGMA {name} = {setting}").close()
    ((answer,),) = connection.execute(f"PRAGMA {name}")
    if answer != expected:
        raise WeakStoreError(
            f"the log's store answers {name}={answer!r} where {setting} was set: receipts could be lost"
        )


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date, in a transaction that always writes.

    Its commit syncs the whole write-ahead log, so what a writer left there when it was killed between write and sync
    is durable before anyone reads it; and a store that cannot be written is not opened.
    """
    connection.execute("BEGIN IMMEDIATE")
    ((version,),) = connection.execute("PRAGMA user_version")
    if version > len(_MIGRATIONS):
        raise LogUnavailableError(f"the log has schema {version}; this version of tongguan knows {len(_MIGRATIONS)}")
    for migration in _MIGRATIONS[version:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
    connection.execute("COMMIT")
