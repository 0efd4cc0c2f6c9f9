"""The waves of a plan: what one asks is asked together, what arrives is decided, and what fails costs its own fields.

Before a wave gives anything to another organisation's source, an entry of its own is durable (promise 2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from federation.document.operation import Question
from federation.execute.coverage import Coverage
from federation.execute.decide import decide
from federation.execute.facts import About
from federation.execute.receipts import Recorder
from federation.execute.sending import Sending
from federation.execute.sources import Sources
from federation.execute.state import State
from federation.execute.subgraphs import Subgraphs
from federation.plan.nodes import Deliver
from federation.plan.places import Hop, Plan
from federation.plan.record import facts_delivers
from federation.plan.world import World
from vocabulary.receipt import Given
from vocabulary.rows import Asker

_T = TypeVar("_T")


class Waves:
    """Executes plans: hops over declared `sources`, and requests over `subgraphs`."""

    def __init__(self, world: World, sources: Sources, subgraphs: Subgraphs, recorder: Recorder, about: About) -> None:
        self._world = world
        self._sources = sources
        self._subgraphs = subgraphs
        self._recorder = recorder
        self._about = about

    def receivers(self, plan: Plan, asker: Asker) -> dict[str, Coverage]:
        """For each organisation that the plan may tell something: of which objects its system may be told, now."""
        organisations = self._world.catalogue.organisations
        return {
            one: Coverage(Asker(one, organisations[one].areas, asker.emergencies, {}, asker.at))
            for one in {deliver.organisation for deliver in _delivers(plan)}
        }

    async def run(self, state: State, question: Question) -> None:
        """Fetch everything that the plan asks for into `state`, and decide which of it may be seen."""
        for wave in state.plan.waves:
            hops = [one for one in wave if isinstance(one, Hop)]
            requests = [one for one in wave if not isinstance(one, Hop)]
            sendings = self._sources.sendings(hops, state, question)
            sendings += await self._subgraphs.sendings(requests, state)
            entry = await self._announce(sendings, state)
            replies = await _together([partial(one.send, entry) for one in sendings])
            while replies:  # each is let go of once it is taken in, and not when the next wave has come
                one, reply = sendings[-len(replies)], replies.pop(0)
                await one.take(reply)
                del reply
            self._sources.reach(hops, state)
        for place in state.kept:
            await decide(place, state, self._about)
        for tell in state.later:
            tell()

    async def _announce(self, sendings: Sequence[Sending], state: State) -> int | None:
        """Put on record what is about to be given to others, and done; the index of the entry, if there is one."""
        given: list[Given] = []
        subjects: dict[str, dict[str, None]] = {}
        for one in sendings:
            given += one.given
            for kind, people in one.people.items():
                subjects.setdefault(kind, {}).update(people)
        if not given:
            return None
        entry = await self._recorder.wave(state.trail.record, tuple(given), subjects)
        state.trail.waves.append(entry)
        return entry


def _delivers(plan: Plan) -> Iterator[Deliver]:
    """Everything that a plan may tell other organisations."""
    for wave in plan.waves:
        for one in wave:
            if isinstance(one, Hop):
                yield from () if one.deliver is None else (one.deliver,)
            else:
                yield from (each for step in one.steps for told in step.representations for each in told.delivers)
    for kept in plan.kept:
        yield from facts_delivers(kept)


async def _together(asking: Sequence[Callable[[], Coroutine[Any, Any, _T]]]) -> list[_T]:
    """Ask all at once, and wait for all; the last needs no task of its own."""
    if not asking:
        return []
    *others, last = asking
    tasks = [asyncio.ensure_future(one()) for one in others]
    try:
        told = await last()
        return [*(await asyncio.gather(*tasks)), told] if tasks else [told]
    except BaseException:
        for one in tasks:
            one.cancel()
        raise
