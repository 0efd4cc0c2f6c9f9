"""`@requires`: what a subgraph must be told first, fetched from wherever it is, and sent with the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.errors import FailureKind, SourceError
from federation.errors import Code, Refusal
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph, by

PARCELS: tuple[dict[str, Any], ...] = (
    {
        "id": "1",
        "weight": 2,
        "price": lambda currency="CNY": {"CNY": 70, "USD": 10}[currency],
        "box": {"width": 3, "sides": [{"length": 1}, {"length": 2}]},
        "by": {"__typename": "Van", "seats": 3},
    },
    {
        "id": "2",
        "weight": None,
        "price": lambda currency="CNY": {"CNY": 7, "USD": 1}[currency],
        "box": None,
        "by": {"__typename": "Bike", "gears": 21},
    },
)
SDL_A = """
type Query { parcels: [Parcel] }
type Parcel { id: ID! weight: Int price(currency: Currency): Int box: Box by: Vehicle }
type Box { width: Int sides: [Side] }
type Side { length: Int }
union Vehicle = Van | Bike
type Van { seats: Int }
type Bike { gears: Int }
enum Currency { CNY USD }
"""
SDL_B = """
type Query { x: Int }
type Parcel { id: ID! fee: Int volume: Int local: String abroad: String how: String label(bold: Boolean): String }
"""
TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) @join__type(graph: C) {
  parcels: [Parcel] @join__field(graph: A)
}
type Parcel @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__type(graph: C, key: "id") {
  id: ID!
  weight: Int @join__field(graph: A) @join__field(graph: B, external: true)
  price(currency: Currency): Int @join__field(graph: A) @join__field(graph: B, external: true)
  box: Box @join__field(graph: A) @join__field(graph: B, external: true)
  by: Vehicle @join__field(graph: A) @join__field(graph: B, external: true)
  fee: Int @join__field(graph: B, requires: "weight") @join__field(graph: C, external: true)
  label(bold: Boolean): String @join__field(graph: B, requires: "weight")
  volume: Int @join__field(graph: B, requires: "box { width sides { length } }")
  local: String @join__field(graph: B, requires: "price(currency: CNY)")
  abroad: String @join__field(graph: B, requires: "price(currency: USD)")
  how: String @join__field(graph: B, requires: "by { ... on Van { seats } ... on Bike { gears } }")
  bill: String @join__field(graph: C, requires: "fee")
}
type Box @join__type(graph: A) @join__type(graph: B) { width: Int sides: [Side] }
type Side @join__type(graph: A) @join__type(graph: B) { length: Int }
union Vehicle @join__type(graph: A) @join__type(graph: B) @join__unionMember(graph: A, member: "Van")
  @join__unionMember(graph: A, member: "Bike") @join__unionMember(graph: B, member: "Van")
  @join__unionMember(graph: B, member: "Bike") = Van | Bike
type Van @join__type(graph: A) @join__type(graph: B) { seats: Int }
type Bike @join__type(graph: A) @join__type(graph: B) { gears: Int }
enum Currency @join__type(graph: A) @join__type(graph: B) {
  CNY @join__enumValue(graph: A) @join__enumValue(graph: B)
  USD @join__enumValue(graph: A) @join__enumValue(graph: B)
}
"""


def _computed(told: Mapping[str, Any]) -> dict[str, Any]:
    """What B makes of what it is told; what it is not told it can't make."""
    found: dict[str, Any] = {"id": told["id"]}
    if told.get("weight") is not None:
        found["fee"] = told["weight"] * 10
        found["label"] = lambda bold=False: f"{'*' if bold else ''}{told['weight']}kg"
    if told.get("box") is not None:
        found["volume"] = told["box"]["width"] * sum(one["length"] for one in told["box"]["sides"])
    if "price" in told:
        found["local"], found["abroad"] = f"¥{told['price']}", f"${told['price']}"
    if "by" in told:
        rest = {name: value for name, value in told["by"].items() if name != "__typename"}
        found["how"] = f"{told['by']['__typename']} {rest}"
    return found


def parcels() -> Federation:
    return Federation(
        TYPES,
        {
            "a": Subgraph(SDL_A, {"parcels": PARCELS}, {"Parcel": by("id", PARCELS)}),
            "b": Subgraph(SDL_B, entities={"Parcel": _computed}),
            "c": Subgraph(
                "type Query { x: Int } type Parcel { id: ID! bill: String }",
                entities={"Parcel": lambda told: {"id": told["id"], "bill": f"to pay: {told.get('fee')}"}},
            ),
        },
    )


def test_what_is_required_is_sent_with_the_key() -> None:
    federation = parcels()
    assert federation.ask("{ parcels { fee } }").data == {"parcels": [{"fee": 20}, {"fee": None}]}
    ((_, variables),) = federation.subgraphs["b"].asked
    assert variables["r"] == [
        {"__typename": "Parcel", "id": "1", "weight": 2},
        {"__typename": "Parcel", "id": "2", "weight": None},
    ]


def test_what_is_required_may_be_below() -> None:
    federation = parcels()
    assert federation.ask("{ parcels { volume } }").data == {"parcels": [{"volume": 9}, {"volume": None}]}
    ((_, variables),) = federation.subgraphs["b"].asked
    sides = [{"__typename": "Side", "length": 1}, {"__typename": "Side", "length": 2}]
    assert variables["r"][0]["box"] == {"__typename": "Box", "width": 3, "sides": sides}
    assert variables["r"][1]["box"] is None


