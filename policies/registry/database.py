"""The registry's file, opened durably: `registry.sqlite` in one directory, shared by the processes of one machine."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from policies import durable
from policies.durable import Kept
from policies.registry.errors import RegistryUnavailableError, WeakStoreError
from policies.registry.schema import MIGRATIONS

REGISTRY_FILE: Final = "registry.sqlite"
BUSY_SECONDS: Final = 5.0
"""How long a write waits for another's before it fails. That other one waits for its receipt meanwhile."""
_KEPT: Final = Kept(REGISTRY_FILE, "the registry's store", MIGRATIONS)


def open_writer(directory: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Open the registry for writing, made or migrated where needed; all that can be read in it is durable then.

    Raises:
        WeakStoreError: the durability settings do not read back as they were set.
        RegistryUnavailableError: it was written by a later version.
        OSError, sqlite3.Error: it cannot be opened or written.
    """
    try:
        return durable.open_writer(directory, _KEPT, factory, patience=BUSY_SECONDS)
    except durable.WeakError as error:
        raise WeakStoreError(str(error)) from None
    except durable.NewerError as error:
        raise RegistryUnavailableError(str(error)) from None


def open_reader(directory: Path) -> sqlite3.Connection:
    """Open a registry that exists for reading only; sqlite3.Error where it can't be. It waits for no writer."""
    return durable.open_reader(directory, _KEPT, patience=BUSY_SECONDS)


def patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement that takes a lock, for as long as others hold it and at most `BUSY_SECONDS`."""
    durable.patiently(connection, statement, BUSY_SECONDS)


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
