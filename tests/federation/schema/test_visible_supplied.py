"""What the negative list hides of a supplied supergraph, where interfaces and unions lead to it too."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, print_schema, validate_schema

from federation.schema.visible import visible_schema
from tests.support.supergraphs import federated
from vocabulary.coordinate import Coordinate

TYPES = """
type Query @join__type(graph: A) { named: Named any: Any card: Card things: [Thing] }
interface Named @join__type(graph: A) { id: ID! name: String }
type User implements Named @join__implements(graph: A, interface: "Named") @join__type(graph: A) {
  id: ID!
  name: String
  card: Card
}
type Firm implements Named @join__implements(graph: A, interface: "Named") @join__type(graph: A) { id: ID! name: String }
type Card @join__type(graph: A) { number: String }
type Thing @join__type(graph: A) { x: Int }
union Any @join__type(graph: A) @join__unionMember(graph: A, member: "User") @join__unionMember(graph: A, member: "Card")
  = User | Card
"""
GRAPH = federated(TYPES)


def without(*hidden: str) -> GraphQLSchema:
    coordinates = frozenset(map(Coordinate.parse, hidden))
    schema = visible_schema(GRAPH.api, GRAPH.types, GRAPH.collections, coordinates)
    assert validate_schema(schema) == []
    return schema


def test_what_one_implementation_hides_the_interface_shows_no_more() -> None:
    printed = print_schema(without("User.name"))
    assert "interface Named {\n  id: ID\n}" in printed
    assert "type Firm implements Named {\n  id: ID\n  name: String\n}" in printed
    assert "type User implements Named {\n  id: ID\n  card: Card\n}" in printed


def test_a_type_that_goes_leaves_unions_and_whatever_led_to_it() -> None:
    printed = print_schema(without("Card.number"))
    assert printed.endswith("union Any = User")
    assert "Card" not in printed


def test_a_union_and_an_interface_go_with_all_that_they_could_be() -> None:
    printed = print_schema(without("Card.number", "User.id", "User.name", "User.card", "Firm.id", "Firm.name"))
    assert "type Query {\n  things: [Thing]\n}" in printed
    assert not [word for word in ("Any", "Named", "User", "Firm", "Card") if word in printed]


@pytest.mark.parametrize(("hidden", "word"), [("Query.named", "named"), ("Query.any", "any"), ("Thing.x", "Thing")])
def test_what_is_hidden_alone_breaks_nothing(hidden: str, word: str) -> None:
    assert f" {word}" not in print_schema(without(hidden))
