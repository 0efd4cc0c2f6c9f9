"""Steps put off to a later wave in which their subgraph is asked anyway, where nothing waits for what they bring.

It costs one request less and no wave more. Each step keeps its own part of the request that it joins, with what it
tells and whatever fails of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from federation.plan.places import Kept, Sent, Step, Trace

_Columns: TypeAlias = set[tuple[int, str]]
_NEVER: Final = 1_000_000


def put_off(steps: Sequence[Step], kept: Iterable[Kept]) -> tuple[Step, ...]:
    """The same steps, in the same order, each as late as saves a request.

    Acts are done in their order, and what is read after one must not be read after the next.
    """
    if any(one.act for one in steps):
        return tuple(steps)
    facts = {column for one in kept for column in _facts(one)}
    waves = {one.id: one.wave for one in steps}
    for wave in range(max(waves.values(), default=0) - 1, -1, -1):  # from the last: what waits has found its wave
        for graph in dict.fromkeys(one.graph for one in steps if waves[one.id] == wave):
            group = [one for one in steps if one.graph == graph and waves[one.id] == wave]
            latest = min(_latest(one, steps, waves, facts) for one in group)
            later = [waves[one.id] for one in steps if one.graph == graph and wave < waves[one.id] <= latest]
            if later:
                waves.update(dict.fromkeys((one.id for one in group), max(later)))
    return tuple(one if one.wave == waves[one.id] else replace(one, wave=waves[one.id]) for one in steps)


def _latest(step: Step, steps: Sequence[Step], waves: dict[int, int], facts: _Columns) -> int:
    """The last wave in which a step can be asked; its own where more hangs on it than columns that others are told."""
    takes = [take for part in step.select.parts for take in part.takes]
    brought = {(step.select.place, take.column) for take in takes}
    is_plain = step.place is not None and not step.select.typename and all(take.select is None for take in takes)
    if not is_plain or not facts.isdisjoint(brought):
        return waves[step.id]
    waiting = [waves[one.id] - 1 for one in steps if not brought.isdisjoint(_told(one))]
    return min(waiting, default=_NEVER)


def _told(step: Step) -> Iterator[tuple[int, str]]:
    """What a step needs to have arrived, to tell its subgraph of it."""
    for one in step.representations:
        yield from _sent(step.place or 0, one.sent)


def _sent(place: int, sent: tuple[Sent, ...]) -> Iterator[tuple[int, str]]:
    for one in sent:
        yield place, one.column
        if one.place is not None:
            for below in (one.of or {}).values():
                yield from _sent(one.place, below)


def _facts(kept: Kept) -> Iterator[tuple[int, str]]:
    """What objects are decided by: steps that ask about them wait for it."""
    for trace in (kept.subject, kept.area, *(trace for _, trace in kept.judged)):
        if trace is not None:
            yield from _traced(kept.place, trace)


def _traced(place: int, trace: Trace) -> Iterator[tuple[int, str]]:
    for column, below in zip(trace.through, trace.places, strict=True):
        yield place, column
        place = below
    yield place, trace.column
