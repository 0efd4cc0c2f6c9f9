"""Run by itself (`spreadsheet.py`): a workbook on standard input → a sheet's rows as CSV on standard output.

Knows nothing but the standard library and python-calamine, whose folder it is told: `sheet_process.py PACKAGES SHEET
MEBIBYTES`. What keeps a sheet from being read goes to standard error, as one JSON object.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import resource
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

_MIB: Final = 1024 * 1024
_SECONDS: Final = 60
_EXACT_AS_FLOAT: Final = 2**53
_MOST_NAMED: Final = 20
_LETTERS: Final = 26


class Outcome(StrEnum):
    """What keeps a sheet from being read."""

    NO_WORKBOOK = "no-workbook"
    LOCKED = "locked"
    NO_SHEET = "no-sheet"
    MERGED = "merged"
    HEADER = "header"
    LARGE = "large"


class ProblemError(Exception):
    """One of them, with the names that it is about."""

    def __init__(self, outcome: Outcome, names: list[str] | None = None) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.names = (names or [])[:_MOST_NAMED]


def main(packages: str, sheet: str, memory: str) -> int:
    """Read, write, and say how it went."""
    _bound(int(memory) * _MIB)
    sys.path.append(packages)
    try:
        rows = _rows(sys.stdin.buffer.read(), sheet)
        with io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)
    except ProblemError as problem:
        json.dump({"outcome": problem.outcome, "names": problem.names}, sys.stderr)
        return 1
    except MemoryError:
        json.dump({"outcome": Outcome.LARGE, "names": []}, sys.stderr)
        return 1
    return 0


def marked(cell: Any) -> str:
    """A cell as text with the letter of its type before it; empty for an empty one."""
    match cell:
        case "":
            return ""
        case str():
            return f"t{cell}"
        case bool():
            return f"b{str(cell).lower()}"
        case int():
            return f"n{cell}"
        case float():  # a workbook has no whole numbers, only floats that are
            return f"n{int(cell)}" if cell.is_integer() and abs(cell) <= _EXACT_AS_FLOAT else f"n{cell!r}"
        case dt.datetime():
            return f"m{cell.isoformat()}"
        case dt.date():
            return f"d{cell.isoformat()}"
    return "?"  # a time of day, a duration: no scalar is one


def reference(row: int, column: int) -> str:
    """A cell as people name it: row 0, column 27 is AB1."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def _rows(workbook: bytes, name: str) -> Iterator[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound  # noqa: PLC0415

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    except PasswordError:
        raise ProblemError(Outcome.LOCKED) from None
    except CalamineError:
        raise ProblemError(Outcome.NO_WORKBOOK) from None
    try:
        sheet = book.get_sheet_by_name(name)
    except WorksheetNotFound:
        raise ProblemError(Outcome.NO_SHEET, book.sheet_names) from None
    except CalamineError:
        raise ProblemError(Outcome.NO_WORKBOOK) from None
    merged = sheet.merged_cell_ranges
    if merged is None:
        raise ProblemError(Outcome.NO_WORKBOOK)
    if merged:
        raise ProblemError(Outcome.MERGED, [f"{reference(*first)}:{reference(*last)}" for first, last in merged])
    cells = iter(sheet.to_python(skip_empty_area=False))
    header = next(cells, [])
    if not all(isinstance(cell, str) for cell in header):
        raise ProblemError(Outcome.HEADER)
    return _written(header, cells)


def _written(header: list[Any], cells: Iterator[list[Any]]) -> Iterator[list[str]]:
    yield header
    for row in cells:
        if any(cell != "" for cell in row):  # a row without a value is none, also where it is only formatted
            yield list(map(marked, row))


def _bound(memory: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),  # a core dump would be people's data on a disk
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
