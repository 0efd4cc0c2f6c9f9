"""A SQLite file that is durable when it says so, shared by the processes of one machine.

SQLite in WAL mode with `synchronous=FULL` syncs the write-ahead log before a commit returns (sqlite.org/pragma.html).
The stores of this room differ in their schema and in how long they wait; how they are opened is one thing.
"""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_POLL_SECONDS: Final = 0.005
"""SQLite's own waiting grows to a tenth of a second between two looks, and a busy neighbour may hold the lock at each
of them; so it looks for this long, and then anew."""
_FULL: Final = 2  # what `PRAGMA synchronous` answers for FULL
_PRIMARY: Final = 0xFF  # the part of an extended error code that names the error (sqlite.org/rescode.html)


class WeakError(Exception):
    """The durability settings do not read back as they were set."""


class NewerError(Exception):
    """The file was written by a later version."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file: its name in its directory, what people call it, and the statements that lead from each `user_version`
    to the next.
    """  # noqa: D205

    file: str
    called: str
    migrations: tuple[tuple[str, ...], ...]


def open_writer(
    directory: Path, kept: Kept, factory: type[sqlite3.Connection], *, patience: float
) -> sqlite3.Connection:
    """Open a file for writing, made (directory 0700, file 0600) or migrated where needed.

    All that can be read in it is durable then. `factory` is the seam at which tests break each durable step;
    `patience` is how many seconds to wait for other processes.

    Raises:
        WeakError, NewerError: as their names say.
        OSError, sqlite3.Error: it cannot be opened or written.
    """
    _make_file(directory, kept.file)
    connection = _connect(directory, kept.file, factory, _POLL_SECONDS)
    try:
        patiently(connection, "PRAGMA journal_mode = WAL", patience)
        _require(connection, kept, "journal_mode", "WAL", "wal")
        _require(connection, kept, "synchronous", "FULL", _FULL)
        _require(connection, kept, "fullfsync", "ON", 1)  # without it a sync on macOS stops at the drive's cache
        _migrate(connection, kept, patience)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(directory: Path, kept: Kept, *, patience: float) -> sqlite3.Connection:
    """Open a file that exists for reading only; sqlite3.Error where it can't be. It waits for no writer."""
    connection = _connect(directory, kept.file, sqlite3.Connection, patience)
    try:
        connection.execute("PRAGMA query_only = ON").close()
    except BaseException:
        connection.close()
        raise
    return connection


def patiently(connection: sqlite3.Connection, statement: str, patience: float) -> None:
    """Run a statement that takes a lock, for as long as others hold it and at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute(statement).close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS / 5)  # where SQLite does not wait by itself, as for the change to WAL
        else:
            return


def _connect(directory: Path, file: str, factory: type[sqlite3.Connection], timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(
        # Never made by SQLite, which would let others read it; nor by a reader, in place of one that was moved away.
        f"{(directory / file).absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,  # shared by threads, one at a time
        factory=factory,
    )


def _make_file(directory: Path, file: str) -> None:
    """Make directory and file for their owner's eyes alone, names durable, before SQLite opens them."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_directory(directory.parent)
    try:
        os.close(os.open(directory / file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return  # and it is not touched: closing any handle on it would drop the locks that SQLite holds in this process
    _sync_directory(directory)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _require(connection: sqlite3.Connection, kept: Kept, name: str, setting: str, expected: str | int) -> None:
    connection.execute(f"PRAGMA {name} = {setting}").close()
    ((answer,),) = connection.execute(f"PRAGMA {name}")
    if answer != expected:
        raise WeakError(f"{kept.called} answers {name}={answer!r} where {setting} was set: what it keeps could be lost")


def _migrate(connection: sqlite3.Connection, kept: Kept, patience: float) -> None:
    """Bring the schema up to date, in a transaction that always writes.

    Its commit syncs the whole write-ahead log, so what a writer left there when it was killed between write and sync
    is durable before anyone reads it; and a store that cannot be written is not opened.
    """
    patiently(connection, "BEGIN IMMEDIATE", patience)
    ((version,),) = connection.execute("PRAGMA user_version")
    known = len(kept.migrations)
    if version > known:
        raise NewerError(f"{kept.called} has schema {version}; this version of tongguan knows {known}")
    for migration in kept.migrations[version:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {known}")
    connection.execute("COMMIT")
