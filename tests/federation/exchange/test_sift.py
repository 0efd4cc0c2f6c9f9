from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from federation.exchange.sift import bounds, ordered, sifted
from tests.support.predicates import holds
from vocabulary.fetch import ALWAYS, NEVER, And, Compare, IsNull, Not, Op, Or, Order, Predicate, Values, Within
from vocabulary.values import Value

CELLS = st.sampled_from([None, "", "a", "ab", "b", "310115", "31"])
ROWS = st.lists(st.fixed_dictionaries({"x": CELLS, "y": CELLS}), max_size=6)
VALUES: Values = {"null": None, "a": "a", "some": ("a", "b"), "none": (), "codes": ("31", "a")}
FIELDS = st.sampled_from(["x", "y"])
COMPARISONS = st.builds(
    lambda field, op, slot: Compare(field, op, "some" if op is Op.IN else slot),
    FIELDS,
    st.sampled_from(list(Op)),
    st.sampled_from(["a", "null"]),
)
PREDICATES: st.SearchStrategy[Predicate] = st.recursive(
    st.one_of(
        COMPARISONS,
        FIELDS.map(IsNull),
        st.builds(Within, FIELDS, st.sampled_from(["codes", "none"])),
        st.builds(lambda field, slot: Compare(field, Op.IN, slot), FIELDS, st.sampled_from(["some", "none"])),
        st.sampled_from([ALWAYS, NEVER]),
    ),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)


@given(ROWS, PREDICATES)
def test_rows_are_sifted_as_the_definition_says(rows: list[dict[str, Value]], where: Predicate) -> None:
    assert list(sifted(rows, where, VALUES)) == [row for row in rows if holds(where, row, VALUES) is True]


@given(ROWS, PREDICATES)
def test_no_row_that_is_kept_lies_outside_the_bounds(rows: list[dict[str, Value]], where: Predicate) -> None:
    known = bounds(where, "x", VALUES)
    assert known is None or {row["x"] for row in sifted(rows, where, VALUES)} <= known


def test_bounds_are_found_through_and_and_or() -> None:
    mine, other = Compare("x", Op.EQ, "a"), Compare("y", Op.EQ, "a")
    assert bounds(And((other, Or((And((mine, other)), And((other, mine)))))), "x", VALUES) == frozenset[Value](("a",))
    assert bounds(Or((mine, Compare("x", Op.IN, "some"))), "x", VALUES) == frozenset[Value](("a", "b"))
    assert bounds(NEVER, "x", VALUES) == frozenset()
    for where in (ALWAYS, other, Or((mine, other)), Not(mine), Compare("x", Op.GE, "a")):
        assert bounds(where, "x", VALUES) is None


@given(ROWS)
def test_null_is_the_smallest_and_what_is_equal_stays_as_it_was(rows: list[dict[str, Value]]) -> None:
    found = ordered(rows, (Order("x", descending=True), Order("y")))
    keys = [((row["x"] is not None, row["x"] or ""), (row["y"] is not None, row["y"] or "")) for row in found]
    for (first, second), (after, later) in pairwise(keys):
        assert first > after or (first == after and second <= later)
    assert ordered(rows, ()) == rows
