"""Connections that only read: one for questions, and one that watches whether anything was written."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policies.registry import database
from policies.registry.errors import RegistryUnavailableError


class Reading:
    """One connection, opened when it is first needed and after an error; threads take turns.

    Every method raises RegistryUnavailableError where the registry cannot be read.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """All rows of a query. All at once: an open cursor would hold back the write-ahead log."""
        with self._opened() as connection:
            return connection.execute(query, parameters).fetchall()

    def together(self, *queries: str) -> list[list[tuple[Any, ...]]]:
        """The rows of several queries at one moment."""
        with self._opened() as connection:
            connection.execute("BEGIN")
            answers = [connection.execute(query).fetchall() for query in queries]
            connection.execute("COMMIT")
            return answers

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = database.open_reader(self._directory)
                yield self._connection
            except BaseException as error:
                self._drop()
                if isinstance(error, sqlite3.Error):
                    raise RegistryUnavailableError(f"the registry cannot be read: {error}") from error
                raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()


class Watch(Reading):
    """Knows the versions, and asks for them again only when something was written."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._seen: int | None = None
        self._versions: dict[str, int] = {}

    def versions(self) -> dict[str, int]:
        """Name → how often it has changed, in any process.

        `PRAGMA data_version` changes whenever another connection has committed, of whatever process
        (sqlite.org/pragma.html); this one never writes. It is read first: what is committed between the two is then
        asked for once more, not missed.
        """
        with self._opened() as connection:
            ((seen,),) = connection.execute("PRAGMA data_version")
            if seen != self._seen:
                self._versions = dict(connection.execute("SELECT name, number FROM version").fetchall())
                self._seen = seen
            return self._versions

    def _drop(self) -> None:
        super()._drop()
        self._seen = None  # a new connection counts anew
