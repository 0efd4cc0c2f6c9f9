"""Rows that a statement fetched → columns of the types that the graph has, or an INVALID that names the coordinate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract import Rows
from connectors.errors import FailureKind, SourceError
from connectors.statement import Query
from connectors.tables import Reader, transpose
from vocabulary.values import Column


def read(source: str, query: Query, fetched: Sequence[Sequence[Any]], readers: Mapping[str | None, Reader]) -> Rows:
    """Read the rows of one statement.

    Raises:
        SourceError: INVALID, a cell is not what its scalar says.
    """
    try:
        rows = query.rows(fetched)
    except ValueError:
        sentence = f"{query.request.type} holds a text that is no UTF-8, or a number that is none"
        raise SourceError(source, FailureKind.INVALID, sentence) from None
    width = len(query.fields)
    columns = [_read(source, query, at, cells, readers) for at, cells in enumerate(transpose(rows, width)[:width])]
    key = query.access.key
    keys = None if key is None else columns[query.fields.index(key)]
    return Rows(columns[: len(query.request.fields)], len(rows), keys)


def _read(source: str, query: Query, at: int, cells: list[Any], readers: Mapping[str | None, Reader]) -> Column:
    scalar = query.scalars[at]
    try:
        return readers[scalar](cells)
    except (TypeError, ValueError, OverflowError):
        sentence = f"{query.request.type}.{query.fields[at]} holds a value that is no {scalar or 'key'}"
        raise SourceError(source, FailureKind.INVALID, sentence) from None
