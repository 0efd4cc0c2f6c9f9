"""Objects that the reader may not see: what they lead to is asked of nobody, by whichever type they stand beside."""

from __future__ import annotations

from typing import Any

from tests.support.federating import OPEN, Federation
from tests.support.subgraphs import Subgraph

ROWS: list[dict[str, Any]] = [
    {"__typename": "Shelter", "id": "1", "keeper": {"id": "seen"}},
    {"__typename": "Shelter", "id": "2", "keeper": {"id": "also seen"}},
    {"__typename": "Safehouse", "id": "3", "keeper": {"id": "hidden"}},
    {"__typename": "Safehouse", "id": "4", "keeper": {"id": "hidden too"}},
]


def houses(policy: str) -> Federation:
    """Two types of one interface, whose keepers another subgraph knows."""
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { houses: [House] @join__field(graph: A) }
        interface House @join__type(graph: A) { id: ID! keeper: Keeper }
        type Shelter implements House @join__implements(graph: A, interface: "House") @join__type(graph: A) {
          id: ID! keeper: Keeper
        }
        type Safehouse implements House @join__implements(graph: A, interface: "House") @join__type(graph: A) {
          id: ID! keeper: Keeper
        }
        type Keeper @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID! name: String @join__field(graph: B)
        }
        """,
        {
            "a": Subgraph(
                """
                type Query { houses: [House] }
                interface House { id: ID! keeper: Keeper }
                type Shelter implements House { id: ID! keeper: Keeper }
                type Safehouse implements House { id: ID! keeper: Keeper }
                type Keeper { id: ID! }
                """,
                {"houses": ROWS},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Keeper { id: ID! name: String }",
                entities={"Keeper": lambda one: {"id": one["id"], "name": f"keeper {one['id']}"}},
            ),
        },
        policy=policy,
    )


SHELTERS = "p, any, any, *, derive, any, any, allow, plain\n" + "".join(
    f"p, any, any, {one}.*, read, any, any, allow, plain\n" for one in ("Query", "Shelter", "Keeper")
)
"""A policy under which nothing of a safehouse may be seen."""
DOCUMENT = "{ houses { __typename keeper { name } } }"


def test_all_are_there_where_nothing_is_hidden() -> None:
    told = houses(OPEN).ask(DOCUMENT)
    assert [one["keeper"]["name"] for one in told.data["houses"]] == [f"keeper {one['keeper']['id']}" for one in ROWS]


def test_what_a_hidden_type_leads_to_is_asked_of_nobody() -> None:
    federation = houses(OPEN + "p, any, any, Safehouse.keeper, read, any, any, deny,\n")
    told = federation.ask(DOCUMENT)
    assert [one["keeper"] for one in told.data["houses"]] == [
        {"name": "keeper seen"},
        {"name": "keeper also seen"},
        None,
        None,
    ]
    assert "hidden" not in str(federation.subgraphs["b"].asked)
    assert "hidden" not in str(told.data)
    assert set(told.withheld) == {"Safehouse.keeper"}


def test_rows_that_are_hidden_lead_nowhere_whatever_their_numbers() -> None:
    """Keepers of shelters and of safehouses are numbered apart: a number of one says nothing of the other."""
    federation = houses(SHELTERS)
    told = federation.ask(DOCUMENT)
    assert [one["keeper"] for one in told.data["houses"]] == [
        {"name": "keeper seen"},
        {"name": "keeper also seen"},
    ]
    assert "hidden" not in str(federation.subgraphs["b"].asked)
