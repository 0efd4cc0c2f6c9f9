"""`@interfaceObject`: a subgraph that has fields of every type of an interface, and knows none of these types."""

from __future__ import annotations

from typing import Any

from connectors.errors import FailureKind, SourceError
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph

TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) @join__type(graph: C) {
  holders: [Holder] @join__field(graph: A)
  debtors: [Holder] @join__field(graph: B)
  debtor: Holder @join__field(graph: B)
}
interface Holder @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true)
  @join__type(graph: C, key: "id", isInterfaceObject: true) {
  id: ID!
  name: String @join__field(graph: A) @join__field(graph: B, external: true)
  balance: Int @join__field(graph: B)
  note: String @join__field(graph: B, requires: "name")
  account: Account @join__field(graph: B)
  points: Int @join__field(graph: C)
}
type Citizen implements Holder @join__implements(graph: A, interface: "Holder") @join__type(graph: A, key: "id") {
  id: ID! name: String age: Int balance: Int @join__field note: String @join__field account: Account @join__field
  points: Int @join__field
}
type Firm implements Holder @join__implements(graph: A, interface: "Holder") @join__type(graph: A, key: "id") {
  id: ID! name: String code: String balance: Int @join__field note: String @join__field account: Account @join__field
  points: Int @join__field
}
type Account @join__type(graph: B) { number: Int holder: Holder }
"""
ROWS: dict[str, dict[str, Any]] = {
    "1": {"__typename": "Citizen", "id": "1", "name": "Ann", "age": 40},
    "2": {"__typename": "Firm", "id": "2", "name": "Eatwell", "code": "E"},
}


def _holder(told: Any) -> dict[str, Any]:
    name = told["id"]
    return {
        "id": name,
        "balance": int(name) * 100,
        "note": f"of {told.get('name')}",
        "account": {"number": int(name), "holder": {"id": name}},
    }


def holders() -> Federation:
    return Federation(
        TYPES,
        {
            "a": Subgraph(
                """
                type Query { holders: [Holder] }
                interface Holder { id: ID! name: String }
                type Citizen implements Holder { id: ID! name: String age: Int }
                type Firm implements Holder { id: ID! name: String code: String }
                """,
                {"holders": list(ROWS.values())},
                {name: lambda one: ROWS.get(one["id"]) for name in ("Holder", "Citizen", "Firm")},
            ),
            "b": Subgraph(
                """
                type Query { debtors: [Holder] debtor: Holder }
                type Holder { id: ID! balance: Int note: String account: Account }
                type Account { number: Int holder: Holder }
                """,
                {"debtors": [_holder({"id": "2"}), _holder({"id": "1"})], "debtor": _holder({"id": "1"})},
                {"Holder": _holder},
            ),
            "c": Subgraph(
                "type Query { x: Int } type Holder { id: ID! points: Int }",
                entities={"Holder": lambda one: {"id": one["id"], "points": 5}},
            ),
        },
    )


def test_what_it_has_itself_needs_nobody_s_word_on_the_type() -> None:
    federation = holders()
    told = federation.ask("{ debtors { id balance } }")
    assert told.data == {"debtors": [{"id": "2", "balance": 200}, {"id": "1", "balance": 100}]}
    assert not federation.subgraphs["a"].asked


def test_one_goes_to_another_without_the_type() -> None:
    federation = holders()
    assert federation.ask("{ debtor { balance points } }").data == {"debtor": {"balance": 100, "points": 5}}
    assert not federation.subgraphs["a"].asked


def test_the_type_is_found_where_it_is_known() -> None:
    told = holders().ask("{ debtors { __typename balance } debtor { kind: __typename } }")
    assert told.data == {
        "debtors": [{"__typename": "Firm", "balance": 200}, {"__typename": "Citizen", "balance": 100}],
        "debtor": {"kind": "Citizen"},
    }


def test_a_type_condition_asks_for_the_type() -> None:
    told = holders().ask("{ debtors { ... on Citizen { age balance } ... on Firm { code } } }")
    assert told.data == {"debtors": [{"code": "E"}, {"age": 40, "balance": 100}]}


def test_a_type_condition_on_its_own_fields_asks_for_the_type_too() -> None:
    assert holders().ask("{ debtors { ... on Citizen { balance } } }").data == {"debtors": [{}, {"balance": 100}]}


def test_its_fields_are_had_of_objects_whose_type_is_known() -> None:
    federation = holders()
    told = federation.ask("{ holders { __typename name balance points } }")
    assert told.data == {
        "holders": [
            {"__typename": "Citizen", "name": "Ann", "balance": 100, "points": 5},
            {"__typename": "Firm", "name": "Eatwell", "balance": 200, "points": 5},
        ]
    }
    assert [one["__typename"] for one in federation.subgraphs["b"].asked[0][1]["r"]] == ["Holder", "Holder"]


def test_what_it_requires_is_found_first() -> None:
    told = holders().ask("{ holders { note } debtor { note } }")
    assert told.data == {"holders": [{"note": "of Ann"}, {"note": "of Eatwell"}], "debtor": {"note": "of Ann"}}


def test_objects_below_lead_on() -> None:
    told = holders().ask("{ holders { account { number holder { name __typename } } } }")
    assert told.data == {
        "holders": [
            {"account": {"number": 1, "holder": {"name": "Ann", "__typename": "Citizen"}}},
            {"account": {"number": 2, "holder": {"name": "Eatwell", "__typename": "Firm"}}},
        ]
    }


def test_an_object_whose_type_nobody_can_tell_is_not_there() -> None:
    federation = holders()
    federation.subgraphs["b"].root = {"debtors": [_holder({"id": "1"}), _holder({"id": "9"})]}
    assert federation.ask("{ debtors { __typename balance } }").data == {
        "debtors": [{"__typename": "Citizen", "balance": 100}],
    }


def test_where_the_type_can_not_be_asked_for_nothing_is_guessed() -> None:
    federation = holders()
    federation.subgraphs["a"].failing = SourceError("a", FailureKind.TIMEOUT, "late")
    told = federation.ask("{ debtor { __typename balance } }")
    assert told.data == {"debtor": None}
    assert {one.source for one in told.failures} == {"a"}


def test_objects_below_wait_until_the_types_above_are_known() -> None:
    """Whether they can be reached at all is not known before: deciding it too early would lose them."""
    told = holders().ask("{ debtors { name account { holder { name } } } }")
    assert told.data == {
        "debtors": [
            {"name": "Eatwell", "account": {"holder": {"name": "Eatwell"}}},
            {"name": "Ann", "account": {"holder": {"name": "Ann"}}},
        ]
    }
