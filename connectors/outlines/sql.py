"""A database looked at: SQLite by its own driver, servers by the asynchronous drivers that the connector uses too.

Sessions only read. Of each table at most `sample.ROWS` rows are fetched, texts cut to `LONGEST_TEXT` characters, and at
most `COUNTED` rows counted; the database itself stops what takes too long.
"""

from __future__ import annotations

import asyncio
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from connectors.outlines.errors import NoTargetError, OutlineError
from connectors.outlines.sample import EMPTY, ROWS, sample, scalar_of
from connectors.outlines.target import COUNTED, LONGEST_TEXT, MOST_COLUMNS, MOST_TABLES, Target, trusted
from connectors.tls import is_loopback
from vocabulary.outline import NOTHING_SEEN, Column, ForeignKey, Outline, Table

_STEPS_BETWEEN_LOOKS: Final = 10_000
_MAGIC: Final = b"SQLite format 3\0"
_OF_EXTENSIONS: Final = frozenset({"spatial_ref_sys", "geometry_columns", "geography_columns"})
_DRIVERS: Final = {
    "postgresql": "postgresql+asyncpg",
    "mariadb": "mariadb+asyncmy",
    "mysql": "mysql+asyncmy",
}
_SCALARS: Final[tuple[tuple[type, str], ...]] = (
    (sa.Boolean, "Boolean"),
    (sa.Integer, "Int"),
    (sa.Numeric, "Float"),
    (sa.DateTime, "DateTime"),
    (sa.Date, "Date"),
    (sa.String, "String"),
)


def is_sqlite_url(where: str) -> bool:
    """Whether somebody wrote a URL of SQLite's."""
    return where.startswith("sqlite:")


def is_server_url(where: str) -> bool:
    """Whether somebody wrote a URL of a database server."""
    return where.partition("://")[0].partition("+")[0] in _DRIVERS


def read_sqlite_url(target: Target) -> Outline:
    """Look at the file that a URL names; a relative one lies in the folder of the exchange."""
    try:
        name = sa.make_url(target.where).database
    except (exc.ArgumentError, ValueError):
        name = None
    if not name or name == ":memory:":
        raise NoTargetError("the URL names no file: write sqlite:///path/of/the/file.sqlite")
    return read_sqlite(replace(target, where=str((target.base or Path()) / name)))


def read_sqlite(target: Target) -> Outline:
    """Look at a SQLite file."""
    path = Path(target.where)
    _require_sqlite(path)
    deadline = monotonic() + target.seconds
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=min(target.seconds, 5.0))) as raw:
            raw.set_progress_handler(lambda: monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
            raw.text_factory = lambda text: text.decode(errors="replace")
            raw.execute("PRAGMA query_only = ON")
            raw.execute("PRAGMA temp_store = MEMORY")
            engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=NullPool)
            with _quiet(), engine.connect() as connection:
                tables, notes = _Look(target, connection, deadline).tables()
    except (sqlite3.Error, exc.SQLAlchemyError) as error:
        raise OutlineError(_sqlite_sentence(error)) from None
    url = sa.URL.create("sqlite", database=target.relative(path)).render_as_string()
    return Outline("sql", {"url": url}, tables, name=path.stem, notes=notes)


def read_server(target: Target) -> Outline:
    """Look at the tables of one database of a server."""
    given = _server_url(target)
    try:
        with _quiet():
            tables, notes = asyncio.run(_ask_server(target, given))
    except TimeoutError:
        raise OutlineError(
            f"the server did not answer within {target.seconds:g} seconds: see whether host and port are right and "
            "whether a firewall stands between, or give it longer with --seconds"
        ) from None
    except (OSError, exc.SQLAlchemyError) as error:
        raise OutlineError(_server_sentence(error)) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in {"asyncpg", "asyncmy"}:
            raise
        raise OutlineError(_server_sentence(error)) from None
    options: dict[str, object] = {"url": given.render_as_string(hide_password=True)}
    if target.secret_file:
        options["password"] = {"file": target.secret_file}
    if target.ca is not None:
        options["tls"] = {"ca": target.relative(target.ca)}
    return Outline("sql", options, tables, name=given.database or "database", notes=notes)


