"""Masked columns → one answer. It reads what the reader may see, and the links that may be followed.

Objects are made once for each object of a place and each way in which it is shown; how often one occurs in the answer
costs a reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from federation.execute.federated.held import Held, Link
from federation.execute.federated.state import Decided, FederatedState
from federation.plan.federated.places import Shown
from vocabulary.rows import EVERYTHING

Json: TypeAlias = object
Objects: TypeAlias = list[Json]


def assemble_federated(state: FederatedState) -> dict[str, Json]:
    """The `data` of the answer, in the order of the document; introspection left out."""
    root = state.held[0].place.types[0]
    if (0, root) not in state.decided:  # acts: nobody is shown Mutation itself
        return {one.key: _acted(one, root, state) for one in state.plan.answer}
    (found,) = _Assembler(state).objects(0, {root: state.plan.answer})
    return found if isinstance(found, dict) else {}


def _acted(shown: Shown, root: str, state: FederatedState) -> Json:
    held = state.held[0]
    if shown.column is None:
        return root
    if shown.place is None or shown.of is None:
        return held.column(shown.column)[0] if shown.column else None
    return _linked(held.link(shown.column)[0], _Assembler(state).objects(shown.place, shown.of))


class _Assembler:
    def __init__(self, state: FederatedState) -> None:
        self._state = state

    def objects(self, place: int, of: Mapping[str, tuple[Shown, ...]]) -> Objects:
        """What is shown of the objects of a place, by their numbers; null for those that may not be seen."""
        held = self._state.held[place]
        whole: Objects = [None] * held.count
        for type_name, shown in of.items():
            decided = self._state.decided.get((place, type_name))
            if decided is None or not decided.numbers:
                continue
            columns = [self._column(one, held, decided) for one in shown]
            keys = [one.key for one in shown]
            made: Objects = [dict(zip(keys, cells)) for cells in zip(*columns)]  # noqa: B905  (all are as long)
            made = made or [{} for _ in decided.numbers]
            if len(made) == held.count:
                return made
            for number, one in zip(decided.numbers, made, strict=True):
                whole[number] = one
        return whole

    def _column(self, shown: Shown, held: Held, decided: Decided) -> Sequence[Json]:
        numbers = decided.numbers
        if shown.column is None:
            return [decided.kept.type] * len(numbers)
        if not shown.column:
            return [None] * len(numbers)
        if shown.place is None or shown.of is None:
            cells = held.shown[decided.kept.type, shown.column]
            return cells if len(numbers) == held.count else [cells[number] for number in numbers]
        objects = self.objects(shown.place, shown.of)
        rule = decided.kept.links[shown.column]
        if rule == EVERYTHING and len(numbers) == held.count:
            return [_linked(link, objects) for link in held.link(shown.column)]
        followed = self._state.follows(decided.kept, shown.column)
        return [_linked(followed.get(number), objects) for number in numbers]


def _linked(link: Link, objects: Objects) -> Json:
    """What a field leads to. Of a list, what may not be seen is left out; a null that was in it stays."""
    if link is None:
        return None
    if isinstance(link, int):
        return objects[link]
    if isinstance(link, list):
        return [_linked(one, objects) for one in link if not isinstance(one, int) or objects[one] is not None]
    found = objects[link.start : link.stop] if isinstance(link, range) else [objects[one] for one in link]
    return [one for one in found if one is not None] if None in found else found
