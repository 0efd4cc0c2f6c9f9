from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.limits.errors import MalformedChargeError
from policies.limits.rules import Rules, Tally, day_of, exceeded, left_under
from vocabulary.limits import Left, PrincipalLimit, SubjectBudget

CARE = PrincipalLimit("care", rows=10, subjects=None, probes=2)
ANY = PrincipalLimit("any", rows=3, subjects=1, probes=1)
BOUNDS = st.none() | st.integers(0, 20)
COUNTS = st.builds(Tally, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))


def test_any_holds_where_a_purpose_has_no_limit_of_its_own() -> None:
    rules = Rules((ANY, CARE), None)
    assert rules.of("care") == CARE
    assert rules.of("audit") == ANY


def test_of_two_limits_for_one_purpose_the_stricter_bounds_hold() -> None:
    rules = Rules((CARE, PrincipalLimit("care", rows=20, subjects=5, probes=1)), None)
    assert rules.of("care") == PrincipalLimit("care", rows=10, subjects=5, probes=1)


@pytest.mark.parametrize(
    ("limits", "budget", "care", "audit"),
    [
        ((), None, False, False),
        ((PrincipalLimit("care"), PrincipalLimit("any")), None, False, False),
        ((CARE,), None, True, False),
        ((PrincipalLimit("care"), ANY), None, False, True),
        ((), SubjectBudget(1, 1), True, True),
    ],
)
def test_only_purposes_that_something_bounds_need_a_charge(
    limits: tuple[PrincipalLimit, ...], budget: SubjectBudget | None, care: bool, audit: bool
) -> None:
    rules = Rules(limits, budget)
    assert (rules.is_needed("care"), rules.is_needed("audit")) == (care, audit)
    assert rules.is_empty is not (care or audit)


@given(bounds=st.tuples(BOUNDS, BOUNDS, BOUNDS), used=COUNTS, more=COUNTS)
def test_what_is_within_all_bounds_is_never_exceeded_and_nothing_else_passes(
    bounds: tuple[int | None, int | None, int | None], used: Tally, more: Tally
) -> None:
    limit = PrincipalLimit("care", *bounds)
    left = left_under(limit, used)
    fits = all(
        rest is None or added <= rest
        for rest, added in ((left.rows, more.rows), (left.subjects, more.subjects), (left.probes, more.probes))
    )
    assert (exceeded(limit, used, more) is None) is fits


def test_the_first_measure_that_is_exceeded_is_named() -> None:
    assert exceeded(CARE, Tally(rows=10), Tally(rows=1, probes=9)) == "rows"
    assert exceeded(CARE, Tally(rows=10), Tally(probes=3)) == "probes"
    assert exceeded(ANY, Tally(), Tally(subjects=2)) == "subjects"


def test_a_bound_that_was_lowered_leaves_nothing_and_not_less() -> None:
    assert left_under(CARE, Tally(rows=11, subjects=7, probes=2)) == Left(rows=0, subjects=None, probes=0)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-24T15:59:59+00:00", "2026-11-24"),
        ("2026-11-24T16:00:00+00:00", "2026-11-25"),
        ("2026-11-25T00:00:00+08:00", "2026-11-25"),
        ("2026-11-24T11:00:00-05:00", "2026-11-25"),
    ],
)
def test_a_day_is_the_citys_calendar_day(moment: str, day: str) -> None:
    assert day_of(dt.datetime.fromisoformat(moment)) == dt.date.fromisoformat(day).toordinal()


def test_a_naive_time_lies_on_no_day() -> None:
    with pytest.raises(MalformedChargeError, match="aware"):
        day_of(dt.datetime(2026, 11, 24))  # noqa: DTZ001  (what is refused)
