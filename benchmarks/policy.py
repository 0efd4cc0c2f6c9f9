"""What a decision costs, as the policy grows: the compiled grants beside Casbin's own `enforce` and the simple version.

No server here: the loader, the build and `decide`, one after the other, in this process.
"""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from benchmarks.policy_lines import (
    COORDINATES,
    DEPTH,
    ORGANISATIONS,
    PURPOSES,
    ROLES,
    made_up_facts,
    made_up_standing,
    made_up_text,
)
from benchmarks.policy_simple import Simple
from policies.compile import Policy
from policies.lines import PolicyLines
from policies.load import load
from policies.model import enforce
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import Asker, RowFacts, covers

SIZES = (1_000, 10_000, 100_000)
ASKED = 50
"""Coordinates that one question asks for."""
CLASS = Standing(frozenset(ROLES[: 4 * DEPTH : DEPTH]), ORGANISATIONS[0], PURPOSES[0], Mode.ORDINARY)
"""The class of principals whose first decisions are timed: four roles that hold nine more each."""

_ROW, _ASKER = RowFacts(Area("310101001")), Asker(CLASS.organisation, (Area("310101"),))
_FACTS = made_up_facts()
_STEADY, _REPEATS = 200, 25


class DisagreementError(Exception):
    """Two ways to decide say different things, so that their times would compare nothing."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """How often things are done. `enforced` are decisions of Casbin, which takes up to half a second for one."""

    builds: int
    enforced: int
    role_sets: int


@dataclass(frozen=True, slots=True)
class Size:
    """What was found at one number of lines; all times in seconds.

    `cold` is the first question of a class, `ASKED` coordinates of a policy just built, and `cold_simple` the same made
    the simple way; `cold_all` is every coordinate of the catalogue. `steady` is a decision that was made before, and
    `casbin` one of the same for one row.
    """

    lines: int
    load: float
    build: float
    cold: float
    cold_simple: float
    cold_all: float
    steady: float
    casbin: float


@dataclass(frozen=True, slots=True)
class Turns:
    """Many role sets in turn: seconds for one decision of one that was never seen, and bytes that stay in memory."""

    lines: int
    role_sets: int
    decision: float
    most: int
    last: int


def at_size(lines: int, trouble: Trouble) -> Size:
    """The times at one number of lines: medians over as many builds."""
    text = made_up_text(lines)
    asked = random.Random(lines).sample(COORDINATES, ASKED)  # noqa: S311  (which fields are asked for is no secret)
    built = [_built_once(text, asked) for _ in range(trouble.builds)]
    said, policy = _loaded(text), _policy(text)
    started = perf_counter()
    simple = Simple(said.lines, said.role_links, _FACTS, CLASS)
    simply = [simple.decide(one, Action.READ) for one in asked]
    cold_simple = perf_counter() - started
    if simply != _ask(policy, CLASS, asked):
        raise DisagreementError("the compiled grants and the simple version")
    return Size(
        lines=lines,
        load=median(one[0] for one in built),
        build=median(one[1] for one in built),
        cold=median(one[2] for one in built),
        cold_simple=cold_simple,
        cold_all=median(one[3] for one in built),
        steady=_steady(policy, asked),
        casbin=median(_by_casbin(policy, asked[: trouble.enforced])),
    )


def in_turn(lines: int, trouble: Trouble) -> Turns:
    """Many role sets, each with a question of its own: once for the time, and once, far slower, for the memory."""
    text = made_up_text(lines)
    policy = _policy(text)
    questions = list(_questions(trouble.role_sets))
    started = perf_counter()
    for standing, asked in questions:
        _ask(policy, standing, asked)
    decision = (perf_counter() - started) / (trouble.role_sets * ASKED)
    policy = _policy(text)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for standing, asked in questions:
            _ask(policy, standing, asked)
        last, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Turns(lines, trouble.role_sets, decision, most - before, last - before)


def _built_once(text: str, asked: Sequence[Coordinate]) -> tuple[float, float, float, float]:
    """Seconds to load, to build, for a first question, and for all coordinates of a second class."""
    gc.collect()
    started = perf_counter()
    said = _loaded(text)
    loaded = perf_counter()
    policy = Policy.build(said.lines, said.role_links, _FACTS)
    built = perf_counter()
    _ask(policy, CLASS, asked)
    cold = perf_counter()
    _ask(policy, made_up_standing(random.Random(0)), COORDINATES)  # noqa: S311  (nor is who asks)
    return loaded - started, built - loaded, cold - built, perf_counter() - cold


def _loaded(text: str) -> PolicyLines:
    return load(text, file="policy.csv", facts=_FACTS)


def _policy(text: str) -> Policy:
    said = _loaded(text)
    policy = Policy.build(said.lines, said.role_links, _FACTS)
    gc.collect()
    return policy


def _ask(policy: Policy, standing: Standing, asked: Iterable[Coordinate]) -> list[Decision]:
    return [policy.decide(standing, one, Action.READ) for one in asked]


def _steady(policy: Policy, asked: Sequence[Coordinate]) -> float:
    """One decision, the median of many runs over all that is asked for."""
    times = []
    for _ in range(_REPEATS):
        started = perf_counter()
        for _ in range(_STEADY):
            _ask(policy, CLASS, asked)
        times.append((perf_counter() - started) / (_STEADY * len(asked)))
    return median(times)


def _by_casbin(policy: Policy, asked: Sequence[Coordinate]) -> Iterator[float]:
    """How long `enforce` takes for each, once it is seen that it says what the compiled grants say."""
    for one in asked:
        started = perf_counter()
        said = enforce(policy.enforcer, CLASS, _FACTS, asker=_ASKER, coordinate=one, action=Action.READ, row=_ROW)
        yield perf_counter() - started
        if said != (covers(policy.decide(CLASS, one, Action.READ).visible, _ROW, _ASKER) is True):
            raise DisagreementError("Casbin and the compiled grants")


def _questions(role_sets: int) -> Iterator[tuple[Standing, list[Coordinate]]]:
    """As many different role sets, each with the coordinates that it asks for."""
    chance = random.Random(role_sets)  # noqa: S311  (nor is this)
    seen: set[frozenset[str]] = set()
    while len(seen) < role_sets:
        standing = made_up_standing(chance)
        if standing.roles not in seen:
            seen.add(standing.roles)
            yield standing, chance.sample(COORDINATES, ASKED)
