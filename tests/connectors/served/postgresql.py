"""Kind `sql` on a PostgreSQL server."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from connectors.tables import moment
from tests.connectors.served.databases import ServedDatabase


class PostgresqlServed(ServedDatabase):
    """A PostgreSQL database."""

    server_fixture = "postgresql"
    unstorable = frozenset({"a\x00b"})  # no text of PostgreSQL holds U+0000

    TABLES: ClassVar = """
        CREATE TABLE person (id text, name text, age bigint, score double precision, alone boolean, born date,
            seen timestamptz, area text, boss text);
        CREATE TABLE visit (person text, day date, place text);
        CREATE INDEX ON person (id);
    """
    TYPES: ClassVar = {str: "text", int: "bigint", float: "double precision", bytes: "bytea"}
    CATALOGUE: ClassVar = ("pg_attribute", "pg_class")
    ASLEEP: ClassVar = (
        "ALTER TABLE person RENAME TO kept;"
        "CREATE VIEW person AS SELECT kept.* FROM kept, LATERAL (SELECT pg_sleep(seconds) FROM nap) AS slept"
    )

    def retype(self, table: str, column: str, kind: str) -> None:
        self.live(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING NULL")

    def put(self, table: str, column: str, value: object, by: str, key: str) -> None:
        self.live(f"UPDATE {table} SET {column} = $1 WHERE {by} = $2", value, key)

    def repeat(self, key: str) -> None:
        self.live("INSERT INTO person SELECT * FROM person WHERE id = $1", key)

    def value(self, column: str, cell: Any) -> Any:
        if cell is None:
            return None
        if column in {"born", "day"}:
            return dt.date.fromisoformat(cell)
        if column == "seen":
            return moment(cell)
        return bool(cell) if column == "alone" else cell