async def _ask_server(target: Target, given: sa.URL) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    family = given.get_backend_name()
    url = given.set(drivername=_DRIVERS[family], password=target.secret or None)
    milliseconds = ceil(target.seconds * 1000)
    arguments: Mapping[str, object] = {"connect_timeout": ceil(target.seconds)}
    prepare = ["SET SESSION TRANSACTION READ ONLY", f"SET SESSION max_statement_time = {target.seconds:g}"]
    if family == "mysql":
        prepare[1] = f"SET SESSION max_execution_time = {milliseconds}"
    if family == "postgresql":
        settings = {"default_transaction_read_only": "on", "statement_timeout": str(milliseconds)}
        arguments, prepare = {"timeout": target.seconds, "server_settings": settings}, []
    if target.ca is not None:
        arguments = {**arguments, "ssl": trusted(target.ca)}
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
    deadline = monotonic() + target.seconds
    try:
        async with asyncio.timeout(target.seconds), engine.connect() as connection:
            for statement in prepare:
                await connection.execute(sa.text(statement))
            return await connection.run_sync(lambda sync: _Look(target, sync, deadline).tables())
    finally:
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class _Look:
    """One connection, looked through table by table."""

    target: Target
    connection: sa.Connection
    deadline: float

    def tables(self) -> tuple[tuple[Table, ...], tuple[str, ...]]:
        inspector = sa.inspect(self.connection)
        views = set(inspector.get_view_names())
        if self.connection.dialect.name == "postgresql":
            views |= set(inspector.get_materialized_view_names())
        there = sorted({*inspector.get_table_names(), *views} - _OF_EXTENSIONS)
        if missing := sorted(self.target.tables - set(there)):
            raise NoTargetError(f"there is no table {missing[0]}; there are: {', '.join(there) or 'none'}")
        wanted = [name for name in there if self.target.wants(name)]
        if not wanted:
            raise OutlineError(
                "there are no tables that this account may see: name the database or schema that has them, or let the "
                "account read them"
            )
        notes = []
        if len(wanted) > MOST_TABLES:
            notes.append(
                f"There are {len(wanted)} tables; the first {MOST_TABLES} were looked at. Name those you mean: --table."
            )
        found = []
        for name in wanted[:MOST_TABLES]:
            if monotonic() > self.deadline:
                notes.append(f"Time was over before {name}; what follows it was not looked at (--seconds, --table).")
                break
            found.append(self._table(inspector, name, is_view=name in views))
        return tuple(found), tuple(notes)

    def _table(self, inspector: sa.Inspector, name: str, *, is_view: bool) -> Table:
        declared = inspector.get_columns(name)[:MOST_COLUMNS]
        key = () if is_view else tuple(inspector.get_pk_constraint(name)["constrained_columns"])
        unique = {key[0]} if len(key) == 1 else set()
        if not is_view:
            found: list[list[str | None]] = [[*one["column_names"]] for one in inspector.get_unique_constraints(name)]
            indexes = inspector.get_indexes(name, include_auto_indexes=True)  # SQLite's own, behind a plain UNIQUE
            found += [one["column_names"] for one in indexes if one["unique"] and not _is_partial(one)]
            unique |= {names[0] for names in found if len(names) == 1 and names[0] is not None}
        keys = tuple(
            ForeignKey(one["constrained_columns"][0], one["referred_table"], one["referred_columns"][0])
            for one in ([] if is_view else inspector.get_foreign_keys(name))
            if len(one["constrained_columns"]) == len(one["referred_columns"]) == 1
        )
        cells = self._cells(name, declared)
        columns = tuple(_column(one, cells.get(one["name"]), unique, self._is_loose) for one in declared)
        rows = self._count(name)
        return Table(
            name,
            columns,
            key,
            keys,
            rows=None if rows is None else min(rows, COUNTED),
            is_more=rows is not None and rows > COUNTED,
            is_view=is_view,
            comment=self._comment(inspector, name),
        )

    @property
    def _is_loose(self) -> bool:
        """Whether the cells of a column may be of another type than it declares."""
        return self.connection.dialect.name == "sqlite"

    def _comment(self, inspector: sa.Inspector, name: str) -> str:
        if not self.connection.dialect.supports_comments:
            return ""
        return inspector.get_table_comment(name)["text"] or ""

    def _cells(self, name: str, declared: list[Any]) -> Mapping[str, list[object]]:
        """Cells of the columns that a sample can be taken of; of a view that takes too long, none."""
        wanted = [one for one in declared if self._is_loose or _scalar(one["type"]) is not None]
        if not wanted:
            return {}
        chosen = [self._cut(sa.column(one["name"]), one["type"]).label(f"c{at}") for at, one in enumerate(wanted)]
        rows = self._asked(sa.select(*chosen).select_from(sa.table(name)).limit(ROWS))
        if rows is None:
            return {}
        return {one["name"]: [row[at] for row in rows] for at, one in enumerate(wanted)}

    def _cut(self, column: sa.ColumnElement[Any], declared: object) -> sa.ColumnElement[Any]:
        """The column without what is too long to look at."""
        if self._is_loose:
            cut = sa.case(
                (sa.func.typeof(column) == "blob", sa.literal_column("x'00'")),
                (sa.func.typeof(column) == "text", sa.func.substr(column, 1, LONGEST_TEXT)),
                else_=column,
            )
            return sa.type_coerce(cut, sa.types.NullType())
        if isinstance(declared, sa.String):
            return sa.func.substr(sa.cast(column, sa.Text), 1, LONGEST_TEXT)
        return column

    def _count(self, name: str) -> int | None:
        some: sa.Select[Any] = (
            sa.select(sa.literal_column("1").label("one")).select_from(sa.table(name)).limit(COUNTED + 1)
        )
        rows = self._asked(sa.select(sa.func.count()).select_from(some.subquery()))
        return None if rows is None else int(rows[0][0])

    def _asked(self, statement: sa.Select[Any]) -> list[Any] | None:
        """The rows; None where the database stopped the statement, or a view can't be computed."""
        try:
            return list(self.connection.execute(statement))
        except exc.DBAPIError as error:
            if error.connection_invalidated or (monotonic() > self.deadline and not self._is_loose):
                raise
            return None


