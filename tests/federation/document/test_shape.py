from __future__ import annotations

from graphql import build_schema

from federation.document.limits import Limits
from federation.document.parse import Documents
from federation.document.shape import shape_of
from vocabulary.shape import Shape

API = build_schema("""
  type Query { people: PersonConnection, node(id: ID!): Node }
  interface Node { id: ID! }
  type PersonConnection { nodes: [Person!]! }
  type Person implements Node { id: ID!, name: String, contact: Person, visits: [Visit!] }
  type Visit implements Node { id: ID!, day: String }
""")


def shaped(document: str, operation: str | None = None) -> Shape:
    return shape_of(Documents(API, Limits()).parse(document), operation, API)


def at(shape: Shape, path: str) -> tuple[str, ...]:
    for key in path.split("."):
        shape = shape.fields[key]
    return shape.coordinates


def test_every_key_leads_to_its_coordinate() -> None:
    shape = shaped("{ people { nodes { name contact { name } } } }")
    assert at(shape, "people") == ("Query.people",)
    assert at(shape, "people.nodes.name") == ("Person.name",)
    assert at(shape, "people.nodes.contact.name") == ("Person.name",)


def test_an_alias_hides_no_coordinate() -> None:
    shape = shaped("{ people { nodes { day: name } } }")
    assert at(shape, "people.nodes.day") == ("Person.name",)


def test_fragments_are_looked_into() -> None:
    shape = shaped("{ people { nodes { ...Two ... { id } } } } fragment Two on Person { name visits { day } }")
    assert at(shape, "people.nodes.visits.day") == ("Visit.day",)
    assert at(shape, "people.nodes.id") == ("Person.id",)


def test_one_key_of_two_types_has_the_coordinates_of_both() -> None:
    shape = shaped('{ node(id: "x") { ... on Person { told: name } ... on Visit { told: day } } }')
    assert at(shape, "node.told") == ("Person.name", "Visit.day")


def test_a_selection_that_is_written_twice_is_one() -> None:
    shape = shaped("{ people { nodes { contact { name } contact { id } } } }")
    assert set(shape.fields["people"].fields["nodes"].fields["contact"].fields) == {"name", "id"}


def test_the_operation_that_is_named_is_the_one() -> None:
    document = "query A { people { nodes { id } } } query B { people { nodes { name } } }"
    assert "name" in shaped(document, "B").fields["people"].fields["nodes"].fields
    assert shaped(document).fields == {}
    assert shaped(document, "C").fields == {}


def test_introspection_holds_no_cell() -> None:
    assert at(shaped("{ __schema { queryType { name } } __typename }"), "__typename") == ("Query.__typename",)
