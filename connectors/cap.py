"""The load cap and the deadline of one source: every fetch of every connector passes through here."""

from __future__ import annotations

import asyncio
from types import TracebackType

from connectors.deadline import Deadline, Deadlines
from connectors.errors import FailureKind, SourceError


class Cap:
    """Lets at most `concurrency` fetches be under way, each for at most `timeout` seconds, waiting included.

    `slot()` is used as `async with`. Leaving it frees the slot, however it is left.

    Raises:
        SourceError: OVERLOADED when no slot came free within the timeout; TIMEOUT when one did and the work did not
            end within what was left of it.
    """

    def __init__(self, source: str, *, concurrency: int, timeout: float) -> None:
        self._source = source
        self._deadlines = Deadlines(timeout)
        self._free = asyncio.Semaphore(concurrency)

    @property
    def is_full(self) -> bool:
        """Whether one more would have to wait."""
        return self._free.locked()

    def slot(self) -> _Slot:
        """One place among `concurrency`."""
        return _Slot(self._source, self._deadlines, self._free)


class _Slot:
    """A class instead of a generator: this is on the path of every fetch, and half as dear."""

    __slots__ = ("_deadline", "_free", "_source", "_timeout")

    def __init__(self, source: str, deadlines: Deadlines, free: asyncio.Semaphore) -> None:
        self._source = source
        self._timeout = deadlines.seconds
        self._deadline: Deadline = deadlines.begin()
        self._free = free

    async def __aenter__(self) -> float:
        """Wait for the slot; the deadline by the loop's clock."""
        deadline = self._deadline.__enter__()
        try:
            await self._free.acquire()
        except BaseException as error:
            self._leave(type(error), error, error.__traceback__, FailureKind.OVERLOADED)
            raise
        return deadline

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._free.release()
        self._leave(kind, error, traceback, FailureKind.TIMEOUT)

    def _leave(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        failure: FailureKind,
    ) -> None:
        try:
            self._deadline.__exit__(kind, error, traceback)
        except TimeoutError:
            sentence = (
                f"no answer within {self._timeout:g} s"
                if failure is FailureKind.TIMEOUT
                else f"too much is being asked of it; no turn came within {self._timeout:g} s"
            )
            raise SourceError(self._source, failure, sentence) from None
