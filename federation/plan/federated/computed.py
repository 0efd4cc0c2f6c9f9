"""Fields that a subgraph computes from what it must be told (`@requires`): they are no freer than what they rest on.

A value computed from cells that the reader may not see plainly would give them away (GHSA-m8jr-fxqx-8xx6 was that: what
a requirement fetched was checked for nobody). It takes `derive` on each of them (promise 6).
"""

from __future__ import annotations

from collections.abc import Iterator

from federation.document.operation import Field
from federation.plan.federated.asks import Asks
from federation.plan.govern import Governance
from federation.schema.join_graph import JoinGraph
from policies.restrain import derived
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.rows import EVERYTHING, NOTHING, any_of


class Computed:
    """Knows of one graph which coordinates rest on which."""

    def __init__(self, graph: JoinGraph, asks: Asks) -> None:
        self._graph, self._asks = graph, asks
        self._found: dict[str, frozenset[str]] = {}
        self._known: dict[Coordinate, tuple[frozenset[Coordinate], frozenset[Coordinate]]] = {}

    def decision(self, coordinate: Coordinate, decision: Decision, governance: Governance) -> Decision:
        """The `read` decision of a coordinate, on objects whose requirements may be read plainly or may feed it."""
        own, others = self._rests(coordinate)
        for one in sorted(own):
            inputs = governance.view(one.type).decisions[one.field]
            decision = derived(decision, inputs, governance.derive(one))
        for one in sorted(others):
            # Of other objects than the one that is decided: they must be free on all of theirs. What is about somebody
            # is not, however plain: who that is, and whether anything may still be told of them, is not seen here.
            view = governance.view(one.type)
            plain = view.decisions[one.field].plain if view.facts.subject is None else NOTHING
            if any_of(plain, governance.derive(one).visible) != EVERYTHING:
                return Decision(coordinate, reason=decision.reason or "derive")
        return decision

    def found(self, type_name: str) -> frozenset[str]:
        """The types of what a field leads to: of the objects themselves, through what has no key up to entities, and of
        what belongs to these, having no key either.

        An argument of the field may be about any of it: of a connection, about what its edges hold.
        """  # noqa: D205
        if type_name not in self._found:
            found, waiting = set[tuple[str, bool]](), [(type_name, False)]
            while waiting:
                at, is_behind = waiting.pop()
                for name in self._graph.possible(at) if self._graph.is_composite(at) else ():
                    one = self._graph.types[name]
                    is_entity = any(inside.keys for inside in one.inside.values())
                    if (name, is_behind) not in found and not (is_entity and is_behind):
                        found.add((name, is_behind))
                        waiting += [(shape.type, is_behind or is_entity) for shape in one.fields.values()]
            self._found[type_name] = frozenset(name for name, _ in found)
        return self._found[type_name]

    def told(self, type_name: str) -> frozenset[Coordinate]:
        """What subgraphs may have to be told of objects of a type: their keys, and what is required."""
        names = set[str]()
        for inside in self._graph.types[type_name].inside.values():
            for fields in (*(key.fields for key in inside.keys), *(one.requires for one in inside.fields.values())):
                names.update(one.name for one in self._asks.of(type_name, fields))
        return frozenset(Coordinate(type_name, one) for one in names - {"__typename"})

    def _rests(self, coordinate: Coordinate) -> tuple[frozenset[Coordinate], frozenset[Coordinate]]:
        """What a field rests on, directly or through what that rests on: of its own object, and of others."""
        if coordinate not in self._known:
            own, others = set[Coordinate](), set[Coordinate]()
            waiting, done = [(coordinate, True)], set[tuple[Coordinate, bool]]()
            while waiting:
                at, is_own = waiting.pop()
                if (at, is_own) in done:
                    continue
                done.add((at, is_own))
                for one, below in self._required(at):
                    (own if is_own and not below else others).add(one)
                    waiting.append((one, is_own and not below))
            self._known[coordinate] = (frozenset(own - {coordinate}), frozenset(others))
        return self._known[coordinate]

    def _required(self, coordinate: Coordinate) -> Iterator[tuple[Coordinate, bool]]:
        """What some subgraph must be told before it resolves a field; whether that is of another object."""
        for inside in self._graph.types[coordinate.type].inside.values():
            field = inside.fields.get(coordinate.field)
            if field is not None and field.requires:
                yield from self._picked(coordinate.type, self._asks.of(coordinate.type, field.requires), below=False)

    def _picked(self, type_name: str, fields: tuple[Field, ...], *, below: bool) -> Iterator[tuple[Coordinate, bool]]:
        for field in fields:
            if field.name == "__typename":
                continue
            yield Coordinate(type_name, field.name), below
            for name, inner in field.selections:
                yield from self._picked(name, inner, below=True)
