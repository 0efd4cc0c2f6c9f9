"""What the gateway asks of a source: a shape without values, so that it can be compiled once, and the values beside.

Fields are those of the graph; a connector knows which of its columns they are. A to-one reference to an entity of
another table is asked for by its key, as `resident.identityNo`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from vocabulary.receipt import Elsewhere
from vocabulary.values import Column, Value


class Op(StrEnum):
    """Comparisons that a source may be asked for. A null never satisfies one, nor its negation."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "lte"
    GT = "gt"
    GE = "gte"
    IN = "in"
    STARTS_WITH = "startsWith"


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op values[slot]`; for `in` the slot holds a tuple."""

    field: str
    op: Op
    slot: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """`field` is null."""

    field: str


@dataclass(frozen=True, slots=True)
class Within:
    """`field`, an area code column, lies in one of the areas of values[slot] (a tuple of codes; empty: no row)."""

    field: str
    slot: str


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds; no parts: every row."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds; no parts: no row."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false (not: unknown), by SQL's three-valued logic."""

    part: Predicate


Predicate: TypeAlias = Compare | IsNull | Within | And | Or | Not
ALWAYS = And(())
NEVER = Or(())


def both(*parts: Predicate) -> Predicate:
    """The conjunction, flat and without what always holds; NEVER where one part never does."""
    flat: list[Predicate] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    if NEVER in flat:
        return NEVER
    return flat[0] if len(flat) == 1 else And(tuple(flat))


@dataclass(frozen=True, slots=True)
class Order:
    """One term of an order. Null sorts as the smallest value: first ascending, last descending."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Via:
    """Rows reached from entities of `type`, by the values of their key `key` in values["keys"] (a tuple, distinct).

    With `field` None the rows are those entities themselves; else the rows that the relation `type.field` leads to,
    each with the key of its owner in `Table.owners`.
    """

    type: str
    key: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one source for rows of one type. `via` None: its root collection.

    `limit` True: at most values["limit"] rows, in `order` (only without `via`). A relation's own order and bound per
    owner are part of its declaration, and applied by the connector.
    """

    type: str
    fields: tuple[str, ...]
    via: Via | None = None
    where: Predicate = ALWAYS
    order: tuple[Order, ...] = ()
    limit: bool = False


Values: TypeAlias = Mapping[str, Value | tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Veil:
    """Cells of one field that another exchange had masked: `cells` as they came, `masks` the name of each one's mask.

    Both are None on rows where it had not.
    """

    cells: Column
    masks: Column

    def head(self, count: int) -> Veil:
        """Of the first rows."""
        return Veil(self.cells[:count], self.masks[:count])


@dataclass(frozen=True, slots=True)
class Below:
    """What another exchange says beside its rows: what it had masked, by field, what it withheld and why; its receipts.

    A veiled cell is None in its column: it is nobody's key or fact, it is compared with nothing, and it can't be masked
    again. It is shown as it came, or not at all.
    """

    veils: Mapping[str, Veil] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)
    receipts: tuple[Elsewhere, ...] = ()
    is_partial: bool = False


NOTHING_BELOW = Below()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as columns: `columns[i]` holds the cells of `fields[i]`; all have `count` cells.

    `owners` is None for a root collection and for the entities themselves; else the owner's key, one per row. `below`
    is for rows that another exchange gave.
    """

    fields: tuple[str, ...]
    columns: tuple[Column, ...]
    count: int
    owners: Column | None = None
    below: Below = NOTHING_BELOW

    def column(self, field: str) -> Column:
        """The cells of one field."""
        return self.columns[self.fields.index(field)]

    def head(self, count: int) -> Table:
        """The first rows, at most `count`."""
        if count >= self.count:
            return self
        owners = None if self.owners is None else self.owners[:count]
        below = self.below
        if below.veils:
            below = replace(below, veils={name: veil.head(count) for name, veil in below.veils.items()})
        return Table(self.fields, tuple(column[:count] for column in self.columns), count, owners, below)
