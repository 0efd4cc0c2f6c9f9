"""Kind `sql` on a PostgreSQL server."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from connectors.contract import Connector
from connectors.drivers.postgresql import PostgresqlDriver
from connectors.sql import SqlConnector
from connectors.tables import moment
from tests.connectors.served.data import PEOPLE, VISITS, declaration
from tests.connectors.served.databases import Counting
from tests.support.servers.postgresql import PASSWORD, PostgresqlServer

_TABLES = """
CREATE TABLE person (id text, name text, age bigint, score double precision, alone boolean, born date,
    seen timestamptz, area text, boss text);
CREATE TABLE visit (person text, day date, place text);
CREATE INDEX ON person (id);
"""
_TYPES = {str: "text", int: "bigint", float: "double precision", bytes: "bytea"}
_TEXTS = frozenset({"id", "name", "area", "boss", "person", "place"})


class PostgresqlServed(Counting):
    """A database of its own. It is slow when a table is a view that sleeps."""

    kind = "sql"
    no_text = b"\x00\x01"
    server_fixture = "postgresql"
    keeps_offsets = False
    unstorable = frozenset({"a\x00b"})  # no text of PostgreSQL holds U+0000

    def __init__(self, folder: Path, server: PostgresqlServer) -> None:
        super().__init__()
        self.folder = folder
        self.server = server
        self.database = server.create_database()
        (folder / "password").write_text(PASSWORD + "\n")
        self.live(_TABLES)
        self._insert("person", [row for row in PEOPLE if row["id"] not in self.unstorable])
        self._insert("visit", [row for row in VISITS if row["person"] not in self.unstorable])

    def live(self, sql: str, *arguments: Any) -> list[Any]:
        return self.server.execute(sql, *arguments, database=self.database)

    def connector(self, **changes: Any) -> Connector:
        options = {"url": self.server.url(self.database), "password": {"file": "password"}}
        made = SqlConnector(declaration("sql", options, **changes), self.folder)
        driver = made.driver
        assert isinstance(driver, PostgresqlDriver)
        self.count(driver.pool, ("pg_attribute", "pg_class"))
        return made

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        """A column holds another type than before only once it has been made one of that type."""
        table, by = ("person", "id") if type_name == "Person" else ("visit", "person")
        if not (type(value) is str and column in _TEXTS):
            self.live(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {_TYPES[type(value)]} USING NULL")
        self.live(f"UPDATE {table} SET {column} = $1 WHERE {by} = $2", value, key)

    def repeat(self, key: str) -> None:
        self.live("INSERT INTO person SELECT * FROM person WHERE id = $1", key)

    def drop_column(self, column: str) -> None:
        self.live(f"ALTER TABLE person DROP COLUMN {column}")

    def kill(self) -> None:
        self.server.stop()

    def slow(self) -> None:
        self.live(
            "CREATE TABLE nap AS SELECT 600 AS seconds; ALTER TABLE person RENAME TO kept;"
            "CREATE VIEW person AS SELECT kept.* FROM kept, LATERAL (SELECT pg_sleep(seconds) FROM nap) AS slept"
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
        self.server.copy(table, columns, [tuple(map(_value, columns, row.values())) for row in rows], self.database)


def _value(column: str, cell: Any) -> Any:
    if cell is None:
        return None
    if column in {"born", "day"}:
        return dt.date.fromisoformat(cell)
    if column == "seen":
        return moment(cell)
    return bool(cell) if column == "alone" else cell
