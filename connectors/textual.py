"""A CSV file, or the rows of a sheet, → one plain CSV of the columns that are taken, which DuckDB is then given.

DuckDB does not read what a department has written by itself: even in its strict mode (2.0.1) it drops a last row whose
quote is never closed, and a cell too many that is empty, without a word. Python's reader says both, and it knows
GB 18030, for which DuckDB would download an extension. What we hand on is UTF-8 in one dialect, and the rows that
arrive are counted.
"""

from __future__ import annotations

import csv
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain
from operator import itemgetter
from typing import BinaryIO, Final

BOM: Final = "\ufeff"
_ROW: Final = ""  # the first cell of each row that we write: without it, a row of one null would be an empty line
_CHUNK: Final = 65_536
_ROWS_BETWEEN_LOOKS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Csv:
    """How CSV files of a source are written."""

    encoding: str = "utf-8"
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns that are taken, where each line of them goes, and whether anybody still needs them."""

    columns: Sequence[str]
    write: Callable[[str], object]
    stopped: Callable[[], bool]


class TextError(Exception):
    """The text is no table, or not this one; the sentence quotes nothing of it."""


class HeaderError(TextError):
    """The first row does not name the columns. `there`: what it does name, where it is a header at all.

    A file without a header begins with somebody's record: it is one only if it names some of the columns.
    """

    def __init__(self, missing: str, there: Sequence[str]) -> None:
        super().__init__(f"its first row names no column {missing}")
        self.missing = missing
        self.there = there


class StoppedError(Exception):
    """Nobody needs the text any more."""


def project(opened: BinaryIO, how: Csv, wanted: Wanted) -> int:
    """Write the wanted columns of a CSV, a row a line, and say how many rows there were. An empty cell is null.

    Raises:
        TextError: it is no CSV in that encoding, or a row has more or fewer cells than the first.
        HeaderError: a column is not there.
        StoppedError: nobody needs it any more.
    """
    if how.encoding != "utf-8" and _is_utf8(opened):  # it would be read without an error, as other characters
        raise TextError(f"it is not written in {how.encoding}, but in utf-8")
    text = TextIOWrapper(opened, encoding=how.encoding, errors="strict", newline="")
    try:
        return _project(csv.reader(_without_mark(text), delimiter=how.delimiter, strict=True), wanted)
    except UnicodeDecodeError:
        raise TextError(f"it is not written in {how.encoding}, or holds something else than text") from None
    except csv.Error as error:
        # The reader's own words quote nothing, but they are not for people.
        unclosed = "unexpected end" in str(error) or "field larger" in str(error)
        raise TextError(_UNCLOSED if unclosed else _MISPLACED) from None
    finally:
        text.detach()


_UNCLOSED: Final = "a quote is opened and never closed"
_MISPLACED: Final = (
    'a quote or a line break stands where none may; write a cell with a quote in it as "a ""quoted"" word"'
)


def _without_mark(text: TextIOWrapper) -> Iterable[str]:
    return chain((text.readline().removeprefix(BOM),), text)


def _is_utf8(opened: BinaryIO) -> bool:
    """Whether a file is UTF-8 with something in it that ASCII does not have; then read it from its begin."""
    decoder, ascii_only = getincrementaldecoder("utf-8")(), True
    try:
        while chunk := opened.read(_CHUNK):
            decoder.decode(chunk)
            ascii_only = ascii_only and chunk.isascii()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        opened.seek(0)
    return not ascii_only


def _project(rows: Iterator[list[str]], wanted: Wanted) -> int:
    header = next(rows, [])
    pick = _pick(header, wanted.columns)
    written = csv.writer(_Sink(wanted.write), lineterminator="\n")
    count, width = 0, len(header)
    for row in rows:
        if not row:
            continue  # a line without a character: no row
        if len(row) != width:
            raise TextError(f"row {count + 1} under the header has {len(row)} cells, and the header {width}")
        written.writerow(chain((_ROW,), pick(row)))
        count += 1
        if not count % _ROWS_BETWEEN_LOOKS and wanted.stopped():
            raise StoppedError
    return count


def _pick(header: list[str], columns: Sequence[str]) -> Callable[[list[str]], Iterable[str]]:
    """How the wanted columns are taken out of a row."""
    there = set(header)
    missing = [name for name in columns if name not in there]
    if missing:
        raise HeaderError(missing[0], header if len(missing) < len(columns) else ())
    if len(there) != len(header) or "" in there:
        raise TextError("its first row, which names the columns, has a name twice or an empty one")
    if len(columns) > 1:
        return itemgetter(*map(header.index, columns))
    only = slice(header.index(columns[0]), header.index(columns[0]) + 1)
    return itemgetter(only)


class _Sink:
    """What `csv.writer` writes to."""

    __slots__ = ("write",)

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
