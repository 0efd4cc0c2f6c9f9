"""A clock that a test moves: the exchange's own, set ahead, so that nobody waits for an hour to pass."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from policies.clock import Clock, steady_seconds


class MovedClock:
    """What moves one clock. `pass_` lets time pass by both clocks; `set_wall` sets the wall clock alone, as a hand does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._passed = self._set = 0.0
        clock._wall, clock._steady = self._wall, self._steady

    def pass_(self, seconds: float) -> None:
        self._passed += seconds

    def set_wall(self, seconds: float) -> None:
        self._set += seconds

    def _wall(self) -> float:
        return time.time() + self._passed + self._set

    def _steady(self) -> float:
        return steady_seconds() + self._passed


@contextlib.contextmanager
def moved(clock: Clock) -> Iterator[MovedClock]:
    """Move a clock; afterwards it is as if nothing had been."""
    before: dict[str, float | Callable[[], float]] = {
        name: getattr(clock, name) for name in ("_wall", "_steady", "_read_at", "_expected", "_highest")
    }
    try:
        yield MovedClock(clock)
    finally:
        for name, value in before.items():
            setattr(clock, name, value)
