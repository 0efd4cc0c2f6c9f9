"""A PostgreSQL server: a schema for each system that can be put there, filled by COPY in one transaction.

Text is compared by code point (`COLLATE "C"`), as SQLite and DuckDB do it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import asyncpg

from democity.errors import ServerError
from democity.records import Row
from democity.stores.staged import Staging
from democity.tables import TABLES, Column, Table

SCHEMAS: Final = tuple(dict.fromkeys(table.source for table in TABLES if table.in_database))

_TYPES: Final = {
    "text": 'text COLLATE "C"',
    "integer": "integer",
    "real": "double precision",
    "boolean": "boolean",
    "date": "date",
    "moment": "timestamptz",
    "bytes": "bytea",
}
_PATIENCE: Final = 10.0  # seconds to be let in


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, without the password, and the password."""

    url: str
    password: str

    @classmethod
    def at(cls, url: str) -> Server:
        """Read `postgresql://user:password@host:port/database`, or with `?host=/folder` for a local socket.

        Raises:
            ServerError: it is none.
        """
        try:
            parts = urlsplit(url)
            known = parts.scheme == "postgresql" and parts.username and parts.path.strip("/")
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            known = None
        if not known:
            raise ServerError("that is no address of a database; write postgresql://user:password@host:port/database")
        place = f"{parts.username}@{parts.hostname or ''}{port}"
        return cls(urlunsplit(parts._replace(netloc=place)), unquote(parts.password or ""))

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection; ServerError where there is none."""
        parts = urlsplit(self.url)
        socket = parse_qs(parts.query).get("host")
        try:
            connection = await asyncpg.connect(
                host=socket[0] if socket else parts.hostname,
                port=parts.port or 5432,
                user=unquote(parts.username or ""),
                password=self.password,
                database=unquote(parts.path.strip("/")),
                timeout=_PATIENCE,
                command_timeout=None,
            )
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            raise ServerError(f"the database server can't be asked ({type(error).__name__})") from None
        try:
            yield connection
        finally:
            await connection.close()

    def ask(self, query: str, *arguments: object) -> list[Any]:
        """The rows of a query."""

        async def asked() -> list[Any]:
            async with self.connection() as connection:
                return list(await connection.fetch(query, *arguments))

        return asyncio.run(asked())


class PostgresqlStore:
    """Implements `Store`. Rows wait in files of `directory`, which is gone afterwards; `finish` puts them all there."""

    def __init__(self, directory: Path, server: Server) -> None:
        self._staging = Staging(directory)
        self._server = server

    def add(self, table: Table, rows: Iterable[Row], part: str = "") -> None:
        """See `Store`."""
        self._staging.add(table, rows, part)

    def finish(self) -> None:
        """See `Store`; ServerError where the server refuses, and then nothing of it is there."""
        try:
            asyncio.run(self._fill())
        except asyncpg.PostgresError as error:
            raise ServerError(f"the database server refused ({type(error).__name__}); nothing was put there") from None

    def close(self) -> None:
        """See `Store`."""
        self._staging.close()

    async def _fill(self) -> None:
        async with self._server.connection() as connection, connection.transaction():
            taken = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)", list(SCHEMAS))
            if taken:
                names = ", ".join(sorted(name for (name,) in taken))
                raise ServerError(f"the database has schemas {names}; drop them yourself, or name another database")
            for schema in SCHEMAS:
                await connection.execute(f"CREATE SCHEMA {schema}")
            tables = [table for table in TABLES if table.in_database]
            for table in tables:
                await connection.execute(_create(table))
            for _, table, path in self._staging.finished():
                await connection.copy_to_table(
                    table.name, schema_name=table.source, source=path, format="csv", header=True
                )
                path.unlink()
            for table in tables:
                for columns in table.indexes:
                    await connection.execute(f"CREATE INDEX ON {table.source}.{table.name} ({columns})")
                await connection.execute(f"ANALYZE {table.source}.{table.name}")


def _create(table: Table) -> str:
    return f"CREATE TABLE {table.source}.{table.name} ({', '.join(_column(table, one) for one in table.columns)})"


def _column(table: Table, column: Column) -> str:
    key = " PRIMARY KEY" if column.name == table.key else " UNIQUE" if column.name in table.unique else ""
    return f"{column.name} {_TYPES[column.kind]}{' NOT NULL' if column.required else ''}{key}"
