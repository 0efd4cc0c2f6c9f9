from __future__ import annotations

import datetime as dt

import pytest

from policies.errors import ConditionError
from tests.support.rules import condition
from vocabulary.fetch import And, Compare, Op
from vocabulary.moment import CITY_ZONE
from vocabulary.values import Value

ADULT = condition("adult", "age", field="birthDate", atLeast=18)
CHILD = condition("child", "age", field="birthDate", below=14)
YOUTH = condition("youth", "age", field="birthDate", atLeast=14, below=28)


def noon(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, 12, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (dt.date(2008, 3, 2), True),  # eighteen today
        (dt.date(2008, 3, 3), False),
        (dt.date(1900, 1, 1), True),
        (dt.date(2030, 1, 1), False),
        (None, None),
        (noon(2000, 1, 1), None),
        ("2000-01-01", None),
        (20000101, None),
    ],
)
def test_an_age_is_reached_on_the_birthday(value: Value, expected: bool | None) -> None:
    assert ADULT.holds(value, "bureau", noon(2026, 3, 2)) is expected


def test_a_birthday_begins_at_midnight_in_the_city() -> None:
    born = dt.date(2008, 3, 2)
    assert ADULT.holds(born, "bureau", dt.datetime(2026, 3, 1, 15, 59, 59, 999_999, tzinfo=dt.UTC)) is False
    assert ADULT.holds(born, "bureau", dt.datetime(2026, 3, 1, 16, 0, tzinfo=dt.UTC)) is True


@pytest.mark.parametrize(
    ("at", "adult"),
    [
        (noon(2022, 2, 28), False),
        (noon(2022, 3, 1), True),  # no 29 February in 2022
        (noon(2024, 2, 28), True),
    ],
)
def test_who_is_born_on_the_29th_of_february_comes_of_age_on_1_march(at: dt.datetime, adult: bool) -> None:
    assert ADULT.holds(dt.date(2004, 2, 29), "bureau", at) is adult


def test_a_29th_of_february_is_the_day_after_the_28th_for_all_others() -> None:
    at = noon(2024, 2, 29)
    assert ADULT.holds(dt.date(2006, 2, 28), "bureau", at) is True
    assert ADULT.holds(dt.date(2006, 3, 1), "bureau", at) is False


def test_under_fourteen_ends_where_fourteen_begins() -> None:
    at = noon(2026, 3, 2)
    fourteen = condition("fourteen", "age", field="birthDate", atLeast=14)
    for born in (dt.date(2012, 3, day) for day in (1, 2, 3)):
        assert CHILD.holds(born, "bureau", at) is not fourteen.holds(born, "bureau", at)
    assert CHILD.holds(None, "bureau", at) is None


def test_from_and_below_are_a_half_open_interval() -> None:
    at = noon(2026, 3, 2)
    births = (dt.date(2012, 3, 3), dt.date(2012, 3, 2), dt.date(1998, 3, 3), dt.date(1998, 3, 2))
    assert [YOUTH.holds(born, "bureau", at) for born in births] == [False, True, True, False]
    assert YOUTH.predicate("b") == And((Compare("b", Op.LE, "youth.atLeast"), Compare("b", Op.GT, "youth.below")))
    assert YOUTH.bound("bureau", at) == {"youth.atLeast": dt.date(2012, 3, 2), "youth.below": dt.date(1998, 3, 2)}


def test_it_fits_days_alone() -> None:
    assert [scalar for scalar in ("Date", "DateTime", "String", "Int") if ADULT.fits(scalar)] == ["Date"]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"field": "f"}, "write atLeast or below, in years"),
        ({"field": "f", "atLeast": 18, "below": 18}, "nobody is at least 18 and below 18"),
        ({"field": "f", "atLeast": 18, "below": 14}, "nobody is at least 18 and below 14"),
        ({"field": "f", "atLeast": 0}, "write atLeast, a whole number from 1 to 150"),
        ({"field": "f", "below": 151}, "write below, a whole number from 1 to 150"),
        ({"field": "f", "atLeast": "18"}, "write atLeast, a whole number from 1 to 150"),
        ({"field": "f", "atLeast": True}, "write atLeast, a whole number from 1 to 150"),
        ({"atLeast": 18}, "write field, a text"),
    ],
)
def test_an_age_that_means_nothing_is_refused(parameters: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConditionError, match=f"^condition adult: {sentence}"):
        condition("adult", "age", **parameters)
