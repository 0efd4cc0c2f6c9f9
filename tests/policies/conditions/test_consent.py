from __future__ import annotations

import datetime as dt

import pytest

from tests.support.rules import condition
from vocabulary.condition import Condition
from vocabulary.values import Value

AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
GIVEN, UNOPPOSED = condition("agreed", "consent"), condition("unopposed", "no-objection")


@pytest.mark.parametrize(
    ("state", "given", "unopposed"),
    [(True, True, True), (False, False, False), (None, False, True), (1, False, True), ("yes", False, True)],
)
def test_consent_is_what_was_given_and_no_objection_what_was_not_refused(
    state: Value, given: bool, unopposed: bool
) -> None:
    assert GIVEN.holds(state, "bureau", AT) is given
    assert UNOPPOSED.holds(state, "bureau", AT) is unopposed


@pytest.mark.parametrize("one", [GIVEN, UNOPPOSED], ids=["consent", "no-objection"])
def test_no_source_can_be_asked_about_it(one: Condition) -> None:
    assert one.field is None
    assert one.predicate("consent") is None
    assert one.bound("bureau", AT) == {}
    assert not any(one.fits(scalar) for scalar in ("String", "Boolean", "Date"))
