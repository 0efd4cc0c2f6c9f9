"""Connections of an asynchronous driver: opened at need, at most `count`, dropped after any failure.

A connection counts until its server has let go of it, so that statements which nobody waits for any more count too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, Protocol, TypeVar


class Session(Protocol):
    """One connection."""

    def is_open(self) -> bool:
        """Whether the server has not hung up, as far as is known without asking it."""

    async def abandon(self) -> None:
        """Stop what runs at the server, and close."""

    async def close(self) -> None:
        """Close; nothing runs."""

    def drop(self) -> None:
        """Let go of it at once, whatever the server does."""


_AT_ONCE: Final = 0.1  # seconds

SessionT = TypeVar("SessionT", bound=Session)
ResultT = TypeVar("ResultT")


class Pool(Generic[SessionT]):
    """`run` uses a connection that is idle, or a new one. `hung_up` says of an error that the connection was lost.

    `patience` bounds, in seconds, how long an abandoned connection may take to end before it is let go of.
    """

    def __init__(
        self,
        count: int,
        make: Callable[[], Awaitable[SessionT]],
        hung_up: Callable[[Exception], bool],
        patience: float,
    ) -> None:
        self._count = count
        self._make = make
        self._hung_up = hung_up
        self._patience = patience
        self._free = asyncio.Semaphore(count)
        self._idle: list[SessionT] = []
        self._busy: set[SessionT] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(self, work: Callable[[SessionT], Awaitable[ResultT]]) -> ResultT:
        """Do `work` on a connection, and once more on a new one where the server had hung up on an idle one.

        That shows at once. A connection that is lost later was ended in the middle of its work, maybe by somebody whom
        that work bothered: it is not repeated.
        """
        await self._free.acquire()
        session: SessionT | None = None
        try:
            self._refuse_if_closed()
            session = self._reuse()
            if session is not None:
                started = asyncio.get_running_loop().time()
                try:
                    result = await self._use(session, work)
                except Exception as error:
                    if not self._hung_up(error) or asyncio.get_running_loop().time() - started > _AT_ONCE:
                        raise
                    session.drop()
                    session = None
            if session is None:
                self._refuse_if_closed()
                session = await self._make()
                result = await self._use(session, work)
        except BaseException:
            self._end(session)
            raise
        self._idle.append(session)
        self._free.release()
        return result

    async def close(self) -> None:
        """Fail what is under way, end it at the server, and close every connection."""
        self._closed = True
        await asyncio.gather(*(self._bounded(session, session.abandon()) for session in tuple(self._busy)))
        try:
            async with asyncio.timeout(self._patience):
                for _ in range(self._count):  # whoever has a place gives it back, and whoever waits for one fails
                    await self._free.acquire()
        except TimeoutError:
            for session in self._busy:
                session.drop()
        else:
            for _ in range(self._count):
                self._free.release()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(self._bounded(session, session.close()) for session in idle))

    async def _use(self, session: SessionT, work: Callable[[SessionT], Awaitable[ResultT]]) -> ResultT:
        self._busy.add(session)
        try:
            self._refuse_if_closed()
            return await work(session)
        finally:
            self._busy.discard(session)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ConnectionAbortedError

    def _reuse(self) -> SessionT | None:
        while self._idle:
            session = self._idle.pop()
            if session.is_open():
                return session
            session.drop()
        return None

    def _end(self, session: SessionT | None) -> None:
        """Give the place back once the server has let go of the connection; nobody waits for that."""
        if session is None:
            self._free.release()
            return
        ending = asyncio.get_running_loop().create_task(self._bounded(session, session.abandon()))
        self._ending.add(ending)
        ending.add_done_callback(self._ended)

    def _ended(self, ending: asyncio.Task[None]) -> None:
        self._ending.discard(ending)
        self._free.release()

    async def _bounded(self, session: SessionT, end: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await end
        except Exception:  # noqa: BLE001  (it is being thrown away: whatever is wrong with it, it is let go of)
            session.drop()
