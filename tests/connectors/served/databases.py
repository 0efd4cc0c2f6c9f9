"""What the harnesses of database servers share: a database of one's own, and a driver whose sessions are counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from connectors.contract import Connector
from connectors.drivers.pool import Pool
from connectors.drivers.server import ServerDriver
from connectors.sql import SqlConnector
from tests.connectors.served.data import PEOPLE, VISITS, declaration
from tests.support.servers.database import PASSWORD, DatabaseServer

_TEXTS = frozenset({"id", "name", "area", "boss", "person", "place"})


class Counting:
    """Counts the statements for data of a connector: from when they are sent until their connection is free or gone."""

    patience = 1.5

    def __init__(self) -> None:
        self.asked = self.open = self.most = 0

    def count(self, pool: Pool[Any], catalogue: tuple[str, ...]) -> None:
        """Count from now on; a statement with a word of `catalogue` looks at tables, and is no request for data."""
        make = pool._make

        async def counted() -> Any:
            session = await make()
            fetch, abandon = session.fetch, session.abandon
            busy = False

            def done() -> None:
                nonlocal busy
                self.open -= busy
                busy = False

            async def fetched(sql: str, arguments: Any) -> Any:
                nonlocal busy
                if any(word in sql for word in catalogue):
                    return await fetch(sql, arguments)
                self.asked += 1
                self.open += 1
                self.most = max(self.most, self.open)
                busy = True
                answer = await fetch(sql, arguments)
                done()
                return answer

            async def abandoned() -> None:
                try:
                    await abandon()
                finally:
                    done()

            session.fetch, session.abandon = fetched, abandoned
            return session

        pool._make = counted


class ServedDatabase(Counting, ABC):
    """A database of its own. It is slow when a table is a view that sleeps."""

    kind = "sql"
    no_text = b"\x00\x01"
    keeps_offsets = False
    unstorable: frozenset[str] = frozenset()

    TABLES: ClassVar[str]
    TYPES: ClassVar[dict[type, str]]
    CATALOGUE: ClassVar[tuple[str, ...]]
    """Words of statements that look at tables."""
    ASLEEP: ClassVar[str]
    """Makes `person` a view that sleeps as long as `nap` says."""

    def __init__(self, folder: Path, server: DatabaseServer) -> None:
        super().__init__()
        self.folder = folder
        self.server = server
        self.database = server.create_database()
        (folder / "password").write_text(PASSWORD + "\n")
        self.live(self.TABLES)
        self._insert("person", [row for row in PEOPLE if row["id"] not in self.unstorable])
        self._insert("visit", [row for row in VISITS if row["person"] not in self.unstorable])

    def live(self, sql: str, *arguments: Any) -> list[Any]:
        return self.server.execute(sql, *arguments, database=self.database)

    def connector(self, **changes: Any) -> Connector:
        options = {"url": self.server.url(self.database), "password": {"file": "password"}}
        made = SqlConnector(declaration("sql", options, **changes), self.folder)
        driver = made.driver
        assert isinstance(driver, ServerDriver)
        self.count(driver.pool, self.CATALOGUE)
        return made

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        """A column holds another type than before only once it has been made one of that type."""
        table, by = ("person", "id") if type_name == "Person" else ("visit", "person")
        if not (type(value) is str and column in _TEXTS):
            self.retype(table, column, self.TYPES[type(value)])
        self.put(table, column, value, by, key)

    def drop_column(self, column: str) -> None:
        self.live(f"ALTER TABLE person DROP COLUMN {column}")

    def kill(self) -> None:
        self.server.stop()

    def slow(self) -> None:
        self.live(f"CREATE TABLE nap AS SELECT 600 AS seconds; {self.ASLEEP}")

    def quick(self) -> None:
        """For statements that begin from now on; what sleeps would sleep on."""
        self.live("UPDATE nap SET seconds = 0")

    def close(self) -> None:
        """Up again, and without the database."""
        self.server.start_if_stopped()
        self.server.drop_database(self.database)

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        columns = list(rows[0])
        cells = [tuple(map(self.value, columns, row.values())) for row in rows]
        self.server.insert(table, columns, cells, self.database)

    @abstractmethod
    def retype(self, table: str, column: str, kind: str) -> None:
        """Make a column one of another type, and empty."""

    @abstractmethod
    def put(self, table: str, column: str, value: object, by: str, key: str) -> None:
        """Put a value into the rows of a key."""

    @abstractmethod
    def repeat(self, key: str) -> None:
        """As `Served`."""

    @abstractmethod
    def value(self, column: str, cell: Any) -> Any:
        """A cell of the data set as the server's driver takes it."""
