"""MariaDB and MySQL by asyncmy, on the event loop: binary both ways, statements kept prepared, killed at the server."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any, Final

import asyncmy
from asyncmy import errors as asyncmy_errors
from sqlalchemy.dialects.mysql.asyncmy import MySQLDialect_asyncmy
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect

from connectors.drivers.address import read_address
from connectors.drivers.contract import Cells, Found, NoFormError
from connectors.drivers.mariadb_forms import MARIADB, MYSQL, form
from connectors.drivers.server import ServerDriver, Tables
from connectors.errors import FailureKind, SourceError
from connectors.form import Form
from vocabulary.catalogue import SourceDeclaration

NUMBERS: Final = {
    1969: FailureKind.TIMEOUT,  # max_statement_time
    3024: FailureKind.TIMEOUT,  # MySQL's max_execution_time
    1317: FailureKind.TIMEOUT,  # KILL QUERY
    1205: FailureKind.UNAVAILABLE,  # a lock was waited for
    1213: FailureKind.UNAVAILABLE,  # deadlock
    1040: FailureKind.OVERLOADED,  # too many connections
    1203: FailureKind.OVERLOADED,  # too many of this account
    1226: FailureKind.OVERLOADED,  # an account's own limit
    1461: FailureKind.OVERLOADED,  # too many prepared statements
    1041: FailureKind.OVERLOADED,  # out of memory
    1044: FailureKind.REFUSED,  # no right to the database
    1045: FailureKind.REFUSED,  # wrong password
    1130: FailureKind.REFUSED,  # not from this host
    1142: FailureKind.REFUSED,  # no right to the table
    1143: FailureKind.REFUSED,  # no right to the column
    1698: FailureKind.REFUSED,  # not by a password
    1820: FailureKind.REFUSED,  # the password has to be changed first
    1862: FailureKind.REFUSED,  # the password has expired
    4151: FailureKind.REFUSED,  # the account is locked
    1053: FailureKind.UNAVAILABLE,  # shutting down
    1152: FailureKind.UNAVAILABLE,  # the connection was aborted
    1184: FailureKind.UNAVAILABLE,
    1927: FailureKind.UNAVAILABLE,  # the connection was killed
    2002: FailureKind.UNAVAILABLE,
    2003: FailureKind.UNAVAILABLE,
    2006: FailureKind.UNAVAILABLE,  # the server has gone away
    2013: FailureKind.UNAVAILABLE,  # and did so while it answered
    2014: FailureKind.UNAVAILABLE,
}
"""The server's error number, or the driver's → how it reads to the exchange; others do not fit the declaration."""

_NO_SUCH_THREAD: Final = 1094
_LOST: Final = frozenset({2006, 2013})
_STATEMENTS_KEPT: Final = 200
_COLUMNS: Final = """
SELECT c.table_schema, c.table_name, c.column_name, c.column_type,
    CASE WHEN k.check_clause IS NULL THEN c.data_type ELSE 'json' END, COALESCE(c.collation_name, '')
FROM information_schema.columns AS c
LEFT JOIN information_schema.check_constraints AS k ON k.constraint_schema = c.table_schema
    AND k.table_name = c.table_name AND c.data_type = 'longtext'
    AND k.check_clause = CONCAT('json_valid(`', c.column_name, '`)')
