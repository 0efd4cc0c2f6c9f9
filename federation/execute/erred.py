"""Whether an error that a subgraph tells is about objects that may be seen: of others nothing is told, no error either.

An error that names the phone of a row would say that there is such a row.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.execute.held import Link, numbers
from federation.execute.state import State
from federation.plan.places import Select, Take


def concerns(select: Select, objects: Sequence[int], path: Sequence[str | int], state: State) -> bool:
    """Whether any of some objects of a place may be seen, and of those that a path leads to from them."""
    if not _is_seen(select.place, objects, state):
        return False
    names = list(path)
    while names:
        take = _take(select, names.pop(0))
        if take is None or take.select is None:
            return True
        indices: list[int] = []
        while names and isinstance(names[0], int):
            indices.append(int(names.pop(0)))
        links = state.held[select.place].link(take.column)
        select, objects = take.select, [led for one in objects for led in _led(links[one], indices)]
        if objects and not _is_seen(select.place, objects, state):
            return False
    return True


def _is_seen(place: int, objects: Sequence[int], state: State) -> bool:
    """Whether any may be seen; where nothing decides them, what rests on them is decided."""
    kept = state.kept.get(place, ())
    return not kept or any(not set(objects).isdisjoint(state.decided[place, one.type].numbers) for one in kept)


def _take(select: Select, name: str | int) -> Take | None:
    return next((take for part in select.parts for take in part.takes if take.column == name), None)


def _led(link: Link, indices: Sequence[int]) -> list[int]:
    """Where a link leads to, by the indices of the lists in it."""
    for index in indices:
        if not isinstance(link, list | range | tuple) or index >= len(link):
            return []
        link = link[index]
    return list(numbers(link))
