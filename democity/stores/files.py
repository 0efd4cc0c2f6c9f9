"""Parquet and CSV files, one folder for each system; Parquet is written by DuckDB, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from democity.stores.staged import Staging
from democity.tables import PARQUET

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from democity.records import Row
    from democity.tables import Table

_TYPES: Final = {
    "text": "VARCHAR",
    "integer": "INTEGER",
    "real": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "moment": "TIMESTAMPTZ",
    "bytes": "BLOB",
}
_SETTINGS: Final = "SET memory_limit = '128MB'; SET threads = 1; SET temp_directory = ''; SET TimeZone = 'UTC'"


class FileStore:
    """Implements `Store`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._folders: dict[str, Staging] = {}

    def add(self, table: Table, rows: Iterable[Row], part: str = "") -> None:
        """See `Store`."""
        staging = self._folders.get(table.source)
        if staging is None:
            staging = self._folders[table.source] = Staging(self._directory / table.source)
        staging.add(table, rows, part)

    def finish(self) -> None:
        """See `Store`."""
        with duckdb.connect() as engine:
            engine.execute(_SETTINGS)
            for staging in self._folders.values():
                for name, table, path in staging.finished():
                    if table.form == PARQUET:
                        _to_parquet(engine, table, path, path.with_name(f"{name}.parquet"))
                        path.unlink()

    def close(self) -> None:
        """See `Store`."""
        for staging in self._folders.values():
            staging.close()


def _to_parquet(engine: duckdb.DuckDBPyConnection, table: Table, source: Path, target: Path) -> None:
    columns = {column.name: _TYPES[column.kind] for column in table.columns}
    rows = f"read_csv({_text(source)}, header = true, delim = ',', quote = '\"', nullstr = '', columns = {columns})"
    engine.execute(f"COPY (SELECT * FROM {rows}) TO {_text(target)} (FORMAT parquet, ROW_GROUP_SIZE 32768)")  # noqa: S608  (our own names)


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