WHERE (c.table_schema, c.table_name) IN ({})
ORDER BY c.table_schema, c.table_name, c.ordinal_position
"""
_COLUMNS_OF_MYSQL: Final = """
SELECT c.table_schema, c.table_name, c.column_name, c.column_type, c.data_type, COALESCE(c.collation_name, '')
FROM information_schema.columns AS c
WHERE (c.table_schema, c.table_name) IN ({})
ORDER BY c.table_schema, c.table_name, c.ordinal_position
"""
_TABLES: Final = "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY table_name LIMIT 100"
_CHANGED: Final = """
SELECT table_schema, table_name, CONCAT(update_time, '') FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND update_time IS NOT NULL AND (table_schema, table_name) IN ({})
"""


class MariadbDriver(ServerDriver):
    """As `Driver`. A table is looked for in the database of the URL, or as `database.table`."""

    def __init__(self, declaration: SourceDeclaration, base: Path) -> None:
        self._is_mariadb: Final = str(declaration.options["url"]).startswith("mariadb")
        address = read_address(declaration, base, port=3306, socket="unix_socket")
        dialect = (_MariaDB if self._is_mariadb else MySQLDialect_asyncmy)(paramstyle="qmark")
        super().__init__(declaration, address, dialect)

    async def open(self) -> MariadbSession:
        """As `ServerDriver`."""
        connection = await self._connect()
        session = MariadbSession(connection, self._kill)
        try:
            self._recognise(str(connection.server_version))
            for command in _settings(self._declaration.timeout, is_mariadb=self._is_mariadb):
                await connection.query(command)
        except BaseException:
            session.drop()
            raise
        return session

    async def look(self, session: MariadbSession) -> Tables:
        """As `ServerDriver`."""
        names = {self._named(one.table): one.table for one in self._declaration.types}
        sql = _COLUMNS if self._is_mariadb else _COLUMNS_OF_MYSQL
        columns: dict[str, list[Found]] = {}
        for database, table, column, kind, base, collation in await session.fetch(*_about(sql, names)):
            found = Found(column, "json" if base == "json" else kind, base, collation)
            columns.setdefault(names[database, table], []).append(found)
        return Tables(columns, [name for (name,) in await session.fetch(_TABLES, [self.address.database])])

    def form_of(self, column: Found, scalar: str | None, part: str | None) -> Form:
        """As `ServerDriver`."""
        return form(column, scalar, part, MARIADB if self._is_mariadb else MYSQL)

    async def changed(self, tables: Sequence[str]) -> Mapping[str, dt.datetime]:
        """As `Driver`: what the engine of a table has seen since the server was started; of views nothing is known."""
        names = {self._named(table): table for table in tables}

        async def work(session: MariadbSession) -> Cells:
            return await session.fetch(*_about(_CHANGED, names))

        rows = await self.use(work)
        return {names[database, name]: dt.datetime.fromisoformat(time + "+00:00") for database, name, time in rows}

    @staticmethod
    def kind_of(error: Exception) -> FailureKind:
        """As `ServerDriver`."""
        number = _number(error)
        if number in NUMBERS:
            return NUMBERS[number]
        if isinstance(error, TimeoutError):
            return FailureKind.TIMEOUT
        broken = isinstance(error, asyncmy_errors.InterfaceError | asyncmy_errors.InternalError) and number == 0
        return FailureKind.UNAVAILABLE if broken or isinstance(error, OSError | EOFError) else FailureKind.INVALID

    @staticmethod
    def is_lost(error: Exception) -> bool:
        """As `ServerDriver`."""
        return _number(error) in _LOST or isinstance(error, ConnectionError)

    def _recognise(self, version: str) -> None:
        """MariaDB and MySQL parted ways: each has collations and variables that the other lacks."""
        if ("mariadb" in version.lower()) is not self._is_mariadb:
            told = "MySQL; write mysql://" if self._is_mariadb else "MariaDB; write mariadb://"
            raise SourceError(self._declaration.name, FailureKind.INVALID, f"the server is {told} in options.url")

    def _named(self, table: str) -> tuple[str, str]:
        database, _, name = table.rpartition(".")
        return database or self.address.database, name

    async def _connect(self) -> Any:
        address, timeout = self.address, self._declaration.timeout
        return await asyncmy.connect(
            host=address.host,
            port=address.port,
            unix_socket=address.socket,
            user=address.user,
            password=address.password().encode(),
            database=address.database,
            ssl=address.tls,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=timeout,
            program_name=f"tongguan {address.source}",
        )

    async def _kill(self, thread: int) -> None:
        """End a connection and what runs on it, from another connection."""
        connection = await self._connect()
        try:
            await connection.query(f"KILL CONNECTION {int(thread)}")
        except asyncmy_errors.Error as error:
            if _number(error) != _NO_SUCH_THREAD:
                raise
        finally:
            connection.close()


class _MariaDB(MariaDBDialect, MySQLDialect_asyncmy):
    """SQLAlchemy's MariaDB, as asyncmy speaks it."""

    supports_statement_cache = True


class MariadbSession:
    """One connection of asyncmy, with the statements that it has prepared.

    `Any`: asyncmy's stubs leave out half of what is used here.
    """

    def __init__(self, connection: Any, kill: Callable[[int], Awaitable[None]]) -> None:
        self.connection = connection
        self._kill = kill
        self._is_asking = False
        self._prepared: OrderedDict[str, Any] = OrderedDict()

    async def fetch(self, sql: str, arguments: Sequence[object]) -> Cells:
        """As `Fetching`."""
        if [value for value in arguments if type(value) is int and value not in _INTEGERS]:
            raise NoFormError
        self._is_asking = True
        try:
            statement = await self._statement(sql)
            rows: Cells = (await statement.execute(tuple(arguments))).rows
        except UnicodeEncodeError:  # said before anything is sent
            self._is_asking = False
            raise NoFormError from None
        except asyncmy_errors.MySQLError:  # the server, or what is left of the connection, has done with it
            self._is_asking = False
            raise
        self._is_asking = False
        return rows

    async def _statement(self, sql: str) -> Any:
        statement = self._prepared.get(sql)
        if statement is None:
            statement = self._prepared[sql] = await self.connection.prepare(sql)
            if len(self._prepared) > _STATEMENTS_KEPT:
                await self._prepared.popitem(last=False)[1].close()
        else:
            self._prepared.move_to_end(sql)
        return statement

    def is_open(self) -> bool:
        """As `Session`."""
        transport = self.connection._transport  # noqa: SLF001  (asyncmy tells it nowhere else)
        return bool(self.connection.connected) and transport is not None and not transport.is_closing()

    async def abandon(self) -> None:
        """As `Session`: MariaDB does not notice that nobody waits for what it does, so it is told."""
        thread = self.connection.thread_id()
        is_asking = self._is_asking
        self.connection.close()
        if is_asking:
            await self._kill(thread)

    async def close(self) -> None:
        """As `Session`."""
        await self.connection.ensure_closed()

    def drop(self) -> None:
        """As `Session`."""
        self.connection.close()


def _number(error: Exception) -> int:
    """The error number; 0 where the driver says something of its own."""
    number = error.args[0] if isinstance(error, asyncmy_errors.MySQLError) and error.args else 0
    return number if isinstance(number, int) else 0


def _about(sql: str, names: Mapping[tuple[str, str], str]) -> tuple[str, list[str]]:
    """A question about tables, and its arguments."""
    return sql.format(", ".join(["(?, ?)"] * len(names))), [part for name in names for part in name]


_INTEGERS: Final = range(-(2**63), 2**64)


def _settings(timeout: float, *, is_mariadb: bool) -> tuple[str, ...]:
    """The session's own. They hold whatever the account or the server is set to."""
    bound = f"max_statement_time = {timeout}" if is_mariadb else f"max_execution_time = {ceil(timeout * 1000)}"
    waits = max(1, ceil(timeout / 2))  # "locked" is then still ours to say
    return (
        "SET SESSION TRANSACTION READ ONLY",
        f"SET SESSION {bound}",
        f"SET SESSION lock_wait_timeout = {waits}, innodb_lock_wait_timeout = {waits}",
        "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'",
    )