def test_what_is_required_may_depend_on_a_type() -> None:
    told = parcels().ask("{ parcels { how } }")
    assert told.data == {"parcels": [{"how": "Van {'seats': 3}"}, {"how": "Bike {'gears': 21}"}]}


def test_what_is_required_may_have_arguments() -> None:
    told = parcels().ask("{ parcels { price(currency: USD) local } }")
    assert told.data == {"parcels": [{"price": 10, "local": "¥70"}, {"price": 1, "local": "¥7"}]}


def test_one_field_is_required_with_two_arguments() -> None:
    federation = parcels()
    told = federation.ask("{ parcels { abroad local price } }")
    assert told.data == {
        "parcels": [
            {"abroad": "$10", "local": "¥70", "price": 70},
            {"abroad": "$1", "local": "¥7", "price": 7},
        ]
    }
    prices = [
        [one["price"] for one in each]
        for _, variables in federation.subgraphs["b"].asked
        for each in variables.values()
    ]
    assert sorted(prices) == [[10, 1], [70, 7]]


def test_what_is_required_may_itself_require() -> None:
    federation = parcels()
    told = federation.ask("{ parcels { bill } }")
    assert told.data == {"parcels": [{"bill": "to pay: 20"}, {"bill": "to pay: None"}]}
    assert told.graphs == [["a"], ["b"], ["c"]]


def test_what_several_fields_require_is_told_in_one_request() -> None:
    federation = parcels()
    told = federation.ask("query ($b: Boolean) { parcels { fee volume label(bold: $b) plain: label } }", {"b": True})
    assert told.data["parcels"] == [
        {"fee": 20, "volume": 9, "label": "*2kg", "plain": "2kg"},
        {"fee": None, "volume": None, "label": None, "plain": None},
    ]
    assert len(federation.subgraphs["b"].asked) == 1


def test_what_is_left_out_asks_for_nothing() -> None:
    federation = parcels()
    document = """
    query ($with: Boolean!, $without: Boolean!) {
      parcels { id fee @include(if: $with) ... @skip(if: $without) { volume bill } }
    }
    """
    left_out = {"with": False, "without": True}
    assert federation.ask(document, left_out).data == {"parcels": [{"id": "1"}, {"id": "2"}]}
    assert not federation.subgraphs["b"].asked
    assert not federation.subgraphs["c"].asked
    assert "weight" not in federation.subgraphs["a"].asked[0][0]
    told = federation.ask(document, {"with": True, "without": True})
    assert told.data == {"parcels": [{"id": "1", "fee": 20}, {"id": "2", "fee": None}]}
    assert not federation.subgraphs["c"].asked


def test_where_what_is_required_fails_the_field_that_rests_on_it_is_null() -> None:
    federation = parcels()
    federation.subgraphs["b"].failing = SourceError("b", FailureKind.TIMEOUT, "late")
    told = federation.ask("{ parcels { weight bill } }")
    assert told.data == {
        "parcels": [{"weight": 2, "bill": "to pay: None"}, {"weight": None, "bill": "to pay: None"}],
    }
    assert {one.source for one in told.failures} == {"b"}


def circle() -> Federation:
    """Each requires what the other has made: A.first, B.second of it, A.third of that, B.fourth of that."""
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { case: Case @join__field(graph: A) }
        type Case @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          first: Int @join__field(graph: A) @join__field(graph: B, external: true)
          second: Int @join__field(graph: B, requires: "first") @join__field(graph: A, external: true)
          third: Int @join__field(graph: A, requires: "second") @join__field(graph: B, external: true)
          fourth: Int @join__field(graph: B, requires: "third")
        }
        """,
        {
            "a": Subgraph(
                "type Query { case: Case } type Case { id: ID! first: Int third: Int }",
                {"case": {"id": "1", "first": 1}},
                {"Case": lambda told: {"id": told["id"], "first": 1, "third": told.get("second", 0) + 1}},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Case { id: ID! second: Int fourth: Int }",
                entities={
                    "Case": lambda told: {
                        "id": told["id"],
                        "second": told.get("first", 0) + 1,
                        "fourth": told.get("third", 0) + 1,
                    }
                },
            ),
        },
    )


def test_two_subgraphs_may_require_each_other_s_fields_in_turns() -> None:
    told = circle().ask("{ case { fourth } }")
    assert told.data == {"case": {"fourth": 4}}
    assert told.graphs == [["a"], ["b"], ["a"], ["b"]]
    assert circle().ask("{ case { fourth first third second } }").data == {
        "case": {"fourth": 4, "first": 1, "third": 3, "second": 2},
    }


def test_what_requires_itself_is_refused() -> None:
    """Composition lets no such graph through; the planner ends all the same."""
    federation = Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { case: Case @join__field(graph: A) }
        type Case @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          x: Int @join__field(graph: A, requires: "y") @join__field(graph: B, external: true)
          y: Int @join__field(graph: B, requires: "x") @join__field(graph: A, external: true)
        }
        """,
        {
            "a": Subgraph("type Query { case: Case } type Case { id: ID! x: Int }"),
            "b": Subgraph("type Query { z: Int } type Case { id: ID! y: Int }"),
        },
    )
    for document in ("{ case { x } }", "{ case { y x } }"):
        with pytest.raises(Refusal) as refused:
            federation.ask(document)
        assert refused.value.code is Code.GRAPH_UNREACHABLE
    assert not federation.subgraphs["a"].asked
