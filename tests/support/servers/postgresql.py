"""A private PostgreSQL server for tests: PostGIS, TLS, no durability, another time zone than UTC.

The administrator comes through the server's own socket; everybody else by TCP on loopback, with a password.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.support.city import Loop, free_port
from tests.support.servers.certificates import make_certificates
from tests.support.servers.process import ServerProcess, account, private_folder, program, run_as, wait_for

HOST: Final = "127.0.0.1"
READER: Final = "reader"  # may select from everything
KEEPER: Final = "keeper"  # may write as well
PASSWORD: Final = "made-up"  # of both

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


class PostgresqlServer:
    """A running server. `port` is that of loopback, and stays the same when it is stopped and started again."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self.folder = folder
        self.port = free_port()
        self.ca = folder / "ca.pem"
        self._count = 0
        bin_ = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/lib/postgresql/bin"))
        data = folder / "data"
        initdb = (program("initdb", bin_), "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        run_as(user, initdb, folder)
        make_certificates(folder, user)
        (data / "pg_hba.conf").write_text(_ACCESS)
        files = {"ssl_cert_file": folder / "server.pem", "ssl_key_file": folder / "server-key.pem"}
        settings = {**_SETTINGS, **files, "port": self.port, "unix_socket_directories": folder}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        # On SIGINT it ends without waiting for its clients.
        command: list[str | Path] = [program("postgres", bin_), "-D", data, *map(str, options)]
        self._process = ServerProcess(folder, user, command, signal.SIGINT)

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process.start(lambda: self.execute("SELECT 1"))

    def start_if_stopped(self) -> None:
        """As `start`, where a test stopped it."""
        if not self._process.is_running:
            self.start()

    def stop(self) -> None:
        """Stop, whoever is connected."""
        self._process.stop()

    def execute(self, sql: str, *arguments: Any, database: str = "postgres") -> list[Any]:
        """Run one statement as the administrator; its rows. Without arguments it may be several statements."""

        async def work() -> list[Any]:
            connection = await asyncpg.connect(
                host=str(self.folder), port=self.port, user="postgres", database=database, ssl=False
            )
            try:
                if not arguments and ";" in sql:
                    await connection.execute(sql)
                    return []
                return list(await connection.fetch(sql, *arguments))
            finally:
                await connection.close()

        return wait_for(work)

    def copy(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], database: str) -> None:
        """Put rows into a table, the fast way."""

        async def work() -> None:
            connection = await asyncpg.connect(
                host=str(self.folder), port=self.port, user="postgres", database=database, ssl=False
            )
            try:
                await connection.copy_records_to_table(table, records=rows, columns=list(columns))
            finally:
                await connection.close()

        wait_for(work)

    @contextmanager
    def session(self, database: str) -> Iterator[Callable[[str], None]]:
        """The administrator on one connection that stays open; call it with a statement."""
        loop = Loop()
        connection: Any = loop.run(self._connect(database))
        try:
            yield lambda sql: loop.run(connection.execute(sql))
        finally:
            loop.run(connection.close())
            loop.close()

    @contextmanager
    def crowd(self, count: int) -> Iterator[None]:
        """So many connections of others, or as many as there is room for."""
        loop = Loop()

        async def gather() -> list[Any]:
            made = await asyncio.gather(*(self._connect() for _ in range(count)), return_exceptions=True)
            return [one for one in made if not isinstance(one, BaseException)]

        connections = loop.run(gather())
        try:
            yield
        finally:
            for connection in connections:
                loop.run(connection.close())
            loop.close()

    async def _connect(self, database: str = "postgres") -> Any:
        return await asyncpg.connect(
            host=str(self.folder), port=self.port, user="postgres", database=database, ssl=False
        )

    def create_database(self, options: str = "") -> str:
        """Make a database; its name. `options` as CREATE DATABASE has them."""
        self._count += 1
        name = f"town{self._count}"
        self.execute(f"CREATE DATABASE {name} {options}")
        self.execute(f"GRANT ALL ON SCHEMA public TO {KEEPER}", database=name)
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, database: str, user: str = READER) -> str:
        """The address for `exchange.yaml`, which holds no password."""
        return f"postgresql://{user}@{HOST}:{self.port}/{database}"


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
