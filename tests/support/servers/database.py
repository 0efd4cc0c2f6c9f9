"""What private database servers for tests have in common: TLS, two accounts, databases of one's own, loopback alone.

The administrator comes through the server's own socket; everybody else by TCP on loopback, with a password.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from signal import Signals
from typing import Any, ClassVar, Final

from tests.support.city import Loop, free_port
from tests.support.servers.certificates import make_certificates
from tests.support.servers.process import ServerProcess, wait_for

HOST: Final = "127.0.0.1"
READER: Final = "reader"  # may select from everything
KEEPER: Final = "keeper"  # may write as well
PASSWORD: Final = "made-up"  # of both


class DatabaseServer(ABC):
    """A running server. `port` is that of loopback, and stays the same when it is stopped and started again."""

    SCHEME: ClassVar[str]
    MAIN: ClassVar[str]
    """The database in which the administrator is, where none is named."""
    FAREWELL: ClassVar[Signals]
    """On which it ends without waiting for its clients."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self.folder = folder
        self.port = free_port()
        self.ca = folder / "ca.pem"
        self._count = 0
        make_certificates(folder, user)
        self._process = ServerProcess(folder, user, self._installed(folder / "data", user), self.FAREWELL)

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

    def execute(self, sql: str, *arguments: Any, database: str = "") -> list[Any]:
        """Run a statement as the administrator; its rows. Without arguments it may be several, with `;` between."""

        async def work() -> list[Any]:
            async with self._held(database) as connection:
                return await self._fetch(connection, sql, arguments)

        return wait_for(work)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], database: str) -> None:
        """Put rows into a table, the fast way."""

        async def work() -> None:
            async with self._held(database) as connection:
                await self._fill(connection, table, columns, rows)

        wait_for(work)

    @contextmanager
    def session(self, database: str) -> Iterator[Callable[[str], None]]:
        """The administrator on one connection that stays open; call it with a statement."""
        loop = Loop()
        connection: Any = loop.run(self._connect(database))
        try:
            yield lambda sql: loop.run(self._say(connection, sql))
        finally:
            loop.run(self._close(connection))
            loop.close()

    @contextmanager
    def crowd(self, count: int) -> Iterator[None]:
        """So many connections of others, or as many as there is room for."""
        loop = Loop()

        async def gather() -> list[Any]:
            made = await asyncio.gather(*(self._connect("") for _ in range(count)), return_exceptions=True)
            return [one for one in made if not isinstance(one, BaseException)]

        connections = loop.run(gather())
        try:
            yield
        finally:
            for connection in connections:
                loop.run(self._close(connection))
            loop.close()

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
        return f"{self.SCHEME}://{user}@{HOST}:{self.port}/{database}"

    @asynccontextmanager
    async def _held(self, database: str) -> AsyncIterator[Any]:
        connection = await self._connect(database)
        try:
            yield connection
        finally:
            await self._close(connection)

    @abstractmethod
    def _installed(self, data: Path, user: str | None) -> Sequence[str | Path]:
        """Make an empty server in `data`; the command that starts it."""

    @abstractmethod
    async def _connect(self, database: str) -> Any:
        """The administrator's connection; to `MAIN` where no database is named."""

    @abstractmethod
    async def _close(self, connection: Any) -> None:
        """Close it."""

    @abstractmethod
    async def _say(self, connection: Any, sql: str) -> None:
        """Run a statement."""

    @abstractmethod
    async def _fetch(self, connection: Any, sql: str, arguments: Sequence[Any]) -> list[Any]:
        """As `execute`."""

    @abstractmethod
    async def _fill(self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """As `insert`."""
