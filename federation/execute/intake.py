"""What a subgraph answered, taken in by place: columns of cells, and links to the objects that fields lead to.

Nothing of it is trusted: a value of another type, a list where there should be none, a field that is missing costs that
column, and is told as SOURCE_INVALID.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from federation.execute.held import Held, Link
from federation.plan.places import Part, Select, Take
from federation.schema.join_graph import Leaf
from vocabulary.values import Column

_NULL: Final = type(None)
_PLAIN: Final[Mapping[str, frozenset[type]]] = {
    "Int": frozenset((int, _NULL)),
    "Float": frozenset((float, int, _NULL)),
    "String": frozenset((str, _NULL)),
    "Boolean": frozenset((bool, _NULL)),
    "ID": frozenset((str, int, _NULL)),
}
_MOST_INT: Final = 2**31


class LieError(ValueError):
    """A value that is not what was asked for. The text quotes nothing of it."""


class Intake:
    """Takes answers in. `lied` is told of each field that could not be: its objects' place and type, and its name."""

    def __init__(self, held: Sequence[Held], lied: Callable[[int, str, str], None]) -> None:
        self._held = held
        self._lied = lied

    def root(self, select: Select, data: Mapping[str, Any]) -> None:
        """The answer of a step at the root."""
        self._objects(select, [data], [0], None)

    def entities(self, select: Select, found: list[Any], at: list[int | None], kinds: list[str] | None) -> None:
        """The entities that a step asked about; `at` says for each object of its place which of them it is.

        `kinds`: of which type each was asked for.
        """
        held = self._held[select.place]
        there = [one if isinstance(one, dict) else None for one in found]
        if None in there:
            position = {index: count for count, index in enumerate(i for i, one in enumerate(there) if one is not None)}
            at = [None if index is None else position.get(index) for index in at]
            kinds = None if kinds is None else [kind for kind, one in zip(kinds, there, strict=True) if one is not None]
        objects = [one for one in there if one is not None]
        if held.kinds is not None and select.typename:
            told = _kinds(objects)
            for number, index in enumerate(at):
                if index is not None and held.kinds[number] is None:
                    held.kinds[number] = told[index]
            kinds = told  # type: ignore[assignment]  # a type that is not told belongs to no part
        self._objects(select, objects, at, kinds)

    def _objects(
        self, select: Select, objects: Sequence[Any], at: list[int | None] | None, kinds: Sequence[str | None] | None
    ) -> None:
        """Objects at a place. `at`: which of them each object of the place is; None: they are those, in this order."""
        held = self._held[select.place]
        for part in select.parts:
            some, here = objects, at
            if kinds is not None and part.on is not None:
                some, here = _only(part, objects, at, kinds)
            for take in part.takes:
                try:
                    if take.select is None:
                        self._cells(held, take, some, here)
                    else:
                        self._links(held, take, take.select, some, here)
                except (LieError, KeyError, TypeError, AttributeError):
                    self._lied(select.place, part.on or min(part.types, default=""), take.name)

    def _cells(self, held: Held, take: Take, objects: Sequence[Any], at: list[int | None] | None) -> None:
        name = take.column
        cells = [one[name] for one in objects]
        if take.leaf is not None:
            cells = checked(cells, take.leaf)
        held.cells[name] = cells if at is None else _spread(cells, at, held.cells.get(name))

    def _links(
        self, held: Held, take: Take, select: Select, objects: Sequence[Any], at: list[int | None] | None
    ) -> None:
        name, below = take.column, self._held[select.place]
        values = [one[name] for one in objects]
        known = held.links.get(name)
        if below.count and known is not None:
            self._meet(held, take, select, values, at)
            return
        links, found = (
            _linked(values, select.lists, below.count)
            if not select.alike
            else _linked_alike(values, select, below.count)
        )
        kinds = _kinds(found) if select.typename else None
        below.add(kinds, len(found))
        held.links[name] = _spread(links, at, known)
        self._objects(select, found, None if below.count == len(found) else _behind(below, found), kinds)

    def _meet(self, held: Held, take: Take, select: Select, values: list[Any], at: list[int | None] | None) -> None:
        """Objects that another subgraph has told of already: the same ones, in the same order.

        One that tells of fewer takes none away, and what only one tells of is there too.
        """
        below, links = self._held[select.place], held.links[take.column]
        met: dict[int, Any] = {}
        fresh: list[Any] = []
        first = below.count

        def same(link: Link, value: Any, lists: int) -> Link:
            if value is None:
                return link
            if lists:
                if not isinstance(value, list):
                    raise LieError
                before = link if isinstance(link, list | range | tuple) else ()
                return [same(one, inner, lists - 1) for one, inner in zip_longest(before, value)]
            if not isinstance(value, dict):
                raise LieError
            if isinstance(link, int):
                met[link] = value
                return link
            fresh.append(value)
            return first + len(fresh) - 1

        for number in range(held.count):
            index = number if at is None else at[number]
            if index is not None:
                links[number] = same(links[number], values[index], select.lists)
        below.add(None, len(fresh))
        met.update(zip(range(first, below.count), fresh, strict=True))
        order = {number: index for index, number in enumerate(met)}
        self._objects(select, list(met.values()), [order.get(number) for number in range(below.count)], None)


