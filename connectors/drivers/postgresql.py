"""PostgreSQL by asyncpg, on the event loop: binary both ways, statements kept prepared, cancelled at the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from connectors.drivers.address import Address, read_address
from connectors.drivers.contract import Cells, Found, NoFormError
from connectors.drivers.postgresql_forms import Database, form
from connectors.drivers.server import ServerDriver, Tables
from connectors.errors import FailureKind
from connectors.form import Form
from vocabulary.catalogue import SourceDeclaration

STATES: Final = {
    "57014": FailureKind.TIMEOUT,  # statement_timeout; a person who cancels it says no more than that
    "55P03": FailureKind.UNAVAILABLE,  # lock_timeout
    "53": FailureKind.OVERLOADED,  # too many connections, out of memory, disk full
    "28": FailureKind.REFUSED,  # no such account, wrong password, not from here
    "42501": FailureKind.REFUSED,  # insufficient_privilege
    "08": FailureKind.UNAVAILABLE,  # the connection
    "57": FailureKind.UNAVAILABLE,  # shut down, starting, crashed, terminated by its people
    "58": FailureKind.UNAVAILABLE,  # the system beneath
    "40": FailureKind.UNAVAILABLE,  # deadlock; a replica that had to drop what was being read
    "XX": FailureKind.UNAVAILABLE,  # damaged
}
"""SQLSTATE, or its class → how it reads to the exchange. Whatever is not here does not fit the declaration."""

_STATEMENTS_KEPT: Final = 200
_COLUMNS: Final = """
SELECT t.name, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN coalesce(b.typtype, y.typtype) = 'e' THEN 'enum'
         WHEN coalesce(b.typcategory, y.typcategory) = 'A' THEN 'array'
         ELSE coalesce(b.typname, y.typname) END,
    CASE WHEN c.collisdeterministic THEN '' ELSE 'nondeterministic' END,
    'schema ' || coalesce(m.nspname, n.nspname),
    CASE WHEN a.attnotnull THEN 'required' ELSE '' END
FROM unnest($1::text[]) AS t (name)
JOIN pg_attribute AS a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS y ON y.oid = a.atttypid
JOIN pg_namespace AS n ON n.oid = y.typnamespace
LEFT JOIN pg_type AS b ON b.oid = y.typbasetype AND y.typtype = 'd'
LEFT JOIN pg_namespace AS m ON m.oid = b.typnamespace
LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
ORDER BY t.name, a.attnum
"""
_TABLES: Final = """
SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_' AND has_table_privilege(c.oid, 'SELECT')
ORDER BY name LIMIT 100
"""


class PostgresqlDriver(ServerDriver):
    """As `Driver`. A table is looked for in the schema `public`, or as `schema.table`."""

    def __init__(self, declaration: SourceDeclaration, base: Path) -> None:
        address = read_address(declaration, base, port=5432, socket="host")
        super().__init__(declaration, address, asyncpg_dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy's
        self._database = Database()

    async def open(self) -> PostgresqlSession:
        """As `ServerDriver`."""
        timeout, address = self._declaration.timeout, self.address
        connection = await asyncpg.connect(
            host=address.socket or address.host,
            port=address.port,
            user=address.user,
            password=address.password(),  # never None: asyncpg would look for one in the environment
            database=address.database,
            ssl=address.tls or False,
            timeout=timeout,
            statement_cache_size=_STATEMENTS_KEPT,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            server_settings=_settings(address, timeout),
        )
        return PostgresqlSession(connection, timeout)

    async def look(self, session: PostgresqlSession) -> Tables:
        """As `ServerDriver`."""
        names = {_quoted(one.table): one.table for one in self._declaration.types}
        columns: dict[str, list[Found]] = {}
        for name, column, kind, base, *details in await session.fetch(_COLUMNS, [list(names)]):
            columns.setdefault(names[name], []).append(Found(column, kind, base, details=frozenset(details)))
        self._database = Database(session.encoding())
        return Tables(columns, [name for (name,) in await session.fetch(_TABLES, [])])

    def form_of(self, column: Found, scalar: str | None, part: str | None) -> Form:
        """As `ServerDriver`."""
        made = form(column, scalar, part, self._database)
        return replace(made, required=part is None and "required" in column.details)

    @staticmethod
    def kind_of(error: Exception) -> FailureKind:
        """As `ServerDriver`."""
        state = getattr(error, "sqlstate", None)
        if isinstance(state, str):
            return STATES.get(state) or STATES.get(state[:2]) or FailureKind.INVALID
        if isinstance(error, TimeoutError):
            return FailureKind.TIMEOUT
        if isinstance(error, OSError | EOFError | asyncpg.InterfaceError | asyncpg.InternalClientError):
            return FailureKind.UNAVAILABLE
        return FailureKind.INVALID

    @staticmethod
    def is_lost(error: Exception) -> bool:
        """As `ServerDriver`."""
        return isinstance(error, asyncpg.PostgresConnectionError | asyncpg.InterfaceError | ConnectionError)


class PostgresqlSession:
    """One connection of asyncpg."""

    def __init__(self, connection: asyncpg.Connection, timeout: float) -> None:
        self.connection = connection
        self._timeout = timeout

    async def fetch(self, sql: str, arguments: Sequence[object]) -> Cells:
        """As `Fetching`."""
        try:
            rows: Cells = await self.connection.fetch(sql, *arguments)
        except asyncpg.DataError as error:
            if error.severity is None:  # asyncpg's own word, before it sent anything: the server's has one
                raise NoFormError from None
            raise
        return rows

    def encoding(self) -> str:
        """The encoding that the database was made in."""
        return str(self.connection.get_settings().server_encoding)

    def is_open(self) -> bool:
        """As `Session`."""
        return not self.connection.is_closed()

    async def abandon(self) -> None:
        """As `Session`: asyncpg has asked the server to cancel; this waits until it has."""
        await self.connection.close(timeout=self._timeout)

    async def close(self) -> None:
        """As `Session`."""
        await self.connection.close(timeout=self._timeout)

    def drop(self) -> None:
        """As `Session`."""
        self.connection.terminate()


def _quoted(table: str) -> str:
    schema, _, name = table.rpartition(".")
    return ".".join('"' + part.replace('"', '""') + '"' for part in (schema or "public", name))


def _settings(address: Address, timeout: float) -> dict[str, str]:
    """The session's own, said while it is opened. They hold whatever the account or the database is set to."""
    milliseconds = ceil(timeout * 1000)
    return {
        "application_name": f"tongguan {address.source}",
        "default_transaction_read_only": "on",
        "statement_timeout": str(milliseconds),
        "lock_timeout": str(ceil(milliseconds / 2)),  # "locked" is then still ours to say
        "idle_in_transaction_session_timeout": str(milliseconds),
        "TimeZone": "UTC",  # a `timestamp` without zone is UTC here, so must be a comparison with it
        "search_path": "public",
        "extra_float_digits": "1",
    }
