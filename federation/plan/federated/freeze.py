"""A draft, frozen."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import TypeAlias

from federation.plan.federated.draft import DraftPlace, DraftRepresentation, DraftStep, DraftTake, Pick
from federation.plan.places import Part, Place, Representation, Select, Step, Take
from federation.schema.join_graph import JoinGraph
from vocabulary.rows import RowRule, any_of

Wanted: TypeAlias = Callable[[DraftPlace, str, list[str]], RowRule]
"""Place, type and columns → of which of its objects any of them is shown, or needed."""

Guards: TypeAlias = Callable[[DraftPlace, str], bool]
"""Whether some objects of a type at a place may be hidden, so that one must not be taken for another."""


def freeze_places(drafts: Sequence[DraftPlace], alike: Container[int]) -> tuple[Place, ...]:
    """The places, each at the index that is its id. `alike`: ids of those where one object may stand for several."""
    return tuple(
        Place(
            one.id,
            one.parent.id if one.parent else None,
            one.column,
            tuple(one.sites),
            one.opaque,
            tuple(dict.fromkeys(site.type for site in one.origins)),
            any(above.id in alike for above in _line(one)),
        )
        for one in drafts
    )


def _line(place: DraftPlace | None) -> Iterator[DraftPlace]:
    """A place, and those above it."""
    while place is not None:
        yield place
        place = place.parent


def freeze_steps(
    drafts: Sequence[DraftStep], graph: JoinGraph, alike: Mapping[int, str], wanted: Wanted, guards: Guards
) -> tuple[Step, ...]:
    """The steps, in the order in which they were drafted. `alike`: by place, the column to find such objects by."""
    return tuple(_step(one, graph, alike, wanted, guards) for one in drafts)


def _step(draft: DraftStep, graph: JoinGraph, alike: Mapping[int, str], wanted: Wanted, guards: Guards) -> Step:
    representations = tuple(
        Representation(
            name,
            types,
            tuple(told.sent.values()),
            told.keys,
            tuple(told.delivers),
            any_of(*(_rows(draft, one, graph, wanted) for one in sorted(types))),
            _echoes(draft, name, told, graph) if any(guards(draft.pick.place, one) for one in types) else (),
        )
        for (name, types), told in draft.told.items()
    )
    place = draft.place.id if draft.place is not None else None
    return Step(draft.id, draft.graph, draft.wave, _select(draft.pick, graph, alike), place, representations, draft.act)


def _echoes(draft: DraftStep, name: str, told: DraftRepresentation, graph: JoinGraph) -> tuple[tuple[str, str], ...]:
    """Have an answer repeat the keys that it is asked by, as far as its subgraph has them itself."""
    place, inside = draft.pick.place, graph.types[name].inside[draft.graph]
    keys = [one for one in told.keys if told.sent[one].place is None and not inside.fields[one].external]
    echoes = tuple((one, place.name(one, ("told",))) for one in keys)
    takes = draft.pick.takes.setdefault(name, {})
    for key, column in echoes:
        takes[column] = DraftTake(column, key, (), graph.leaf(name, key))
    return echoes


def _rows(draft: DraftStep, type_name: str, graph: JoinGraph, wanted: Wanted) -> RowRule:
    """Of which objects of a type a step has anything to ask."""
    parts = (takes for on, takes in draft.pick.takes.items() if on is None or graph.is_a(type_name, on))
    return wanted(draft.pick.place, type_name, [column for takes in parts for column in takes])


def _select(pick: Pick, graph: JoinGraph, alike: Mapping[int, str]) -> Select:
    parts = []
    for on, takes in pick.takes.items():
        types = frozenset(one for one in pick.place.sites if on is None or graph.is_a(one, on))
        taken = tuple(
            Take(one.column, one.name, one.arguments, _select(one.pick, graph, alike) if one.pick else None, one.leaf)
            for one in takes.values()
        )
        parts.append(Part(on, types, taken))
    return Select(pick.place.id, pick.lists, pick.typename, tuple(parts), alike.get(pick.place.id, ""))
