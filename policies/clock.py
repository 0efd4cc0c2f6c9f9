"""What time it is, for rights that begin and end by themselves: a moment is a span, and it counts only as a whole.

The wall clock alone can be set. Set forward, it would open what begins tomorrow; set back, it would reopen what ended
yesterday. A steady clock can't be set, but knows no date. So both are asked: `expected` is the wall clock when the
process started, plus the time that has passed since by the steady clock, and

    earliest = min(wall, expected + 2 s)
    latest   = max(highest wall ever seen, expected - 2 s)

A right is in force where start <= earliest and latest < end. After a jump forward, `earliest` stays behind at
`expected`: nothing opens early. After a jump back, `latest` stays ahead: nothing that ended comes back. What is in
force may close early by as much as the clocks disagree, until they agree again: that is the safe side.

The two seconds: time services also correct by small steps, and a leap second is a step of one. While the clocks
disagree by no more than that, the wall clock alone decides, and a correction by half a second back closes nothing half
a second early. The price is that a clock set by hand can open or reopen a right for at most two seconds.

Clocks also drift apart without any jump: not every steady clock is disciplined, and one in a virtual machine stands
still while its host holds it. So `expected` follows the wall clock, by at most 500 ppm of the time that passed, the
fastest that NTP ever slews a clock (RFC 5905; adjtime). Any drift of real clocks is absorbed so, a pause of five
minutes within a week; a jump of a day counts against the rights for more than five years, or until the process is
started again.

What this can't tell: that the wall clock was already wrong when the process started. Whoever may set the clock and
start the process may choose the time.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

TOLERANCE: Final = 2.0
"""Seconds by which the clocks may disagree before it counts."""
SLEW: Final = 500e-6
"""Seconds by which `expected` follows the wall clock, per second that passed."""


def steady_seconds() -> float:
    """Seconds by a clock that nobody can set, and that counts while the machine sleeps, where there is such a one."""
    boot_time: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # Linux alone has it
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, as a span: it may be as early as `earliest` and as late as `latest` (both aware)."""

    earliest: dt.datetime
    latest: dt.datetime

    @classmethod
    def exactly(cls, at: dt.datetime) -> Moment:
        """A moment that is not in doubt, as of a question about the past."""
        return cls(at, at)

    def is_between(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether all of it lies at or after `start` and before `end`."""
        return start <= self.earliest and self.latest < end

    @property
    def is_doubtful(self) -> bool:
        """Whether the clocks disagree by more than services of time correct: somebody has set one of them."""
        return self.latest - self.earliest > dt.timedelta(seconds=TOLERANCE)

    def is_past(self, end: dt.datetime) -> bool:
        """Whether some of it lies at or after `end`: what ends then is over."""
        return end <= self.latest


class Clock:
    """The time of one process; make one when it starts. Safe to ask from many threads.

    `wall` gives seconds since 1970 in UTC, `steady` seconds since any fixed point that never jump.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = steady_seconds) -> None:
        self._wall = wall
        self._steady = steady
        self._lock = threading.Lock()
        self._read_at = steady()
        self._expected = self._highest = wall()

    def now(self) -> Moment:
        """Both bounds of one reading: what every judgement about a time-limited right takes."""
        with self._lock:
            wall = self._look()
            earliest = min(wall, self._expected + TOLERANCE)
            latest = max(self._highest, self._expected - TOLERANCE)
        at = _moment(earliest)
        return Moment(at, at if latest == earliest else _moment(latest))

    def earliest(self) -> dt.datetime:
        """The earliest that it may be (UTC): the time to record for an act that opens something."""
        return self.now().earliest

    def latest(self) -> dt.datetime:
        """The latest that it may be (UTC)."""
        return self.now().latest

    def is_between(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether a right from `start` (inclusive) to `end` (exclusive), both aware, is in force now."""
        return self.now().is_between(start, end)

    def jumped(self) -> float:
        """Seconds by which the wall clock is ahead of what was expected; behind: negative. For a metric."""
        with self._lock:
            return self._look() - self._expected

    def _look(self) -> float:
        """Read both clocks, move `expected` on, and give the wall clock."""
        steady, wall = self._steady(), self._wall()
        passed = max(steady - self._read_at, 0.0)
        self._read_at = steady
        self._expected += passed
        self._expected += min(max(wall - self._expected, -SLEW * passed), SLEW * passed)
        self._highest = max(self._highest, wall)
        return wall


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
