"""`@provides`: what a subgraph has of another's objects along one path, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph

TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) {
  desk: Desk @join__field(graph: A, provides: "head { name home { street } }")
  bare: Desk @join__field(graph: A)
  exhibits: [Exhibit] @join__field(graph: A, provides: "... on Vase { maker { name } } ... on Scroll { length }")
  works: [Work] @join__field(graph: A, provides: "... on Scroll { length }")
}
type Desk @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  head: Person @join__field(graph: A, external: true) @join__field(graph: B)
}
type Person @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: A, external: true) @join__field(graph: B)
  home: Home @join__field(graph: A, external: true) @join__field(graph: B)
}
type Home @join__type(graph: A) @join__type(graph: B) {
  street: String @join__field(graph: A, external: true) @join__field(graph: B)
  post: String @join__field(graph: B)
}
union Exhibit @join__type(graph: A) @join__unionMember(graph: A, member: "Vase")
  @join__unionMember(graph: A, member: "Scroll") = Vase | Scroll
interface Work @join__type(graph: A) @join__type(graph: B) { id: ID! length: Int @join__field(graph: B) }
type Vase @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  maker: Person @join__field(graph: A)
}
type Scroll implements Work @join__implements(graph: A, interface: "Work") @join__implements(graph: B, interface: "Work")
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  length: Int @join__field(graph: A, external: true) @join__field(graph: B)
  shelf: Int @join__field(graph: B)
}
"""
ANN = {"id": "1", "name": "Ann", "home": {"street": "Fuzhou Road"}}
EXHIBITS: list[dict[str, Any]] = [
    {"__typename": "Vase", "id": "v", "maker": ANN},
    {"__typename": "Scroll", "id": "s", "length": 9},
]


def desks() -> Federation:
    return Federation(
        TYPES,
        {
            "a": Subgraph(
                """
                type Query { desk: Desk bare: Desk exhibits: [Exhibit] works: [Work] }
                type Desk { id: ID! head: Person }
                type Person { id: ID! name: String home: Home }
                type Home { street: String }
                union Exhibit = Vase | Scroll
                interface Work { id: ID! }
                type Vase { id: ID! maker: Person }
                type Scroll implements Work { id: ID! length: Int }
                """,
                {
                    "desk": {"id": "d", "head": ANN},
                    "bare": {"id": "d", "head": None},
                    "exhibits": EXHIBITS,
                    "works": EXHIBITS[1:],
                },
                {"Desk": lambda one: one, "Vase": lambda one: one},
            ),
            "b": Subgraph(
                """
                type Query { x: Int }
                type Desk { id: ID! head: Person }
                type Person { id: ID! name: String home: Home }
                type Home { street: String post: String }
                interface Work { id: ID! length: Int }
                type Scroll implements Work { id: ID! length: Int shelf: Int }
                type Vase { id: ID! }
                """,
                entities={
                    "Desk": lambda one: {"id": one["id"], "head": {**ANN, "name": "Bo"}},
                    "Person": lambda one: {
                        "id": one["id"],
                        "name": "from B",
                        "home": {"street": "from B", "post": "200001"},
                    },
                    "Scroll": lambda one: {"id": one["id"], "length": 1, "shelf": 4},
                },
            ),
        },
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ desk { head { name } } }", {"desk": {"head": {"name": "Ann"}}}),
        ("{ desk { head { home { street } } } }", {"desk": {"head": {"home": {"street": "Fuzhou Road"}}}}),
        (
            "{ exhibits { ... on Vase { maker { name } } ... on Scroll { length } } }",
            {"exhibits": [{"maker": {"name": "Ann"}}, {"length": 9}]},
        ),
        ("{ works { ... on Scroll { length } } }", {"works": [{"length": 9}]}),
        ("{ works { length } }", {"works": [{"length": 9}]}),
    ],
    ids=["object", "nested", "union", "interface", "the interface's own field"],
)
def test_what_is_provided_is_asked_of_nobody_else(document: str, expected: object) -> None:
    federation = desks()
    assert federation.ask(document).data == expected
    assert not federation.subgraphs["b"].asked


def test_what_is_not_provided_is_asked_of_who_has_it() -> None:
    federation = desks()
    told = federation.ask(
        "{ exhibits { ... on Vase { maker { name home { post } } } ... on Scroll { length shelf } } }"
    )
    assert told.data == {
        "exhibits": [{"maker": {"name": "Ann", "home": {"post": "200001"}}}, {"length": 9, "shelf": 4}],
    }
    assert len(federation.subgraphs["b"].asked) == 1


def test_what_is_provided_on_one_path_is_not_there_on_another() -> None:
    federation = desks()
    assert federation.ask("{ bare { head { name } } }").data == {"bare": {"head": {"name": "Bo"}}}
    assert "head" not in federation.subgraphs["a"].asked[0][0]
