from __future__ import annotations

import asyncio
import threading

import pytest

from connectors.workers import Call, Workers
from tests.connectors.served import until


class Session:
    call: Call
    closed: list[int]

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def close(self) -> None:
        assert threading.get_ident() == self.thread
        Session.closed.append(self.thread)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Session.closed = []


def test_sessions_stay_in_their_threads_and_are_closed_there() -> None:
    async def journey() -> set[bool]:
        workers = Workers(3, Session, "test")
        same = set(await asyncio.gather(*(workers.run(lambda s: s.thread == threading.get_ident()) for _ in range(30))))
        await workers.close(10)
        return same

    assert asyncio.run(journey()) == {True}
    assert len(Session.closed) == 3


def test_a_failure_is_the_callers() -> None:
    def fail(_session: Session) -> None:
        raise LookupError("mine")

    async def journey() -> int:
        workers = Workers(1, Session, "test")
        with pytest.raises(LookupError, match="mine"):
            await workers.run(fail)
        try:
            return await workers.run(lambda _: 7)
        finally:
            await workers.close(10)

    assert asyncio.run(journey()) == 7


def test_a_call_that_nobody_waits_for_is_stopped_or_not_begun() -> None:
    begun: list[str] = []

    def until_stopped(session: Session) -> None:
        begun.append("first")
        while not session.call.stopped:
            pass

    async def journey() -> None:
        workers = Workers(1, Session, "test")
        first = asyncio.ensure_future(workers.run(until_stopped))
        second = asyncio.ensure_future(workers.run(lambda _: begun.append("second")))
        await until(lambda: begun)
        for task in (second, first):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await workers.run(lambda _: "third") == "third"
        await workers.close(10)

    asyncio.run(journey())
    assert begun == ["first"]


def test_closing_answers_whoever_still_waits() -> None:
    def until_stopped(session: Session) -> None:
        while not session.call.stopped:
            pass

    async def journey() -> None:
        workers = Workers(1, Session, "test")
        waiting = [asyncio.ensure_future(workers.run(until_stopped)) for _ in range(2)]
        await asyncio.sleep(0)
        await workers.close(10)
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert sum(isinstance(answer, RuntimeError) for answer in answers) >= 1
        with pytest.raises(RuntimeError, match="closed"):
            await workers.run(lambda _: None)

    asyncio.run(journey())


def test_a_driver_that_hangs_does_not_keep_us_from_closing() -> None:
    begun, let_go = threading.Event(), threading.Event()

    def hang(_session: Session) -> None:
        begun.set()
        let_go.wait()

    async def journey() -> None:
        workers = Workers(1, Session, "test")
        hanging = asyncio.ensure_future(workers.run(hang))
        await until(begun.is_set)
        await workers.close(0.01)
        assert Session.closed == []
        let_go.set()
        await hanging
        await until(lambda: Session.closed)

    asyncio.run(journey())


def test_a_statement_that_begins_after_its_interrupt_is_interrupted_again() -> None:
    """A driver forgets an interrupt that comes before the statement. Only the call that was given up is ever met."""
    interrupted: list[object] = []

    class Driver(Session):
        def __init__(self) -> None:
            super().__init__()
            self.flag = threading.Event()

    def interrupt(session: Driver) -> None:
        interrupted.append(session.call.work)
        session.flag.set()

    def statement(session: Driver) -> None:
        while not session.call.stopped:
            pass
        assert session.flag.wait(10)
        session.flag.clear()  # it came too early, and is lost
        assert session.flag.wait(10)

    async def journey() -> int:
        workers = Workers(1, Driver, "test", interrupt)
        waiting = asyncio.ensure_future(workers.run(statement))
        await asyncio.sleep(0)
        await until(lambda: workers._under_way)
        call = next(iter(workers._under_way))
        await until(lambda: call.session is not None)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        answer = await workers.run(lambda _: 7)
        await workers.close(10)
        return answer

    assert asyncio.run(journey()) == 7
    assert len(interrupted) >= 2
    assert set(interrupted) == {statement}
