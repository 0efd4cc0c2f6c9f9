from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from connectors.breaker import FAILURES, PAUSE, Breaker, State
from connectors.errors import FailureKind, SourceError


class Town:
    """A source with a breaker before it, at a time of our own."""

    def __init__(self) -> None:
        self.now = 100.0
        self.probed = 0
        self.answers = True
        self.breaker = Breaker("town", lambda: self.now)

    async def probe(self) -> bool:
        self.probed += 1
        await asyncio.sleep(0)
        return self.answers

    def state(self) -> State:
        return self.breaker.state

    def admit(self) -> Coroutine[Any, Any, None]:
        return self.breaker.admit(self.probe)

    def fail(self, times: int = FAILURES) -> None:
        for _ in range(times):
            self.breaker.failed()


def refused(work: Coroutine[Any, Any, None]) -> bool:
    try:
        asyncio.run(work)
    except SourceError as error:
        assert (error.kind, error.source) == (FailureKind.UNAVAILABLE, "town")  # noqa: PT017  (either may happen)
        return True
    return False


def test_questions_pass_while_any_of_the_last_was_answered() -> None:
    town = Town()
    for _ in range(3):
        town.fail(FAILURES - 1)
        assert town.state() is State.CLOSED
        assert not refused(town.admit())
        town.breaker.answered()
    assert town.probed == 0


def test_failures_alone_close_nothing_while_the_probe_is_answered() -> None:
    """Somebody asks what is slow, or what crashes over there, and nothing else: nobody else is shut out by that."""
    town = Town()
    for round_ in range(1, 5):
        town.fail(10 * FAILURES)
        assert town.state() is State.HALF_OPEN
        assert not refused(town.admit())
        assert (town.state(), town.probed) == (State.CLOSED, round_)


def test_a_source_that_answers_no_probe_is_left_alone_for_the_pause() -> None:
    town = Town()
    town.answers = False
    town.fail()
    assert refused(town.admit())
    assert town.state() is State.OPEN
    town.now += PAUSE - 0.001
    assert refused(town.admit())
    assert town.probed == 1
    town.now += 0.001
    assert town.state() is State.HALF_OPEN
    assert refused(town.admit())
    assert (town.state(), town.probed) == (State.OPEN, 2)
    town.now += PAUSE
    town.answers = True
    assert not refused(town.admit())
    assert (town.state(), town.probed) == (State.CLOSED, 3)


def test_a_late_answer_closes_it_at_once() -> None:
    town = Town()
    town.answers = False
    town.fail()
    assert refused(town.admit())
    town.breaker.answered()
    assert not refused(town.admit())


def test_one_probes_while_the_others_are_asked_as_before_or_refused_as_before() -> None:
    async def at_once(town: Town) -> list[bool]:
        found = await asyncio.gather(*[town.admit() for _ in range(5)], return_exceptions=True)
        return [isinstance(one, SourceError) for one in found]

    town = Town()
    town.answers = False
    town.fail()
    assert asyncio.run(at_once(town)) == [True, False, False, False, False]
    town.now += PAUSE
    assert asyncio.run(at_once(town)) == [True] * 5
    town.now += PAUSE
    town.answers = True
    assert asyncio.run(at_once(town)) == [False, True, True, True, True]
    assert town.probed == 3


def test_whoever_leaves_during_the_probe_settles_nothing_and_blocks_nobody() -> None:
    town = Town()
    town.fail()

    async def left() -> None:
        waiting = asyncio.create_task(town.admit())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(left())
    assert town.state() is State.HALF_OPEN
    assert not refused(town.admit())
    assert town.state() is State.CLOSED


def test_the_refusal_says_nothing_of_why() -> None:
    town = Town()
    town.answers = False
    town.fail()
    with pytest.raises(SourceError, match=r"^source town: did not answer lately, and is left alone for up to 5 s$"):
        asyncio.run(town.admit())
