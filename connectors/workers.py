"""Threads that each own one session with a source, for drivers that block.

Python's `ThreadPoolExecutor` would do; handing a call over costs it 73 µs one at a time and 27 µs under load, and this
45 µs and 10 µs (CPython 3.11, 2 cores), where a whole fetch of 100 rows takes some 200 µs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final, Generic, Protocol, TypeVar


class Session(Protocol):
    """What a worker owns, made and closed in its thread. `call` is being served; a session minds its `stopped`."""

    call: Call

    def close(self) -> None:
        """End what is open."""


_BETWEEN_INTERRUPTS: Final = 0.01  # s

SessionT = TypeVar("SessionT", bound=Session)
ResultT = TypeVar("ResultT")


class Call:
    """One piece of work, and whether anyone still waits for it. `stopped` is only ever set, so it needs no lock.

    `session` is what does it, while it is being done; `lock` is held by whoever ends that, or uses it from outside.
    """

    __slots__ = ("future", "lock", "loop", "session", "stopped", "work")

    def __init__(self, work: Callable[[Any], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.stopped = False
        self.session: Any = None
        self.lock = Lock()


class Workers(Generic[SessionT]):
    """`count` threads, started at the first call; a call goes to whichever is free.

    No more than `count` calls are ever under way, also while some that nobody waits for are being stopped.
    `interrupt` ends the statement that a session is at, for drivers that must be told so from outside; it is called,
    from the loop, again and again until the call has ended: once could come just before the statement begins, and be
    lost. It never meets another call of the same session.
    """

    def __init__(
        self, count: int, make: Callable[[], SessionT], name: str, interrupt: Callable[[SessionT], None] | None = None
    ) -> None:
        self._count = count
        self._make = make
        self._name = name
        self._interrupt = interrupt
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._under_way: set[Call] = set()
        self._closed = False

    async def run(self, work: Callable[[SessionT], ResultT]) -> ResultT:
        """Run `work` in a thread. When the caller is cancelled, the call is stopped, and not begun if it has not."""
        if self._closed:
            raise RuntimeError(f"the workers of {self._name} are closed")
        if not self._threads:
            self._start()
        call = Call(work, asyncio.get_running_loop())
        self._under_way.add(call)
        self._calls.put(call)
        try:
            result: ResultT = await call.future
        except asyncio.CancelledError:
            self._stop(call)
            raise
        finally:
            self._under_way.discard(call)
        return result

    async def close(self, patience: float) -> None:
        """Stop what is under way, and wait until every thread has closed its session, for `patience` seconds at most.

        A driver that hangs on a dead network for longer is left behind in its daemon thread.
        """
        self._closed = True
        for call in self._under_way:
            self._stop(call)
        threads, self._threads = self._threads, []
        for _ in threads:
            self._calls.put(None)
        await asyncio.to_thread(_join, threads, monotonic() + patience)

    def _stop(self, call: Call) -> None:
        call.stopped = True
        if self._interrupt is None:
            return
        with call.lock:
            if call.session is not None:
                self._interrupt(call.session)
                call.loop.call_later(_BETWEEN_INTERRUPTS, self._stop, call)

    def _start(self) -> None:
        # Daemons: a driver that hangs on a dead network must not keep the process from ending.
        self._threads = [Thread(target=self._serve, name=self._name, daemon=True) for _ in range(self._count)]
        for thread in self._threads:
            thread.start()

    def _serve(self) -> None:
        session = self._make()
        while (call := self._calls.get()) is not None:
            result, failure = None, None
            if not call.stopped:
                session.call = call
                call.session = session
                try:
                    result = call.work(session)
                except BaseException as error:  # noqa: BLE001  (it is the waiting caller's to handle)
                    failure = error
                with call.lock:
                    call.session = None
            elif call.future.cancelled():
                continue
            else:
                failure = RuntimeError(f"the workers of {self._name} were closed")
            try:
                call.loop.call_soon_threadsafe(_finish, call.future, result, failure)
            except RuntimeError:  # the loop has ended, and with it whoever waited
                continue
            del call, result, failure  # rows must not outlive their fetch while this thread waits for its next
        session.close()


def _join(threads: list[Thread], deadline: float) -> None:
    for thread in threads:
        thread.join(max(0.0, deadline - monotonic()))


def _finish(future: asyncio.Future[Any], result: object, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)
