"""Rows as CSV files beside one another: what every other kind of file, and a database server, is filled from."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from democity.records import Row
    from democity.tables import Table


class Staging:
    """CSV files, one for each table and part, with the names of the columns above; null is nothing at all."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._files: dict[str, IO[str]] = {}
        self._tables: dict[str, Table] = {}
        self._writers: dict[str, Any] = {}

    def add(self, table: Table, rows: Iterable[Row], part: str = "") -> None:
        """Append rows."""
        name = f"{table.name}-{part}" if part else table.name
        writer = self._writers.get(name)
        if writer is None:
            self.directory.mkdir(parents=True, exist_ok=True)
            file = self._files[name] = (self.directory / f"{name}.csv").open("w", encoding="utf-8", newline="")
            writer = self._writers[name] = csv.writer(file, lineterminator="\n")
            writer.writerow([column.name for column in table.columns])
            self._tables[name] = table
        writer.writerows(_lower(table, rows))

    def finished(self) -> Iterator[tuple[str, Table, Path]]:
        """The name of each file without its ending, its table and its path; nothing may be added after."""
        self.close()
        for name, table in self._tables.items():
            yield name, table, self.directory / f"{name}.csv"

    def close(self) -> None:
        """Close every file."""
        for file in self._files.values():
            file.close()


def _lower(table: Table, rows: Iterable[Row]) -> Iterable[Row]:
    """True and False as databases and people write them."""
    places = [place for place, column in enumerate(table.columns) if column.kind == "boolean"]
    if not places:
        return rows
    return (
        tuple(str(bool(cell)).lower() if at in places and cell is not None else cell for at, cell in enumerate(row))
        for row in rows
    )
