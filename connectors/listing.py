"""The question by which another exchange is asked for rows of a list: filtered, ordered and paged by it.

    query ($first: Int!, $after: String, $where: ResidentWhere, $orderBy: [ResidentOrder!]) {
      rows: residents(first: $first, after: $after, where: $where, orderBy: $orderBy) {
        nodes { __typename _masked c0: id c1: name } pageInfo { hasNextPage endCursor }
      }
    }

Arguments are those that every exchange has for a list (`federation/schema/filters.py`). Values are variables, so the
text holds none. What is compared is compared there, on what whoever asks sees there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.entities import LieError
from connectors.layout import Access
from vocabulary.fetch import ALWAYS, And, Compare, Fetch, IsNull, Not, Op, Or, Predicate, Values, Within
from vocabulary.values import Value

_NEVER: Final[dict[str, object]] = {"or": []}


@dataclass(frozen=True, slots=True)
class Listing:
    """One shape of request: its `document`, the aliases of its fields, and how its filter is filled with values."""

    document: str
    type: str
    aliases: Mapping[str, tuple[str, ...]]
    where: Predicate
    order: tuple[Mapping[str, str], ...]
    columns: Mapping[str, str]

    def variables(self, values: Values, first: int, after: str | None) -> dict[str, object]:
        """The variables of one page."""
        found: dict[str, object] = {"first": first, "after": after}
        if self.where != ALWAYS:
            found["where"] = _filter(self.where, values, self.columns)
        if self.order:
            found["orderBy"] = self.order
        return found

    def page(self, data: Mapping[str, Any], most: int) -> tuple[list[dict[str, Any]], str | None]:
        """The rows of a page, and where the next one starts; LieError."""
        connection = data.get("rows")
        nodes = connection.get("nodes") if isinstance(connection, dict) else None
        info = connection.get("pageInfo") if isinstance(connection, dict) else None
        if not isinstance(nodes, list) or not isinstance(info, dict):
            raise LieError("no list of rows")
        if len(nodes) > most:
            raise LieError("more rows than were asked for")
        for node in nodes:
            if type(node) is not dict or node.get("__typename") != self.type:
                raise LieError(f"something else where a {self.type} was asked for")
        more, end = info.get("hasNextPage"), info.get("endCursor")
        if not isinstance(more, bool) or (more and not isinstance(end, str)):
            raise LieError("no word of whether more rows follow")
        return nodes, end if more else None

    def cells(self, rows: Sequence[Mapping[str, Any]], field: str) -> list[Any]:
        """The column of a field; LieError where a row lacks it. An object on the way that is null makes a null."""
        first, *rest = self.aliases[field]
        try:
            cells = [row[first] for row in rows]
            for alias in rest:
                cells = [None if cell is None else cell[alias] for cell in cells]
        except (KeyError, TypeError, IndexError):
            raise LieError("a row that lacks what was asked for") from None
        return cells


def listing(request: Fetch, access: Access, name: str) -> Listing:
    """Write the question of one shape of request; `name` is the list's."""
    type_ = access.declared.table
    aliases: dict[str, tuple[str, ...]] = {}
    columns: list[str] = []
    for position, field in enumerate(request.fields):
        column, _, of = access.layout[field].column.partition(".")
        columns.append(f"c{position}: {column} {{ v: {of} }}" if of else f"c{position}: {column}")
        aliases[field] = (f"c{position}", "v") if of else (f"c{position}",)
    declared, given = ["$first: Int!", "$after: String"], ["first: $first", "after: $after"]
    if request.where != ALWAYS:
        declared.append(f"$where: {type_}Where")
        given.append("where: $where")
    if request.order:
        declared.append(f"$orderBy: [{type_}Order!]")
        given.append("orderBy: $orderBy")
    document = (
        f"query ({', '.join(declared)}) {{ rows: {name}({', '.join(given)}) "
        f"{{ nodes {{ __typename _masked {' '.join(columns)} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    taken = {field: one.column for field, one in access.layout.items()}
    order = tuple(
        {"field": taken[one.field], "direction": "DESC" if one.descending else "ASC"} for one in request.order
    )
    return Listing(document, type_, aliases, request.where, order, taken)


def _filter(where: Predicate, values: Values, columns: Mapping[str, str], *, holds: bool = True) -> dict[str, object]:
    """The filter of a predicate, or (`holds` False) of its complement: what is unknown is in neither."""
    match where:
        case And(parts) | Or(parts):
            word = "and" if isinstance(where, And) is holds else "or"
            return {word: [_filter(part, values, columns, holds=holds) for part in parts]}
        case Not(part):
            return _filter(part, values, columns, holds=not holds)
        case IsNull(field):
            return {columns[field]: {"isNull": holds}}
        case Within(field, slot):
            return _leaf(columns[field], "within", _json(values[slot]), holds=holds)
        case Compare(field, Op.NE, slot):
            return _compared(columns[field], "eq", values[slot], holds=not holds)
        case Compare(field, op, slot):
            return _compared(columns[field], op.value, values[slot], holds=holds)


def _compared(column: str, op: str, value: Value | tuple[Value, ...], *, holds: bool) -> dict[str, object]:
    """A comparison with null is neither true nor false; with a list that holds one, it is never known to be false."""
    if value is None or (isinstance(value, tuple) and None in value and not holds):
        return _NEVER
    if isinstance(value, tuple):
        value = tuple(one for one in value if one is not None)
    return _leaf(column, op, _json(value), holds=holds)


def _leaf(column: str, op: str, value: object, *, holds: bool) -> dict[str, object]:
    comparison: dict[str, object] = {column: {op: value}}
    return comparison if holds else {"not": comparison}


def _json(value: Value | tuple[Value, ...]) -> object:
    if isinstance(value, tuple):
        return [_json(one) for one in value]
    return value.isoformat() if isinstance(value, dt.date) else value
