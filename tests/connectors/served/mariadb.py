"""Kind `sql` on a MariaDB server."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from connectors.contract import Connector
from connectors.drivers.mariadb import MariadbDriver
from connectors.sql import SqlConnector
from connectors.tables import moment
from tests.connectors.served.data import PEOPLE, VISITS, declaration
from tests.connectors.served.databases import Counting
from tests.support.servers.mariadb import PASSWORD, MariadbServer

_TABLES = """
CREATE TABLE person (id varchar(50), name varchar(50), age bigint, score double, alone boolean, born date,
    seen datetime(6), area varchar(20), boss varchar(50), INDEX (id));
CREATE TABLE visit (person varchar(50), day date, place varchar(50))
"""
_TYPES = {str: "text", int: "bigint", float: "double", bytes: "blob"}
_TEXTS = frozenset({"id", "name", "area", "boss", "person", "place"})


class MariadbServed(Counting):
    """A database of its own, whose texts fold case. It is slow when a table is a view that sleeps."""

    kind = "sql"
    no_text = b"\x00\x01"
    server_fixture = "mariadb"
    keeps_offsets = False

    def __init__(self, folder: Path, server: MariadbServer) -> None:
        super().__init__()
        self.folder = folder
        self.server = server
        self.database = server.create_database()
        (folder / "password").write_text(PASSWORD + "\n")
        self.live(_TABLES)
        self._insert("person", PEOPLE)
        self._insert("visit", VISITS)

    def live(self, sql: str, *arguments: Any) -> list[Any]:
        return self.server.execute(sql, *arguments, database=self.database)

    def connector(self, **changes: Any) -> Connector:
        options = {"url": self.server.url(self.database), "password": {"file": "password"}}
        made = SqlConnector(declaration("sql", options, **changes), self.folder)
        driver = made.driver
        assert isinstance(driver, MariadbDriver)
        self.count(driver.pool, ("information_schema",))
        return made

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        """A column holds another type than before only once it has been made one of that type."""
        table, by = ("person", "id") if type_name == "Person" else ("visit", "person")
        if not (type(value) is str and column in _TEXTS):
            kind = _TYPES[type(value)]
            self.live(f"ALTER TABLE {table} DROP COLUMN {column}; ALTER TABLE {table} ADD COLUMN {column} {kind}")
        self.live(f"UPDATE {table} SET {column} = %s WHERE BINARY {by} = %s", value, key)

    def repeat(self, key: str) -> None:
        self.live("INSERT INTO person SELECT * FROM person WHERE BINARY id = %s", key)

    def drop_column(self, column: str) -> None:
        self.live(f"ALTER TABLE person DROP COLUMN {column}")

    def kill(self) -> None:
        self.server.stop()

    def slow(self) -> None:
        self.live(
            "CREATE TABLE nap AS SELECT 600 AS seconds; RENAME TABLE person TO kept;"
            "CREATE VIEW person AS SELECT kept.* FROM kept WHERE (SELECT SLEEP(seconds) FROM nap WHERE kept.id <> '-') = 0"
        )

    def quick(self) -> None:
        """For statements that begin from now on; what sleeps would sleep on."""
        self.live("UPDATE nap SET seconds = 0")

    def close(self) -> None:
        """Up again, and without the database."""
        self.server.start_if_stopped()
        self.server.drop_database(self.database)

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        columns = list(rows[0])
        self.server.insert(table, columns, [tuple(map(_value, columns, row.values())) for row in rows], self.database)


def _value(column: str, cell: Any) -> Any:
    if cell is not None and column == "seen":
        return moment(cell).astimezone(dt.UTC).replace(tzinfo=None)
    return cell
