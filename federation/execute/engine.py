"""A question and the decisions of one standing → a plan → everything that it asks for, decided."""

from __future__ import annotations

from dataclasses import dataclass

from federation.document.operation import Operation, Question
from federation.execute.bind import bind
from federation.execute.cells import Reader
from federation.execute.state import State
from federation.execute.trail import Trail
from federation.execute.waves import Waves
from federation.identity.envoy import Vouch, nobody
from federation.plan.govern import Governance
from federation.plan.places import Plan
from federation.plan.planner import Planner
from vocabulary.principal import Principal
from vocabulary.rows import Asker


@dataclass(frozen=True, slots=True)
class Whom:
    """For whom a question is answered, and what it has done so far."""

    principal: Principal
    asker: Asker
    reader: Reader
    trail: Trail
    vouch: Vouch = nobody


class Engine:
    """Plans and executes questions over one graph."""

    def __init__(self, planner: Planner, waves: Waves) -> None:
        self._planner = planner
        self._waves = waves

    def plan(self, operation: Operation, governance: Governance) -> Plan:
        """Plan one operation; Refusal where it can't be."""
        return self._planner.plan(operation, governance)

    async def fetch(self, plan: Plan, question: Question, who: Whom) -> State:
        """Fetch everything that a plan asks for, wave by wave, and decide which of it may be seen."""
        bound = bind(plan, question.values, who.asker, who.reader.book, who.reader.today) if plan.has_hops else {}
        receivers = self._waves.receivers(plan, who.asker)
        state = State(plan, who.principal, who.reader, question.values, receivers, who.trail, who.vouch, bound)
        for probe in plan.probes:
            value = question.values[probe.slot]
            people = {str(one): None for one in (value if isinstance(value, tuple) else (value,))}
            for kind in probe.subject_types:
                who.trail.probed.setdefault(kind, {}).update(people)
        await self._waves.run(state, question)
        return state