def _column(declared: Any, cells: list[object] | None, unique: set[str], is_loose: bool) -> Column:  # noqa: FBT001
    name, scalar = declared["name"], _scalar(declared["type"])
    kind = type(declared["type"]).__name__.upper() if scalar is None else str(scalar)
    if kind == "NULLTYPE":
        kind = "of a type of its own"
    if cells is not None and is_loose:
        scalar, kind = _loosely(scalar, kind, cells)
    elif cells is not None and isinstance(declared["type"], mysql.TINYINT) and _are_bits(cells):
        scalar = kind = "Boolean"
    return Column(
        name,
        scalar,
        kind,
        nullable=bool(declared["nullable"]),
        unique=name in unique,
        comment=declared.get("comment") or "",
        sample=NOTHING_SEEN if cells is None else sample(cells),
    )


def _loosely(scalar: str | None, kind: str, cells: list[object]) -> tuple[str | None, str]:
    """SQLite's types bind nobody: what the cells hold counts, and what is declared only where they leave it open."""
    if scalar == "Boolean" and _are_bits(cells):
        return scalar, kind
    found, called = scalar_of(cells)
    if called == EMPTY:
        return scalar, kind
    if scalar == "Float" and found == "Int":
        return scalar, kind
    return found, called


def _is_partial(index: Any) -> bool:
    """Whether an index leaves rows out, which then need not be unique."""
    return any(str(word).endswith("_where") for word in index.get("dialect_options", {}))


def _are_bits(cells: list[object]) -> bool:
    return any(cell is not None for cell in cells) and {*cells} <= {0, 1, None}


def _scalar(declared: object) -> str | None:
    if isinstance(declared, sa.LargeBinary):
        return None
    return next((scalar for kind, scalar in _SCALARS if isinstance(declared, kind)), None)


def _require_sqlite(path: Path) -> None:
    try:
        with path.open("rb") as file:
            begins = file.read(len(_MAGIC))
    except OSError:
        raise NoTargetError(f"{path.name} can't be read: see whether the path is right and you may read it") from None
    if begins != _MAGIC:
        raise OutlineError(f"{path.name} is no SQLite database, whatever its name says: name the file that is")


def _server_url(target: Target) -> sa.URL:
    try:
        given = sa.make_url(target.where)
    except (exc.ArgumentError, ValueError):
        raise NoTargetError("this is no database URL: write postgresql://user@host:5432/database") from None
    if given.password is not None:
        raise NoTargetError(
            "a password in the URL would stand in exchange.yaml and in the log: write it into a file that only you can "
            "read, take it out of the URL, and name the file with --password-file"
        )
    if not given.database or not given.host:
        raise NoTargetError("the URL names no host or no database: write postgresql://user@host:5432/database")
    if target.ca is None and not is_loopback(given.host):
        raise NoTargetError(
            "the server is on another machine, and the password and what is looked at would go there in the clear, to "
            "whoever answers: name the certificate of the authority that vouches for it with --ca"
        )
    return sa.URL.create(given.get_backend_name(), given.username, None, given.host, given.port, given.database)


def _sqlite_sentence(error: BaseException) -> str:
    original = getattr(error, "orig", error)
    match getattr(original, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_INTERRUPT:
            return "the database took too long: give it longer with --seconds, or name the tables you mean with --table"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "the database is locked by somebody who writes: try again"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return "the database can't be opened: see whether you may read the file and its folder"
        case _:
            return "the database can't be read: it is damaged, encrypted or of another version"


def _server_sentence(error: BaseException) -> str:
    for one in _causes(error):
        said = {getattr(one, "sqlstate", None), getattr(one, "pgcode", None), *one.args[:1]}
        for codes, sentence in _SENTENCES:
            if codes & said:
                return sentence
    if any(isinstance(one, OSError) for one in _causes(error)):
        return _UNREACHABLE
    return "the server can't be asked: see whether it is of the kind that the URL names, and whether it is up"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__


@contextmanager
def _quiet() -> Iterator[None]:
    """A type that SQLAlchemy has no class for is no mistake of anybody's: it is told in the proposal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exc.SAWarning)
        yield


_UNREACHABLE: Final = "nobody answers at this host and port: see whether both are right and the database is up"
_SENTENCES: Final[tuple[tuple[frozenset[object], str], ...]] = (
    (
        frozenset({"28P01", "28000", 1045, 1698}),
        "the server does not let this user in: see user and password (--password-file)",
    ),
    (frozenset({"3D000", 1049, 1044}), "there is no such database for this user: see the name at the URL's end"),
    (frozenset({"42501", 1142, 1143}), "this user may not read it: GRANT SELECT on what the exchange is to see"),
    (frozenset({"57014", 1969, 3024}), "the database took too long: use --seconds, or name tables with --table"),
    (frozenset({"53300", 1040, 1203}), "the server has no connection left for us: try again"),
    (frozenset({2003, 2002, 2005}), _UNREACHABLE),
)
