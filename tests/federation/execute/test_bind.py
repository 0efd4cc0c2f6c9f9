from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.document.operation import Field
from federation.document.structure import Item
from federation.errors import Code, Refusal
from federation.execute.bind import _areas, _common, resume
from federation.plan.nodes import Page
from vocabulary.fetch import ALWAYS, And, Compare, Fetch, IsNull, Not, Op, Or, Order, Predicate, Within
from vocabulary.values import Value

Row = dict[str, int | None]
FIELD = Field("list", "list", (), "List", many=False)
values = st.one_of(st.none(), st.integers(0, 2))


def key(row: Row, order: tuple[Order, ...]) -> tuple[tuple[int, int], ...]:
    """Null is the smallest value; descending turns both round."""
    keys = []
    for term in order:
        value = row[term.field]
        rank = (0, 0) if value is None else (1, value)
        keys.append((-rank[0], -rank[1]) if term.descending else rank)
    return tuple(keys)


def holds(where: Predicate, row: Row, bound: dict[str, Item]) -> bool | None:
    match where:
        case And(parts):
            answers = [holds(part, row, bound) for part in parts]
            return False if False in answers else None if None in answers else True
        case Or(parts):
            answers = [holds(part, row, bound) for part in parts]
            return True if True in answers else None if None in answers else False
        case Not(part):
            answer = holds(part, row, bound)
            return None if answer is None else not answer
        case IsNull(field):
            return row[field] is None
        case Compare(field, op, slot):
            left, right = row[field], bound[slot]
            if left is None or not isinstance(right, int):
                return None
            return {Op.EQ: left == right, Op.LT: left < right, Op.GT: left > right}[op]
        case Within():
            raise AssertionError


@given(
    st.lists(st.tuples(values, values), min_size=1, max_size=8),
    st.booleans(),
    st.booleans(),
    st.integers(0, 7),
)
def test_the_next_page_is_exactly_what_follows(
    cells: list[tuple[int | None, int | None]], down: bool, up: bool, at: int
) -> None:
    rows: list[Row] = [{"a": a, "b": b, "id": number} for number, (a, b) in enumerate(cells)]
    order = (Order("a", descending=down), Order("b", descending=up), Order("id"))
    rows.sort(key=lambda row: key(row, order))
    last = rows[at % len(rows)]
    bound: dict[str, Item] = {}
    page = Page(None, 0, order, FIELD)
    after: list[Value] = [last[term.field] for term in order]
    fetch = resume(Fetch("List", (), where=ALWAYS, order=order, limit=True), page, after, bound, "p")
    following = [row for row in rows if holds(fetch.where, row, bound) is True]
    assert following == list(itertools.islice(rows, rows.index(last) + 1, None))
    assert fetch.limit
    assert fetch.order == order


codes = st.sampled_from(("31", "310115", "310104", "310115016", "310115016003", "310115016004", "310115016003001"))


@given(st.lists(st.lists(codes, max_size=3).map(tuple), min_size=1, max_size=3), codes)
def test_what_several_lists_have_in_common_holds_what_each_of_them_holds(
    lists: list[tuple[str, ...]], area: str
) -> None:
    common = _common(list(lists))
    assert any(map(area.startswith, common)) == all(any(map(area.startswith, codes)) for codes in lists)


def test_areas_are_normalised_and_others_refused() -> None:
    assert _areas(("310115000000", "31")) == ("310115", "31")
    with pytest.raises(Refusal) as caught:
        _areas(("3101",))
    assert caught.value.code is Code.ARGUMENT_INVALID
    assert "3101," not in caught.value.message
