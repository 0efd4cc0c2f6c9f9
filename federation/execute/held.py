"""What arrived at one place: its objects, numbered, as columns, and the links that lead on from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from federation.plan.places import Place
from vocabulary.values import Column

Link: TypeAlias = "int | range | tuple[int, ...] | list[Link] | None"
"""Where an object leads to: one object by its number, several, none, or lists of these."""


class Held:
    """The objects of one place. `cells` and `links` are columns, each as long as there are objects.

    `kinds` are the types of the objects, None where the place has but one; of an object whose type is not known, None.
    Nothing here is masked: an answer is made of `shown` alone, which holds masked columns by type and name.
    """

    __slots__ = ("cells", "count", "kinds", "links", "place", "shown")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.count = 0
        self.kinds: list[str | None] | None = [] if place.opaque or len(place.types) != 1 else None
        self.cells: dict[str, Column] = {}
        self.links: dict[str, list[Link]] = {}
        self.shown: dict[tuple[str, str], Column] = {}

    def add(self, kinds: list[str | None] | None, count: int) -> range:
        """Make room for objects; their numbers."""
        numbers = range(self.count, self.count + count)
        self.count += count
        if self.kinds is not None:
            self.kinds.extend(kinds or [None] * count)
        for cells in self.cells.values():
            cells.extend([None] * count)
        for links in self.links.values():
            links.extend([None] * count)
        return numbers

    def of(self, types: frozenset[str] | set[str]) -> range | list[int]:
        """The numbers of the objects that are of some of these types."""
        if self.kinds is None:
            return range(self.count if types.issuperset(self.place.types) else 0)
        return [number for number, kind in enumerate(self.kinds) if kind in types]

    def column(self, name: str) -> Column:
        """The cells of a column; of one that never arrived, nulls."""
        cells = self.cells.get(name)
        return [None] * self.count if cells is None else cells

    def link(self, name: str) -> list[Link]:
        """The links of a column; of one that never arrived, none."""
        links = self.links.get(name)
        return [None] * self.count if links is None else links

    def links_of(self, name: str) -> list[Link]:
        """The links of a column, to be written to."""
        links = self.links.get(name)
        if links is None:
            links = self.links[name] = [None] * self.count
        return links


def numbers(link: Link) -> Sequence[int]:
    """All objects that a link leads to."""
    if link is None:
        return range(0)
    if isinstance(link, int):
        return range(link, link + 1)
    if not isinstance(link, list):
        return link
    return [number for one in link for number in ((one,) if type(one) is int else numbers(one))]
