"""One SQLite file for each system."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from democity.records import Row
    from democity.tables import Column, Table

_TYPES: Final = {
    "text": "TEXT",
    "integer": "INTEGER",
    "real": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "moment": "DATETIME",
    "bytes": "BLOB",
}


class SqliteStore:
    """Implements `Store`. Tables are made when their first rows come, indexes when all are there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._databases: dict[str, sqlite3.Connection] = {}
        self._tables: dict[str, Table] = {}

    def add(self, table: Table, rows: Iterable[Row], part: str = "") -> None:  # noqa: ARG002  (a table is one table)
        """See `Store`."""
        database = self._database(table)
        marks = ", ".join("?" * len(table.columns))
        with database:
            database.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608  (our own names)

    def finish(self) -> None:
        """See `Store`."""
        for table in self._tables.values():
            database = self._databases[table.source]
            for number, columns in enumerate(table.indexes, start=1):
                database.execute(f"CREATE INDEX {table.name}_{number} ON {table.name} ({columns})")
            database.commit()

    def close(self) -> None:
        """See `Store`."""
        for database in self._databases.values():
            database.close()

    def _database(self, table: Table) -> sqlite3.Connection:
        database = self._databases.get(table.source)
        if database is None:
            database = sqlite3.connect(self._directory / f"{table.source}.sqlite")
            self._databases[table.source] = database
            # Nothing is lost by skipping the disk here: a build that breaks is thrown away whole.
            database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        if table.name not in self._tables:
            self._tables[table.name] = table
            database.execute(_create(table))
        return database


def _create(table: Table) -> str:
    columns = ", ".join(_column(table, column) for column in table.columns)
    # Looked up by its key alone, a table is its own index; a number as key is the row's own place.
    by_text = any(column.name == table.key and column.kind == "text" for column in table.columns)
    return f"CREATE TABLE {table.name} ({columns}){' WITHOUT ROWID' if by_text else ''}"


def _column(table: Table, column: Column) -> str:
    key = " PRIMARY KEY" if column.name == table.key else " UNIQUE" if column.name in table.unique else ""
    return f"{column.name} {_TYPES[column.kind]}{' NOT NULL' if column.required else ''}{key}"
