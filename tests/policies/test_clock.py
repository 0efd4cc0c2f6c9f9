from __future__ import annotations

import datetime as dt
import threading
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.clock import SLEW, TOLERANCE, Clock, Moment, steady_seconds

BEGAN = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
HOUR, DAY = 3600.0, 86400.0


def after(seconds: float) -> dt.datetime:
    return BEGAN + dt.timedelta(seconds=seconds)


class Time:
    """A true time, and a wall clock that is off by `offset`. Seconds after BEGAN."""

    def __init__(self) -> None:
        self.true = 0.0
        self.offset = 0.0

    def wall(self) -> float:
        return BEGAN.timestamp() + self.true + self.offset

    def steady(self) -> float:
        return 5000.0 + self.true


@pytest.fixture
def true() -> Time:
    return Time()


@pytest.fixture
def clock(true: Time) -> Clock:
    return Clock(true.wall, true.steady)


def test_without_a_jump_it_is_what_the_wall_clock_says(true: Time, clock: Clock) -> None:
    assert clock.now() == Moment.exactly(BEGAN)
    true.true = 30 * DAY
    assert clock.earliest() == clock.latest() == after(30 * DAY)
    assert clock.jumped() == 0.0


@pytest.mark.parametrize(
    ("now", "inside"), [(HOUR - 0.001, False), (HOUR, True), (2 * HOUR - 0.001, True), (2 * HOUR, False)]
)
def test_a_right_holds_from_its_start_until_before_its_end(true: Time, clock: Clock, now: float, inside: bool) -> None:
    true.true = now
    assert clock.is_between(after(HOUR), after(2 * HOUR)) is inside
    assert clock.now().is_past(after(2 * HOUR)) is (now >= 2 * HOUR)


def test_a_jump_forward_opens_nothing_early_and_closes_what_the_wall_clock_ends(true: Time, clock: Clock) -> None:
    tomorrow, today = (after(DAY), after(2 * DAY)), (after(0), after(HOUR))
    assert clock.is_between(*today)
    true.offset = DAY
    assert not clock.is_between(*tomorrow)
    assert not clock.is_between(*today)
    assert clock.jumped() == pytest.approx(DAY)
    assert clock.earliest() == after(TOLERANCE)
    assert clock.latest() == after(DAY)


def test_a_jump_back_reopens_nothing_and_opens_nothing(true: Time, clock: Clock) -> None:
    ended = (after(0), after(HOUR))
    true.true = 2 * HOUR  # nobody asked while it ended
    true.offset = -1.5 * HOUR
    assert not clock.is_between(*ended)
    assert not clock.is_between(after(HOUR), after(3 * HOUR))
    assert clock.jumped() == pytest.approx(-1.5 * HOUR, abs=5.0)


def test_a_jump_forward_that_is_set_right_again_does_not_bring_back_what_it_ended(true: Time, clock: Clock) -> None:
    true.offset = DAY
    clock.now()
    true.offset = 0.0
    assert clock.jumped() == 0.0
    assert not clock.is_between(after(-HOUR), after(HOUR))
    assert clock.is_between(after(-HOUR), after(2 * DAY))


@pytest.mark.parametrize("offset", [-2.0, -0.5, 0.5, 2.0])
def test_a_small_correction_closes_nothing_that_has_not_ended(true: Time, clock: Clock, offset: float) -> None:
    true.true, true.offset = 100.0, offset
    assert clock.now() == Moment.exactly(after(100.0 + offset))


def test_drift_is_absorbed_and_a_jump_is_not(true: Time, clock: Clock) -> None:
    for hour in range(1, 24 * 30):
        true.true, true.offset = hour * HOUR, hour * HOUR * 200e-6  # 17 seconds a day
        assert abs(clock.jumped()) < 1e-3
    true.offset += HOUR
    true.true += DAY
    assert clock.jumped() == pytest.approx(HOUR - 300e-6 * DAY, abs=20.0)


def test_a_pause_of_five_minutes_is_absorbed_within_a_week(true: Time, clock: Clock) -> None:
    true.offset = 300.0  # the steady clock stood still as long
    assert clock.jumped() == pytest.approx(300.0)
    true.true += 7 * DAY
    assert clock.jumped() == 0.0


steps = st.lists(st.tuples(st.integers(0, 10_000), st.integers(-5_000, 5_000)), min_size=1, max_size=12)


@given(steps, st.integers(-10_000, 60_000), st.integers(1, 20_000))
def test_whatever_the_wall_clock_does_nothing_is_in_force_outside_its_true_time(
    moves: list[tuple[int, int]], start: int, length: int
) -> None:
    true = Time()
    clock = Clock(true.wall, true.steady)
    for passed, offset in moves:
        true.true += passed
        true.offset = offset
        if clock.is_between(after(start), after(start + length)):
            slack = TOLERANCE + SLEW * true.true + 1e-3
            assert start - slack <= true.true < start + length + slack


@given(steps, st.integers(0, 60_000))
def test_what_was_seen_to_end_never_comes_back(moves: list[tuple[int, int]], end: int) -> None:
    true = Time()
    clock = Clock(true.wall, true.steady)
    over = False
    for passed, offset in moves:
        true.true += passed
        true.offset = offset
        over = over or true.true + true.offset >= end
        assert not (over and clock.is_between(after(-DAY), after(end)))


@given(st.lists(st.tuples(st.integers(1, 10_000), st.integers(-1, 1)), min_size=1, max_size=12))
def test_while_the_clocks_agree_the_wall_clock_decides(moves: list[tuple[int, int]]) -> None:
    true = Time()
    clock = Clock(true.wall, true.steady)
    highest = true.wall()
    for passed, offset in moves:
        true.true += passed
        true.offset = offset
        highest = max(highest, true.wall())
        assert clock.earliest().timestamp() == pytest.approx(true.wall(), abs=1e-5)
        assert clock.latest().timestamp() == pytest.approx(highest, abs=1e-5)


def test_a_steady_clock_that_stumbles_back_moves_nothing_back() -> None:
    steady = [50.0]
    clock = Clock(BEGAN.timestamp, lambda: steady[0])
    steady[0] = 20.0
    assert clock.jumped() == 0.0
    assert clock.now() == Moment.exactly(BEGAN)


def test_many_threads_may_ask() -> None:
    clock = Clock()
    latest = list[list[dt.datetime]]()

    def ask() -> None:
        latest.append([clock.latest() for _ in range(500)])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(latest) == 4
    assert all(earlier <= later for seen in latest for earlier, later in pairwise(seen))


def test_a_machine_without_a_clock_that_counts_its_sleep_uses_the_monotonic_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert steady_seconds() <= steady_seconds()
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    before = time.monotonic()
    assert before <= steady_seconds() <= time.monotonic()
