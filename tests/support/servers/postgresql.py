"""A private PostgreSQL server for tests: PostGIS, TLS, no durability, another time zone than UTC."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

import asyncpg

from tests.support.servers.database import HOST, KEEPER, PASSWORD, READER, DatabaseServer
from tests.support.servers.process import account, private_folder, program, run_as

_SETTINGS: Final = {
    "listen_addresses": HOST,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "max_wal_size": "2GB",
    "ssl": "on",
    "timezone": "Asia/Shanghai",
    "log_timezone": "UTC",
}
_ACCESS: Final = f"""
local all postgres trust
host all all {HOST}/32 scram-sha-256
"""


class PostgresqlServer(DatabaseServer):
    """A running PostgreSQL."""

    SCHEME: ClassVar = "postgresql"
    MAIN: ClassVar = "postgres"
    FAREWELL: ClassVar = signal.SIGINT

    def create_database(self, options: str = "") -> str:
        """As `DatabaseServer`, with tables for the keeper to make."""
        name = super().create_database(options)
        self.execute(f"GRANT ALL ON SCHEMA public TO {KEEPER}", database=name)
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _installed(self, data: Path, user: str | None) -> Sequence[str | Path]:
        folder = self.folder
        bin_ = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/lib/postgresql/bin"))
        initdb = (program("initdb", bin_), "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        run_as(user, initdb, folder)
        (data / "pg_hba.conf").write_text(_ACCESS)
        files = {"ssl_cert_file": folder / "server.pem", "ssl_key_file": folder / "server-key.pem"}
        settings = {**_SETTINGS, **files, "port": self.port, "unix_socket_directories": folder}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [program("postgres", bin_), "-D", data, *map(str, options)]

    async def _connect(self, database: str) -> Any:
        return await asyncpg.connect(
            host=str(self.folder), port=self.port, user="postgres", database=database or self.MAIN, ssl=False
        )

    async def _close(self, connection: Any) -> None:
        await connection.close()

    async def _say(self, connection: Any, sql: str) -> None:
        await connection.execute(sql)

    async def _fetch(self, connection: Any, sql: str, arguments: Sequence[Any]) -> list[Any]:
        if not arguments and ";" in sql:
            await connection.execute(sql)
            return []
        return list(await connection.fetch(sql, *arguments))

    async def _fill(self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        await connection.copy_records_to_table(table, records=rows, columns=list(columns))


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A server that is up, with the accounts `READER` and `KEEPER`; stopped and removed afterwards."""
    user = account("postgres")
    with private_folder("pg", user) as folder:
        server = PostgresqlServer(folder, user)
        server.start()
        try:
            server.execute(f"""
                CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_all_data;
                CREATE ROLE {KEEPER} LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_all_data, pg_write_all_data;
            """)
            yield server
        finally:
            server.stop()
