"""Interfaces and unions: an object is of one type, whoever tells of it, and shows what was asked of that type."""

from __future__ import annotations

from typing import Any

from federation.errors import Code
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph

TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) {
  units: [Unit] @join__field(graph: A)
  found: [Found] @join__field(graph: A)
  shown: [Shown]
  patrol: Patrol @join__field(graph: B)
}
interface Unit @join__type(graph: A) @join__type(graph: B) { id: ID! sign: String crew: [Person] @join__field(graph: A) }
type Ambulance implements Unit @join__implements(graph: A, interface: "Unit") @join__implements(graph: B, interface: "Unit")
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID! sign: String @join__field(graph: A) @join__field(graph: B)
  beds: Int @join__field(graph: A) base: Base @join__field(graph: B) crew: [Person] @join__field(graph: A)
}
type Engine implements Unit @join__implements(graph: A, interface: "Unit") @join__implements(graph: B, interface: "Unit")
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID! sign: String @join__field(graph: A) @join__field(graph: B)
  water: String @join__field(graph: A) base: Base @join__field(graph: B) crew: [Person] @join__field(graph: A)
}
type Boat implements Unit @join__implements(graph: A, interface: "Unit") @join__type(graph: A, key: "id") {
  id: ID! sign: String crew: [Person]
}
union Found @join__type(graph: A) @join__unionMember(graph: A, member: "Engine") @join__unionMember(graph: A, member: "Person")
  = Engine | Person
union Shown @join__type(graph: A) @join__type(graph: B)
  @join__unionMember(graph: A, member: "Notice") @join__unionMember(graph: B, member: "Notice")
  @join__unionMember(graph: A, member: "Chart") @join__unionMember(graph: B, member: "Film") = Notice | Chart | Film
