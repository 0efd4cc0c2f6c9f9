"""A thread with an event loop of its own, for code that is not ours: what stalls there stalls nobody else.

The loop is begun with the first call. A call that nobody waits for any more is cancelled; code that does not let go
(it blocks, or catches the cancellation) keeps its place among `concurrency`, and the calls behind it wait in vain.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread
from typing import Final, Generic, TypeVar

ResultT = TypeVar("ResultT")


class ClosedError(Exception):
    """The loop was closed, or what ran there cancelled itself."""


class OwnLoop(Generic[ResultT]):
    """Runs at most `concurrency` calls at a time in a loop of its own. `name` is the thread's."""

    def __init__(self, name: str, *, concurrency: int) -> None:
        self._name = name
        self._free: Final = asyncio.Semaphore(concurrency)
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def run(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Run `work` there; whatever it raises is raised here, a BaseException as the cause of a ClosedError.

        Raises:
            ClosedError: the loop is closed, or the work was cancelled from within.
        """
        if self._closed:
            raise ClosedError
        if self._loop is None:
            self._start()
        # In an empty context: what the exchange keeps in its own is not for others.
        handed: Future[ResultT] = contextvars.Context().run(self._hand_over, work)
        waiting = asyncio.wrap_future(handed)
        try:
            return await waiting
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise ClosedError from None  # nobody gave up here: it ended over there

    async def close(self, patience: float) -> None:
        """Cancel what is under way and end the thread; it is left behind if it does not end in `patience` seconds."""
        self._closed = True
        loop, self._loop = self._loop, None
        if loop is not None and self._thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            await asyncio.to_thread(self._thread.join, patience)

    def _hand_over(self, work: Callable[[], Awaitable[ResultT]]) -> Future[ResultT]:
        if self._loop is None:
            raise ClosedError
        return asyncio.run_coroutine_threadsafe(self._run(work), self._loop)

    async def _run(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        async with self._free:
            try:
                return await work()
            except (KeyboardInterrupt, SystemExit, GeneratorExit) as error:
                raise ClosedError from error  # these would end a loop, here or over there

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_keep_quiet)
        # A daemon: code that blocks for ever must not keep the process from ending.
        self._thread = Thread(target=self._serve, args=(self._loop,), name=self._name, daemon=True)
        self._thread.start()

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        while not self._closed:
            with contextlib.suppress(BaseException):  # a task of theirs may raise SystemExit through the loop
                loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        with contextlib.suppress(BaseException):
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        with contextlib.suppress(BaseException):
            loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _keep_quiet(_loop: asyncio.AbstractEventLoop, _context: dict[str, object]) -> None:
    """Errors of tasks that they forgot would be logged with their text, which may quote what the code works on."""
