"""A question and the decisions of one standing → a plan. One walk over what is asked; nothing is fetched here.

Every path is the same door: an alias, a fragment on an implementing type, an interface, a union, an entity that is
named, a page and what a relation leads to all end at a type, whose fields are decided by their coordinates, here. What
is not shown is not asked for; what is asked for and not shown (keys, requirements, facts) is a column that no answer
reads.

Where a field is had from is the matter of the kind of graph: of declared sources (`declared/`), or of any Federation
subgraphs (`federated/`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from federation.document.operation import Field, Operation
from federation.errors import Code, Refusal
from federation.plan.bindings import Bindings
from federation.plan.govern import Governance
from federation.plan.nodes import Deliver, PlannedAct
from federation.plan.places import Hop, Kept, Place, Plan, Request, Shown
from federation.plan.record import masked, recorded
from federation.plan.withhold import NoWayError, Withholding
from federation.plan.world import World
from federation.schema.as_subgraph import SERVICE
from federation.schema.facts import MUTATION
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.rows import EVERYTHING, NOTHING, Leaf, TiedSubject

_INTROSPECTION = ("__schema", "__type", SERVICE)


class Typed(Protocol):
    """Where objects of one type stand, as a kind of graph drafts it."""

    @property
    def type(self) -> str:
        """Their type."""


S = TypeVar("S", bound=Typed)


@dataclass(frozen=True, slots=True)
class Laid:
    """How everything that is shown is had. `rests`: all that some row rule rests on. As in `Plan` otherwise."""

    places: tuple[Place, ...]
    waves: tuple[tuple[Request | Hop, ...], ...]
    kept: tuple[Kept, ...]
    paths: Mapping[int, tuple[str, ...]]
    rests: frozenset[Leaf]
    acts: tuple[PlannedAct, ...] = ()


class Walk(ABC, Generic[S]):
    """The state of one walk."""

    ACTS_ARE_CHECKED: ClassVar[bool]
    """Whether what an act is told is compared with its row rule before it is done; if not, it needs every row."""

    def __init__(self, world: World, governance: Governance) -> None:
        self.world = world
        self.governance = governance
        self.bindings = Bindings()
        self.delivers: dict[Deliver, None] = {}
        self._withheld = Withholding(world, governance.standing)
        self._linked: dict[Coordinate, Decision] = {}

    def plan(self, operation: Operation) -> Plan:
        """Plan one operation.

        Raises:
            Refusal: an argument that rests on what the reader may not see; ACT_REFUSED; GRAPH_UNREACHABLE, a field that
                can't be had from where its object comes from; DOCUMENT_TOO_WIDE.
        """
        asked = [one for one in operation.fields if one.name not in _INTROSPECTION]
        if operation.acts:
            self._check_acts(asked)  # all are permitted before the first is done
        answer = tuple(self._answer(operation, asked))
        laid, bindings = self._laid(), self.bindings
        lines = {one.decision.coordinate: one.decision for kept in laid.kept for one in kept.columns}
        shown = (*lines.values(), *self._linked.values())
        return Plan(
            places=laid.places,
            waves=laid.waves,
            kept=laid.kept,
            answer=answer,
            paths=laid.paths,
            withheld=self._withheld.all,
            shown=recorded(shown, bindings.used, self.delivers, self._withheld.all),
            masked=masked({**lines, **self._linked}),
            ties=frozenset(leaf.tie for leaf in laid.rests if isinstance(leaf, TiedSubject)),
            judges=_judges(laid.kept),
            introspective=operation.introspective,
            constants=dict(bindings.constants),
            slots=tuple(bindings.slots.items()),
            bands=tuple(bindings.bands),
            areas=frozenset(bindings.areas),
            meets=dict(bindings.meets),
            conditions=tuple(bindings.conditions.values()),
            probes=tuple(bindings.probes),
            acts=laid.acts,
        )

    # ── what a kind of graph says ─────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def _answer(self, operation: Operation, asked: Iterable[Field]) -> Iterable[Shown]:
        """What is shown of the root, field by field."""

    @abstractmethod
    def _own(self, site: S, field: Field) -> Shown | None:
        """A field that the exchange itself adds to every object; None: it is one of the graph's."""

    @abstractmethod
    def _decision(self, site: S, field: Field) -> Decision:
        """How the cells of a field are shown."""

    @abstractmethod
    def _had(self, site: S, field: Field, decision: Decision) -> Shown:
        """A field that is shown, asked for, with all that stands below it.

        Raises:
            NoWayError: it can't be had, or what it takes may not be told to whoever has it.
        """

    @abstractmethod
    def _source(self, type_name: str, field: str) -> str:
        """The source that has a field: whom to ask for it."""

    @abstractmethod
    def _laid(self) -> Laid:
        """Everything that was asked for, once the walk is over."""

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, site: S, field: Field) -> Shown:
        """One field of the objects of a type: decided by its coordinate, whatever led to them."""
        if field.name == "__typename":
            return Shown(field.key, None)
        if (own := self._own(site, field)) is not None:
            return own
        decision = self._decision(site, field)
        if decision.visible == NOTHING:
            return self._withhold(site, field, decision.reason or "not-granted")
        try:
            return self._had(site, field, decision)
        except NoWayError as error:
            if error.reason:
                return self._withhold(site, field, error.reason)
            sentence = f"{error.coordinate} can't be had from where its object comes from: no key of it leads there."
            raise Refusal(Code.GRAPH_UNREACHABLE, sentence) from None

    def follow(self, site: S, field: Field, decision: Decision) -> None:
        """Put on record that a field is followed to the objects that it leads to."""
        self._linked[Coordinate(site.type, field.name)] = decision

    def _withhold(self, site: S, field: Field, reason: str) -> Shown:
        facts = self.governance.view(site.type).facts.fields[field.name]
        self._withheld.add(Coordinate(site.type, field.name), facts, self._source(site.type, field.name), reason)
        return Shown(field.key, "")

    def _check_acts(self, fields: Iterable[Field]) -> None:
        for field in fields:
            if field.name == "__typename":
                continue
            coordinate = Coordinate(MUTATION, field.name)
            decision = self.governance.write(coordinate)
            if decision.visible == NOTHING or not (self.ACTS_ARE_CHECKED or decision.visible == EVERYTHING):
                contact = self.world.contact(self._source(MUTATION, field.name))
                sentence = f"{coordinate} is not permitted to you for this purpose. Ask {contact}."
                raise Refusal(Code.ACT_REFUSED, sentence)
            self.bindings.used[coordinate] = ("write", decision)


def _judges(kept: Iterable[Kept]) -> tuple[Condition, ...]:
    """What objects are judged by: each condition once."""
    found: dict[str, Condition] = {}
    for one in kept:
        found.update((condition.name, condition) for condition, _ in one.judged)
        found.update((judged.condition.name, judged.condition) for judged in (one.rows.judged if one.rows else ()))
    return tuple(found.values())
