"""A draft, frozen."""

from __future__ import annotations

from collections.abc import Sequence

from federation.plan.federated.draft import DraftPlace, DraftStep, Pick
from federation.plan.federated.places import Part, Place, Representation, Select, Step, Take
from federation.schema.join_graph import JoinGraph


def freeze_places(drafts: Sequence[DraftPlace]) -> tuple[Place, ...]:
    """The places, each at the index that is its id."""
    return tuple(
        Place(one.id, one.parent.id if one.parent else None, one.column, tuple(one.sites), one.opaque) for one in drafts
    )


def freeze_steps(drafts: Sequence[DraftStep], graph: JoinGraph) -> tuple[Step, ...]:
    """The steps, in the order in which they were drafted."""
    return tuple(_step(one, graph) for one in drafts)


def _step(draft: DraftStep, graph: JoinGraph) -> Step:
    representations = tuple(
        Representation(name, types, tuple(told.sent.values()), told.keys, tuple(told.delivers))
        for (name, types), told in draft.told.items()
    )
    place = draft.place.id if draft.place is not None else None
    return Step(draft.id, draft.graph, draft.wave, _select(draft.pick, graph), place, representations, draft.act)


def _select(pick: Pick, graph: JoinGraph) -> Select:
    parts = []
    for on, takes in pick.takes.items():
        types = frozenset(one for one in pick.place.sites if on is None or graph.is_a(one, on))
        taken = tuple(
            Take(one.column, one.name, one.arguments, _select(one.pick, graph) if one.pick else None, one.leaf)
            for one in takes.values()
        )
        parts.append(Part(on, types, taken))
    return Select(pick.place.id, pick.lists, pick.typename, tuple(parts))
