"""The order and the bound of a relation, for sources that have neither: all rows arrive, and some are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from vocabulary.catalogue import RelationDeclaration
from vocabulary.fetch import Order
from vocabulary.values import Column, Value


def terms(relation: RelationDeclaration) -> list[Order]:
    """A relation's order, read."""
    return [Order(term.removeprefix("-"), term.startswith("-")) for term in relation.order]


def first_per_owner(relation: RelationDeclaration, owners: Column, read: Callable[[str], Column]) -> list[int]:
    """The rows to keep: for each owner the first `bound` in the relation's order; ties as they arrived.

    `owners` has the owner of each row; `read` gives the column of a field.
    """
    rows = list(range(len(owners)))
    for term in reversed(terms(relation)):
        column = read(term.field)
        rows.sort(key=lambda row, column=column: _null_smallest(column[row]), reverse=term.descending)  # type: ignore[misc]
    bound = relation.bound if relation.many else 1
    kept: Counter[Value] = Counter()
    chosen = []
    for row in rows:
        kept[owners[row]] += 1
        if kept[owners[row]] <= bound:
            chosen.append(row)
    return chosen


def _null_smallest(value: Value) -> tuple[Any, ...]:
    return (False,) if value is None else (True, value)
