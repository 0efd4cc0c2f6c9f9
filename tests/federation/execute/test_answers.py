"""Answers over small federated graphs, executed: what each family of Federation v2's features must give."""

from __future__ import annotations

from federation.execute.answer import assemble
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph

USERS = {"1": {"id": "1", "name": "Ann"}, "2": {"id": "2", "name": "Bo"}}


def two() -> Federation:
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) {
          users: [User] @join__field(graph: A)
          user(id: ID!): User @join__field(graph: A)
        }
        type User @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          name: String @join__field(graph: A)
          nick(loud: Boolean): String @join__field(graph: B)
        }
        """,
        {
            "a": Subgraph(
                "type Query { users: [User] user(id: ID!): User } type User { id: ID! name: String }",
                {"users": list(USERS.values()), "user": lambda **given: USERS.get(given["id"])},
                {"User": lambda one: USERS.get(one["id"])},
            ),
            "b": Subgraph(
                "type Query { x: Int } type User { id: ID! nick(loud: Boolean): String }",
                entities={
                    "User": lambda one: {
                        "id": one["id"],
                        "nick": lambda loud=False: f"n{one['id']}{'!' if loud else ''}",
                    }
                },
            ),
        },
    )


def test_what_is_said_of_the_schema_stands_beside_the_data_and_in_place_of_none() -> None:
    """Introspection executes the whole document over nothing: its null for a field of data is no answer."""
    told = two().ask("{ __schema { queryType { name } } users { name } }")
    said = {"__schema": {"queryType": {"name": "Query"}}, "users": None}
    data = assemble(told.state, told.question, said)
    assert data == {"__schema": said["__schema"], "users": [{"name": "Ann"}, {"name": "Bo"}]}
    assert list(data) == ["__schema", "users"]


def test_an_entity_is_entered_by_its_key() -> None:
    told = two().ask("{ users { nick name } }")
    assert told.data == {"users": [{"nick": "n1", "name": "Ann"}, {"nick": "n2", "name": "Bo"}]}


def test_one_field_with_two_arguments_is_two_columns() -> None:
    told = two().ask("query ($l: Boolean) { users { nick loud: nick(loud: $l) } }", {"l": True})
    assert told.data == {"users": [{"nick": "n1", "loud": "n1!"}, {"nick": "n2", "loud": "n2!"}]}
