from __future__ import annotations

import datetime as dt

import pytest

from policies.errors import ConditionError
from tests.support.rules import condition
from vocabulary.fetch import Compare, Op
from vocabulary.moment import CITY_ZONE
from vocabulary.values import Value

AT = dt.datetime(2026, 3, 1, 16, 30, tzinfo=dt.UTC)  # half past midnight of 2 March in the city
HOURS = condition("fresh", "not-older", field="seenAt", hours=24)
TODAY = condition("today", "not-older", field="day", days=1)
MICROSECOND = dt.timedelta(microseconds=1)
DAY_AGO = AT - dt.timedelta(hours=24)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (DAY_AGO, True),
        (DAY_AGO - MICROSECOND, False),
        (DAY_AGO.astimezone(CITY_ZONE), True),
        ((DAY_AGO - MICROSECOND).astimezone(CITY_ZONE), False),
        (AT, True),
        (AT + dt.timedelta(days=365), True),  # ahead of our clock is not older
        (None, None),
        (dt.date(2026, 3, 2), None),
        ("2026-03-02T00:00:00Z", None),
    ],
)
def test_a_moment_lies_in_the_last_hours(value: Value, expected: bool | None) -> None:
    assert HOURS.holds(value, "bureau", AT) is expected


def test_a_moment_of_no_zone_is_unknown_and_no_crash() -> None:
    """No connector hands one over; if one did, a row would be withheld and no answer would fail."""
    assert HOURS.holds(dt.datetime(2026, 3, 2), "bureau", AT) is None  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (dt.date(2026, 3, 2), True),
        (dt.date(2026, 3, 1), False),
        (dt.date(2026, 3, 3), True),
        (None, None),
        (AT, None),
        ("2026-03-02", None),
    ],
)
def test_a_day_is_the_citys(value: Value, expected: bool | None) -> None:
    assert TODAY.holds(value, "bureau", AT) is expected


@pytest.mark.parametrize(
    ("at", "edge"),
    [
        (dt.datetime(2026, 3, 1, 15, 59, 59, 999_999, tzinfo=dt.UTC), dt.date(2026, 3, 1)),
        (dt.datetime(2026, 3, 1, 16, 0, tzinfo=dt.UTC), dt.date(2026, 3, 2)),  # midnight in Asia/Shanghai
        (dt.datetime(2026, 3, 2, 0, 0, tzinfo=CITY_ZONE), dt.date(2026, 3, 2)),
    ],
)
def test_a_day_turns_at_midnight_in_the_city(at: dt.datetime, edge: dt.date) -> None:
    assert TODAY.bound("bureau", at) == {"today.edge": edge}
    assert TODAY.holds(edge, "bureau", at) is True
    assert TODAY.holds(edge - dt.timedelta(days=1), "bureau", at) is False


def test_days_count_today_and_go_over_the_29th_of_february() -> None:
    three = condition("three", "not-older", field="day", days=3)
    at = dt.datetime(2024, 3, 2, 12, tzinfo=CITY_ZONE)
    assert three.bound("bureau", at) == {"three.edge": dt.date(2024, 2, 29)}
    assert three.holds(dt.date(2024, 2, 29), "bureau", at) is True
    assert three.holds(dt.date(2024, 2, 28), "bureau", at) is False


def test_it_fits_what_it_was_declared_for() -> None:
    assert [scalar for scalar in ("Date", "DateTime", "String") if HOURS.fits(scalar)] == ["DateTime"]
    assert [scalar for scalar in ("Date", "DateTime", "String") if TODAY.fits(scalar)] == ["Date"]
    assert HOURS.predicate("seenAt") == Compare("seenAt", Op.GE, "fresh.edge")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"field": "f"}, "write hours for a DateTime, or days for a Date"),
        ({"field": "f", "hours": 1, "days": 1}, "write hours for a DateTime, or days for a Date"),
        ({"field": "f", "hours": 0}, "write hours, a whole number from 1 to"),
        ({"field": "f", "hours": 1.5}, "write hours, a whole number from 1 to"),
        ({"field": "f", "hours": "24"}, "write hours, a whole number from 1 to"),
        ({"field": "f", "hours": True}, "write hours, a whole number from 1 to"),
        ({"field": "f", "days": -1}, "write days, a whole number from 1 to"),
        ({"field": "f", "days": 10**9}, "write days, a whole number from 1 to"),
        ({"hours": 24}, "write field, a text"),
    ],
)
def test_a_window_that_means_nothing_is_refused(parameters: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConditionError, match=f"^condition fresh: {sentence}"):
        condition("fresh", "not-older", **parameters)
