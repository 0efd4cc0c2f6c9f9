"""Any database that SQLAlchemy has a dialect for, through its own blocking driver, in threads.

A fetch is one call in one worker thread: parameters, statement, rows to columns, types. The compiled text goes to the
driver's own cursor, because SQLAlchemy's execution would cost as much again as the 100 rows that it brings.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.pool import NullPool

from connectors.dialects import Flavour, failure, flavour
from connectors.drivers.contract import NO_FORM, Cells, Statement
from connectors.errors import DeclarationError, GapKind, SourceError, UnsupportedError
from connectors.form import Form, MismatchError
from connectors.layout import Taken
from connectors.workers import Call, Workers
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration

ResultT = TypeVar("ResultT")


class ThreadsDriver:
    """As `Driver`. What a column holds is seen when it is read; it takes no parts of columns."""

    def __init__(self, declaration: SourceDeclaration, base: Path) -> None:
        self.flavour, self.engine = _connect(declaration, base)
        self.dialect = self.engine.dialect
        self.workers: Final = Workers(
            declaration.concurrency,
            partial(_Session, declaration, self.engine, self.flavour),
            f"sql-{declaration.name}",
        )
        self._declaration = declaration
        self._columns: dict[str, list[str]] = {}
        self._tables: list[str] = []

    async def run(self, statement: Statement, read: Callable[[Cells], ResultT]) -> ResultT:
        """As `Driver`, all of it in one thread."""
        return await self.workers.run(partial(_run, statement, read))

    async def inspect(self) -> None:
        """As `Driver`."""
        await self.workers.run(self._inspect)

    def forget(self) -> None:
        """As `Driver`; nothing that it looked at is needed to ask."""

    def columns(self, declared: TypeDeclaration) -> Sequence[str] | None:
        """As `Driver`."""
        return self._columns.get(declared.table)

    def tables(self) -> Sequence[str]:
        """As `Driver`."""
        return self._tables

    def form(self, declared: TypeDeclaration, taken: Taken) -> Form:
        """As `Driver`."""
        if taken.part is not None:
            raise MismatchError(
                f"no part of {declared.table}.{taken.column} can be taken on this dialect; take the whole column,"
                " or a view that has the part as a column"
            )
        return self.flavour.form(taken.scalar)

    async def changed(self, tables: Sequence[str]) -> Mapping[str, dt.datetime]:
        """As `Driver`. Of a SQLite file, when it or its write-ahead log was last written; else nothing is known."""
        file = self.flavour.file(self.engine.url)
        at = None if file is None else await asyncio.to_thread(_written, file)
        return {} if at is None else dict.fromkeys(tables, at)

    async def close(self) -> None:
        """As `Driver`."""
        await self.workers.close(self._declaration.timeout)
        self.engine.dispose()

    def _inspect(self, session: _Session) -> None:
        try:
            session.open()
            with self.engine.connect() as connection:
                inspector = sa.inspect(connection)
                self._tables = sorted({*inspector.get_table_names(), *inspector.get_view_names()})
                self._columns = {}
                for declared in self._declaration.types:
                    try:
                        found = inspector.get_columns(declared.table)
                    except exc.NoSuchTableError:
                        continue
                    self._columns[declared.table] = [column["name"] for column in found]
        except exc.DBAPIError as error:
            raise session.failed(error.orig) from None


def _written(file: Path) -> dt.datetime | None:
    """When a SQLite file was last written, to itself or to its log; None where it is not there."""
    times = [one.stat().st_mtime for one in (file, file.with_name(f"{file.name}-wal")) if one.exists()]
    return dt.datetime.fromtimestamp(max(times), dt.UTC) if file.exists() else None


def _run(statement: Statement, read: Callable[[Cells], ResultT], session: _Session) -> ResultT:
    session.open()  # before the first statement is compiled: a dialect learns from the server what it can do
    return read(session.execute(*statement()))


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
            raise UnsupportedError(self._declaration.name, GapKind.NEVER, NO_FORM) from None
        finally:
            cursor.close()


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
