"""The registry's file, opened durably: `registry.sqlite` in one directory, shared by the processes of one machine.

SQLite in WAL mode with `synchronous=FULL` syncs the write-ahead log before a commit returns (sqlite.org/pragma.html).
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Final

from policies.registry.errors import RegistryUnavailableError, WeakStoreError
from policies.registry.schema import MIGRATIONS

REGISTRY_FILE: Final = "registry.sqlite"
BUSY_SECONDS: Final = 5.0
"""How long a write waits for another's before it fails. That other one waits for its receipt meanwhile."""
_POLL_SECONDS: Final = 0.005
"""SQLite's own waiting grows to a tenth of a second between two looks, and a busy neighbour may hold the lock at each
of them; so it looks for this long, and then anew."""
_FULL: Final = 2  # what `PRAGMA synchronous` answers for FULL
_PRIMARY: Final = 0xFF  # the part of an extended error code that names the error (sqlite.org/rescode.html)


def open_writer(directory: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Open the registry for writing, made (directory 0700, file 0600) or migrated where needed.

    All that can be read in it is durable then. `factory` is the seam at which tests break each durable step.

    Raises:
        WeakStoreError: the durability settings do not read back as they were set.
        RegistryUnavailableError: it was written by a later version.
        OSError, sqlite3.Error: it cannot be opened or written.
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
    """Open a registry that exists for reading only; sqlite3.Error where it can't be. It waits for no writer."""
    connection = _connect(directory, sqlite3.Connection, BUSY_SECONDS)
    try:
        connection.execute("PRAGMA query_only = ON").close()
    except BaseException:
        connection.close()
        raise
    return connection


def patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement that takes a lock, for as long as others hold it and at most `BUSY_SECONDS`."""
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


def sync_anew(connection: sqlite3.Connection) -> None:
    """Move the write-ahead log into the database file, sync that and begin a new one.

    After a failed sync a second one may report success for pages that the system has already given up, and whatever
    is written behind such pages is lost with them.

    Raises:
        RegistryUnavailableError: others read at this moment.
    """
    ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise RegistryUnavailableError("the fate of a commit is not known, and others read: try again")


def _connect(directory: Path, factory: type[sqlite3.Connection], timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(
        # Never made by SQLite, which would let others read it; nor by a reader, in place of one that was moved away.
        f"{(directory / REGISTRY_FILE).absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,  # shared by threads, one at a time
        factory=factory,
    )


def _make_file(directory: Path) -> None:
    """Make directory and file for their owner's eyes alone, names durable, before SQLite opens them."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_directory(directory.parent)
    try:
        os.close(os.open(directory / REGISTRY_FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
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
            f"the registry's store answers {name}={answer!r} where {setting} was set: acts could be lost"
        )


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date, in a transaction that always writes.

    Its commit syncs the whole write-ahead log, so what a writer left there when it was killed between write and sync
    is durable before anyone reads it; and a store that cannot be written is not opened.
    """
    patiently(connection, "BEGIN IMMEDIATE")
    ((version,),) = connection.execute("PRAGMA user_version")
    if version > len(MIGRATIONS):
        known = len(MIGRATIONS)
        raise RegistryUnavailableError(f"the registry has schema {version}; this version of tongguan knows {known}")
    for migration in MIGRATIONS[version:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.execute("COMMIT")
