"""How questions over a graph are planned and executed: one of declared sources, or one of any Federation subgraphs.

Both go the same way: decisions before a plan, receipts before data leaves, rows decided where they arrive, columns
masked as wholes. They differ in what a source can be asked: rows by keys and filters, or what its own schema offers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from federation.document.operation import Operation, Question
from federation.execute.answer import assemble
from federation.execute.bind import bind
from federation.execute.cells import Reader
from federation.execute.federated.answer import assemble_federated
from federation.execute.federated.state import FederatedState
from federation.execute.federated.steps import Steps
from federation.execute.state import State
from federation.execute.trail import Trail
from federation.execute.waves import Waves
from federation.identity.envoy import Vouch, nobody
from federation.plan.build import build
from federation.plan.federated.places import Federated
from federation.plan.federated.print import print_federated
from federation.plan.federated.walk import Planner
from federation.plan.govern import Governance
from federation.plan.nodes import Plan
from federation.plan.text import print_plan
from federation.plan.world import World
from vocabulary.principal import Principal
from vocabulary.rows import Asker

AnyPlan: TypeAlias = Plan | Federated
AnyState: TypeAlias = State | FederatedState


@dataclass(frozen=True, slots=True)
class Whom:
    """For whom a question is answered, and what it has done so far."""

    principal: Principal
    asker: Asker
    reader: Reader
    trail: Trail
    vouch: Vouch = nobody


class Engine(Protocol):
    """Plans and executes. A plan or a state is handed to the engine that made it, and to no other."""

    def plan(self, operation: Operation, governance: Governance) -> AnyPlan:
        """Plan one operation; Refusal where it can't be."""
        ...

    def text(self, plan: AnyPlan) -> str:
        """A plan as text, without any value."""
        ...

    async def fetch(self, plan: AnyPlan, question: Question, who: Whom) -> AnyState:
        """Fetch everything that a plan asks for, and decide which of it may be seen."""
        ...

    def data(self, state: AnyState, question: Question, introspection: dict[str, object]) -> dict[str, object]:
        """The `data` of the answer, once the columns are masked."""
        ...


class DeclaredEngine:
    """Over the sources that an exchange declares."""

    def __init__(self, world: World, waves: Waves) -> None:
        self._world = world
        self._waves = waves

    def plan(self, operation: Operation, governance: Governance) -> AnyPlan:
        """Plan one operation; Refusal where it can't be."""
        return build(operation, governance, self._world)

    def text(self, plan: AnyPlan) -> str:
        """A plan as text, without any value."""
        return print_plan(_declared(plan))

    async def fetch(self, plan: AnyPlan, question: Question, who: Whom) -> AnyState:
        """Wave by wave; rows are decided where they arrive."""
        plan = _declared(plan)
        values = bind(plan, question.values, who.asker, who.reader.book, who.reader.today)
        receivers = self._waves.receivers(plan, who.asker)
        state = State(plan, who.principal, who.reader, values, receivers, who.trail, who.vouch)
        for probe in plan.probes:
            value = question.values[probe.slot]
            people = {str(one): None for one in (value if isinstance(value, tuple) else (value,))}
            for kind in probe.subject_types:
                who.trail.probed.setdefault(kind, {}).update(people)
        await self._waves.run(state, question)
        return state

    def data(self, state: AnyState, question: Question, introspection: dict[str, object]) -> dict[str, object]:
        """The `data` of the answer, once the columns are masked."""
        if not isinstance(state, State):
            raise TypeError("a state of another engine")
        return assemble(state, question, introspection)


class FederatedEngine:
    """Over any Federation subgraphs."""

    def __init__(self, planner: Planner, steps: Steps) -> None:
        self._planner = planner
        self._steps = steps

    def plan(self, operation: Operation, governance: Governance) -> AnyPlan:
        """Plan one operation; Refusal where it can't be."""
        return self._planner.plan(operation, governance)

    def text(self, plan: AnyPlan) -> str:
        """A plan as text, without any value."""
        return print_federated(_federated(plan))

    async def fetch(self, plan: AnyPlan, question: Question, who: Whom) -> AnyState:
        """Wave by wave; objects are decided as soon as what that rests on has arrived."""
        plan = _federated(plan)
        receivers = self._steps.receivers(plan, who.asker)
        state = FederatedState(plan, who.principal, who.reader, question.values, receivers, who.trail, who.vouch)
        await self._steps.run(state, question)
        return state

    def data(self, state: AnyState, question: Question, introspection: dict[str, object]) -> dict[str, object]:
        """The `data` of the answer, once the columns are masked."""
        if not isinstance(state, FederatedState):
            raise TypeError("a state of another engine")
        found = assemble_federated(state) | introspection
        return {field.key: found[field.key] for field in question.operation.fields}


def _declared(plan: AnyPlan) -> Plan:
    if not isinstance(plan, Plan):
        raise TypeError("a plan of another engine")
    return plan


def _federated(plan: AnyPlan) -> Federated:
    if not isinstance(plan, Federated):
        raise TypeError("a plan of another engine")
    return plan
