from __future__ import annotations

import datetime as dt

import pytest

from policies.errors import ConditionError
from tests.support.rules import condition
from vocabulary.fetch import Compare, Op
from vocabulary.values import Value

AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
MINE = condition("mine", "organisation", field="owner")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("bureau", True), ("eatwell", False), ("Bureau", False), ("bureau ", False), ("", False), (None, None), (7, None)],
)
def test_the_record_is_the_askers_own(value: Value, expected: bool | None) -> None:
    assert MINE.holds(value, "bureau", AT) is expected


def test_it_is_asked_of_the_source_as_equality() -> None:
    assert MINE.predicate("owner") == Compare("owner", Op.EQ, "mine.own")
    assert MINE.bound("bureau", AT) == {"mine.own": "bureau"}
    assert MINE.field == "owner"
    assert MINE.fits("String")
    assert not MINE.fits("Int")


@pytest.mark.parametrize("parameters", [{}, {"field": ""}, {"field": None}, {"field": ["owner"]}])
def test_a_field_must_be_named(parameters: dict[str, object]) -> None:
    with pytest.raises(ConditionError, match="condition mine: write field, a text"):
        condition("mine", "organisation", **parameters)
