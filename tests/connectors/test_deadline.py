"""`Deadline` beside `asyncio.timeout`, which says what is right."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import pytest
import uvloop

from connectors.deadline import Deadlines

SHORT = 0.01
Within: TypeAlias = Callable[[float], contextlib.AbstractAsyncContextManager[object]]
Scene: TypeAlias = Callable[[Within], Awaitable[object]]


def library(seconds: float) -> asyncio.Timeout:
    return asyncio.timeout(seconds)


@contextlib.asynccontextmanager
async def ours(seconds: float) -> AsyncIterator[float]:
    with Deadlines(seconds).begin() as at:
        yield at


async def ends_in_time(within: Within) -> str:
    async with within(5):
        await asyncio.sleep(0)
    return "in time"


async def never_waits(within: Within) -> str:
    async with within(5):
        return "at once"


async def takes_too_long(within: Within) -> None:
    async with within(SHORT):
        await asyncio.Event().wait()


async def goes_on_after_it(within: Within) -> str:
    with contextlib.suppress(TimeoutError):
        await takes_too_long(within)
    await asyncio.sleep(SHORT * 2)
    return "went on"


async def fails_by_itself(within: Within) -> None:
    async with within(5):
        raise ValueError("of its own")


async def times_out_by_itself(within: Within) -> None:
    async with within(5):
        raise TimeoutError("of its own")


async def fails_because_of_it(within: Within) -> None:
    async with within(SHORT):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ValueError("of its own") from None


async def takes_no_notice(within: Within) -> str:
    async with within(SHORT):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "took no notice"


async def the_inner_ends_first(within: Within) -> str:
    async with within(5):
        with pytest.raises(TimeoutError):
            await takes_too_long(within)
        await asyncio.sleep(0)
        return "the outer went on"


async def the_outer_ends_first(within: Within) -> None:
    async with within(SHORT), within(5):
        await asyncio.Event().wait()


async def is_cancelled_before(within: Within) -> None:
    asyncio.get_running_loop().call_later(SHORT / 2, _cancel(asyncio.current_task()))
    async with within(5):
        await asyncio.Event().wait()


async def is_cancelled_at_the_same_time(within: Within) -> None:
    async with within(SHORT):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        _cancel(asyncio.current_task())()
        await asyncio.sleep(0)


async def is_entered_while_it_is_cancelled(within: Within) -> None:
    _cancel(asyncio.current_task())()
    async with within(SHORT):
        await asyncio.Event().wait()


def _cancel(task: asyncio.Task[object] | None) -> Callable[[], object]:
    assert task is not None
    return task.cancel


SCENES: list[Scene] = [
    ends_in_time,
    never_waits,
    takes_too_long,
    goes_on_after_it,
    fails_by_itself,
    times_out_by_itself,
    fails_because_of_it,
    takes_no_notice,
    the_inner_ends_first,
    the_outer_ends_first,
    is_cancelled_before,
    is_cancelled_at_the_same_time,
    is_entered_while_it_is_cancelled,
]
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


def ending(scene: Scene, within: Within, loop: Callable[[], asyncio.AbstractEventLoop]) -> tuple[object, ...]:
    """How a scene ends: what it gives or raises, and how often its task still counts as cancelled."""

    async def play() -> tuple[object, ...]:
        async def body() -> object:
            return await scene(within)

        task = asyncio.ensure_future(body())
        try:
            async with asyncio.timeout(5):
                told: object = await task
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  (whatever it is, it is compared)
            told = type(error), str(error), type(error.__cause__)
        return told, task.cancelling(), task.cancelled()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(play())


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("scene", SCENES)
def test_it_ends_as_a_timeout_of_the_library_does(scene: Scene, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    assert ending(scene, ours, loop) == ending(scene, library, loop)


def test_many_of_one_span_end_each_in_its_own_time() -> None:
    deadlines = Deadlines(0.05)
    ended: list[tuple[int, float]] = []

    async def one(number: int, wait: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(wait)
        began = loop.time()
        with contextlib.suppress(TimeoutError), deadlines.begin():
            await (asyncio.sleep(0) if number % 2 else asyncio.Event().wait())
        ended.append((number, loop.time() - began))

    async def journey() -> None:
        await asyncio.gather(*(one(number, number * 0.01) for number in range(6)))
        await asyncio.sleep(0.06)
        await one(6, 0)  # once nothing has run for a while

    asyncio.run(journey())
    assert [number for number, _ in ended if number % 2 == 0] == [0, 2, 4, 6]
    for number, seconds in ended:
        assert (seconds < 0.05) if number % 2 else (0.049 <= seconds < 0.5)


def test_one_timer_is_kept_for_all_and_none_for_nobody() -> None:
    deadlines = Deadlines(0.01)

    async def journey() -> None:
        async def brief() -> None:
            with deadlines.begin():
                await asyncio.sleep(0)

        await asyncio.gather(*(brief() for _ in range(100)))
        assert not deadlines._running
        await asyncio.sleep(0.02)
        assert deadlines._timer is None

    asyncio.run(journey())


def test_another_loop_has_a_timer_of_its_own() -> None:
    deadlines = Deadlines(SHORT)

    async def leave_one_behind() -> None:
        deadlines.begin().__enter__()

    async def dawdle() -> None:
        with deadlines.begin():
            await asyncio.Event().wait()

    asyncio.run(leave_one_behind())
    for _ in range(2):
        with pytest.raises(TimeoutError):
            asyncio.run(dawdle())


def test_it_is_for_tasks_alone() -> None:
    async def journey() -> None:
        told = asyncio.get_running_loop().create_future()

        def enter() -> None:
            try:
                Deadlines(1).begin().__enter__()
            except RuntimeError as error:
                told.set_result(str(error))

        asyncio.get_running_loop().call_soon(enter)
        assert await told == "a deadline is for a task"

    asyncio.run(journey())
