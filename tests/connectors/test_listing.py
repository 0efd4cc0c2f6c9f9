"""The question for a list: its text, its variables, and a filter that means what the predicate means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.entities import LieError
from connectors.layout import resolve
from connectors.listing import Listing, listing
from tests.connectors.served import declaration
from tests.connectors.served.exchange import _holds
from tests.support.predicates import holds
from vocabulary.fetch import (
    ALWAYS,
    NEVER,
    And,
    Compare,
    Fetch,
    IsNull,
    Not,
    Op,
    Or,
    Order,
    Predicate,
    Values,
    Within,
)

DECLARED = declaration("exchange", {})


def written(fields: tuple[str, ...] = ("id", "birthDate"), **how: Any) -> Listing:
    request = Fetch("Person", fields, limit=True, **how)
    return listing(request, resolve(DECLARED, request), "people")


def filtered(where: Predicate, **values: Any) -> object:
    return written(where=where).variables(values, 20, None).get("where")


def test_the_text_holds_aliases_of_ours_and_no_value() -> None:
    assert written().document == (
        "query ($first: Int!, $after: String) { rows: people(first: $first, after: $after) "
        "{ nodes { __typename _masked c0: id c1: born } pageInfo { hasNextPage endCursor } } }"
    )
    asked = written(("name", "boss.id"), where=Compare("age", Op.GE, "s"), order=(Order("seenAt"),))
    assert asked.document == (
        "query ($first: Int!, $after: String, $where: personWhere, $orderBy: [personOrder!]) "
        "{ rows: people(first: $first, after: $after, where: $where, orderBy: $orderBy) "
        "{ nodes { __typename _masked c0: name c1: boss } pageInfo { hasNextPage endCursor } } }"
    )
    assert asked.variables({"s": 7}, 5, "c") == {
        "first": 5,
        "after": "c",
        "where": {"age": {"gte": 7}},
        "orderBy": ({"field": "seen", "direction": "ASC"},),
    }


@pytest.mark.parametrize(
    ("where", "values", "expected"),
    [
        (ALWAYS, {}, None),
        (NEVER, {}, {"or": []}),
        (Not(NEVER), {}, {"and": []}),
        (Compare("name", Op.EQ, "s"), {"s": "x"}, {"name": {"eq": "x"}}),
        (Compare("name", Op.EQ, "s"), {"s": None}, {"or": []}),
        (Not(Compare("name", Op.EQ, "s")), {"s": None}, {"or": []}),
        (Compare("name", Op.NE, "s"), {"s": "x"}, {"not": {"name": {"eq": "x"}}}),
        (Not(Compare("name", Op.NE, "s")), {"s": "x"}, {"name": {"eq": "x"}}),
        (Compare("name", Op.IN, "s"), {"s": ("x", None)}, {"name": {"in": ["x"]}}),
        (Not(Compare("name", Op.IN, "s")), {"s": ("x", None)}, {"or": []}),
        (Not(Compare("name", Op.IN, "s")), {"s": ("x",)}, {"not": {"name": {"in": ["x"]}}}),
        (IsNull("name"), {}, {"name": {"isNull": True}}),
        (Not(IsNull("name")), {}, {"name": {"isNull": False}}),
        (Not(Not(IsNull("name"))), {}, {"name": {"isNull": True}}),
        (Within("area", "s"), {"s": ("31",)}, {"area": {"within": ["31"]}}),
        (Not(Within("area", "s")), {"s": ()}, {"not": {"area": {"within": []}}}),
        (
            Not(And((IsNull("age"), Or((IsNull("name"),))))),
            {},
            {"or": [{"age": {"isNull": False}}, {"and": [{"name": {"isNull": False}}]}]},
        ),
        (Compare("birthDate", Op.LT, "s"), {"s": dt.date(2020, 2, 29)}, {"born": {"lt": "2020-02-29"}}),
        (
            Compare("seenAt", Op.GE, "s"),
            {"s": dt.datetime(2020, 2, 29, 8, tzinfo=dt.UTC)},
            {"seen": {"gte": "2020-02-29T08:00:00+00:00"}},
        ),
    ],
)
def test_a_predicate_becomes_a_filter(where: Predicate, values: Values, expected: object) -> None:
    assert filtered(where, **values) == expected


SLOTS: Mapping[str, Any] = {
    "a": "王",
    "n": None,
    "some": ("王", "m"),
    "none": (),
    "i": 40,
    "codes": ("3101",),
}
leaf = st.sampled_from(
    [
        *(Compare("name", op, slot) for op in (Op.EQ, Op.NE, Op.STARTS_WITH) for slot in ("a", "n")),
        *(Compare("name", Op.IN, slot) for slot in ("some", "none")),
        *(Compare("age", op, slot) for op in (Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ, Op.NE) for slot in ("i", "n")),
        IsNull("name"),
        IsNull("age"),
        Within("area", "codes"),
        Within("area", "none"),
    ]
)
predicates = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts)))
        | inner.map(Not)
    ),
    max_leaves=6,
)
records = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "王", "王小明", "m"]),
        "age": st.sampled_from([None, 39, 40, 41]),
        "area": st.sampled_from([None, "310101001", "320000"]),
    }
)


@given(predicates, records)
def test_a_filter_finds_the_rows_of_its_predicate(where: Predicate, record: dict[str, Any]) -> None:
    """What is unknown is found by neither a predicate nor its complement."""
    for one in (where, Not(where)):
        sent = written(where=one).variables(SLOTS, 1, None).get("where", {})
        assert isinstance(sent, dict)
        assert (_holds(sent, record) is True) == (holds(one, record, SLOTS) is True)


def test_cells_follow_the_way_to_a_key_and_stop_at_a_null() -> None:
    asked = Listing("", "person", {"boss.id": ("c0", "v")}, ALWAYS, (), {})
    assert asked.cells([{"c0": {"v": "p1"}}, {"c0": None}], "boss.id") == ["p1", None]
    rows: list[dict[str, Any]] = [{}, {"c0": {}}, {"c0": "p1"}, {"c0": 5}, {"c0": []}]
    for row in rows:
        with pytest.raises(LieError, match="lacks"):
            asked.cells([row], "boss.id")


@pytest.mark.parametrize(
    "data", [{}, {"rows": None}, {"rows": 5}, {"rows": {}}, {"rows": {"nodes": [], "pageInfo": 1}}]
)
def test_what_is_no_page_is_a_lie(data: dict[str, Any]) -> None:
    with pytest.raises(LieError, match="no list of rows"):
        written().page(data, 1)


def test_no_page_holds_more_than_were_asked_for() -> None:
    nodes = [{"__typename": "person"}] * 3
    data = {"rows": {"nodes": nodes, "pageInfo": {"hasNextPage": True, "endCursor": "c"}}}
    assert written().page(data, 3) == (nodes, "c")
    with pytest.raises(LieError, match="more rows"):
        written().page(data, 2)
