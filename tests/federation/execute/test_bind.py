from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.document.operation import Field
from federation.document.structure import Item
from federation.errors import Code, Refusal
from federation.execute.bind import _areas, _common, bind, resume
from federation.execute.book import MaskBook
from federation.keys import KeyRing
from federation.plan.nodes import Page
from tests.support.planning import plan_of
from tests.support.predicates import holds
from tests.support.rules import AT
from vocabulary.area import Area
from vocabulary.fetch import ALWAYS, Fetch, Order
from vocabulary.rows import Asker, Tie
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


def policy(rows: str) -> str:
    return f"p, any, {rows}, Resident.name, read, any, any, allow, plain\n"


def bound(rows: str, asker: Asker) -> dict[str, Item]:
    """What is bound for a list under one line."""
    plan = plan_of("{ residents { nodes { name } } }", policy=policy(rows))
    return bind(plan, (20,), asker, MaskBook({}, KeyRing(b"k" * 32)), dt.date(2026, 3, 2))


def test_the_words_of_rules_are_bound_to_what_belongs_to_the_asker() -> None:
    own, emergency = (Area("310115"), Area("310115016003")), (Area("310104"),)
    values = bound("own", Asker("bureau", own, emergency, at=AT))
    assert values["own"] == ("310115", "310115016003")
    assert values["emergency"] == ("310104",)
    assert values["exactly"] == (
        "310115", "310115000", "310115000000", "310115000000000", "310115016003", "310115016003000"
    )  # fmt: skip
    assert values["outermost"] == ("310115", "310115000", "310115000000", "310115000000000")
    parents = values["parents"]
    assert isinstance(parents, tuple)
    assert {"31", "310000", "310000000000", "310115016", "310115016000"} <= set(parents)
    assert not {"310115", "310115016003"} & set(parents)


def test_a_city_has_no_parent_and_nobody_has_areas_of_nobody() -> None:
    assert bound("own", Asker("bureau", (Area("31"),), at=AT))["parents"] == ()
    assert bound("own", Asker("bureau", (), at=AT))["exactly"] == ()


def test_conditions_are_bound_to_the_asker_and_the_citys_day() -> None:
    assert bound("any adult", Asker("bureau", (), at=AT))["adult.atLeast"] == dt.date(2012, 3, 2)
    assert "adult.atLeast" not in bound("own", Asker("bureau", (), at=AT))


def test_ties_are_bound_and_to_nobody_where_there_is_none() -> None:
    asker = Asker("bureau", (), tied={(Tie.CASE, "Resident"): frozenset({"p1"})}, at=AT)
    assert bound("case", asker)["case.Resident"] == ("p1",)
    assert bound("case", Asker("bureau", (), at=AT))["case.Resident"] == ()
    assert bound("glass", asker)["glass.Resident"] == ()


def test_no_cursor_takes_the_slot_of_a_condition() -> None:
    """Conditions may be called anything that an id may be, `after0` too."""
    page = Page(None, 0, (Order("id"),), FIELD)
    slots: dict[str, Item] = {}
    resume(Fetch("List", (), limit=True), page, [1], slots, "after0")
    assert not any(slot.startswith("after0.") for slot in slots)
