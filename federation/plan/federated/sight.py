"""What one standing sees of each type of a federated graph, and what that rests on: found once for all its plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from federation.document.operation import Field
from federation.plan.federated.computed import Computed
from federation.plan.govern import Governance
from federation.plan.rules import judged
from federation.plan.world import World
from federation.schema.facts import TypeFacts
from federation.schema.join_graph import JoinGraph
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision
from vocabulary.rows import (
    EVERYTHING,
    Holds,
    InEmergency,
    Leaf,
    RelatedArea,
    RowRule,
    WithinArea,
    any_of,
    leaves,
)

_OF_AREA = (RelatedArea, WithinArea, InEmergency)


@dataclass(frozen=True, slots=True)
class Sight:
    """One type. `decisions`: with what those of computed fields rest on. `visible`: rows of which any cell is shown.

    `rests` is everything that some rule of its rows rests on. `conditions`: each with the path of the value that it
    judges; None: it judges its subject's consent. `paths` are all facts that its rows are decided by.
    """

    facts: TypeFacts
    decisions: Mapping[str, Decision]
    visible: RowRule
    rests: frozenset[Leaf]
    by_area: bool
    conditions: tuple[tuple[Condition, str | None], ...]
    paths: tuple[str, ...]


class Sights:
    """All types, as one standing sees them under one policy; each is looked at when first asked for."""

    def __init__(self, governance: Governance, world: World, join: JoinGraph, computed: Computed) -> None:
        self._governance, self._world, self._join, self._computed = governance, world, join, computed
        self._known: dict[str, Sight] = {}
        self._plain: dict[str, bool] = {}

    def of(self, type_name: str) -> Sight:
        """One type that holds cells."""
        if type_name not in self._known:
            self._known[type_name] = self._sight(type_name)
        return self._known[type_name]

    def may_ask(self, coordinate: Coordinate, field: Field, decision: Decision) -> bool:
        """Whether arguments may be put: what they find must be plain to the reader, or `match` lets them search.

        What a subgraph makes of an argument is not known here. It could tell a hidden row, or the value under a mask,
        by what is found (promise 3); an argument of a masked field could move what its mask shows.
        """
        plain = all(self._is_plain(name) for name in self._computed.found(field.type))
        plain &= all(grant.shown == PLAIN for grant in decision.grants)
        return plain or self._governance.match(coordinate).visible == EVERYTHING

    def is_open(self, interface: str, fields: tuple[Field, ...]) -> bool:
        """Whether fields of an interface are shown plainly of every object, whichever of its types that has."""
        return all(
            self.of(name).facts.subject is None
            and all(self.of(name).decisions[one.name].plain == EVERYTHING for one in fields)
            for name in self._join.possible(interface)
        )

    def _is_plain(self, type_name: str) -> bool:
        """Whether the reader sees every object of a type, and all of it."""
        if type_name not in self._plain:
            view = self._governance.view(type_name)
            plain = all(one.plain == EVERYTHING for one in view.decisions.values())
            self._plain[type_name] = view.facts.subject is None and plain
        return self._plain[type_name]

    def _sight(self, type_name: str) -> Sight:
        view = self._governance.view(type_name)
        facts = view.facts
        decisions = {
            name: self._computed.decision(Coordinate(type_name, name), decision, self._governance)
            for name, decision in view.decisions.items()
        }
        visible = any_of(*(one.visible for name, one in decisions.items() if not facts.fields[name].inaccessible))
        rests = frozenset[Leaf]().union(*map(leaves, {visible, *self._rules(type_name, decisions)}))
        by_area = facts.area is not None and any(isinstance(leaf, _OF_AREA) for leaf in rests)
        judges = sorted((leaf.condition for leaf in rests if isinstance(leaf, Holds)), key=lambda one: one.name)
        conditions = tuple((one, _judged_path(one, facts)) for one in judges)
        paths = (facts.subject, facts.area if by_area else None, *(path for _, path in conditions))
        return Sight(
            facts, decisions, visible, rests, by_area, conditions, tuple(dict.fromkeys(path for path in paths if path))
        )

    def _rules(self, type_name: str, decisions: Mapping[str, Decision]) -> Iterator[RowRule]:
        """Every rule that rows of a type may be decided by: for the reader, and for whoever may be told of them."""
        for decision in decisions.values():
            yield decision.visible
            yield decision.plain
            yield from (grant.rows for grant in decision.grants)
            yield from (deny.rows for deny in decision.denies)
        owners = sorted({self._world.owner(graph) for graph in self._join.types[type_name].inside})
        if len(owners) > 1:
            for coordinate in self._computed.told(type_name):
                yield from (self._governance.deliver(coordinate, one).plain for one in owners)


def _judged_path(condition: Condition, facts: TypeFacts) -> str | None:
    """Where the value that a condition judges is found; None: it judges its subject's consent."""
    place = judged(condition, facts)
    if place.field is not None:
        return place.field
    if place.subject_field is not None and facts.subject is not None and "." in facts.subject:
        return f"{facts.subject.rpartition('.')[0]}.{place.subject_field}"
    return None
