from __future__ import annotations

import datetime as dt

import pytest

from policies.errors import ConditionError
from tests.support.rules import condition
from vocabulary.condition import Condition
from vocabulary.fetch import Compare, Op, Or
from vocabulary.values import Value

AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
OPEN = condition("open", "value", field="status", values=["new", "open"])
ONE = condition("one", "value", field="level", values=[1])
ALONE = condition("alone", "value", field="livesAlone", values=[True])


@pytest.mark.parametrize(
    ("value", "expected"),
    [("new", True), ("open", True), ("New", False), ("closed", False), ("", False), (None, None), (1, None)],
)
def test_the_record_has_one_of_the_texts(value: Value, expected: bool | None) -> None:
    assert OPEN.holds(value, "bureau", AT) is expected


def test_true_and_one_are_two_values() -> None:
    assert [ONE.holds(value, "bureau", AT) for value in (1, 0, True, 1.0, "1")] == [True, False, None, None, None]
    assert [ALONE.holds(value, "bureau", AT) for value in (True, False, 1, "true")] == [True, False, None, None]


@pytest.mark.parametrize(("made", "scalar"), [(OPEN, "String"), (ONE, "Int"), (ALONE, "Boolean")])
def test_it_fits_the_type_of_its_values_alone(made: Condition, scalar: str) -> None:
    assert [one for one in ("String", "Int", "Float", "Boolean", "Date", "DateTime") if made.fits(one)] == [scalar]


def test_it_is_asked_of_the_source_value_by_value() -> None:
    assert OPEN.predicate("status") == Or((Compare("status", Op.EQ, "open.0"), Compare("status", Op.EQ, "open.1")))
    assert OPEN.bound("bureau", AT) == {"open.0": "new", "open.1": "open"}
    assert ONE.predicate("level") == Compare("level", Op.EQ, "one.0")


@pytest.mark.parametrize(
    "values",
    [None, "open", [], ["x"] * 101, ["1", 1], [1, True], [0.5], [None], [dt.date(2026, 3, 1)], [["x"]], {"x": 1}],
)
def test_values_are_some_of_one_simple_type(values: object) -> None:
    with pytest.raises(ConditionError, match=r"^condition open: (write values, a list|values are texts)"):
        condition("open", "value", field="status", values=values)


def test_a_field_must_be_named() -> None:
    with pytest.raises(ConditionError, match="condition open: write field, a text"):
        condition("open", "value", values=["new"])
