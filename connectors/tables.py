"""Rows to columns, and cells to the one Python type that their scalar has (`vocabulary.values.SCALARS`).

A reader takes the cells of one column as the source gave them, and answers with a column in which each cell is
exactly of that type or None; it raises ValueError or TypeError at the first column that cannot be read so, which the
caller turns into an INVALID without quoting it. Readers work on whole columns: a cell costs some 15 ns where the
source already gives the right type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from types import NoneType
from typing import Any, Final, TypeAlias

from vocabulary.values import Column

Reader: TypeAlias = Callable[[list[Any]], Column]

_DATE_LENGTH = len("2024-05-01")
_SHORTEST_MOMENT = len("2024-05-01T08:30")
_EXACT_AS_FLOAT = 2**53


def transpose(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Turn rows of `width` cells into `width` columns, also where there is no row."""
    return list(map(list, zip(*rows, strict=False))) if rows else [[] for _ in range(width)]


def moment(text: str) -> dt.datetime:
    """Read a date and time as ISO 8601 writes it. Without an offset it is UTC; an offset is kept."""
    if len(text) < _SHORTEST_MOMENT or "W" in text:
        raise ValueError
    read = dt.datetime.fromisoformat(text)
    return read if read.tzinfo is not None else read.replace(tzinfo=dt.UTC)


def only(*kinds: type) -> Reader:
    """Cells of one type, which is most often what they are already; `bool` is no `int` here."""
    allowed = [frozenset({kind, NoneType}) for kind in kinds]

    def read(cells: list[Any]) -> Column:
        if not any(known.issuperset(map(type, cells)) for known in allowed):
            raise TypeError
        return cells

    return read


def _floats(cells: list[Any]) -> Column:
    """Floats; integers and decimals become floats, since neither JSON nor SQL tells the number 3 from 3.0."""
    kinds = set(map(type, cells))
    if kinds <= {float, NoneType}:
        if not all(map(isfinite, filter(None, cells))):
            raise ValueError
        return cells
    if not kinds <= {float, int, Decimal, NoneType}:
        raise TypeError
    if int in kinds and any(abs(cell) > _EXACT_AS_FLOAT for cell in cells if type(cell) is int):
        raise ValueError
    read = [None if cell is None else float(cell) for cell in cells]
    if not all(isfinite(cell) for cell in read if cell is not None):
        raise ValueError
    return list(read)


def _dates(cells: list[Any]) -> Column:
    kinds = set(map(type, cells))
    if kinds <= {dt.date, NoneType}:
        return cells
    if not kinds <= {str, NoneType}:
        raise TypeError
    texts = [cell for cell in cells if cell is not None]
    # `fromisoformat` also takes 20240501 and 2024-W18-3, which do not sort as dates do where a source compares text.
    if texts and (set(map(len, texts)) != {_DATE_LENGTH} or "W" in "".join(texts)):
        raise ValueError
    read = dt.date.fromisoformat
    return [None if cell is None else read(cell) for cell in cells]


def _moments(cells: list[Any]) -> Column:
    kinds = set(map(type, cells))
    if kinds <= {str, NoneType}:
        return [None if cell is None else moment(cell) for cell in cells]
    if kinds <= {dt.datetime, NoneType}:
        return [cell if cell is None or cell.tzinfo is not None else cell.replace(tzinfo=dt.UTC) for cell in cells]
    raise TypeError


def bits(cells: list[Any]) -> Column:
    """Booleans of a source that has none and keeps 0 and 1."""
    kinds = set(map(type, cells))
    if kinds <= {bool, NoneType}:
        return cells
    if not kinds <= {int, NoneType} or not set(cells) <= {0, 1, None}:
        raise TypeError
    return [None if cell is None else cell == 1 for cell in cells]


READERS: Final[Mapping[str | None, Reader]] = {
    "String": only(str),
    "Int": only(int),
    "Float": _floats,
    "Boolean": only(bool),
    "Date": _dates,
    "DateTime": _moments,
    None: only(str, int),
}
"""Scalar → reader, for sources that have booleans. None: a key whose scalar another source declares."""
