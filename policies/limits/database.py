"""The file of the counters, opened durably: `limits.sqlite`, shared by the processes of one machine."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from policies import durable
from policies.durable import Kept
from policies.limits.errors import LimitsUnavailableError, WeakStoreError

LIMITS_FILE: Final = "limits.sqlite"
BUSY_SECONDS: Final = 2.0
"""How long a write waits for another process's before it fails."""
_STRICT: Final = "STRICT, WITHOUT ROWID"
_MIGRATIONS: Final = (
    (
        "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), day INTEGER NOT NULL) STRICT",
        "INSERT INTO head VALUES (1, 0)",
        f"CREATE TABLE charged (day INTEGER, mark TEXT, contents TEXT NOT NULL, PRIMARY KEY (day, mark)) {_STRICT}",
        f"""CREATE TABLE used (
            day INTEGER, counter TEXT, rows INTEGER NOT NULL, subjects INTEGER NOT NULL, probes INTEGER NOT NULL,
            PRIMARY KEY (day, counter)) {_STRICT}""",
        f"CREATE TABLE seen (day INTEGER, counter TEXT, subject TEXT, PRIMARY KEY (day, counter, subject)) {_STRICT}",
        f"""CREATE TABLE disclosed (
            subject TEXT, day INTEGER, times INTEGER NOT NULL, PRIMARY KEY (subject, day)) {_STRICT}""",
        "CREATE INDEX disclosed_by_day ON disclosed (day)",  # for the deletion of old days
    ),
)
"""Statements that lead from each `user_version` to the next. Never edit one that was released; add one."""


_KEPT: Final = Kept(LIMITS_FILE, "the store of the limits", _MIGRATIONS)


def open_database(directory: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Open the counters for writing, made or migrated where needed; all that can be read in them is durable then.

    Raises:
        WeakStoreError: the durability settings do not read back as they were set.
        LimitsUnavailableError: they were written by a later version.
        OSError, sqlite3.Error: they cannot be opened or written.
    """
    try:
        return durable.open_writer(directory, _KEPT, factory, patience=BUSY_SECONDS)
    except durable.WeakError as error:
        raise WeakStoreError(str(error)) from None
    except durable.NewerError as error:
        raise LimitsUnavailableError(str(error)) from None


def open_reader(directory: Path) -> sqlite3.Connection:
    """Open counters that exist for reading only; sqlite3.Error where they can't be. A reader waits for no writer."""
    return durable.open_reader(directory, _KEPT, patience=BUSY_SECONDS)


def patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement that takes a lock, waiting up to BUSY_SECONDS for whoever holds it; sqlite3.Error after that."""
    durable.patiently(connection, statement, BUSY_SECONDS)


def sync_anew(connection: sqlite3.Connection) -> bool:
    """Write all that stands in the write-ahead log anew, into the database file, and sync that; whether it was done.

    After a failed sync a second one may report success for pages that the system has already given up.
    """
    ((busy, in_wal, moved),) = connection.execute("PRAGMA wal_checkpoint(FULL)")
    return not busy and in_wal == moved
