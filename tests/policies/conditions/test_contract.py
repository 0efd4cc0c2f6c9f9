"""What every kind of condition is held to: above all, a source asked and the rows judged on arrival say the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.conditions import CONDITIONS, make_condition
from policies.conditions.making import Makes
from policies.errors import ConditionError
from tests.support.predicates import holds
from tests.support.rules import condition
from vocabulary.condition import Condition, ConditionDeclaration
from vocabulary.fetch import Predicate, Values
from vocabulary.moment import CITY_ZONE
from vocabulary.values import SCALARS, Value

_FIRST = dt.datetime(1999, 1, 1, tzinfo=dt.UTC)
moments = st.builds(
    lambda microseconds, zone: (_FIRST + dt.timedelta(microseconds=microseconds)).astimezone(zone),
    st.integers(0, 10**6 * 86_400 * 36_500),
    st.sampled_from([dt.UTC, CITY_ZONE]),
)
days = st.dates(dt.date(1900, 1, 1), dt.date(2101, 1, 1))
years = st.integers(1, 150)
texts = st.text(max_size=3)
values_of = st.one_of(
    st.lists(texts, min_size=1, max_size=3),
    st.lists(st.integers(-3, 3), min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=1, max_size=2),
)
ages = st.one_of(
    st.fixed_dictionaries({"atLeast": years}),
    st.fixed_dictionaries({"below": years}),
    st.tuples(years, years)
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: {"atLeast": pair[0], "below": pair[1]}),
)
windows = st.one_of(
    st.fixed_dictionaries({"hours": st.integers(1, 100_000)}), st.fixed_dictionaries({"days": st.integers(1, 4_000)})
)
PARAMETERS: dict[str, st.SearchStrategy[Mapping[str, object]]] = {
    "organisation": st.just({"field": "f"}),
    "value": values_of.map(lambda values: {"field": "f", "values": values}),
    "not-older": windows.map(lambda window: {"field": "f", **window}),
    "age": ages.map(lambda bounds: {"field": "f", **bounds}),
    "consent": st.just({}),
    "no-objection": st.just({}),
}
CELLS: dict[str, st.SearchStrategy[Value]] = {
    "String": texts,
    "Int": st.integers(-3, 3),
    "Float": st.floats(allow_nan=False),
    "Boolean": st.booleans(),
    "Date": days,
    "DateTime": moments,
}
conditions = st.sampled_from([one.kind for one in CONDITIONS]).flatmap(
    lambda kind: PARAMETERS[kind].map(lambda given: make_condition(ConditionDeclaration("c", kind, given)))
)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Condition, Value, dt.datetime]:
    """A condition, a cell of a scalar that it fits (or null), and a moment; days and moments lie near one another."""
    made, at = draw(conditions), draw(moments)
    fitting = [scalar for scalar in SCALARS if made.fits(scalar)]
    cells: list[st.SearchStrategy[Value]] = [st.none(), *(CELLS[scalar] for scalar in fitting)]
    for edge in made.bound("bureau", at).values():  # the very edge, and what lies right beside it
        if isinstance(edge, dt.date):
            step = dt.timedelta(microseconds=1) if isinstance(edge, dt.datetime) else dt.timedelta(days=1)
            cells.append(st.sampled_from([edge - step, edge, edge + step]))
        elif isinstance(edge, str | int):
            cells.append(st.just(edge))
    return made, draw(st.one_of(cells)), at


def slots(where: Predicate) -> set[str]:
    """The slots that a predicate names."""
    inner = getattr(where, "parts", ()) or [part for part in [getattr(where, "part", None)] if part is not None]
    own = {slot} if (slot := getattr(where, "slot", None)) is not None else set()
    return own.union(*(slots(part) for part in inner))


@given(judged(), st.sampled_from(["bureau", "", "f"]))
def test_pushed_to_a_source_it_says_what_it_says_on_arrival(
    drawn: tuple[Condition, Value, dt.datetime], organisation: str
) -> None:
    made, value, at = drawn
    if made.field is None:
        assert made.predicate("f") is None
        return
    predicate = made.predicate("g")
    assert predicate is not None
    bound: Values = made.bound(organisation, at)
    assert holds(predicate, {"g": value}, bound) == made.holds(value, organisation, at)


@given(conditions, moments)
def test_its_slots_are_bound_and_are_its_own(made: Condition, at: dt.datetime) -> None:
    bound = made.bound("bureau", at)
    predicate = made.predicate("f")
    assert (set() if predicate is None else slots(predicate)) == set(bound)
    assert all(slot.startswith("c.") for slot in bound)


@given(conditions, moments)
def test_a_null_is_unknown_and_so_is_a_value_of_another_type(made: Condition, at: dt.datetime) -> None:
    strangers: dict[str, Value] = {
        "String": "310115",
        "Int": 1,
        "Float": 0.5,
        "Boolean": True,
        "Date": dt.date(2020, 2, 29),
        "DateTime": dt.datetime(2020, 2, 29, tzinfo=dt.UTC),
    }
    if made.field is None:
        return
    assert made.holds(None, "bureau", at) is None
    for scalar, value in strangers.items():
        if not made.fits(scalar):
            assert made.holds(value, "bureau", at) is None, scalar


@given(conditions)
def test_a_condition_is_a_value(made: Condition) -> None:
    assert hash(made) == hash(made)
    assert made.name == "c"
    assert any(made.fits(scalar) for scalar in SCALARS) is (made.field is not None)
    assert not made.fits("ID")


@pytest.mark.parametrize("kind", CONDITIONS, ids=lambda kind: str(kind.kind))
def test_a_parameter_that_a_kind_does_not_have_is_refused(kind: Makes) -> None:
    known = PARAMETERS[kind.kind]

    @given(known)
    def refuse(parameters: Mapping[str, object]) -> None:
        with pytest.raises(ConditionError, match=r"^condition c: 'filed' is no parameter of its kind, which takes "):
            make_condition(ConditionDeclaration("c", kind.kind, {**parameters, "filed": "f"}))

    refuse()


def test_kinds_have_names_of_their_own() -> None:
    kinds = [one.kind for one in CONDITIONS]
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) == set(PARAMETERS)


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConditionError, match=r"condition c: 'vlaue' is no kind of condition; write one of .*value"):
        condition("c", "vlaue")
