"""The registry's one way to act and its ways to read. Every act is one transaction with its receipt in it."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from policies.registry import database
from policies.registry.actor import Act, Record
from policies.registry.errors import Code, RegistryRefusedError, RegistryUnavailableError
from policies.registry.reading import Reading, Watch
from vocabulary.moment import day_of

Row: TypeAlias = tuple[Any, ...]


class Writing:
    """What an act may do inside its transaction. `done` says what it was; an act that says nothing is not kept."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._act: Act | None = None

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """All rows of a query, as this transaction sees them."""
        return self._connection.execute(query, parameters).fetchall()

    def first(self, query: str, *parameters: object) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(query, *parameters)), None)

    def run(self, statement: str, *parameters: object) -> None:
        """Change something."""
        self._connection.execute(statement, parameters)

    def run_many(self, statement: str, rows: list[Row]) -> None:
        """Change something for each row."""
        self._connection.executemany(statement, rows)

    def next_id(self, letter: str, at: dt.datetime) -> str:
        """A new id, `A-2026-1`: its year by the city's calendar, its number one more than the last of that year.

        A number whose act was not kept is given again.
        """
        name = f"{letter}-{day_of(at).year}"
        query = "INSERT INTO series VALUES (?, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last"
        ((number,),) = self.rows(query, name)
        return f"{name}-{number}"

    def done(self, act: Act, changed: str | None = None) -> None:
        """Say what was done, and the name of the version that moves on with it."""
        if changed is not None:
            self.run("UPDATE version SET number = number + 1 WHERE name = ?", changed)
        self._act = act

    def said(self) -> Act:
        """What was done; RuntimeError where nothing was said."""
        if self._act is None:
            raise RuntimeError("an act did not say what was done: it is not kept")
        return self._act


class Store:
    """The registry's file in one directory. May be used from many threads; other processes may use it too.

    After an error its connections are closed; the next call opens them again, from what the disk then says.
    `factory` is the class of the writing connection: the seam at which tests break each durable step.
    """

    def __init__(self, directory: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self._directory = directory
        self._factory = factory
        self._writer: sqlite3.Connection | None = None
        self._writing = threading.Lock()
        self._in_doubt = False  # a commit failed since the write-ahead log was last known to be sound
        self._reading = Reading(directory)
        self._watch = Watch(directory)

    def open(self) -> None:
        """Open the registry, made or migrated where needed; all that can be read in it is durable then.

        Raises:
            WeakStoreError: its durability settings do not read back as they were set.
            RegistryUnavailableError: it cannot be opened or written.
        """
        with self._turn():
            self._opened()

    def close(self) -> None:
        """Close the file. An act that was not committed leaves no trace."""
        self._reading.close()
        self._watch.close()
        with self._turn():
            self._drop()

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """All rows of a query; RegistryUnavailableError where it cannot be answered."""
        return self._reading.rows(query, *parameters)

    def together(self, *queries: str) -> list[list[Row]]:
        """The rows of several queries at one moment."""
        return self._reading.together(*queries)

    def versions(self) -> dict[str, int]:
        """Name → how often it has changed, in any process: a few µs where nothing was written since the last call."""
        return self._watch.versions()

    @contextlib.contextmanager
    def act(self, record: Record) -> Iterator[Writing]:
        """A write transaction: judged and written in the body, then recorded, then committed.

        Whatever the body or `record` raises, nothing has changed; so no act without its receipt. Where the commit
        fails after it was recorded, the log says more than happened, which breaks no promise.

        Raises:
            RegistryUnavailableError: nothing was written, or it cannot be told whether it was.
            RegistryRefusedError: by the body; or a text of it is not Unicode.
        """
        with self._turn():
            connection = self._opened()
            try:
                writing = Writing(connection)
                with _told_apart():
                    database.patiently(connection, "BEGIN IMMEDIATE")
                    yield writing
                record(writing.said())
            except BaseException as error:
                self._take_back(connection, error)
                raise
            self._commit(connection)

    def _commit(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("COMMIT")
        except BaseException as error:
            self._in_doubt = True
            self._drop()
            if isinstance(error, sqlite3.Error):
                raise RegistryUnavailableError(f"it is not known whether an act was kept: {error}") from error
            raise

    def _take_back(self, connection: sqlite3.Connection, error: BaseException) -> None:
        """Undo what was not committed. Only after a refusal is the connection known to be sound."""
        if isinstance(error, RegistryRefusedError):
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
                return
        self._drop()  # which undoes it as well

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the threads of this process, no longer than SQLite waits for other processes."""
        if not self._writing.acquire(timeout=database.BUSY_SECONDS):
            raise RegistryUnavailableError("the registry is being written for too long")
        try:
            yield
        finally:
            self._writing.release()

    def _opened(self) -> sqlite3.Connection:
        if self._writer is not None:
            return self._writer
        try:
            self._writer = database.open_writer(self._directory, self._factory)
            if self._in_doubt:
                database.sync_anew(self._writer)
        except (OSError, sqlite3.Error) as error:
            self._drop()
            raise RegistryUnavailableError(f"the registry cannot be opened: {error}") from error
        except BaseException:
            self._drop()
            raise
        self._in_doubt = False
        return self._writer

    def _drop(self) -> None:
        connection, self._writer = self._writer, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):  # what was acknowledged is durable; what was not, may be lost
                connection.close()


@contextlib.contextmanager
def _told_apart() -> Iterator[None]:
    """What fails in the database, and what was never a text."""
    try:
        yield
    except sqlite3.Error as error:
        raise RegistryUnavailableError(f"the registry cannot be written: {error}") from error
    except UnicodeEncodeError as error:  # a lone surrogate, as JSON can spell it
        raise RegistryRefusedError(Code.MALFORMED, "A text holds characters that do not exist.") from error
