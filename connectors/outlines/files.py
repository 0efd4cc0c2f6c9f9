"""Files looked at, one of them or a folder: Parquet by DuckDB, workbooks by calamine, CSV by Python's own reader.

DuckDB is the connector's, locked before it sees a file (`connectors/duck.py`). A CSV is read as text, because a guessed
number loses the zero or the X of a code.
"""

from __future__ import annotations

import csv
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any, Final

import duckdb
import python_calamine as calamine

from connectors.duck import Duck
from connectors.outlines.errors import NoTargetError, OutlineError
from connectors.outlines.sample import ROWS, sample, scalar_of, scalar_of_texts
from connectors.outlines.shapes import SHAPES, is_telling
from connectors.outlines.target import COUNTED, LONGEST_TEXT, MOST_COLUMNS, MOST_TABLES, Target
from vocabulary.outline import Column, Outline, Shape, Table

_SQLITE_ENDINGS: Final = frozenset({".sqlite", ".sqlite3", ".db", ".db3"})
_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_HEAD: Final = 64 * 1024
_DELIMITERS: Final = (",", ";", "\t", "|")
_ROWS_BETWEEN_LOOKS: Final = 4_096
_USUAL: Final = {"encoding": "utf-8", "delimiter": ","}
_DIGITS: Final = re.compile(r"\d+([-_.]?\d+)*")
_LARGEST_WORKBOOK: Final = 64 * 1024 * 1024
_MOST_DIGITS: Final = 10**15
_MEMORY: Final = 512  # MiB
_SCALARS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "HUGEINT"), "Int"
    ),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "Float"),
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"), "DateTime"
    ),
    "VARCHAR": "String",
    "BOOLEAN": "Boolean",
    "DATE": "Date",
}


def is_sqlite(where: str) -> bool:
    """Whether somebody named a SQLite file, by its name or by how it begins."""
    path = Path(where)
    return path.suffix.lower() in _SQLITE_ENDINGS or (path.suffix == "" and _begins(path, _SQLITE_MAGIC))


def is_data(where: str) -> bool:
    """Whether somebody named a folder, or a file whose name says that a reader of this file takes it."""
    path = Path(where)
    return path.is_dir() or path.suffix.lower() in _READERS


