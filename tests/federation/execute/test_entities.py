"""Entities: entered by their keys, whatever these are made of, and only where somebody has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from federation.errors import Code, Refusal
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph, by

PEOPLE = (
    {"id": "1", "name": "Ann", "card": {"region": "31", "number": 7}},
    {"id": "2", "name": "Bo", "card": {"region": "32", "number": 7}},
)
TRIPS = {("31", 7): 3, ("32", 7): 5}


def hops() -> Federation:
    """A knows a resident's id, C a card, and B both: C is reached from A through B."""
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) @join__type(graph: C) {
          residents: [Resident] @join__field(graph: A)
          riders: [Resident] @join__field(graph: C)
        }
        type Resident
          @join__type(graph: A, key: "id")
          @join__type(graph: B, key: "id")
          @join__type(graph: B, key: "card { region number }")
          @join__type(graph: C, key: "card { region number }") {
          id: ID! @join__field(graph: A) @join__field(graph: B)
          name: String @join__field(graph: A)
          card: Card @join__field(graph: B) @join__field(graph: C)
          trips: Int @join__field(graph: C)
        }
        type Card @join__type(graph: B) @join__type(graph: C) { region: String number: Int }
        """,
        {
            "a": Subgraph(
                "type Query { residents: [Resident] } type Resident { id: ID! name: String }",
                {"residents": PEOPLE},
                {"Resident": by("id", PEOPLE)},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Resident { id: ID! card: Card } type Card { region: String number: Int }",
                entities={
                    "Resident": lambda told: next(
                        one for one in PEOPLE if one["id"] == told.get("id") or one["card"] == _card(told)
                    )
                },
            ),
            "c": Subgraph(
                """
                type Query { riders: [Resident] }
                type Resident { card: Card trips: Int }
                type Card { region: String number: Int }
                """,
                {
                    "riders": [
                        {"card": {"region": "32", "number": 7}, "trips": 5},
                        {"card": {"region": "31", "number": 7}, "trips": 3},
                    ]
                },
                {
                    "Resident": lambda told: {
                        "card": told["card"],
                        "trips": TRIPS[told["card"]["region"], told["card"]["number"]],
                    }
                },
            ),
        },
    )


def _card(told: Mapping[str, Any]) -> dict[str, Any]:
    card = told.get("card", {})
    return {name: card.get(name) for name in ("region", "number")}


def test_a_subgraph_with_another_key_is_reached_through_one_that_has_both() -> None:
    told = hops().ask("{ residents { name trips } }")
    assert told.data == {"residents": [{"name": "Ann", "trips": 3}, {"name": "Bo", "trips": 5}]}
    assert told.graphs == [["a"], ["b"], ["c"]]


def test_and_back_by_a_nested_key() -> None:
    told = hops().ask("{ riders { trips name } }")
    assert told.data == {"riders": [{"trips": 5, "name": "Bo"}, {"trips": 3, "name": "Ann"}]}


def test_a_key_that_nobody_asked_for_is_not_in_the_answer() -> None:
    federation = hops()
    assert federation.ask("{ residents { trips } }").data == {"residents": [{"trips": 3}, {"trips": 5}]}
    query, variables = federation.subgraphs["c"].asked[0]
    assert "Resident" in query
    assert [one["card"] for one in variables["r"]] == [
        {"__typename": "Card", "region": "31", "number": 7},
        {"__typename": "Card", "region": "32", "number": 7},
    ]


ROOMS = (
    {"id": "r1", "floor": 1, "number": 1},
    {"id": "r2", "floor": 2, "number": 1},
    {"id": "r3", "floor": None, "number": 1},
)
AREAS = {(1, 1): 20, (2, 1): 31}


def several() -> Federation:
    """A key of two fields, and objects that occur several times."""
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) {
          stays: [Stay] @join__field(graph: A)
          lost: Room @join__field(graph: A)
        }
        type Stay @join__type(graph: A) { guest: String room: Room }
        type Room @join__type(graph: A, key: "floor number") @join__type(graph: B, key: "floor number") {
          floor: Int number: Int area: Int @join__field(graph: B)
        }
        """,
        {
            "a": Subgraph(
                """
                type Query { stays: [Stay] lost: Room }
                type Stay { guest: String room: Room }
                type Room { floor: Int number: Int }
                """,
                {
                    "stays": [
                        {"guest": "Ann", "room": ROOMS[0]},
                        {"guest": "Bo", "room": ROOMS[1]},
                        {"guest": "Cy", "room": ROOMS[0]},
                        {"guest": "Di", "room": ROOMS[2]},
                        {"guest": "Ed", "room": None},
                    ],
                    "lost": ROOMS[2],
                },
                {"Room": lambda told: told},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Room { floor: Int number: Int area: Int }",
                entities={
                    "Room": lambda told: {
                        "floor": told["floor"],
                        "number": told["number"],
                        "area": AREAS[told["floor"], told["number"]],
                    }
                },
            ),
        },
    )


def test_an_entity_is_asked_for_once_however_often_it_occurs() -> None:
    federation = several()
    told = federation.ask("{ stays { guest room { area } } }")
    assert told.data == {
        "stays": [
            {"guest": "Ann", "room": {"area": 20}},
            {"guest": "Bo", "room": {"area": 31}},
            {"guest": "Cy", "room": {"area": 20}},
            {"guest": "Di", "room": {"area": None}},
            {"guest": "Ed", "room": None},
        ]
    }
    ((_, variables),) = federation.subgraphs["b"].asked
    assert variables["r"] == [
        {"__typename": "Room", "floor": 1, "number": 1},
        {"__typename": "Room", "floor": 2, "number": 1},
    ]
    assert not told.failures


