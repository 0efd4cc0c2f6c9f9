"""Objects that are told alike are held once, and occur, are counted and fail as often as they stand in the answer."""

from __future__ import annotations

from typing import Any

import pytest

from federation.execute.intake import LieError, _linked_alike
from federation.plan.places import Select
from tests.support.federating import OPEN, Federation
from tests.support.subgraphs import Subgraph

ANN = {"id": "ann", "name": "Ann", "age": 30}
BOB = {"id": "bob", "name": "Bob", "age": 40}
SELECT = Select(0, 1, typename=False, parts=(), alike="id")
DOCUMENT = "{ visits { host { id name phone } guests { id name phone } } }"


def visits(rows: list[dict[str, Any]], policy: str = OPEN, **how: Any) -> Federation:
    return Federation(
        """
        scalar Any
        type Query @join__type(graph: A) @join__type(graph: B) { visits: [Visit] @join__field(graph: A) }
        type Visit @join__type(graph: A) { host: Person guests: [Person] }
        type Person @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          name: String @join__field(graph: A)
          age: Int @join__field(graph: A)
          more: Any @join__field(graph: A)
          phone: String @join__field(graph: B)
        }
        """,
        {
            "a": Subgraph(
                """
                scalar Any
                type Query { visits: [Visit] }
                type Visit { host: Person guests: [Person] }
                type Person { id: ID! name: String age: Int more: Any }
                """,
                {"visits": rows},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Person { id: ID! phone: String }",
                entities={"Person": lambda one: {"id": one["id"], "phone": f"of {one['id']}"}},
            ),
        },
        policy=policy,
        **how,
    )


ROWS: list[dict[str, Any]] = [
    {"host": ANN, "guests": [BOB, ANN, BOB]},
    {"host": ANN, "guests": [ANN, None]},
    {"host": BOB, "guests": None},
]


def test_each_occurs_where_it_stood() -> None:
    told = visits(ROWS).ask(DOCUMENT)
    names = [
        (one["host"]["name"], [guest and guest["phone"] for guest in one["guests"] or ()])
        for one in told.data["visits"]
    ]
    assert names == [("Ann", ["of bob", "of ann", "of bob"]), ("Ann", ["of ann", None]), ("Bob", [])]
    assert [held.count for held in told.state.held] == [1, 3, 2, 2]


def test_each_is_counted_as_often_as_it_leaves() -> None:
    told = visits(ROWS, subjects={"Person": "id"}).ask(DOCUMENT)
    assert told.entries[-1].rows == {"Visit": 3, "Person": 3 + 4}
    assert len(told.entries[-1].subjects["Person"]) == 2


def test_what_only_a_hidden_object_leads_to_is_not_counted() -> None:
    rows = [{"id": "ann", "friends": [BOB, BOB]}, {"id": "eve", "friends": [BOB, BOB, BOB]}]
    policy = "p, any, 3101, Person.*, read, any, any, allow, plain\n" + "".join(
        f"p, any, any, {one}.*, read, any, any, allow, plain\n" for one in ("Query", "Friend")
    )
    federation = Federation(
        """
        type Query @join__type(graph: A) { people: [Person] }
        type Person @join__type(graph: A, key: "id") { id: ID! area: String friends: [Friend] }
        type Friend @join__type(graph: A, key: "id") { id: ID! name: String }
        """,
        {
            "a": Subgraph(
                """
                type Query { people: [Person] }
                type Person { id: ID! area: String friends: [Friend] }
                type Friend { id: ID! name: String }
                """,
                {"people": [{**rows[0], "area": "310115"}, {**rows[1], "area": "310101"}]},
            )
        },
        policy=policy.replace("3101,", "310115,"),
        areas={"Person": "area"},
    )
    told = federation.ask("{ people { id friends { id name } } }")
    assert told.data == {"people": [{"id": "ann", "friends": [{"id": "bob", "name": "Bob"}] * 2}]}
    assert told.entries[-1].rows == {"Person": 1, "Friend": 2}


def test_what_is_told_of_one_in_two_ways_stays_two() -> None:
    told = visits([{"host": ANN, "guests": [ANN, ANN | {"name": "Anna"}, ANN]}]).ask(DOCUMENT)
    assert [one["name"] for one in told.data["visits"][0]["guests"]] == ["Ann", "Anna", "Ann"]


def test_how_many_a_subgraph_is_told_of_is_counted_as_they_occur() -> None:
    told = visits(ROWS, owners={"b": "post"}).ask(DOCUMENT)
    (wave,) = [entry for entry in told.entries if entry.given]
    assert sorted(one.count for one in wave.given) == [3, 4]


def test_a_scalar_of_the_graphs_own_is_never_taken_for_an_equal_one() -> None:
    """In Python `true` is 1."""
    told = visits([{"host": None, "guests": [ANN | {"more": [1]}, ANN | {"more": [True]}]}]).ask(
        "{ visits { guests { id more } } }"
    )
    assert [repr(one["more"]) for one in told.data["visits"][0]["guests"]] == ["[1]", "[True]"]


def test_keys_that_are_none_keep_objects_apart() -> None:
    for key in ([1], {"a": 1}, 1.5, True, None):
        links, found = _linked_alike([[{"id": key}, {"id": key}]], SELECT, 5)
        assert links == [(5, 6)]
        assert len(found) == 2


@pytest.mark.parametrize("value", [{}, 1, [1], ["x"], [[{}]]])
def test_what_is_no_object_is_a_lie(value: object) -> None:
    with pytest.raises(LieError):
        _linked_alike([value], SELECT, 0)


def test_more_levels_than_anybody_asked_for_are_not_compared() -> None:
    def deep() -> object:
        inner: object = 1
        for _ in range(5_000):
            inner = [inner]
        return {"id": "1", "x": inner}

    links, _ = _linked_alike([[deep(), deep()]], SELECT, 0)
    assert links == [(0, 1)]
