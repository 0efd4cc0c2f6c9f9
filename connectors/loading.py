"""CSV files, or a sheet, of one type → a table in DuckDB's memory, every row of which has been looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO, Final

import duckdb

from connectors.duck import Duck, literal
from connectors.ducktypes import Cells, of_sheet, of_text
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.folder import Folder, Part
from connectors.shape import Shape
from connectors.spreadsheet import sheet
from connectors.textual import Csv, HeaderError, StoppedError, TextError, Wanted, project

_MIB: Final = 1024 * 1024
_LONGEST_LINE: Final = 16 * _MIB


class Loader:
    """For one source; used by one thread at a time. `stopped`: the source is being closed."""

    def __init__(self, source: str, duck: Duck, folder: Folder, csv: Csv, stopped: Callable[[], bool]) -> None:
        self._source = source
        self._duck = duck
        self._folder = folder
        self._csv = csv
        self._stopped = stopped

    def load(self, shape: Shape, parts: tuple[Part, ...], maker: duckdb.DuckDBPyConnection) -> list[Cells]:
        """Read the files into the table `shape.rows`, and say how each field is read from it.

        Raises:
            DeclarationError: a column is not there.
            SourceError: a file is not what its name says, is damaged, or does not fit into memory.
        """
        maker.execute(f"DROP TABLE IF EXISTS {shape.rows}")  # first, so that old and new never both stand in memory
        columns = list(dict.fromkeys(taken.column for taken in shape.columns.values()))
        try:
            count = self._fill(shape, parts, columns)
            return self._table(shape, columns, count, maker)
        finally:
            self._duck.text.truncate(0)

    def _fill(self, shape: Shape, parts: tuple[Part, ...], columns: list[str]) -> int:
        """Write the rows of every part into the text that DuckDB may read; how many there are."""
        self._duck.text.truncate(0)
        room = self._duck.memory * _MIB
        if sum(part.size for part in parts) > room:
            raise self._too_large(shape)
        count = 0
        with open(os.dup(self._duck.text.fileno()), "w", encoding="utf-8", newline="", buffering=_MIB) as text:  # noqa: PTH123  (a descriptor)
            text.seek(0)

            def write(line: str) -> None:
                nonlocal room
                room -= len(line)
                if room < 0:
                    raise self._too_large(shape)
                text.write(line)

            wanted = Wanted(columns, write, self._stopped)
            for part in parts:
                with self._folder.open(shape.name, part) as opened:
                    count += self._read(shape, opened, wanted)
                    if Part.of(part.path, os.fstat(opened.fileno())) != part:
                        sentence = f"a file of {shape.name} was written while it was read"
                        raise SourceError(self._source, FailureKind.UNAVAILABLE, sentence)
        return count

    def _read(self, shape: Shape, opened: BinaryIO, wanted: Wanted) -> int:
        name = shape.place.sheet
        try:
            if name is None:
                return project(opened, self._csv, wanted)
            return sheet(opened, name, self._duck.memory, wanted)
        except HeaderError as error:
            field = next(field for field, taken in shape.columns.items() if taken.column == error.missing)
            there = f"write one of: {', '.join(error.there)}" if error.there else "is its first row the header?"
            raise DeclarationError(f"{shape.where} has no column {error.missing} (field {field}); {there}") from None
        except TextError as error:
            where = f"a file of {shape.name}" if name is None else f"sheet {name} of {shape.name}"
            raise SourceError(self._source, FailureKind.INVALID, f"{where} cannot be read: {error}") from None
        except StoppedError:
            raise SourceError(self._source, FailureKind.UNAVAILABLE, "it is being closed") from None

    def _table(self, shape: Shape, columns: list[str], count: int, maker: duckdb.DuckDBPyConnection) -> list[Cells]:
        """Make a table of the text, in which what a cell says stands beside what is written."""
        written = {column: f"x{at}" for at, column in enumerate(columns)}
        of = of_text if shape.place.sheet is None else of_sheet
        cells = {field: of(taken.scalar, written[taken.column]) for field, taken in shape.columns.items()}
        kept = {name: name for name in written.values()}  # SQL, and the column that holds what it gives
        for one in cells.values():
            for sql in (one.value, one.compared):
                kept.setdefault(sql, f"y{len(kept)}")
        selected = ", ".join(f"{sql} AS {name}" for sql, name in kept.items())
        text = _text(self._duck.text_path, list(written.values()))
        maker.execute(f"CREATE TABLE {shape.rows} AS SELECT {selected} FROM {text}")  # noqa: S608  (names of ours)
        raw = [written[taken.column] for taken in shape.columns.values()]
        held = [Cells(kept[one.value], kept[one.compared]) for one in cells.values()]
        wrong = ", ".join(_wrong(one.value, cell) for one, cell in zip(held, raw, strict=True))
        found = maker.execute(f"SELECT count(*), {wrong} FROM {shape.rows}").fetchone()  # noqa: S608  (names of ours)
        if found is None or found[0] != count:
            raise SourceError(self._source, FailureKind.INVALID, f"not every row of {shape.name} could be read")
        return [
            Cells(_marked(one.value, cell), one.compared) if bad else one
            for one, cell, bad in zip(held, raw, found[1:], strict=True)
        ]

    def _too_large(self, shape: Shape) -> SourceError:
        sentence = (
            f"{shape.name} is larger than the {self._duck.memory} MiB of options.memory; "
            "write it as Parquet, which is read where it lies"
        )
        return SourceError(self._source, FailureKind.INVALID, sentence)


def _text(path: str, columns: list[str]) -> str:
    """The rows of the text that `textual` wrote. The first column is its mark of a row."""
    names = ", ".join(f"{name}: 'VARCHAR'" for name in ("r", *columns))
    return (
        f"read_csv({literal(path)}, columns = {{{names}}}, auto_detect = false, header = false, delim = ',',"
        " quote = '\"', escape = '\"', nullstr = '', new_line = '\\n', parallel = false, strict_mode = true,"
        f" max_line_size = {_LONGEST_LINE})"
    )


def _wrong(value: str, raw: str) -> str:
    """How many cells of a column are not what its scalar says."""
    return f"count_if({raw} IS NOT NULL AND {value} IS NULL)"


def _marked(value: str, raw: str) -> str:
    """The value; where there is a cell but no value, bytes, which no reader takes."""
    return (
        f"CASE WHEN {value} IS NOT NULL THEN union_value(ok := {value})"
        f" WHEN {raw} IS NOT NULL THEN union_value(bad := ''::BLOB) END"
    )
