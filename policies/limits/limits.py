"""The limits as the rest of the house knows them: charge an answer, and let it leave once the charge is durable."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from policies.limits.errors import LimitsUnavailableError
from policies.limits.names import Names, require_pseudonyms, require_sound
from policies.limits.reader import Reader
from policies.limits.rules import Rules, day_of
from policies.limits.store import Store
from policies.limits.writer import Writer
from vocabulary.limits import Charge, Charged, Left, PrincipalLimit, SubjectBudget

LATE_SECONDS: Final = 2.0
"""How long anybody waits for an answer. One that comes later is none: nothing may be released."""
_FREE: Final = Charged(allowed=True, over="", left=Left(), exhausted=frozenset())
_T = TypeVar("_T")


class Limits:
    """The limits of one directory. May be used from any thread and event loop; other processes may share them.

    There is no refund. An answer that was charged and then failed to leave stays charged: nobody can tell from here
    how much of it the other side has read, and a principal who breaks off its connections would see everything for
    nothing.
    """

    def __init__(self, rules: Rules, writer: Writer, reader: Reader) -> None:
        """Take the two sides of one store; use `Limits.open`."""
        self._rules = rules
        self._writer = writer
        self._reader = reader
        self._reads = concurrent.futures.ThreadPoolExecutor(1, "limits-reader")

    @classmethod
    def open(
        cls, directory: Path, limits: Iterable[PrincipalLimit], budget: SubjectBudget | None, *, key: bytes
    ) -> Limits:
        """Open the counters, made where there are none. Without limits and budget no file is made.

        `key` (32 random bytes) makes the names of principals at rest.

        Raises:
            LimitsUnavailableError: they cannot be written (WeakStoreError: or not durably).
            MalformedChargeError: the key is too short.
        """
        rules, names = Rules(limits, budget), Names(key)
        store = Store(directory, rules, names)
        if not rules.is_empty:
            store.open()
        return cls(rules, Writer(store), Reader(directory, rules, names))

    def is_needed(self, purpose: str) -> bool:
        """Whether an answer for this purpose has to be charged; where not, charging it is free and always allowed."""
        return self._rules.is_needed(purpose)

    @property
    def ready(self) -> bool:
        """Whether a charge would be tried on a sound store: False from a failure until it is open again."""
        return self._writer.ready

    async def charge(self, charge: Charge) -> Charged:
        """Charge an answer before it leaves, all or nothing. It is durable once this returns.

        A mark that was charged before counts once, until the end of the next day. A charge that was not allowed has
        counted nothing, and may be changed and made again under its mark.

        Raises:
            LimitsUnavailableError: it is not known to be counted, or not in LATE_SECONDS: nothing may be released. It
                may be charged again with the same mark.
            MarkReusedError, MalformedChargeError: it can never be counted: nothing may be released.
        """
        require_sound(charge)
        return await _in_time(self._writer.submit(charge)) if self.is_needed(charge.purpose) else _FREE

    def charge_sync(self, charge: Charge) -> Charged:
        """`charge` for a thread without an event loop."""
        require_sound(charge)
        return _wait(self._writer.submit_sync(charge)) if self.is_needed(charge.purpose) else _FREE

    async def exhausted(self, pseudonyms: Sequence[str], at: dt.datetime) -> frozenset[str]:
        """Those of the subjects whose budget is spent already, so that their rows can be dropped where they arrive.

        What `charge` says later is what counts: others may have charged in between.

        Raises:
            LimitsUnavailableError: it is not known, or not in LATE_SECONDS: nothing may be released.
            MalformedChargeError: one of them is no pseudonym, or the time is naive.
        """
        require_pseudonyms(pseudonyms)
        day = day_of(at)
        if self._rules.budget is None or not pseudonyms:
            return frozenset()
        return await _in_time(asyncio.wrap_future(self._read(lambda: self._reader.exhausted(pseudonyms, day))))

    def exhausted_sync(self, pseudonyms: Sequence[str], at: dt.datetime) -> frozenset[str]:
        """`exhausted` for a thread without an event loop."""
        require_pseudonyms(pseudonyms)
        day = day_of(at)
        if self._rules.budget is None or not pseudonyms:
            return frozenset()
        return _wait(self._read(lambda: self._reader.exhausted(pseudonyms, day)))

    async def left(self, principal: str, purpose: str, at: dt.datetime) -> Left:
        """What is left of the principal's day for this purpose. Errors: see `exhausted`."""
        day = day_of(at)
        if not self._rules.bounds(purpose):
            return Left()
        return await _in_time(asyncio.wrap_future(self._read(lambda: self._reader.left(principal, purpose, day))))

    def left_sync(self, principal: str, purpose: str, at: dt.datetime) -> Left:
        """`left` for a thread without an event loop."""
        day = day_of(at)
        if not self._rules.bounds(purpose):
            return Left()
        return _wait(self._read(lambda: self._reader.left(principal, purpose, day)))

    def close(self) -> None:
        """Write what waits, and close. Charges fail from here on."""
        self._writer.close()
        self._reads.shutdown()
        self._reader.close()

    def _read(self, question: Callable[[], _T]) -> concurrent.futures.Future[_T]:
        """Ask the reader in its own thread: a disk that hangs must not hang an event loop."""
        try:
            return self._reads.submit(question)
        except RuntimeError:  # what an executor says after its shutdown
            raise LimitsUnavailableError("the limits are closed") from None


async def _in_time(future: asyncio.Future[_T]) -> _T:
    try:
        async with asyncio.timeout(LATE_SECONDS):
            return await future
    except TimeoutError:
        raise _late() from None


def _wait(future: concurrent.futures.Future[_T]) -> _T:
    try:
        return future.result(LATE_SECONDS)
    except TimeoutError:
        future.cancel()  # if the writer has not come to it yet, it never will
        raise _late() from None


def _late() -> LimitsUnavailableError:
    return LimitsUnavailableError(f"the limits did not answer within {LATE_SECONDS} s")