def _only(
    part: Part, objects: Sequence[Any], at: list[int | None] | None, kinds: Sequence[str | None]
) -> tuple[Sequence[Any], list[int | None]]:
    """The objects that a part is about."""
    position: dict[int, int] = {}
    some: list[Any] = []
    for index, (one, kind) in enumerate(zip(objects, kinds, strict=True)):
        if kind in part.types:
            position[index] = len(some)
            some.append(one)
    indices = range(len(objects)) if at is None else at
    return some, [None if index is None else position.get(index) for index in indices]


def _behind(below: Held, found: Sequence[Any]) -> list[int | None]:
    """Objects that came to a place behind others."""
    first = below.count - len(found)
    return [None if number < first else number - first for number in range(below.count)]


def _spread(values: list[Any], at: list[int | None] | None, known: list[Any] | None) -> list[Any]:
    """Values of some objects as a column of the place."""
    if at is None:
        return values
    if known is None:
        return [None if index is None else values[index] for index in at]
    return [old if index is None else values[index] for old, index in zip(known, at, strict=True)]


def _kinds(objects: Sequence[Any]) -> list[str | None]:
    return [kind if isinstance(kind := one.get("__typename"), str) else None for one in objects]


def _linked(values: list[Any], lists: int, first: int) -> tuple[list[Link], list[Any]]:
    """Where each value leads to, with the objects that are met on the way, numbered from `first`."""
    found: list[Any] = []
    links: list[Link] = []
    if lists == 1:
        for value in values:
            if value is None:
                links.append(None)
            elif type(value) is not list:
                raise LieError
            elif None in value:
                links.append(_nested(value, 1, first, found))
            else:
                start = first + len(found)
                found += value
                links.append(range(start, start + len(value)))
    else:
        links = [_nested(value, lists, first, found) for value in values]
    if not set(map(type, found)) <= {dict}:
        raise LieError
    return links, found


def _linked_alike(values: list[Any], select: Select, first: int) -> tuple[list[Link], list[Any]]:
    """As `_linked`; objects that are told alike are one."""
    alike = _Alike(select.alike, first)
    return [alike.link(one, select.lists) for one in values], alike.found


class _Alike:
    """The objects that are met, each that is told alike once. `column`: what to find them by.

    No closures, which would hold each other, and with them all that was told, until the garbage is looked at.
    """

    __slots__ = ("_column", "_first", "_known", "found")

    def __init__(self, column: str, first: int) -> None:
        self.found: list[Any] = []
        self._column = column
        self._first = first
        self._known: dict[Any, int] = {}

    def link(self, value: Any, lists: int) -> Link:
        """Where a value leads to."""
        if value is None:
            return None
        if not lists:
            return self._number(value)
        if type(value) is not list:
            raise LieError
        if lists == 1 and None not in value:
            return tuple([self._number(one) for one in value])
        return [self.link(one, lists - 1) for one in value]

    def _number(self, value: Any) -> int:
        if type(value) is not dict:
            raise LieError
        found = self.found
        key, fresh = value.get(self._column), len(found)
        number = self._known.setdefault(key, fresh) if type(key) is str or type(key) is int else fresh
        if number == fresh or not _is_same(found[number], value):
            number = fresh
            found.append(value)
        return self._first + number


def _is_same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except RecursionError:  # more levels than anybody asked for
        return False


def _nested(value: Any, lists: int, first: int, found: list[Any]) -> Link:
    if value is None:
        return None
    if lists:
        if not isinstance(value, list):
            raise LieError
        return [_nested(one, lists - 1, first, found) for one in value]
    found.append(value)
    return first + len(found) - 1


def checked(cells: Column, leaf: Leaf) -> Column:
    """Cells that are what their type says; values of an enum that askers don't see are null. LieError."""
    if leaf.lists:
        return [None if cell is None else _checked_list(cell, leaf) for cell in cells]
    if leaf.values is not None:
        return [cell if cell in leaf.values else None for cell in cells]
    allowed = _PLAIN.get(leaf.name)
    if allowed is None:
        return cells  # a scalar of the graph's own: its form is its subgraph's matter
    types = set(map(type, cells))
    if not types <= allowed:
        raise LieError
    if int in types:
        if leaf.name == "ID":
            return [str(cell) if type(cell) is int else cell for cell in cells]
        if leaf.name == "Int":
            told = [cell for cell in cells if isinstance(cell, int)]
            if min(told) < -_MOST_INT or max(told) >= _MOST_INT:
                raise LieError
    return cells


def _checked_list(cell: Any, leaf: Leaf) -> Any:
    if not isinstance(cell, list):
        raise LieError
    return checked(cell, Leaf(leaf.name, leaf.lists - 1, leaf.values))
