"""Kind `sql` on a MariaDB server."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from connectors.tables import moment
from tests.connectors.served.databases import ServedDatabase


class MariadbServed(ServedDatabase):
    """A MariaDB database, whose texts fold case."""

    server_fixture = "mariadb"

    TABLES: ClassVar = """
        CREATE TABLE person (id varchar(50), name varchar(50), age bigint, score double, alone boolean, born date,
            seen datetime(6), area varchar(20), boss varchar(50), INDEX (id));
        CREATE TABLE visit (person varchar(50), day date, place varchar(50))
    """
    TYPES: ClassVar = {str: "text", int: "bigint", float: "double", bytes: "blob"}
    CATALOGUE: ClassVar = ("information_schema",)
    ASLEEP: ClassVar = (
        "RENAME TABLE person TO kept;"
        "CREATE VIEW person AS SELECT kept.* FROM kept WHERE (SELECT SLEEP(seconds) FROM nap WHERE kept.id <> '-') = 0"
    )

    def retype(self, table: str, column: str, kind: str) -> None:
        self.live(f"ALTER TABLE {table} DROP COLUMN {column}; ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def put(self, table: str, column: str, value: object, by: str, key: str) -> None:
        self.live(f"UPDATE {table} SET {column} = %s WHERE BINARY {by} = %s", value, key)

    def repeat(self, key: str) -> None:
        self.live("INSERT INTO person SELECT * FROM person WHERE BINARY id = %s", key)

    def value(self, column: str, cell: Any) -> Any:
        if cell is not None and column == "seen":
            return moment(cell).astimezone(dt.UTC).replace(tzinfo=None)
        return cell
