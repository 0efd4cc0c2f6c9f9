"""A private MariaDB server for tests: TLS, no durability, another time zone than UTC."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

import asyncmy

from tests.support.servers.database import HOST, KEEPER, PASSWORD, READER, DatabaseServer
from tests.support.servers.process import account, private_folder, program, run_as

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


class MariadbServer(DatabaseServer):
    """A running MariaDB."""

    SCHEME: ClassVar = "mariadb"
    MAIN: ClassVar = "mysql"
    FAREWELL: ClassVar = signal.SIGTERM

    def _installed(self, data: Path, user: str | None) -> Sequence[str | Path]:
        folder = self.folder
        install = program("mariadb-install-db")
        options = ("--auth-root-authentication-method=normal", "--skip-test-db", *_DISK)
        run_as(user, (install, "--no-defaults", f"--datadir={data}", f"--tmpdir={folder}", *options), folder)
        places = (f"--datadir={data}", f"--socket={folder}/socket", f"--bind-address={HOST}", f"--port={self.port}")
        tls = (f"--ssl-ca={self.ca}", f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server-key.pem")
        return (program("mariadbd"), "--no-defaults", *places, *tls, *_SETTINGS)

    async def _connect(self, database: str) -> Any:
        return await asyncmy.connect(
            unix_socket=f"{self.folder}/socket", user="root", database=database or self.MAIN, autocommit=True
        )

    async def _close(self, connection: Any) -> None:
        await connection.ensure_closed()

    async def _say(self, connection: Any, sql: str) -> None:
        await connection.query(sql)

    async def _fetch(self, connection: Any, sql: str, arguments: Sequence[Any]) -> list[Any]:
        rows: Any = []
        async with connection.cursor() as cursor:
            for part in (sql,) if arguments else filter(str.strip, sql.split(";")):
                await cursor.execute(part, arguments or None)
                rows = await cursor.fetchall()
        return list(rows)

    async def _fill(self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        places = ", ".join(["%s"] * len(columns))
        async with connection.cursor() as cursor:
            await cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)


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
