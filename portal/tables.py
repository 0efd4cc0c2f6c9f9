"""An answer as tables: a row for each entity, a column for each leaf that was asked, each cell with what became of it.

Columns follow what was asked and not what came, so that a relation that leads nowhere still shows as empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.answer import Answer
from portal.cells import Cell, cell
from vocabulary.catalogue import MaskDeclaration
from vocabulary.shape import Shape

MOST_ROWS: Final = 200
_LISTED: Final = frozenset({"nodes", "edges"})
_Masks = Mapping[str, MaskDeclaration]


@dataclass(frozen=True, slots=True)
class Column:
    """One leaf: its path below the row, and the coordinates that fill it."""

    path: tuple[str, ...]
    coordinates: tuple[str, ...]

    @property
    def name(self) -> str:
        """The path as one reads it."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Table:
    """One list of an answer, or one entity. A cell of a row may be several, where a relation leads to many."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[Cell, ...], ...], ...]
    count: int
    is_list: bool


def tables(answer: Answer, masks: _Masks) -> tuple[Table, ...]:
    """The tables of an answer. What has no cells, such as introspection, has none."""
    if not isinstance(answer.data, dict):
        return ()
    return tuple(
        one
        for key, value in answer.data.items()
        for one in _of(answer, answer.shape.fields.get(key), (key,), value, masks)
    )


def _of(answer: Answer, shape: Shape | None, path: tuple[str, ...], value: Any, masks: _Masks) -> Iterator[Table]:
    if shape is None:
        return
    listed = [key for key, inner in shape.fields.items() if _is_list(inner)]
    if listed and not isinstance(value, list):
        for key in listed:
            inner = None if value is None else value.get(key)
            yield from _of(answer, shape.fields[key], (*path, key), inner or [], masks)
        rest = {key: one for key, one in shape.fields.items() if key not in listed}
        if rest:
            yield _table(answer, Shape(shape.coordinates, rest), path, value, masks)
        return
    if shape.fields or not isinstance(value, list | dict):
        yield _table(answer, shape, path, value, masks)


def _is_list(shape: Shape) -> bool:
    """Whether this is the list of a connection: its rows are told one below the other, not within a cell."""
    return any(
        one.partition(".")[2] in _LISTED and one.partition(".")[0].endswith("Connection") for one in shape.coordinates
    )


def _table(answer: Answer, shape: Shape, path: tuple[str, ...], value: Any, masks: _Masks) -> Table:
    columns = tuple(_columns(shape, ())) or (Column((), shape.coordinates),)
    entities = value if isinstance(value, list) else [value]
    rows = tuple(
        tuple(tuple(_cells(answer, shape, column.path, entity, masks)) for column in columns)
        for entity in entities[:MOST_ROWS]
    )
    return Table(".".join(path), columns, rows, len(entities), isinstance(value, list))


def _columns(shape: Shape, path: tuple[str, ...]) -> Iterator[Column]:
    for key, inner in shape.fields.items():
        if inner.fields:
            yield from _columns(inner, (*path, key))
        else:
            yield Column((*path, key), inner.coordinates)


def _cells(answer: Answer, shape: Shape, path: tuple[str, ...], value: Any, masks: _Masks) -> Iterator[Cell]:
    """The cell at a path below a value; of a list, one for each of its items; of a null, why it is one."""
    if isinstance(value, list) and (path or shape.fields):
        if not value:
            yield cell(answer, shape.coordinates, None, masks)
        for one in value:
            yield from _cells(answer, shape, path, one, masks)
    elif not path or value is None:
        yield cell(answer, shape.coordinates, ", ".join(map(str, value)) if isinstance(value, list) else value, masks)
    elif path[0] in value:
        yield from _cells(answer, shape.fields[path[0]], path[1:], value[path[0]], masks)
    else:  # a fragment of another type
        yield cell(answer, (), None, masks)
