"""Where objects that a subgraph tells alike may be taken for one, so that work is done for each that is distinct.

They have the same keys, and the same of all that is asked for: they are decided alike, asked about once, shown alike.
How often each occurs is kept by the links to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from federation.plan.federated.draft import DraftStep, DraftTake, Pick
from federation.schema.join_graph import JoinGraph, Leaf

COMPARED: Final = frozenset({"Int", "Float", "String", "Boolean", "ID"})
"""Scalars of which it is checked that a value is one. `true` and `1` are equal in Python: of a graph's own scalar
nobody would notice that the one was shown for the other."""


def alike(steps: Sequence[DraftStep], graph: JoinGraph) -> Mapping[int, str]:
    """By the id of a place, the column to find alike objects by: a key's, where one is asked for.

    Not of places of which several steps tell: those tell their objects apart by where they stand.
    """
    picks = [(one.graph, take.pick) for one in steps for take in _below(one.pick) if take.pick is not None]
    told = Counter(pick.place.id for _, pick in picks)
    found = {
        pick.place.id: _key(pick, name, graph)
        for name, pick in picks
        if told[pick.place.id] == 1 and all(_is_compared(take.leaf) for take in _below(pick))
    }
    return {place: column for place, column in found.items() if column is not None}


def _key(pick: Pick, graph_name: str, graph: JoinGraph) -> str | None:
    inside = [graph.types[one].inside.get(graph_name) for one in pick.place.sites]
    keys = {one.name for there in inside if there is not None for key in there.keys for one in key.fields}
    taken = (take for takes in pick.takes.values() for take in takes.values())
    return next((take.column for take in taken if take.name in keys and take.leaf and not take.leaf.lists), None)


def _below(pick: Pick) -> Iterator[DraftTake]:
    """Everything that is taken at a place, and below it."""
    for takes in pick.takes.values():
        for take in takes.values():
            yield take
            if take.pick is not None:
                yield from _below(take.pick)


def _is_compared(leaf: Leaf | None) -> bool:
    return leaf is None or leaf.values is not None or leaf.name in COMPARED
