"""What SQL leaves to each database, in one table. A dialect that is not named here works by the standard's rules."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from sqlalchemy import URL, ColumnElement, any_, func

from connectors.errors import DeclarationError, FailureKind
from connectors.form import Form, Make, itself, plain
from connectors.tables import bits, moment
from vocabulary.values import Value

INSTANT: Final = "tongguan_instant"
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_STEPS_BETWEEN_LOOKS: Final = 10_000  # SQLite's virtual machine makes some 10⁷ to 10⁸ steps a second


@dataclass(frozen=True, slots=True)
class Flavour:
    """One dialect's own ways.

    `equality`, `order`: the collation under which strings are compared exactly (None: they are anyway), and sorted by
    code point (None: not known). `nulls_smallest`: null sorts so without being told. `day`, `moment`: a date, and a
    date with time, as they are bound. `instant`: a DateTime column as something that compares as `moment` binds it.
    `address`: the URL, read-only where it can say so; `arguments` for the driver, given the timeout in seconds;
    `prepare` makes a new connection read-only and bounded in time, given a question: has the caller given up?
    `gather`: a SELECT of so many columns as one that gives all its rows, in their order, as one JSON text; None where
    rows come best one by one. `file`: where the database lies, if in one file. `listed`: that a column is among a list
    of values, which is then one parameter; None where each value is one. `limits`: `LIMIT` may be written. `schemas`: a
    table may be named with the schema that it is in, as `schema.table`. `sorts_text`: how it sorts text by code point
    is known.
    """

    equality: str | None = None
    order: str | None = None
    nulls_smallest: bool = False
    day: Callable[[dt.date], object] = lambda value: value
    moment: Callable[[dt.datetime], object] = lambda value: value
    instant: Callable[[ColumnElement[Any]], ColumnElement[Any]] = lambda column: column
    address: Callable[[URL, Path, str], URL] = lambda url, _base, _source: url
    arguments: Callable[[float], Mapping[str, object]] = lambda _timeout: {}
    prepare: Callable[[Any, float, Callable[[], bool]], None] = lambda _connection, _timeout, _stopped: None
    gather: Callable[[str, int], str] | None = None
    file: Callable[[URL], Path | None] = lambda _url: None
    listed: Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]] | None = None
    limits: bool = False
    schemas: bool = False
    sorts_text: bool = False

    def form(self, scalar: str | None) -> Form:
        """How a field is had from a column of which nothing more is known."""
        if scalar == "DateTime":
            return plain(scalar, exact=self.instant, ordered=self.instant, encode=_unless_null(self.moment))
        if scalar == "Date":
            return plain(scalar, encode=_unless_null(self.day))
        if scalar == "Boolean":
            return plain(scalar, read=bits)
        if scalar in {"String", None}:
            return plain(scalar, exact=_collated(self.equality), ordered=_collated(self.order))
        return plain(scalar)


def _collated(collation: str | None) -> Make:
    return itself if collation is None else lambda column: column.collate(collation)


def _unless_null(encode: Callable[[Any], object]) -> Callable[[Value], object]:
    return lambda value: None if value is None else encode(value)


def flavour(dialect: str) -> Flavour:
    """The ways of a dialect, by SQLAlchemy's name of it."""
    return FLAVOURS.get(dialect, STANDARD)


def failure(error: BaseException | None) -> tuple[FailureKind, str]:
    """How a driver's exception reads to the exchange, in our words, for a driver's own quote values."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CANTOPEN:
        return FailureKind.UNAVAILABLE, "the database file cannot be opened; is the path in options.url right?"
    kind = _kind(error)
    return kind, SENTENCES[kind]


def _kind(error: BaseException | None) -> FailureKind:
    """By the exception's PEP 249 class, and by SQLite's result code, which is finer.

    `DataError`, `ProgrammingError` and the like mean that the source does not fit its declaration any more.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _SQLITE:
        return _SQLITE[code & 0xFF]
    names = {kind.__name__ for kind in type(error).__mro__}
    if code is None and isinstance(error, sqlite3.OperationalError):  # "Could not decode to UTF-8": no result code
        return FailureKind.INVALID
    if code is None and names & {"OperationalError", "InterfaceError", "InternalError"}:
        return FailureKind.UNAVAILABLE
    return FailureKind.INVALID


