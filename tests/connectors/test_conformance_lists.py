"""The suite for every kind of connector: rows that are filtered, ordered, bounded and sampled."""

from __future__ import annotations

import datetime as dt

import pytest

from connectors.errors import UnsupportedError
from tests.connectors.conforming import PERSON, fetched, refused, run
from tests.connectors.served import Served, unoffered
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
    Table,
    Via,
    Within,
)
from vocabulary.values import Value

VALUES: dict[str, Value | tuple[Value, ...]] = {
    "forty": 40,
    "ages": (40, 73, None),
    "none": (),
    "wang": "Wang",
    "w": "王",
    "a": "a",
    "blank": "",
    "true": True,
    "born": dt.date(1984, 12, 31),
    "seen": dt.datetime(2024, 5, 1, 0, 30, tzinfo=dt.UTC),
    "null": None,
    "one": ("310115016003",),
    "two": ("310115016003001", "310104"),
    "score": 0.0,
}
SMALL = Or((Compare("id", Op.IN, "small"),))
SMALL_IDS = ("p1", "p2", "p3", "p4", "P4")

WHERE: list[tuple[Predicate, str]] = [
    (ALWAYS, "p1 p2 p3 p4 P4"),
    (NEVER, ""),
    (Not(ALWAYS), ""),
    (Not(NEVER), "p1 p2 p3 p4 P4"),
    (Compare("age", Op.EQ, "forty"), "p2 p4"),
    (Compare("age", Op.NE, "forty"), "p1 P4"),
    (Compare("age", Op.LT, "forty"), "P4"),
    (Compare("age", Op.LE, "forty"), "p2 p4 P4"),
    (Compare("age", Op.GT, "forty"), "p1"),
    (Compare("age", Op.GE, "forty"), "p1 p2 p4"),
    (Compare("age", Op.IN, "ages"), "p1 p2 p4"),
    (Compare("age", Op.IN, "none"), ""),
    (Not(Compare("age", Op.EQ, "forty")), "p1 P4"),
    (Not(Compare("age", Op.NE, "forty")), "p2 p4"),
    (Not(Compare("age", Op.LT, "forty")), "p1 p2 p4"),
    (Not(Compare("age", Op.IN, "ages")), ""),  # a null in the list: no row is known not to be in it
    (Not(Compare("age", Op.IN, "none")), "p1 p2 p4 P4"),
    (Compare("age", Op.EQ, "null"), ""),
    (Not(Compare("age", Op.EQ, "null")), ""),
    (IsNull("age"), "p3"),
    (Not(IsNull("age")), "p1 p2 p4 P4"),
    (Compare("name", Op.EQ, "wang"), "p4"),
    (Compare("name", Op.STARTS_WITH, "w"), "p1 p2"),
    (Compare("name", Op.STARTS_WITH, "blank"), "p1 p2 p4 P4"),
    (Compare("name", Op.STARTS_WITH, "null"), ""),
    (Not(Compare("name", Op.STARTS_WITH, "w")), "p4 P4"),
    (Compare("name", Op.GT, "a"), "p1 p2 P4"),  # by code point: "Wang" sorts before "a"
    (Compare("livesAlone", Op.EQ, "true"), "p1 P4"),
    (Not(Compare("livesAlone", Op.EQ, "true")), "p2 p4"),
    (Compare("birthDate", Op.GE, "born"), "p2 P4"),
    (Compare("birthDate", Op.LT, "born"), "p1 p4"),
    (Compare("seenAt", Op.EQ, "seen"), "p1"),  # 08:30 in Shanghai
    (Compare("seenAt", Op.GT, "seen"), "p2 p4"),  # p4 by one microsecond
    (Compare("score", Op.GE, "score"), "p1 p4 P4"),
    (Within("area", "none"), ""),
    (Not(Within("area", "none")), "p1 p2 p4 P4"),
    (Within("area", "one"), "p1 p2"),
    (Within("area", "two"), "p1 p4"),
    (Not(Within("area", "two")), "p2 P4"),
    (And((Compare("age", Op.EQ, "forty"), Not(Compare("livesAlone", Op.EQ, "true")))), "p2 p4"),
    (Or((IsNull("name"), Compare("age", Op.GT, "forty"))), "p1 p3"),
    (Not(And((IsNull("age"), Compare("age", Op.EQ, "forty")))), "p1 p2 p4 P4"),
    (Not(Or((Compare("age", Op.EQ, "forty"), Compare("livesAlone", Op.EQ, "true")))), ""),
]


