"""A private MariaDB server for tests: TLS, no durability, another time zone than UTC.

The administrator comes through the server's own socket; everybody else by TCP on loopback, with a password.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncmy

from tests.support.city import Loop, free_port
from tests.support.servers.certificates import make_certificates
from tests.support.servers.process import ServerProcess, account, private_folder, program, run_as, wait_for

HOST: Final = "127.0.0.1"
READER: Final = "reader"  # may select from everything
KEEPER: Final = "keeper"  # may write as well
PASSWORD: Final = "made-up"  # of both

# Asynchronous input and output is a resource of the whole machine, which many servers at a time use up.
_DISK: Final = ("--innodb-flush-method=nosync", "--innodb-use-native-aio=0")
_SETTINGS: Final = (
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    *_DISK,
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=16M",
    "--innodb-doublewrite=0",
    "--max-connections=40",
    "--default-time-zone=+08:00",
)


class MariadbServer:
    """A running server. `port` is that of loopback, and stays the same when it is stopped and started again."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self.folder = folder
        self.port = free_port()
        self.ca = folder / "ca.pem"
        self._count = 0
        data = folder / "data"
        install = program("mariadb-install-db")
        options = ("--auth-root-authentication-method=normal", "--skip-test-db", *_DISK)
        run_as(user, (install, "--no-defaults", f"--datadir={data}", f"--tmpdir={folder}", *options), folder)
        make_certificates(folder, user)
        places = (f"--datadir={data}", f"--socket={folder}/socket", f"--bind-address={HOST}", f"--port={self.port}")
        tls = (f"--ssl-ca={self.ca}", f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server-key.pem")
        command = (program("mariadbd"), "--no-defaults", *places, *tls, *_SETTINGS)
        self._process = ServerProcess(folder, user, command, signal.SIGTERM)

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

    def execute(self, sql: str, *arguments: Any, database: str = "mysql") -> list[Any]:
        """Run statements, one after the other where `;` stands between them, as the administrator; rows of the last."""

        async def work() -> list[Any]:
            connection = await self._connect(database)
            rows: Any = []
            try:
                async with connection.cursor() as cursor:
                    for part in (sql,) if arguments else filter(str.strip, sql.split(";")):
                        await cursor.execute(part, arguments or None)
                        rows = await cursor.fetchall()
            finally:
                await connection.ensure_closed()
            return list(rows)

        return wait_for(work)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], database: str) -> None:
        """Put rows into a table, the fast way."""

        async def work() -> None:
            connection = await self._connect(database)
            try:
                async with connection.cursor() as cursor:
                    places = ", ".join(["%s"] * len(columns))
                    await cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)
            finally:
                await connection.ensure_closed()

        wait_for(work)

    @contextmanager
    def session(self, database: str) -> Iterator[Callable[[str], None]]:
        """The administrator on one connection that stays open; call it with a statement."""
        loop = Loop()
        connection: Any = loop.run(self._connect(database))
        try:
            yield lambda sql: loop.run(connection.query(sql))
        finally:
            loop.run(connection.ensure_closed())
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
                loop.run(connection.ensure_closed())
            loop.close()

    async def _connect(self, database: str = "mysql") -> Any:
        return await asyncmy.connect(
            unix_socket=f"{self.folder}/socket", user="root", database=database, autocommit=True
        )

    def create_database(self, options: str = "") -> str:
        """Make a database; its name. `options` as CREATE DATABASE has them."""
        self._count += 1
        name = f"town{self._count}"
        self.execute(f"CREATE DATABASE {name} {options}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database."""
        self.execute(f"DROP DATABASE {name}")

    def url(self, database: str, user: str = READER) -> str:
        """The address for `exchange.yaml`, which holds no password."""
        return f"mariadb://{user}@{HOST}:{self.port}/{database}"


@contextmanager
def mariadb_server() -> Iterator[MariadbServer]:
    """A server that is up, with the accounts `READER` and `KEEPER`; stopped and removed afterwards."""
    user = account("mysql")
    with private_folder("maria", user) as folder:
        server = MariadbServer(folder, user)
        server.start()
        try:
            server.execute(f"""
                CREATE USER {READER}@'{HOST}' IDENTIFIED BY '{PASSWORD}';
                GRANT SELECT, SHOW VIEW ON *.* TO {READER}@'{HOST}';
                CREATE USER {KEEPER}@'{HOST}' IDENTIFIED BY '{PASSWORD}';
                GRANT ALL ON *.* TO {KEEPER}@'{HOST}'
            """)
            yield server
        finally:
            server.stop()
