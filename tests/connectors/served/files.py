"""Kind `files`: a folder with Parquet files, with CSV files, or with a workbook."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import duckdb

from connectors.contract import Connector, Rows
from connectors.files import FilesConnector
from tests.connectors.served.data import PEOPLE, PERSON, VISIT, VISITS, declaration
from tests.support import xlsx

ENDLESS = "SELECT sum(i) FROM range(1000000000000) AS n(i) WHERE i % 7 = 5"
Row = dict[str, Any]


def files(folder: Path, person: str, visit: str, options: Row | None = None, **changes: Any) -> FilesConnector:
    """A connector of a folder in which the data set lies."""
    types = (replace(PERSON, table=person), replace(VISIT, table=visit))
    made = declaration("files", {"folder": folder.name, **(options or {})}, **{"types": types, **changes})
    return FilesConnector(made, folder.parent)


class FilesServed:
    """A folder. It is slow when each query has to count to 10¹² first."""

    kind: ClassVar = "files"
    person: ClassVar[str]
    visit: ClassVar[str]
    no_text: ClassVar[object] = 4711
    unheld: ClassVar[tuple[str, ...]] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "files"
        self.folder.mkdir()
        self.asked = self.open = self.most = 0
        self._lock = threading.Lock()
        self._slow = False
        self._people = [dict(row) for row in PEOPLE]
        self._visits = [dict(row) for row in VISITS]
        for name, content in self.pristine().items():
            (self.folder / name).write_bytes(content)

    @classmethod
    def pristine(cls) -> dict[str, bytes]:
        """The files as they are before anything is changed."""
        raise NotImplementedError

    def write(self, type_name: str) -> None:
        """Write the rows of a type as they are now."""
        raise NotImplementedError

    def connector(self, **changes: Any) -> Connector:
        made = files(self.folder, self.person, self.visit, **changes)
        if "timeout" in changes:  # which is then about queries: the first reading of a file takes what it takes
            made._tables.have("Person", lambda: False)
        fetch = made._fetch

        def counted(*arguments: Any) -> Rows:
            with self._lock:
                self.asked += 1
                self.open += 1
                self.most = max(self.most, self.open)
            try:
                if self._slow:
                    arguments[-1].execute(ENDLESS, [])
                return fetch(*arguments)
            finally:
                with self._lock:
                    self.open -= 1

        setattr(made, "_fetch", counted)  # noqa: B010  (a method, to the type checker)
        return made

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        rows, by = (self._people, "id") if type_name == "Person" else (self._visits, "person")
        for row in rows:
            if row[by] == key:
                row[column] = value
        self.write(type_name)

    def repeat(self, key: str) -> None:
        self._people.extend([row for row in self._people if row["id"] == key])
        self.write("Person")

    def drop_column(self, column: str) -> None:
        for row in self._people:
            del row[column]
        self.write("Person")

    def kill(self) -> None:
        for file in self.folder.iterdir():
            file.unlink()

    def slow(self) -> None:
        self._slow = True

    def quick(self) -> None:
        self._slow = False

    def rows(self, type_name: str) -> list[Row]:
        return self._people if type_name == "Person" else self._visits


class ParquetServed(FilesServed):
    """Two Parquet files. A cell that is changed to another type changes the type of its column."""

    person, visit = "person.parquet", "visit.parquet"

    @classmethod
    @cache
    def pristine(cls) -> dict[str, bytes]:
        return _written(cls, write_parquet)

    def write(self, type_name: str) -> None:
        write_parquet(self.folder / f"{type_name.lower()}.parquet", self.rows(type_name))


class CsvServed(FilesServed):
    """Two CSV files. An empty text is a null in them."""

    person, visit = "person.csv", "visit.csv"
    no_text = b"\xff\xfe"
    unheld = ("",)

    @classmethod
    @cache
    def pristine(cls) -> dict[str, bytes]:
        return _written(cls, write_csv)

    def write(self, type_name: str) -> None:
        write_csv(self.folder / f"{type_name.lower()}.csv", self.rows(type_name))


class XlsxServed(FilesServed):
    """A workbook with two sheets. An empty text is an empty cell in them."""

    person, visit = "town.xlsx#person", "town.xlsx#来访"
    unheld = ("",)

    @classmethod
    @cache
    def pristine(cls) -> dict[str, bytes]:
        return _written(cls, lambda file, _: write_xlsx(file.with_name("town.xlsx"), PEOPLE, VISITS))

    def write(self, type_name: str) -> None:  # noqa: ARG002  (both stand in one file)
        write_xlsx(self.folder / "town.xlsx", self._people, self._visits)


def _written(cls: type[FilesServed], write: Callable[[Path, list[Row]], object]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        for table, rows in ((cls.person, PEOPLE), (cls.visit, VISITS)):
            write(Path(folder) / table.partition("#")[0], rows)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


_COLUMNS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "age": ("INTEGER", int), "score": ("DOUBLE", float), "alone": ("BOOLEAN", bool), "born": ("DATE", dt.date.fromisoformat),
    "day": ("DATE", dt.date.fromisoformat),
}  # fmt: skip


def _typed(column: str, value: Any) -> Any:
    """A cell of the data set as a file with types holds it; what it can't be, it stays."""
    _, make = _COLUMNS.get(column, ("VARCHAR", str))
    try:
        made = make(value)
        return made if value in {made, str(made)} else value
    except (TypeError, ValueError):
        return value


def write_parquet(file: Path, rows: list[Row]) -> None:
    with duckdb.connect() as memory:
        columns, values = [], []
        for name in rows[0]:
            cells = [None if row[name] is None else _typed(name, row[name]) for row in rows]
            kind, python = _COLUMNS.get(name, ("VARCHAR", str))
            odd = {type(cell) for cell in cells} - {dt.date if kind == "DATE" else python, type(None)}
            if odd:  # one column has one type: the odd one's, and what is not of it is null
                kind = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE"}[odd.pop()]
                make: Any = {"VARCHAR": str, "BIGINT": lambda x: x if isinstance(x, int) else None, "DOUBLE": float}[
                    kind
                ]
                cells = [None if cell is None else make(cell) for cell in cells]
            columns.append(f'unnest(?::{kind}[]) AS "{name}"')
            values.append(cells)
        memory.execute(f"CREATE TABLE rows AS SELECT {', '.join(columns)}", values)
        new = file.with_suffix(".new")
        memory.execute(f"COPY rows TO '{new}' (FORMAT parquet)")
        new.replace(file)


def write_csv(file: Path, rows: list[Row]) -> None:
    lines = [list(rows[0]), *([_text(name, cell) for name, cell in row.items()] for row in rows)]
    with file.open("w", encoding="utf-8", newline="", errors="surrogateescape") as opened:
        csv.writer(opened).writerows(lines)


def _text(column: str, cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "surrogateescape")
    if column == "alone" and cell in {0, 1}:
        return str(cell == 1).lower()
    return "" if cell is None else str(cell)


def write_xlsx(file: Path, people: list[Row], visits: list[Row]) -> None:
    sheets: dict[str, list[list[object]]] = {}
    for name, rows in (("person", people), ("来访", visits)):
        cells = ([None if cell in {None, ""} else _typed(column, cell) for column, cell in row.items()] for row in rows)
        sheets[name] = [list(rows[0]), *cells]
    xlsx.write(file, sheets)