@pytest.mark.parametrize(("where", "expected"), WHERE, ids=lambda part: str(part)[:60])
def test_where_is_three_valued(served: Served, where: Predicate, expected: str) -> None:
    values = {**VALUES, "small": SMALL_IDS}
    request = Fetch("Person", ("id",), where=And((SMALL, where)))
    if not served.connector().capabilities.collections or where in unoffered(served):
        return refused(served, request, **values)
    assert set(map(str, fetched(served, request, **values).column("id"))) == set(expected.split())
    return None


def test_where_beside_keys_holds_before_order_and_bound(served: Served) -> None:
    request = Fetch("Visit", ("place",), Via("Human", "id", "latest"), Compare("place", Op.NE, "hidden"))
    if not served.connector().capabilities.operators or request.where in unoffered(served):
        return refused(served, request, keys=("p1",), hidden="a")
    assert fetched(served, request, keys=("p1",), hidden="a").columns == (["c"],)
    return None


def test_order_and_limit(served: Served) -> None:
    def ids(limit: int, *order: Order) -> list[Value]:
        request = Fetch("Person", ("id",), where=SMALL, order=order, limit=True)
        return fetched(served, request, small=SMALL_IDS, limit=limit).column("id")

    if not served.connector().capabilities.order:
        refused(served, Fetch("Person", ("id",), order=(Order("id"),), limit=True), limit=2)
        return refused(served, Fetch("Person", ("id",), limit=True), limit=2)
    assert ids(9, Order("id")) == ["P4", "p1", "p2", "p3", "p4"]
    assert ids(2, Order("id", descending=True)) == ["p4", "p3"]
    assert ids(9, Order("age")) == ["p3", "P4", "p2", "p4", "p1"]  # null is smallest; equals by key
    assert ids(9, Order("age", descending=True)) == ["p1", "p2", "p4", "P4", "p3"]
    assert ids(9, Order("seenAt")) == ["p3", "P4", "p1", "p4", "p2"]  # as instants, whatever their offsets
    assert ids(9, Order("livesAlone"), Order("birthDate", descending=True)) == ["p3", "p2", "p4", "P4", "p1"]
    assert ids(0, Order("id")) == []
    return None


def test_a_sample_is_the_first_rows_whatever_is_wrong_with_them(served: Served) -> None:
    def sample(limit: int) -> Table:
        request = Fetch("Person", ("id",), where=SMALL, limit=True)
        table: Table = run(served, lambda one: one.sample(request, {"small": SMALL_IDS, "limit": limit}))
        return table

    if not served.connector().capabilities.collections:
        with pytest.raises(UnsupportedError):
            sample(2)
        return
    assert set(map(str, sample(9).column("id"))) == {"P4", "p1", "p2", "p3", "p4"}
    assert sample(2).count == 2
    served.repeat("p1")
    assert sorted(map(str, sample(9).column("id"))) == ["P4", "p1", "p1", "p2", "p3", "p4"]


def test_what_no_declaration_has_is_refused(served: Served) -> None:
    for request in (
        Fetch("Person", ("remarks",), PERSON),
        Fetch("Nobody", ("id",), PERSON),
        Fetch("Person", ("id",), Via("Person", "id", "friends")),
        Fetch("Person", ("id",), Via("Person", 'id" OR 1=1 --')),
        Fetch("Person", ("id",), PERSON, limit=True),
        Fetch("Person", ("id",), PERSON, order=(Order("id"),)),
    ):
        with pytest.raises(UnsupportedError):
            fetched(served, request, keys=("p1",), limit=1)
    assert served.asked == 0
