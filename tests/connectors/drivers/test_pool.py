from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from connectors.drivers.pool import Pool
from tests.connectors.served import until


class Fake:
    """A session that counts what is done to it."""

    def __init__(self, ending: asyncio.Event | None = None) -> None:
        self.ended = self.dropped = 0
        self.there = True
        self._ending = ending

    def is_open(self) -> bool:
        return self.there

    async def abandon(self) -> None:
        if self._ending is not None:
            await self._ending.wait()
        self.ended += 1

    async def close(self) -> None:
        self.ended += 1

    def drop(self) -> None:
        self.dropped += 1


def pool(made: list[Fake], count: int = 1, patience: float = 5.0, ending: asyncio.Event | None = None) -> Pool[Fake]:
    async def make() -> Fake:
        made.append(Fake(ending))
        return made[-1]

    return Pool(count, make, lambda error: isinstance(error, ConnectionError), patience)


async def answer(session: Fake) -> Fake:
    return session


def failing(error: Exception, times: int = 1) -> Callable[[Fake], Awaitable[Fake]]:
    left = [error] * times

    async def work(session: Fake) -> Fake:
        if left:
            raise left.pop()
        return session

    return work


def test_a_connection_is_used_again_until_it_is_gone() -> None:
    async def journey() -> None:
        made: list[Fake] = []
        sessions = pool(made)
        assert await sessions.run(answer) is await sessions.run(answer)
        made[0].there = False
        assert await sessions.run(answer) is made[1]
        assert made[0].dropped == 1

    asyncio.run(journey())


def test_what_was_hung_up_on_is_done_once_more_and_no_more() -> None:
    async def journey() -> None:
        made: list[Fake] = []
        sessions = pool(made)
        with pytest.raises(ConnectionError):  # a new connection that is lost was not idle
            await sessions.run(failing(ConnectionError()))
        await sessions.run(answer)
        assert await sessions.run(failing(ConnectionError())) is made[2]
        with pytest.raises(ConnectionError):
            await sessions.run(failing(ConnectionError(), times=2))
        with pytest.raises(ValueError, match="other"):
            await sessions.run(failing(ValueError("other")))

    asyncio.run(journey())


def test_a_place_is_taken_until_the_server_has_let_go() -> None:
    async def journey() -> None:
        made: list[Fake] = []
        ending = asyncio.Event()
        sessions = pool(made, ending=ending)
        with pytest.raises(ValueError, match="x"):
            await sessions.run(failing(ValueError("x")))
        waiting = asyncio.ensure_future(sessions.run(answer))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(made) == 1
        ending.set()
        assert await waiting is made[1]

    asyncio.run(journey())


def test_a_server_that_never_lets_go_is_let_go_of() -> None:
    async def journey() -> None:
        made: list[Fake] = []
        sessions = pool(made, patience=0.01, ending=asyncio.Event())
        with pytest.raises(ValueError, match="x"):
            await sessions.run(failing(ValueError("x")))
        assert await sessions.run(answer) is made[1]
        assert made[0].dropped == 1

    asyncio.run(journey())


def test_closing_fails_who_waits_and_whoever_comes() -> None:
    async def journey() -> None:
        made: list[Fake] = []
        sessions = pool(made)
        ended = asyncio.Event()

        async def work(session: Fake) -> None:
            await until(lambda: session.ended)
            ended.set()
            raise EOFError

        asking = asyncio.ensure_future(sessions.run(work))
        await until(lambda: made)
        waiting = asyncio.ensure_future(sessions.run(answer))
        await asyncio.sleep(0)
        await sessions.close()
        await sessions.close()
        assert ended.is_set()
        with pytest.raises(EOFError):
            await asking
        for late in (waiting, sessions.run(answer)):
            with pytest.raises(ConnectionAbortedError):
                await late
        assert len(made) == 1

    asyncio.run(journey())
