"""Which subgraphs can be reached from which, for objects of one type, and what it costs to get their fields there.

Everything here is a fact of the graph alone: it is searched once, and remembered for every plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from federation.document.operation import Field
from federation.plan.federated.asks import Asks
from federation.schema.field_set import FieldSet
from federation.schema.join_graph import FieldIn, JoinGraph, Key, TypeIn

_REMEMBERED = 100_000


class Cost(NamedTuple):
    """What it takes to get some fields: those that can't be had from there, then requests one after the other."""

    misses: int
    steps: int

    def plus(self, other: Cost) -> Cost:
        """Both."""
        return Cost(self.misses + other.misses, self.steps + other.steps)


FREE = Cost(0, 0)
_MISS = Cost(1, 0)


@dataclass(frozen=True, slots=True)
class Hop:
    """How a subgraph is reached: after so many requests, by this key."""

    steps: int
    key: Key


class Paths:
    """Searches one graph."""

    def __init__(self, graph: JoinGraph, asks: Asks) -> None:
        self.graph = graph
        self._asks = asks
        self._hops: dict[tuple[str, frozenset[str]], Mapping[str, Hop]] = {}
        self._resolvers: dict[tuple[str, str], Mapping[str, FieldIn]] = {}
        self._searching: set[tuple[str, frozenset[str]]] = set()
        self._costs: dict[tuple[str, str, int, FieldSet], tuple[Cost, tuple[Field, ...]]] = {}

    def resolves(self, inside: TypeIn, name: str, provided: FieldSet = ()) -> FieldIn | None:
        """A field as a subgraph resolves it for the object at hand; None where it does not."""
        field = inside.fields.get(name)
        if field is None or (field.external and not any(one.name == name for one in provided)):
            return None
        return field

    def resolvers(self, type_name: str, name: str) -> Mapping[str, FieldIn]:
        """The subgraphs that resolve a field of a type for any object of it, in the order of the graph."""
        key = (type_name, name)
        if key not in self._resolvers:
            inside = self.graph.types[type_name].inside
            found = ((graph, self.resolves(one, name)) for graph, one in inside.items())
            self._resolvers[key] = {graph: known for graph, known in found if known is not None}
        return self._resolvers[key]

    def hops(self, type_name: str, have: frozenset[str]) -> Mapping[str, Hop]:
        """The subgraphs that can be reached with an object that some subgraphs have, those left out."""
        key = (type_name, have)
        if key in self._hops:
            return self._hops[key]
        if key in self._searching:
            return {}
        self._searching.add(key)
        try:
            found = self._search(type_name, have)
        finally:
            self._searching.discard(key)
        if not self._searching:  # what was found below a search that is under way may be less than there is
            self._hops[key] = found
        return found

    def _search(self, type_name: str, have: frozenset[str]) -> Mapping[str, Hop]:
        inside = self.graph.types[type_name].inside
        at = dict.fromkeys(have, 0)
        found: dict[str, Hop] = {}
        steps = 0
        while True:
            reached: dict[str, Hop] = {}
            for graph, there in inside.items():
                if graph in at:
                    continue
                for key in there.keys:
                    if key.resolvable and self._available(type_name, key.fields, at):
                        reached[graph] = Hop(steps + 1, key)
                        break
            if not reached:
                return found
            steps += 1
            found |= reached
            at |= dict.fromkeys(reached, steps)

    def _available(self, type_name: str, fields: FieldSet, at: Iterable[str]) -> bool:
        """Whether the subgraphs that an object is in have all fields of a set, be it together."""
        inside = self.graph.types[type_name].inside
        for field in self._asks.of(type_name, fields):
            if field.name == "__typename":
                continue
            for graph in at:
                known = self.resolves(inside[graph], field.name) if graph in inside else None
                if known is not None and not known.requires and self._is_below(field, known, graph):
                    break
            else:
                return False
        return True

    def _is_below(self, field: Field, known: FieldIn, graph: str) -> bool:
        """Whether what a field leads to can be had from where it was resolved."""
        possible = self.graph.possible_in(known.type, graph) if field.selections else ()
        return all(self.cost(one, graph, field.of(one)).misses == 0 for one in possible)

    def cost(self, type_name: str, graph: str, fields: tuple[Field, ...], provided: FieldSet = ()) -> Cost:
        """What it costs to get fields of an object that one subgraph has."""
        key = (type_name, graph, id(fields), provided)
        known = self._costs.get(key)
        if known is None:
            if len(self._costs) > _REMEMBERED:
                self._costs.clear()
            found = self._cost(type_name, graph, fields, provided)
            if self._searching:
                return found
            known = self._costs[key] = (found, fields)  # the fields are kept, so that no other has their id
        return known[0]

    def _cost(self, type_name: str, graph: str, fields: tuple[Field, ...], provided: FieldSet) -> Cost:
        inside = self.graph.types[type_name].inside
        here = inside.get(graph)
        if here is None:
            return Cost(len(fields), 0)
        total, entered = FREE, dict[str, int]()
        for field in fields:
            if field.name == "__typename":
                continue
            known = self.resolves(here, field.name, provided)
            if known is not None and not known.requires:
                total = total.plus(self.below(field, known, graph, provided))
                continue
            best = min(self._elsewhere(type_name, graph, field, entered, known), default=None)
            if best is None:
                total = total.plus(_MISS)
                continue
            cost, there, steps = best
            total, entered = total.plus(cost), {**entered, there: steps}
        return total

    def _elsewhere(
        self, type_name: str, graph: str, field: Field, entered: Mapping[str, int], known: FieldIn | None
    ) -> Iterator[tuple[Cost, str, int]]:
        """What a field costs in each other subgraph, or in this one (`known`) once it is told what it requires."""
        inside = self.graph.types[type_name].inside
        for there, hop in self.hops(type_name, frozenset((graph,))).items():
            far = self.resolves(inside[there], field.name)
            if far is not None:
                steps = hop.steps + (1 if far.requires else 0)
                yield self.below(field, far, there, ()).plus(Cost(0, 0 if there in entered else steps)), there, steps
        if known is not None:
            yield self.below(field, known, graph, ()).plus(Cost(0, 2)), graph, 2

    def below(self, field: Field, known: FieldIn, graph: str, provided: FieldSet) -> Cost:
        """What it costs to get what a field leads to, once a subgraph has resolved it."""
        total = FREE
        if field.selections:
            inner = provided_below(field.name, known, provided)
            for one in self.graph.possible_in(known.type, graph):
                total = total.plus(self.cost(one, graph, field.of(one), self.provided(one, inner)))
        return total

    def provided(self, type_name: str, fields: FieldSet) -> FieldSet:
        """What of a provided set is about objects of one type."""
        return tuple(one for one in fields if all(self.graph.is_a(type_name, on) for on in one.on))


def provided_below(name: str, known: FieldIn, provided: FieldSet) -> FieldSet:
    """What is provided of the objects that a field leads to: by the field itself, or by one above it."""
    inner = tuple(one for outer in provided if outer.name == name for one in outer.fields)
    return (*known.provides, *inner)
