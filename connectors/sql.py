"""Connector kind `sql`: any database that SQLAlchemy has a dialect for.

Option `url`: a SQLAlchemy URL; the path of a SQLite file is relative to the folder of the exchange file. Statements
are SELECTs by construction, and connections are read-only where the dialect can be told so (`dialects.py`).

A fetch is one call in one worker thread: parameters, statement, rows to columns, types. The compiled text goes to the
driver's own cursor, because SQLAlchemy's execution would cost as much again as the 100 rows that it brings.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.pool import NullPool

from connectors.contract import REQUESTS_REMEMBERED, Capabilities, Connector, Gap, Rows
from connectors.dialects import Flavour, failure, flavour
from connectors.errors import DeclarationError, GapKind, SourceError, UnsupportedError
from connectors.layout import layout
from connectors.reading import read
from connectors.statement import MAX_KEYS, Query
from connectors.tables import READERS, bits
from connectors.workers import Call, Workers
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration
from vocabulary.fetch import Fetch, Op, Values

_READERS: Final = {**READERS, "Boolean": bits}


class SqlConnector(Connector):
    """A database. Keys are asked for by 1,024 at a time.

    A DateTime without an offset is UTC. SQLite keeps dates as text: `YYYY-MM-DD`, and for DateTime any ISO 8601, which
    is compared as the instant that it names.
    """

    def __init__(self, declaration: SourceDeclaration, base: Path) -> None:
        self._flavour, self._engine = _connect(declaration, base)
        super().__init__(declaration, _capabilities(sorts_text=self._flavour.order is not None))
        self._query: Final = lru_cache(REQUESTS_REMEMBERED)(self._analyse)
        self._workers: Final = Workers(
            declaration.concurrency,
            partial(_Session, declaration, self._engine, self._flavour),
            f"sql-{declaration.name}",
        )

    async def check(self) -> None:
        """See that each table and column is there."""
        async with self._cap.slot():
            await self._workers.run(self._inspect)

    async def changed(self) -> Mapping[str, dt.datetime]:
        """Of a SQLite file, when it or its write-ahead log was last written; of another database, nothing is known."""
        file = self._flavour.file(self._engine.url)
        if file is None:
            return {}
        at = await asyncio.to_thread(_written, file)
        return {} if at is None else dict.fromkeys((declared.name for declared in self.declaration.types), at)

    async def close(self) -> None:
        """Stop what is under way and close every connection."""
        await self._workers.close(self.declaration.timeout)
        self._engine.dispose()

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (it never waits itself)
        return await self._workers.run(partial(self._fetch, request, values))

    def _analyse(self, request: Fetch) -> Query:
        return Query(request, self._admit(request), self.declaration.name, self._flavour, self._engine.dialect)

    def _fetch(self, request: Fetch, values: Values, session: _Session) -> Rows:
        session.open()  # before the first statement is compiled: a dialect learns from the server what it can do
        query = self._query(request)
        return read(self.declaration.name, query, session.execute(*query.statement(values)), _READERS)

    def _inspect(self, session: _Session) -> None:
        try:
            session.open()
            with self._engine.connect() as connection:
                inspector = sa.inspect(connection)
                for declared in self.declaration.types:
                    self._check_table(inspector, declared)
        except exc.DBAPIError as error:
            raise session.failed(error.orig) from None

    def _check_table(self, inspector: sa.Inspector, declared: TypeDeclaration) -> None:
        where = f"source {self.declaration.name}: table {declared.table} (type {declared.name})"
        try:
            there = [column["name"] for column in inspector.get_columns(declared.table)]
        except exc.NoSuchTableError:
            names = sorted({*inspector.get_table_names(), *inspector.get_view_names()})
            raise DeclarationError(f"{where} is not there; write one of: {', '.join(names)}") from None
        for name, taken in layout(self.declaration, declared).items():
            if taken.column not in there:
                raise DeclarationError(
                    f"{where} has no column {taken.column} (field {name}); write one of: {', '.join(there)}"
                )


class _Session:
    """One worker's connection: opened at need, dropped after any failure, never seen by another thread."""

    call: Call

    def __init__(self, declaration: SourceDeclaration, engine: sa.Engine, own: Flavour) -> None:
        self._declaration = declaration
        self._engine = engine
        self._flavour = own
        self._connection: sa.PoolProxiedConnection | None = None
        self._error: type[Exception] = engine.dialect.loaded_dbapi.Error

    def open(self) -> None:
        """Have a connection that only reads and whose statements end with their call."""
        if self._connection is not None:
            return
        try:
            self._connection = self._engine.raw_connection()
            self._flavour.prepare(
                self._connection.driver_connection, self._declaration.timeout, lambda: self.call.stopped
            )
        except (self._error, exc.DBAPIError) as error:
            self.close()
            raise self.failed(error) from None

    def execute(self, sql: str, arguments: Any) -> Sequence[Sequence[Any]]:
        """Run one SELECT, and once more on a new connection where the server has hung up on the old one."""
        try:
            return self._execute(sql, arguments)
        except self._error as error:
            hung_up = self._engine.dialect.is_disconnect(error, self._connection, None)  # type: ignore[arg-type]  # any DBAPI error
            self.close()
            if not hung_up:
                raise self.failed(error) from None
        self.open()
        try:
            return self._execute(sql, arguments)
        except self._error as error:
            self.close()
            raise self.failed(error) from None

    def failed(self, error: BaseException | None) -> SourceError:
        """Say how it failed."""
        return SourceError(self._declaration.name, *failure(error))

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _execute(self, sql: str, arguments: Any) -> Sequence[Sequence[Any]]:
        if self._connection is None:
            raise RuntimeError("the session is not open")
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, arguments)
            return cursor.fetchall()
        except (UnicodeEncodeError, OverflowError):
            reason = "a value that the database has no form for, so that nothing could equal it"
            raise UnsupportedError(self._declaration.name, GapKind.NEVER, reason) from None
        finally:
            cursor.close()


