"""Kind `sql` on SQLite."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from connectors.contract import Connector, Rows
from connectors.sql import SqlConnector
from tests.connectors.served.data import PEOPLE, VISITS, declaration

_COLUMNS = "id TEXT, name TEXT, age INTEGER, score REAL, alone INTEGER, born TEXT, seen TEXT, area TEXT, boss TEXT"


class SqliteServed:
    """A SQLite file. It is slow when a table is a view that counts without end."""

    kind = "sql"
    no_text = b"\x00\x01"  # it turns a number into text where a column is TEXT
    unheld = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "town.sqlite"
        self.asked = self.open = self.most = 0
        self._lock = threading.Lock()
        with self.live() as live:
            live.execute(f"CREATE TABLE person ({_COLUMNS})")
            live.execute("CREATE TABLE visit (person TEXT, day TEXT, place TEXT)")
            live.executemany(
                "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [tuple(row.values()) for row in PEOPLE]
            )
            live.executemany("INSERT INTO visit VALUES (?, ?, ?)", [tuple(row.values()) for row in VISITS])

    @contextmanager
    def live(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection

    def connector(self, **changes: Any) -> Connector:
        made = SqlConnector(declaration("sql", {"url": f"sqlite:///{self.file.name}"}, **changes), self.folder)
        fetch = made._fetch

        def counted(*arguments: Any) -> Rows:
            with self._lock:
                self.asked += 1
                self.open += 1
                self.most = max(self.most, self.open)
            try:
                return fetch(*arguments)
            finally:
                with self._lock:
                    self.open -= 1

        setattr(made, "_fetch", counted)  # noqa: B010  (a method, to the type checker)
        return made

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        table, by = ("person", "id") if type_name == "Person" else ("visit", "person")
        with self.live() as live:
            live.execute(f"UPDATE {table} SET {column} = ? WHERE {by} = ?", (value, key))

    def repeat(self, key: str) -> None:
        with self.live() as live:
            live.execute("INSERT INTO person SELECT * FROM person WHERE id = ?", (key,))

    def drop_column(self, column: str) -> None:
        with self.live() as live:
            live.execute(f"ALTER TABLE person DROP COLUMN {column}")

    def kill(self) -> None:
        self.file.unlink()

    def slow(self) -> None:
        with self.live() as live:
            live.execute("ALTER TABLE person RENAME TO kept")
            live.execute(
                "CREATE VIEW person AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                " SELECT kept.* FROM n, kept WHERE i < 0"
            )

    def quick(self) -> None:
        with self.live() as live:
            live.execute("DROP VIEW person")
            live.execute("ALTER TABLE kept RENAME TO person")