SENTENCES: Final = {
    FailureKind.TIMEOUT: "the statement took too long and was stopped",
    FailureKind.UNAVAILABLE: "the database cannot be reached, read or waited for",
    FailureKind.OVERLOADED: "the database has no room for one more connection or statement",
    FailureKind.REFUSED: "the database does not let us in",
    FailureKind.INVALID: "the database does not fit its declaration: some table, column or value is another",
}
_SQLITE: Final = {
    sqlite3.SQLITE_INTERRUPT: FailureKind.TIMEOUT,
    sqlite3.SQLITE_BUSY: FailureKind.UNAVAILABLE,
    sqlite3.SQLITE_LOCKED: FailureKind.UNAVAILABLE,
    sqlite3.SQLITE_CANTOPEN: FailureKind.UNAVAILABLE,
    sqlite3.SQLITE_IOERR: FailureKind.UNAVAILABLE,
    sqlite3.SQLITE_NOMEM: FailureKind.UNAVAILABLE,
    sqlite3.SQLITE_CORRUPT: FailureKind.UNAVAILABLE,
    sqlite3.SQLITE_NOTADB: FailureKind.UNAVAILABLE,
    sqlite3.SQLITE_PERM: FailureKind.REFUSED,
    sqlite3.SQLITE_AUTH: FailureKind.REFUSED,
}


def _sqlite_address(url: URL, base: Path, source: str) -> URL:
    if not url.database or url.database == ":memory:":
        raise DeclarationError(f"source {source}: options.url names no file; write sqlite:///name-of-the-file.sqlite")
    path = quote(str((base / url.database).absolute()))
    return url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})


def _sqlite_file(url: URL) -> Path:
    return Path(unquote((url.database or "").removeprefix("file:")))


def _sqlite_prepare(connection: sqlite3.Connection, _timeout: float, stopped: Callable[[], bool]) -> None:
    # Looked at by the statement itself, so unlike `interrupt` it can't come between two statements and be lost.
    connection.set_progress_handler(stopped, _STEPS_BETWEEN_LOOKS)
    connection.create_function(INSTANT, 1, _microseconds_of_text, deterministic=True)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA temp_store = MEMORY")  # a large sort would leave people's data in a temporary file
    if connection.execute("PRAGMA encoding").fetchone() != ("UTF-8",):
        # SQLite compares the bytes of the encoding: only those of UTF-8 sort as code points do.
        raise connection.NotSupportedError


def _sqlite_gather(select: str, width: int) -> str:
    """The same rows, gathered in one step of the statement.

    Python's driver gives up and takes back the interpreter's lock at every row, which costs a busy process far more
    than the rows do. As to the order: SQLite keeps that of a subquery which an aggregate other than count, min and max
    reads (the overview of its optimizer, "omit ORDER BY on subqueries").
    """
    names = ", ".join(f"c{at}" for at in range(width))
    return f"WITH page({names}) AS ({select}) SELECT json_group_array(json_array({names})) FROM page"  # noqa: S608  (names of ours)


def _microseconds(value: dt.datetime) -> int:
    return (value - _EPOCH) // dt.timedelta(microseconds=1)


def _microseconds_of_text(text: object) -> int | None:
    """The instant that a cell names, for comparisons; null where it names none (selected, that is refused)."""
    try:
        return _microseconds(moment(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def _in_array(column: ColumnElement[Any], values: ColumnElement[Any]) -> ColumnElement[bool]:
    return column == any_(values)


STANDARD: Final = Flavour()

FLAVOURS: Final[Mapping[str, Flavour]] = {
    "sqlite": Flavour(
        equality="BINARY",
        order="BINARY",
        nulls_smallest=True,
        day=dt.date.isoformat,
        moment=_microseconds,
        instant=getattr(func, INSTANT),
        address=_sqlite_address,
        file=_sqlite_file,
        # A lock is waited for, but not until the deadline: "locked" is then still ours to say.
        arguments=lambda timeout: {"timeout": timeout / 2},
        prepare=_sqlite_prepare,
        gather=_sqlite_gather,
        limits=True,
        sorts_text=True,
    ),
    "postgresql": Flavour(listed=_in_array, schemas=True, sorts_text=True),
    "mysql": Flavour(nulls_smallest=True, limits=True, schemas=True, sorts_text=True),
    "mariadb": Flavour(nulls_smallest=True, limits=True, schemas=True, sorts_text=True),
}
"""What is said of a column by its type stands with the drivers of PostgreSQL and MariaDB (`connectors/drivers/`)."""