def read_files(target: Target) -> Outline:
    """Look at one file, or at all in a folder; files that differ in digits alone are parts of one table."""
    path = Path(target.where)
    folder = path if path.is_dir() else path.parent
    deadline = monotonic() + target.seconds
    tables: list[Table] = []
    notes: list[str] = []
    written: Mapping[str, str] = {}
    for pattern, parts in _files_of(path).items():
        if len(tables) >= MOST_TABLES or monotonic() > deadline:
            notes.append(f"{pattern} and what follows it were not looked at: name one file at a time.")
            break
        try:
            found = _READERS[parts[0].suffix.lower()](_File(parts[0], deadline))
        except OutlineError as error:
            if not path.is_dir():
                raise
            notes.append(f"{error}.")
            continue
        written = written or found.written
        if found.written and written != found.written:
            notes.append(f"{pattern} has another encoding or delimiter than the CSV before it: a source of its own.")
            continue
        made = found.tables
        if len(parts) > 1:
            made = [replace(table, name=pattern, rows=None) for table in made]
            notes.append(f"{len(parts)} files are taken for parts of one table, {pattern}; one of them was looked at.")
        tables += [table for table in made if target.wants(table.name)]
    if not tables:
        raise OutlineError("; ".join(note.rstrip(".") for note in notes) or "there is no such table in it")
    name = folder.resolve().name if path.is_dir() else path.stem
    unusual = {word: said for word, said in written.items() if said != _USUAL[word]}
    options: dict[str, object] = {"folder": target.relative(folder), **({"csv": unusual} if unusual else {})}
    return Outline("files", options, tuple(tables), name=name, notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    deadline: float


@dataclass(frozen=True, slots=True)
class _Found:
    """The tables of a file, and how it is written where that is not as usual."""

    tables: list[Table]
    written: Mapping[str, str] = field(default_factory=dict)


def _files_of(path: Path) -> Mapping[str, list[Path]]:
    """The files to look at, by the name that a type's `table` has for them."""
    if not path.is_dir():
        return {path.name: [path]}
    parts: dict[str, list[Path]] = {}
    for one in sorted(path.iterdir()):
        if one.suffix.lower() in _READERS and not one.name.startswith("~$"):
            stem = one.stem if one.suffix.lower() == ".xlsx" else _DIGITS.sub("*", one.stem)
            parts.setdefault(f"{stem}{one.suffix}", []).append(one)
    if not parts:
        raise NoTargetError(f"{path.name} holds no CSV, Parquet or xlsx file")
    return {name if len(some) > 1 else some[0].name: some for name, some in parts.items()}


def _csv(file: _File) -> _Found:
    """Read as text throughout, with Python's reader: what it hands on is what the file says."""
    encoding = _encoding(file.path)
    rows: list[list[str]] = []
    with file.path.open(encoding=encoding, newline="") as text:
        header, delimiter = _header(text.readline(_HEAD), file.path.name)
        count = 0
        try:
            for row in csv.reader(text, delimiter=delimiter, strict=True):
                if len(row) not in {0, len(header)}:
                    raise OutlineError(
                        f"row {count + 1} under the header of {file.path.name} has {len(row)} cells, and the header "
                        f"{len(header)}: mend it there"
                    )
                count += bool(row)
                if row and len(rows) < ROWS:
                    rows.append([cell[:LONGEST_TEXT] for cell in row])
                if count > COUNTED or (not count % _ROWS_BETWEEN_LOOKS and monotonic() > file.deadline):
                    break
        except (csv.Error, UnicodeDecodeError):
            raise OutlineError(f"{file.path.name} is no CSV throughout: see its quotes and its encoding") from None
    columns = []
    for at, title in enumerate(header):
        cells = [row[at] or None for row in rows]
        scalar, kind = scalar_of_texts([cell for cell in cells if cell])
        columns.append(_column(title, scalar, kind, cells))
    written = {"encoding": encoding.removesuffix("-sig"), "delimiter": delimiter}
    is_more = count > COUNTED or monotonic() > file.deadline
    return _Found([Table(file.path.name, tuple(columns), rows=min(count, COUNTED), is_more=is_more)], written)


def _parquet(file: _File) -> _Found:
    if not _begins(file.path, b"PAR1"):
        raise OutlineError(f"{file.path.name} is no Parquet file, whatever its name says: name the file that is")
    with _duck(file) as ask:
        given = [str(file.path.absolute())]
        described = ask("DESCRIBE SELECT * FROM read_parquet(?)", given)[:MOST_COLUMNS]
        declared = [(str(one[0]), str(one[1]).partition("(")[0]) for one in described]
        plain = [at for at, (_, kind) in enumerate(declared) if kind in _SCALARS]
        names = ", ".join(_quoted(declared[at][0]) for at in plain) or "1"
        renamed = ", ".join(f"c{at}" for at in range(max(1, len(plain))))
        query = f"SELECT {_cut(len(plain))} FROM (SELECT {names} FROM read_parquet(?) LIMIT {ROWS}) AS t({renamed})"  # noqa: S608
        rows = ask(query, given) if plain else []
        count = ask("SELECT count(*) FROM read_parquet(?)", given)[0][0]  # the file's own footer says so
    columns = []
    for at, (title, kind) in enumerate(declared):
        cells = [row[plain.index(at)] for row in rows] if at in plain else []
        columns.append(_column(title, _SCALARS.get(kind), kind, cells))
    return _Found([Table(file.path.name, tuple(columns), rows=int(count))])


def _workbook(file: _File) -> _Found:
    name = file.path.name
    if not _begins(file.path, b"PK\x03\x04"):
        raise OutlineError(f"{name} is no xlsx workbook, whatever its name says: save it as one, or as CSV")
    if file.path.stat().st_size > _LARGEST_WORKBOOK:
        raise OutlineError(f"{name} has more than {_LARGEST_WORKBOOK >> 20} MiB: save its sheets as CSV")
    tables, faults = [], []
    try:
        book = calamine.load_workbook(file.path)
        for sheet_name in book.sheet_names:
            sheet = book.get_sheet_by_name(sheet_name)
            if sheet.merged_cell_ranges:
                faults.append(f"sheet {sheet_name} of {name} has merged cells: give each cell its own value")
                continue
            rows = sheet.to_python(skip_empty_area=True, nrows=ROWS + 1)
            if rows:
                tables.append(_sheet(f"{name}#{sheet_name}", rows, sheet.height - 1))
    except (calamine.CalamineError, OSError, ValueError):
        raise OutlineError(f"{name} can't be read as a workbook: it is damaged or locked; save it anew") from None
    if not tables:
        raise OutlineError("; ".join(faults) or f"{name} holds no table")
    return _Found(tables)


def _sheet(name: str, rows: Sequence[Sequence[Any]], count: int) -> Table:
    header = _checked_header([str(cell) for cell in rows[0]], name)
    columns = []
    for at, title in enumerate(header):
        cells = [_cell(row[at]) for row in rows[1:] if at < len(row)]
        scalar, kind = scalar_of(cells)
        if any(isinstance(cell, int) and abs(cell) >= _MOST_DIGITS for cell in cells):
            scalar, kind = (
                None,
                "numbers of more than 15 digits, of which a workbook loses the last: store them as text",
            )
        columns.append(_column(title, scalar, kind, cells))
    return Table(name, tuple(columns), rows=min(count, COUNTED), is_more=count > COUNTED)


def _cell(value: object) -> object:
    """A cell as a table has it: a workbook keeps every number as a float, and an empty cell as an empty text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


_READERS: Final[Mapping[str, Callable[[_File], _Found]]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".xlsx": _workbook,
}


def _column(title: str, scalar: str | None, kind: str, cells: Sequence[object]) -> Column:
    """A column of a file, which promises nothing: where no cell of the sample is empty, none is taken to be."""
    seen = sample(cells)
    return Column(title, scalar, kind, nullable=seen.nulls > 0 or not seen.cells, sample=seen)


def _encoding(path: Path) -> str:
    """UTF-8, or GB 18030 as older systems write it; a file that is neither is no text."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        raise NoTargetError(f"{path.name} can't be read: see whether the path is right and you may read it") from None
    whole = head.rpartition(b"\n")[0] or head  # up to a line's end: a character may be cut at the head's
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            if "\0" not in whole.decode(encoding):
                return encoding
        except UnicodeDecodeError:
            continue
    raise OutlineError(f"{path.name} is no text, whatever its name says: save it as CSV in UTF-8")


def _header(first: str, name: str) -> tuple[list[str], str]:
    """The names in the first line of a CSV, and what stands between them."""
    line = first.rstrip("\r\n")
    if not line.strip():
        raise OutlineError(f"{name} begins with an empty line: its first line has to name the columns")
    delimiter = max(_DELIMITERS, key=line.count)
    try:
        return _checked_header(next(csv.reader([line], delimiter=delimiter, strict=True)), name), delimiter
    except csv.Error:
        raise OutlineError(f"the first line of {name} names no columns: see its quotes") from None


def _checked_header(header: list[str], where: str) -> list[str]:
    """The names, once they are names: a first row with somebody's data in it must not become names of columns."""
    names = [name.strip() for name in header]  # to be looked at: the connector knows them as they are written
    if any(is_telling(name) for name in names) or all(SHAPES[Shape.PERSON](name) for name in names):
        raise OutlineError(
            f"the first row of {where} looks like a record: write a row with the columns' names above it"
        )
    if "" in names or len(set(names)) != len(names):
        raise OutlineError(
            f"the first row of {where} has an empty name, or one twice: give each column a name of its own, in one row"
        )
    if len(names) > MOST_COLUMNS:
        raise OutlineError(f"{where} has more than {MOST_COLUMNS} columns: make a file with those that are needed")
    return header


def _cut(width: int) -> str:
    return ", ".join(f"substr(CAST(c{at} AS VARCHAR), 1, {LONGEST_TEXT})" for at in range(width)) or "1"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _duck(file: _File) -> Iterator[Callable[[str, list[Any]], list[Any]]]:
    """A locked DuckDB that may read the folder of one file, until the deadline."""
    name = file.path.name
    with closing(Duck("inspect", file.path.absolute().parent, _MEMORY)) as locked, locked.cursor() as duck:
        timer = threading.Timer(max(0.0, file.deadline - monotonic()), duck.interrupt)
        timer.start()
        try:
            yield lambda query, given: duck.execute(query, given).fetchall()
        except duckdb.InterruptException:
            raise OutlineError(f"{name} took too long: give it longer with --seconds") from None
        except duckdb.OutOfMemoryException:
            raise OutlineError(
                f"{name} needs more memory than is given to it: its rows or values are too long"
            ) from None
        except duckdb.Error:
            raise OutlineError(f"{name} can't be read as a table: it is damaged, or only a part of one") from None
        finally:
            timer.cancel()


def _begins(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(magic)) == magic
    except OSError:
        return False