def test_an_entity_without_a_whole_key_is_not_asked_for() -> None:
    federation = several()
    assert federation.ask("{ lost { number area } }").data == {"lost": {"number": 1, "area": None}}
    assert not federation.subgraphs["b"].asked


def references(*, resolvable: str = "false") -> Federation:
    """B names residents without resolving them."""
    return Federation(
        f"""
        type Query @join__type(graph: A) @join__type(graph: B) {{
          residents: [Resident] @join__field(graph: A)
          parcels: [Parcel] @join__field(graph: B)
        }}
        type Parcel @join__type(graph: B) {{ number: Int to: Resident }}
        type Resident
          @join__type(graph: A, key: "id")
          @join__type(graph: B, key: "id", resolvable: {resolvable}) {{
          id: ID!
          name: String @join__field(graph: A)
          locker: Int @join__field(graph: B)
        }}
        """,
        {
            "a": Subgraph(
                "type Query { residents: [Resident] } type Resident { id: ID! name: String }",
                {"residents": PEOPLE},
                {"Resident": by("id", PEOPLE)},
            ),
            "b": Subgraph(
                """
                type Query { parcels: [Parcel] }
                type Parcel { number: Int to: Resident }
                type Resident { id: ID! locker: Int }
                """,
                {
                    "parcels": [
                        {"number": 1, "to": {"id": "2", "locker": 9}},
                        {"number": 2, "to": {"id": "0", "locker": 8}},
                    ]
                },
            ),
        },
    )


def test_a_reference_leads_to_whoever_resolves_it() -> None:
    told = references().ask("{ parcels { number to { id name locker } } }")
    assert told.data == {
        "parcels": [
            {"number": 1, "to": {"id": "2", "name": "Bo", "locker": 9}},
            {"number": 2, "to": {"id": "0", "name": None, "locker": 8}},
        ]
    }
    assert not told.failures


def test_a_key_that_is_not_resolvable_is_no_way_in() -> None:
    with pytest.raises(Refusal) as refused:
        references().ask("{ residents { locker } }")
    assert refused.value.code is Code.GRAPH_UNREACHABLE
    assert "Resident.locker" in refused.value.message


def nested() -> Federation:
    """Entities below entities, each from another subgraph; a typename where nothing else is asked for."""
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) @join__type(graph: C) {
          street: Street @join__field(graph: A)
        }
        type Street @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID! name: String @join__field(graph: A) clinics: [Clinic] @join__field(graph: B)
        }
        type Clinic @join__type(graph: B, key: "id") @join__type(graph: C, key: "id") {
          id: ID! beds: Int @join__field(graph: B) head: Doctor @join__field(graph: C)
        }
        type Doctor @join__type(graph: C, key: "id") @join__type(graph: A, key: "id") {
          id: ID! lives: Street @join__field(graph: A)
        }
        """,
        {
            "a": Subgraph(
                """
                type Query { street: Street }
                type Street { id: ID! name: String }
                type Doctor { id: ID! lives: Street }
                """,
                {"street": {"id": "s", "name": "Nanjing Road"}},
                {
                    "Street": lambda one: {"id": one["id"], "name": "Nanjing Road"},
                    "Doctor": lambda one: {"id": one["id"], "lives": {"id": "s", "name": "Nanjing Road"}},
                },
            ),
            "b": Subgraph(
                "type Query { x: Int } type Street { id: ID! clinics: [Clinic] } type Clinic { id: ID! beds: Int }",
                entities={
                    "Street": lambda one: {"id": one["id"], "clinics": [{"id": "c1", "beds": 4}, {"id": "c2"}, None]},
                    "Clinic": lambda one: {"id": one["id"]},
                },
            ),
            "c": Subgraph(
                "type Query { x: Int } type Clinic { id: ID! head: Doctor } type Doctor { id: ID! }",
                entities={
                    "Clinic": lambda one: {"id": one["id"], "head": {"id": "d"} if one["id"] == "c1" else None},
                    "Doctor": lambda one: one,
                },
            ),
        },
    )


def test_entities_below_entities() -> None:
    told = nested().ask("{ street { clinics { beds head { __typename lives { name clinics { beds } } } } } }")
    inner = [{"beds": 4}, {"beds": None}, None]
    lives = {"name": "Nanjing Road", "clinics": inner}
    assert told.data == {
        "street": {
            "clinics": [
                {"beds": 4, "head": {"__typename": "Doctor", "lives": lives}},
                {"beds": None, "head": None},
                None,
            ]
        }
    }
    assert told.graphs == [["a"], ["b"], ["c"], ["a"], ["b"]]


def test_a_typename_alone_enters_no_other_subgraph() -> None:
    federation = nested()
    assert federation.ask("{ street { __typename } }").data == {"street": {"__typename": "Street"}}
    assert not federation.subgraphs["b"].asked


def test_what_no_way_leads_to_is_not_asked_for() -> None:
    federation = nested()
    federation.subgraphs["a"].root = {"street": None}
    assert federation.ask("{ street { clinics { beds head { lives { name } } } } }").data == {"street": None}
    assert not federation.subgraphs["b"].asked
    assert not federation.subgraphs["c"].asked