type Notice @join__type(graph: A) @join__type(graph: B) { title: String }
type Chart @join__type(graph: A) { title: String rows: Int }
type Film @join__type(graph: B) { title: String minutes: Int }
type Person @join__type(graph: A, key: "id") { id: ID! name: String }
type Base @join__type(graph: B) { street: String }
type Patrol @join__type(graph: B) { leads: Unit @join__field(graph: B, type: "Unit") }
"""
SDL_A = """
type Query { units: [Unit] found: [Found] shown: [Shown] }
interface Unit { id: ID! sign: String crew: [Person] }
type Ambulance implements Unit { id: ID! sign: String beds: Int crew: [Person] }
type Engine implements Unit { id: ID! sign: String water: String crew: [Person] }
type Boat implements Unit { id: ID! sign: String crew: [Person] }
union Found = Engine | Person
union Shown = Notice | Chart
type Notice { title: String }
type Chart { title: String rows: Int }
type Person { id: ID! name: String }
"""
SDL_B = """
type Query { shown: [Shown] patrol: Patrol }
interface Unit { id: ID! sign: String }
type Ambulance implements Unit { id: ID! sign: String base: Base }
type Engine implements Unit { id: ID! sign: String base: Base }
type Base { street: String }
union Shown = Notice | Film
type Notice { title: String }
type Film { title: String minutes: Int }
type Patrol { leads: Unit }
"""
ANN = {"__typename": "Person", "id": "p", "name": "Ann"}
UNITS: list[dict[str, Any]] = [
    {"__typename": "Ambulance", "id": "1", "sign": "A1", "beds": 2, "crew": [ANN]},
    {"__typename": "Engine", "id": "2", "sign": "E2", "water": "4 t", "crew": []},
    {"__typename": "Boat", "id": "3", "sign": "B3", "crew": None},
]


def units() -> Federation:
    def base(one: Any) -> dict[str, Any]:
        return {"id": one["id"], "base": {"street": f"Road {one['id']}"}}

    same = {row["id"]: row for row in UNITS}
    return Federation(
        TYPES,
        {
            "a": Subgraph(
                SDL_A,
                {
                    "units": UNITS,
                    "found": [UNITS[1], ANN],
                    "shown": [
                        {"__typename": "Notice", "title": "Rain"},
                        {"__typename": "Chart", "title": "Level", "rows": 3},
                    ],
                },
                {name: lambda one: same[one["id"]] for name in ("Ambulance", "Engine", "Boat")},
            ),
            "b": Subgraph(
                SDL_B,
                {"patrol": {"leads": {"__typename": "Engine", "id": "2", "sign": "E2"}}},
                {"Ambulance": base, "Engine": base},
            ),
        },
    )


def test_each_type_shows_what_was_asked_of_it() -> None:
    told = units().ask("{ units { __typename sign ... on Ambulance { beds } ... on Engine { water } } }")
    assert told.data == {
        "units": [
            {"__typename": "Ambulance", "sign": "A1", "beds": 2},
            {"__typename": "Engine", "sign": "E2", "water": "4 t"},
            {"__typename": "Boat", "sign": "B3"},
        ]
    }


def test_a_typename_may_be_called_otherwise() -> None:
    told = units().ask("{ units { kind: __typename again: __typename ... on Boat { only: __typename } } }")
    kinds = ["Ambulance", "Engine", "Boat"]
    assert told.data["units"] == [
        {"kind": one, "again": one} | ({"only": one} if one == "Boat" else {}) for one in kinds
    ]


def test_one_response_key_may_mean_other_fields_in_other_branches() -> None:
    told = units().ask(
        "{ units { ... on Ambulance { x: sign y: base { street } } ... on Engine { x: water } ... on Boat { x: sign } } }"
    )
    assert told.data == {"units": [{"x": "A1", "y": {"street": "Road 1"}}, {"x": "4 t"}, {"x": "B3"}]}


def test_a_type_condition_of_an_interface_holds_within_a_union() -> None:
    told = units().ask("{ found { ... on Unit { sign } ... on Person { name } } }")
    assert told.data == {"found": [{"sign": "E2"}, {"name": "Ann"}]}


def test_a_condition_within_a_condition_takes_both() -> None:
    told = units().ask(
        "{ units { ... on Unit { ... on Engine { ... on Unit { id } } ... on Boat { ... on Unit { sign } } } } }"
    )
    assert told.data == {"units": [{}, {"id": "2"}, {"sign": "B3"}]}


def test_objects_of_different_types_are_entered_together() -> None:
    federation = units()
    told = federation.ask("{ units { ... on Ambulance { base { street } } ... on Engine { at: base { street } } } }")
    assert told.data == {"units": [{"base": {"street": "Road 1"}}, {"at": {"street": "Road 2"}}, {}]}
    ((_, variables),) = federation.subgraphs["b"].asked
    assert [one["__typename"] for one in variables["r"]] == ["Ambulance", "Engine"]


def test_a_field_that_a_subgraph_s_interface_lacks_is_fetched_by_type() -> None:
    told = units().ask("{ patrol { leads { sign crew { name } ... on Engine { water } } } }")
    assert told.data == {"patrol": {"leads": {"sign": "E2", "crew": [], "water": "4 t"}}}


def test_a_type_that_a_subgraph_does_not_know_is_not_asked_of_it() -> None:
    federation = units()
    assert federation.ask("{ patrol { leads { id ... on Boat { sign } } } }").data == {"patrol": {"leads": {"id": "2"}}}
    assert "Boat" not in federation.subgraphs["b"].asked[0][0]


def test_of_a_shared_union_only_what_all_know_can_be_relied_upon() -> None:
    told = units().ask("{ shown { __typename ... on Notice { title } ... on Chart { rows } ... on Film { minutes } } }")
    assert told.data == {
        "shown": [{"__typename": "Notice", "title": "Rain"}, {"__typename": "Chart", "rows": None}],
    }


def test_an_object_of_a_type_that_nobody_knows_is_not_there() -> None:
    federation = units()

    def strange(reply: Any) -> Any:
        reply.data["units"][1]["__typename"] = "Zeppelin"
        return reply

    federation.subgraphs["a"].answering = strange
    told = federation.ask("{ units { __typename sign } }")
    assert told.data == {
        "units": [{"__typename": "Ambulance", "sign": "A1"}, {"__typename": "Boat", "sign": "B3"}],
    }
    assert "Zeppelin" not in str(told.failures)


def test_an_object_of_no_type_is_null() -> None:
    federation = units()

    def untyped(reply: Any) -> Any:
        del reply.data["patrol"]["leads"]["__typename"]
        return reply

    federation.subgraphs["b"].answering = untyped
    assert federation.ask("{ patrol { leads { sign } } }").data == {"patrol": {"leads": None}}


def test_an_object_that_changes_its_type_on_the_way_gains_nothing() -> None:
    federation = units()

    def changed(reply: Any) -> Any:
        for one in reply.data["_entities"]:
            one["__typename"] = "Person"
        return reply

    federation.subgraphs["b"].answering = changed
    told = federation.ask("{ units { __typename id ... on Ambulance { base { street } } } }")
    assert [one["__typename"] for one in told.data["units"]] == ["Ambulance", "Engine", "Boat"]
    assert all(one.code is Code.SOURCE_INVALID for one in told.failures)


def test_one_field_of_two_types_leads_to_two_places() -> None:
    """Objects are numbered by place: a link of one type is no link into the place of another's."""
    federation = units()
    told = federation.ask(
        "{ units { crew { id } ... on Ambulance { crew { name } } ... on Engine { base { street } } } }"
    )
    assert told.data == {
        "units": [{"crew": [{"id": "p", "name": "Ann"}]}, {"crew": [], "base": {"street": "Road 2"}}, {"crew": None}],
    }
    federation.subgraphs["a"].root = {
        "units": [UNITS[0] | {"crew": [ANN, ANN]}, UNITS[1] | {"crew": [ANN | {"id": "q"}]}, UNITS[2]]
    }
    told = federation.ask("{ units { crew { id } } }")
    assert told.data == {"units": [{"crew": [{"id": "p"}, {"id": "p"}]}, {"crew": [{"id": "q"}]}, {"crew": None}]}
