"""One thread that commits together whatever charges wait when it comes round (group commit, without a timer)."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from policies.limits.errors import LimitsError, LimitsUnavailableError
from policies.limits.store import Store
from vocabulary.limits import Charge, Charged

RETRY_SECONDS: Final = 1.0
"""How often counters that failed are tried again when nobody charges."""
MAX_WAITING: Final = 200_000
"""Subjects (and charges) that wait at most. Whoever comes then is refused."""
BATCH: Final = 5_000
"""Subjects (and charges) of one transaction, unless one charge alone has more: some 50 ms of the lock."""

_Future: TypeAlias = "asyncio.Future[Charged] | concurrent.futures.Future[Charged]"
_Outcome: TypeAlias = Charged | LimitsError


@dataclass(frozen=True, slots=True)
class _Waiter:
    """A charge and who waits for it: a future of `loop`, or of a thread when that is None."""

    charge: Charge
    future: _Future
    loop: asyncio.AbstractEventLoop | None

    def __len__(self) -> int:
        return 1 + len(self.charge.subjects)

    def is_wanted(self) -> bool:
        """Whether anybody still waits; from here on a thread cannot take its charge back."""
        if isinstance(self.future, concurrent.futures.Future):
            return self.future.set_running_or_notify_cancel()
        return not self.future.cancelled()


class Writer:
    """Owns an open store. May be given charges from any thread and event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = threading.Condition()
        self._waiting: list[_Waiter] = []
        self._count = 0
        self._ready = True
        self._closed = False
        self._thread = threading.Thread(target=self._write_batches, name="limits-writer", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether a charge would be tried on a sound store: False from a failure until it is open again."""
        return self._ready and not self._closed

    def submit(self, charge: Charge) -> asyncio.Future[Charged]:
        """Queue a charge of the running event loop. LimitsUnavailableError: closed, or too many wait."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Charged] = loop.create_future()
        self._submit(_Waiter(charge, future, loop))
        return future

    def submit_sync(self, charge: Charge) -> concurrent.futures.Future[Charged]:
        """`submit` for a thread without an event loop."""
        future: concurrent.futures.Future[Charged] = concurrent.futures.Future()
        self._submit(_Waiter(charge, future, None))
        return future

    def close(self) -> None:
        """Write what waits, and close the store."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _submit(self, waiter: _Waiter) -> None:
        with self._wake:
            if self._closed:
                raise LimitsUnavailableError("the limits are closed")
            if self._count + len(waiter) > MAX_WAITING and self._waiting:
                raise LimitsUnavailableError("too many charges wait for the limits")
            self._waiting.append(waiter)
            self._count += len(waiter)
            self._wake.notify()

    def _write_batches(self) -> None:
        """The thread: until closed, commit what waits; when nothing does, delete old days, or try a failed store."""
        while True:
            with self._wake:
                if not (self._waiting or self._closed) and self._is_at_rest():
                    self._wake.wait(None if self._ready else RETRY_SECONDS)
                batch = self._next_batch()
                closed = self._closed
            if batch:
                _settle(zip(batch, self._outcomes(batch), strict=True))
            elif closed:
                self._store.close()
                return
            elif not self._ready or not self._is_at_rest():
                self._outcomes(())

    def _is_at_rest(self) -> bool:
        return self._store.is_clean or not self._ready

    def _next_batch(self) -> list[_Waiter]:
        """Take up to BATCH of what waits, the oldest first; who has given up meanwhile is charged nothing."""
        size = taken = 0
        for waiter in self._waiting:
            size += len(waiter)
            if taken and size > BATCH:
                break
            taken += 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._count = sum(map(len, self._waiting))
        return [waiter for waiter in batch if waiter.is_wanted()]

    def _outcomes(self, batch: Sequence[_Waiter]) -> Sequence[_Outcome]:
        try:
            outcomes = self._store.charge([waiter.charge for waiter in batch])
        except Exception as error:  # noqa: BLE001  (whatever it is: a writer that dies leaves everyone waiting)
            self._ready = False
            reason = str(error) if isinstance(error, LimitsError) else f"the writer failed: {type(error).__name__}"
            return [LimitsUnavailableError(reason) for _ in batch]
        self._ready = True
        return outcomes


def _settle(outcomes: Iterable[tuple[_Waiter, _Outcome]]) -> None:
    """Hand each outcome to its waiter: one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[_Future, _Outcome]]] = {}
    for waiter, outcome in outcomes:
        by_loop.setdefault(waiter.loop, []).append((waiter.future, outcome))
    for loop, pairs in by_loop.items():
        if loop is None:
            _resolve(pairs)
            continue
        try:
            loop.call_soon_threadsafe(_resolve, pairs)
        except RuntimeError:
            continue  # the loop is closed, and nobody in it waits any more


def _resolve(pairs: Iterable[tuple[_Future, _Outcome]]) -> None:
    for future, outcome in pairs:
        if future.done():
            continue  # gave up while it waited; its neighbours still get theirs
        if isinstance(outcome, Charged):
            future.set_result(outcome)
        else:
            future.set_exception(outcome)
