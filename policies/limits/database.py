"""The file of the counters, opened durably: `limits.sqlite` in one directory, shared by the processes of one machine.

SQLite in WAL mode with `synchronous=FULL` syncs the write-ahead log before a commit returns (sqlite.org/pragma.html).
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Final

from policies.limits.errors import LimitsUnavailableError, WeakStoreError

LIMITS_FILE: Final = "limits.sqlite"
BUSY_SECONDS: Final = 2.0
"""How long a write waits for another process's before it fails."""
_POLL_SECONDS: Final = 0.005
"""SQLite's own waiting grows to a tenth of a second between two looks, and a busy neighbour may hold the lock at each
of them; so it looks for this long, and then anew."""
_FULL: Final = 2  # what `PRAGMA synchronous` answers for FULL
_PRIMARY: Final = 0xFF  # the part of an extended error code that names the error (sqlite.org/rescode.html)

_KEPT: Final = "STRICT, WITHOUT ROWID"
_MIGRATIONS: Final = (
    (
        "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), day INTEGER NOT NULL) STRICT",
        "INSERT INTO head VALUES (1, 0)",
        f"CREATE TABLE charged (day INTEGER, mark TEXT, contents TEXT NOT NULL, PRIMARY KEY (day, mark)) {_KEPT}",
        f"""CREATE TABLE used (
            day INTEGER, counter TEXT, rows INTEGER NOT NULL, subjects INTEGER NOT NULL, probes INTEGER NOT NULL,
            PRIMARY KEY (day, counter)) {_KEPT}""",
        f"CREATE TABLE seen (day INTEGER, counter TEXT, subject TEXT, PRIMARY KEY (day, counter, subject)) {_KEPT}",
        f"""CREATE TABLE disclosed (
            subject TEXT, day INTEGER, times INTEGER NOT NULL, PRIMARY KEY (subject, day)) {_KEPT}""",
        "CREATE INDEX disclosed_by_day ON disclosed (day)",  # for the deletion of old days
    ),
)
"""Statements that lead from each `user_version` to the next. Never edit one that was released; add one."""


def open_database(directory: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Open the counters for writing, made (directory 0700, file 0600) or migrated where needed.

    All that can be read in them is durable then.

    Raises:
        WeakStoreError: the durability settings do not read back as they were set.
        LimitsUnavailableError: they were written by a later version.
        OSError, sqlite3.Error: they cannot be opened or written.
    """
    _make_file(directory)
    connection = _connect(directory, factory, _POLL_SECONDS)
    try:
        patiently(connection, "PRAGMA journal_mode = WAL")
        _require(connection, "journal_mode", "WAL", "wal")
        _require(connection, "synchronous", "FULL", _FULL)
        _require(connection, "fullfsync", "ON", 1)  # without it a sync on macOS stops at the drive's cache
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(directory: Path) -> sqlite3.Connection:
    """Open counters that exist for reading only. A reader in WAL mode waits for no writer.

    Raises:
        sqlite3.Error: they cannot be opened.
    """
    connection = _connect(directory, sqlite3.Connection, BUSY_SECONDS)
    connection.execute("PRAGMA query_only = ON")
    return connection


def patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement that takes a lock, waiting up to BUSY_SECONDS for whoever holds it; sqlite3.Error after that."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(statement).close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS / 5)  # where SQLite does not wait by itself, as for the change to WAL
        else:
            return


def sync_anew(connection: sqlite3.Connection) -> bool:
    """Write all that stands in the write-ahead log anew, into the database file, and sync that; whether it was done.

    After a failed sync a second one may report success for pages that the system has already given up.
    """
    ((busy, in_wal, moved),) = connection.execute("PRAGMA wal_checkpoint(FULL)")
    return not busy and in_wal == moved


def _connect(directory: Path, factory: type[sqlite3.Connection], timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(
        directory / LIMITS_FILE,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,  # opened where the limits are made, used by one thread at a time
        factory=factory,
    )


def _make_file(directory: Path) -> None:
    """Make directory and file for their owner's eyes alone, names durable, before SQLite opens them."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_directory(directory.parent)
    try:
        os.close(os.open(directory / LIMITS_FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return  # and it is not touched: closing any handle on it would drop the locks that SQLite holds in this process
    _sync_directory(directory)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _require(connection: sqlite3.Connection, name: str, setting: str, expected: str | int) -> None:
    connection.execute(f"PRAGMA {name} = {setting}").close()
    ((answer,),) = connection.execute(f"PRAGMA {name}")
    if answer != expected:
        raise WeakStoreError(
            f"the store of the limits answers {name}={answer!r} where {setting} was set: counts could be lost"
        )


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date, in a transaction that always writes.

    Its commit syncs the whole write-ahead log, so what a writer left there when it was killed between write and sync
    is durable before anyone reads it; and a store that cannot be written is not opened.
    """
    patiently(connection, "BEGIN IMMEDIATE")
    ((version,),) = connection.execute("PRAGMA user_version")
    if version > len(_MIGRATIONS):
        known = len(_MIGRATIONS)
        raise LimitsUnavailableError(f"the limits have schema {version}; this version of tongguan knows {known}")
    for migration in _MIGRATIONS[version:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
    connection.execute("COMMIT")
