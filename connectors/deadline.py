"""Deadlines that lie equally far ahead when they begin: one timer of the loop keeps them all.

What `asyncio.timeout` does, for the path of every request: a timer of the loop's own costs more than what is sent under
it. Deadlines of one span end in the order in which they began, so only the first of them has to be waited for.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final


class Deadlines:
    """Deadlines of one span, in seconds. Used from one event loop at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds: Final = seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: dict[Deadline, None] = {}  # in the order in which they end
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Deadline:
        """One that is used as `with`, inside a task; it runs from then on."""
        return Deadline(self)

    def add(self, one: Deadline, loop: asyncio.AbstractEventLoop) -> None:
        """Let one run, that ends after all that do."""
        if loop is not self._loop:  # the one before has ended, and calls no timer any more
            self._loop, self._timer = loop, None
            self._running.clear()
        self._running[one] = None
        if self._timer is None:
            self._timer = loop.call_at(one.at, self._look, loop)

    def remove(self, one: Deadline) -> None:
        """It need not be kept any more."""
        self._running.pop(one, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End those whose time has come; the timer then waits for the first of the others.

        Loops count in milliseconds, and may call a moment early: it is then waited for once more.
        """
        self._timer = None
        now = loop.time()
        for one in tuple(self._running):
            if one.at > now:
                self._timer = loop.call_at(one.at, self._look, loop)
                return
            del self._running[one]
            one.expire()


class Deadline:
    """The task that enters it is cancelled when its time has come, and leaves it with a TimeoutError.

    A cancellation from elsewhere stays one, also where both come together (as with `asyncio.Timeout`).
    """

    __slots__ = ("_among", "_cancelling", "_is_expired", "_task", "at")

    def __init__(self, among: Deadlines) -> None:
        self._among = among
        self._is_expired = False
        self.at = 0.0

    def __enter__(self) -> float:
        """When it ends, by the loop's clock."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline is for a task")
        self._task = task
        self._cancelling = task.cancelling()
        self.at = loop.time() + self._among.seconds
        self._among.add(self, loop)
        return self.at

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._among.remove(self)
        if self._is_expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """Its time has come."""
        self._is_expired = True
        self._task.cancel()
