"""Code that is not ours, in a loop of its own."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connectors.own_loop import ClosedError, OwnLoop
from tests.connectors.served import until

SECRET = contextvars.ContextVar("SECRET", default="nothing")


def run(journey: Callable[[OwnLoop[Any]], Awaitable[Any]], concurrency: int = 2) -> Any:
    async def whole() -> Any:
        loop = OwnLoop[Any]("others", concurrency=concurrency)
        try:
            return await journey(loop)
        finally:
            await loop.close(5)

    return asyncio.run(whole())


def test_work_runs_in_one_thread_of_its_own_that_ends_with_it() -> None:
    async def where() -> threading.Thread:
        return threading.current_thread()

    async def journey(loop: OwnLoop[Any]) -> list[threading.Thread]:
        return [await loop.run(where), await loop.run(where)]

    one, two = run(journey)
    assert one is two is not threading.current_thread()
    assert (one.name, one.daemon, one.is_alive()) == ("others", True, False)


def test_nothing_of_our_context_is_seen_there() -> None:
    async def look() -> str:
        return SECRET.get()

    async def journey(loop: OwnLoop[Any]) -> object:
        SECRET.set("value")
        return await loop.run(look)

    assert run(journey) == "nothing"


def test_a_call_that_is_given_up_is_cancelled_over_there() -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def journey(loop: OwnLoop[Any]) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.run(wait), 0.05)
        await until(lambda: ended)

    run(journey)


def test_no_more_run_at_a_time_than_may_whoever_has_given_up() -> None:
    running = most = 0
    go = threading.Event()

    async def stubborn() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        while not go.is_set():
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                continue
        running -= 1

    async def journey(loop: OwnLoop[Any]) -> None:
        for _ in range(6):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(loop.run(stubborn), 0.02)
        go.set()
        await loop.run(stubborn)

    run(journey)
    assert most == 2


def test_one_that_blocks_holds_its_own_loop_and_nobody_else() -> None:
    let_go = threading.Event()

    async def block() -> None:
        let_go.wait()

    async def quick() -> str:
        return "done"

    async def journey(loop: OwnLoop[Any]) -> None:
        other = OwnLoop[Any]("other", concurrency=1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.run(block), 0.05)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.run(quick), 0.05)
        assert await other.run(quick) == "done"
        await other.close(5)
        let_go.set()
        assert await loop.run(quick) == "done"

    run(journey)


def test_closing_does_not_wait_for_one_that_blocks() -> None:
    begun, let_go = threading.Event(), threading.Event()

    async def block() -> None:
        begun.set()
        let_go.wait()

    async def journey() -> None:
        loop = OwnLoop[Any]("others", concurrency=1)
        waiting = asyncio.ensure_future(loop.run(block))
        await until(begun.is_set)
        await loop.close(0.05)
        await loop.close(0.05)
        with pytest.raises(ClosedError):
            await loop.run(block)
        let_go.set()
        await asyncio.wait_for(waiting, 5)

    asyncio.run(journey())


def test_closing_ends_what_waits() -> None:
    begun = threading.Event()

    async def wait() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def journey() -> None:
        loop = OwnLoop[Any]("others", concurrency=1)
        waiting = asyncio.ensure_future(loop.run(wait))
        await until(begun.is_set)
        await loop.close(5)
        with pytest.raises(ClosedError):
            await asyncio.wait_for(waiting, 5)

    asyncio.run(journey())


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError])
def test_nothing_that_is_raised_there_ends_the_loop_or_us(error: type[BaseException]) -> None:
    async def leave() -> None:
        raise error

    async def leave_below() -> None:
        await asyncio.gather(leave(), asyncio.Event().wait())

    async def quick() -> str:
        return "done"

    async def journey(loop: OwnLoop[Any]) -> object:
        for work in (leave, leave_below):
            with pytest.raises(ClosedError):
                await loop.run(work)
        return await loop.run(quick)

    assert run(journey) == "done"


def test_an_exception_is_the_callers() -> None:
    async def fail() -> None:
        raise ValueError("theirs")

    async def journey(loop: OwnLoop[Any]) -> None:
        with pytest.raises(ValueError, match="theirs"):
            await loop.run(fail)

    run(journey)


def test_the_text_of_an_error_that_they_forgot_reaches_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def fail() -> None:
        raise ValueError("SECRET")

    async def forget() -> None:
        task = asyncio.ensure_future(fail())
        await asyncio.wait({task})
        del task
        gc.collect()

    async def journey(loop: OwnLoop[Any]) -> None:
        await loop.run(forget)

    run(journey)
    assert "SECRET" not in caplog.text


def test_a_loop_that_was_never_needed_is_closed_too() -> None:
    async def journey(_: OwnLoop[Any]) -> None:
        return None

    run(journey)
