"""DuckDB as a room without doors: in memory, within a bound, never on disk, and stopped when nobody waits any more."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Any, Final

import duckdb
import sqlalchemy as sa

from connectors.dialects import Flavour
from connectors.ducktypes import MACROS
from connectors.errors import FailureKind, GapKind, SourceError, UnsupportedError
from connectors.workers import Call

_STATEMENTS_REMEMBERED: Final = 4_096
_INT64: Final = range(-(2**63), 2**63)
_SETTINGS: Final = (
    "temp_directory = ''",  # without one, what does not fit into memory ends in an error instead of a spill file
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "allow_extension_repositories = 'forbidden'",
    "allow_persistent_secrets = false",
    "python_enable_replacements = false",  # else a table's name could be a Python variable's
    "enable_external_file_cache = false",
    "TimeZone = 'UTC'",  # a time without a zone is UTC
)


def _listed(column: sa.ColumnElement[Any], keys: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The keys as one list: a thousand parameters take DuckDB 5 ms to parse and bind, a list of them 0.1 ms."""
    return column.in_(sa.select(sa.func.unnest(keys)).scalar_subquery())


FLAVOUR: Final = Flavour(
    # DuckDB compares text by the bytes of its UTF-8, which sort as code points do.
    moment=lambda value: value.astimezone(dt.UTC).replace(tzinfo=None),
    listed=_listed,
)


class _Text(FileIO):
    """A file that goes with its last user, also when nobody closed it."""

    def __del__(self) -> None:
        self.close()


class Duck:
    """One database in memory, locked: it reads the files of `folder` and `text`, and can't be told otherwise.

    `text` is a file without a name or a place on a disk, in which text is handed to it.
    """

    def __init__(self, source: str, folder: Path, memory: int) -> None:
        self._source = source
        self.memory: Final = memory  # MiB
        self._lock = Lock()
        self.text: Final = _Text(os.memfd_create(f"tongguan-{source}", os.MFD_CLOEXEC), "r+")
        self.text_path: Final = f"/proc/self/fd/{self.text.fileno()}"
        # One thread for the work of each query: that in which it was asked.
        config: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": f"{memory}MiB"}
        self._root = duckdb.connect(":memory:", config=config)
        for setting in (
            *_SETTINGS,
            f"allowed_directories = [{literal(f'{folder}/')}, {literal(no_pattern(f'{folder}/'))}]",
            f"allowed_paths = [{literal(self.text_path)}]",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            self._root.execute(f"SET {setting}")
        for macro in MACROS:
            self._root.execute(macro)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own, for one thread."""
        with self._lock:
            return self._root.cursor()

    def failed(self, error: duckdb.Error) -> SourceError:
        """How it failed, in our words: DuckDB's own quote values and paths."""
        return SourceError(self._source, *self._reading(error))

    def close(self) -> None:
        """End it, and everything in it. Closing twice does no harm."""
        with self._lock:
            self._root.close()
            self.text.close()

    def _reading(self, error: duckdb.Error) -> tuple[FailureKind, str]:
        match error:
            case duckdb.InterruptException():
                return FailureKind.TIMEOUT, "the query took too long and was stopped"
            case duckdb.OutOfMemoryException():
                return (
                    FailureKind.UNAVAILABLE,
                    f"the query needs more than {self.memory} MiB (options.memory), and nothing is put on disk",
                )
            case duckdb.PermissionException():
                return FailureKind.REFUSED, "a file may not be read"
            case _:
                return FailureKind.INVALID, "a file is damaged, or holds something else than its name says"


class DuckSession:
    """One worker's connection. It runs SELECTs and nothing else."""

    call: Call

    def __init__(self, source: str, duck: Duck) -> None:
        self._source = source
        self._duck = duck
        self._cursor = duck.cursor()
        self._only_selects = lru_cache(_STATEMENTS_REMEMBERED)(self._parse)

    def execute(self, sql: str, arguments: Any) -> Sequence[Sequence[Any]]:
        """Run one SELECT.

        Raises:
            SourceError: it failed, or nobody waits for it any more.
            UnsupportedError: an argument is none that DuckDB has a form for.
        """
        if not self._only_selects(sql):
            raise SourceError(self._source, FailureKind.REFUSED, "only SELECT is run")
        if self.call.stopped:
            raise SourceError(self._source, FailureKind.TIMEOUT, "the query was stopped before it began")
        try:
            return self._cursor.execute(sql, arguments).fetchall()
        except duckdb.Error as error:
            if any(map(_has_no_form, _flat(arguments))):
                reason = "a value that the database has no form for, so that nothing could equal it"
                raise UnsupportedError(self._source, GapKind.NEVER, reason) from None
            raise self._duck.failed(error) from None

    def _parse(self, sql: str) -> bool:
        """Whether a text is one SELECT. A COPY could write into the folder, which DuckDB can't be told to only read."""
        try:
            statements = self._cursor.extract_statements(sql)
        except duckdb.Error as error:
            raise self._duck.failed(error) from None
        return len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT

    def interrupt(self) -> None:
        """End the statement under way, from another thread. Without one, or when all is closed, it does nothing."""
        with suppress(duckdb.ConnectionException):
            self._cursor.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self._cursor.close()


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def no_pattern(path: str) -> str:
    """A path that DuckDB does not take for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def _flat(arguments: Sequence[Any]) -> list[Any]:
    return [one for value in arguments for one in (value if isinstance(value, list) else (value,))]


def _has_no_form(value: object) -> bool:
    if isinstance(value, int):
        return value not in _INT64
    try:
        return isinstance(value, str) and not isinstance(value.encode(), bytes)
    except UnicodeEncodeError:
        return True