def _written(file: Path) -> dt.datetime | None:
    """When a SQLite file was last written, to itself or to its log; None where it is not there."""
    times = [one.stat().st_mtime for one in (file, file.with_name(f"{file.name}-wal")) if one.exists()]
    return dt.datetime.fromtimestamp(max(times), dt.UTC) if file.exists() else None


def _connect(declaration: SourceDeclaration, base: Path) -> tuple[Flavour, sa.Engine]:
    where = f"source {declaration.name}: options.url"
    url = declaration.options.get("url")
    if set(declaration.options) != {"url"} or not isinstance(url, str):
        raise DeclarationError(f"source {declaration.name}: the options of kind sql are exactly one: url")
    try:
        given = sa.make_url(url)
        own = flavour(given.get_dialect().name)
        return own, sa.create_engine(
            own.address(given, base, declaration.name),
            poolclass=NullPool,  # each worker keeps the one connection that it has
            isolation_level="AUTOCOMMIT",  # one SELECT is a transaction of its own; none stays open
            connect_args=dict(own.arguments(declaration.timeout)),
        )
    except exc.NoSuchModuleError:
        raise DeclarationError(f"{where}: SQLAlchemy has no such dialect; write for instance sqlite:///file") from None
    except exc.ArgumentError:
        raise DeclarationError(f"{where} is no SQLAlchemy URL; write for instance sqlite:///file.sqlite") from None
    except ImportError:
        raise DeclarationError(f"{where}: the driver that it names is not installed") from None


def _capabilities(*, sorts_text: bool) -> Capabilities:
    if sorts_text:
        return Capabilities(frozenset(Op), boolean=True, collections=True, order=True, max_keys=MAX_KEYS)
    return Capabilities(
        frozenset(Op) - {Op.STARTS_WITH},
        boolean=True,
        collections=True,
        order=True,
        max_keys=MAX_KEYS,
        gap=Gap(GapKind.NOT_YET, "how this dialect sorts text is not known; connectors/dialects.py lacks its line"),
    )
