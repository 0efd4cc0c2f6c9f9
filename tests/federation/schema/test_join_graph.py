"""Join directives as a graph: who has which field, of which type, by which keys, and what objects may be."""

from __future__ import annotations

import pytest
from graphql import parse

from federation.schema.field_set import FieldSetError, Picked
from federation.schema.join_graph import FieldIn, FieldShape, JoinGraph, Key, Kind, Leaf, read_join_graph

HEAD = """
schema { query: Root mutation: Acts }
enum join__Graph { A @join__graph(name: "a", url: "http://a") B_1 @join__graph(name: "b-1", url: "http://b") }
scalar join__FieldSet
input link__Import { name: String }
"""


def graph(types: str) -> JoinGraph:
    return read_join_graph(parse(HEAD + types, no_location=True))


GRAPH = graph(
    """
    type Root @join__type(graph: A) @join__type(graph: B_1) { units: [[Unit!]]! @join__field(graph: A) here: Int }
    type Acts @join__type(graph: A) { close(id: ID!, why: [String!]): Boolean }
    interface Unit @join__type(graph: A, key: "id") @join__type(graph: B_1, key: "id", isInterfaceObject: true) {
      id: ID! sign: String @join__field(graph: A) fuel: Int @join__field(graph: B_1)
    }
    type Van implements Unit @join__implements(graph: A, interface: "Unit")
      @join__type(graph: A, key: "id") @join__type(graph: A, key: "plate { text }", resolvable: false) {
      id: ID! sign: String fuel: Int @join__field plate: Plate level: Level
    }
    type Boat implements Unit @join__implements(graph: A, interface: "Unit") @join__type(graph: A, key: "id") {
      id: ID! sign: String fuel: Int @join__field
    }
    type Plate @join__type(graph: A) @join__type(graph: B_1) {
      text: String @join__field(graph: A, type: "String!") @join__field(graph: B_1, external: true)
      old: String @join__field(graph: A, usedOverridden: true) @join__field(graph: B_1, override: "a")
      made: Int @join__field(graph: B_1, requires: "text")
      of: Unit @join__field(graph: A, provides: "sign")
    }
    union Found @join__type(graph: A) @join__type(graph: B_1) @join__unionMember(graph: A, member: "Van")
      @join__unionMember(graph: A, member: "Plate") @join__unionMember(graph: B_1, member: "Plate") = Van | Plate
    union Old @join__type(graph: A) = Van | Boat
    enum Level @join__type(graph: A) { LOW HIGH SECRET @inaccessible }
    scalar Day @join__type(graph: A)
    input Filter @join__type(graph: A) { day: Day }
    """
)


def test_subgraphs_have_their_own_names_and_addresses() -> None:
    assert GRAPH.graphs == {"a": "http://a", "b-1": "http://b"}
    assert (GRAPH.query, GRAPH.mutation) == ("Root", "Acts")


def test_machinery_is_no_type() -> None:
    assert not [name for name in GRAPH.types if name.startswith(("join__", "link__"))]


def test_kinds() -> None:
    kinds = {name: one.kind for name, one in GRAPH.types.items()}
    assert kinds["Unit"] is Kind.INTERFACE
    assert kinds["Van"] is Kind.OBJECT
    assert kinds["Found"] is Kind.UNION
    assert kinds["Level"] is kinds["Day"] is Kind.LEAF
    assert kinds["Filter"] is Kind.INPUT
    assert [name for name in ("Unit", "Van", "Found", "Level", "Filter", "Int") if GRAPH.is_composite(name)] == [
        "Unit",
        "Van",
        "Found",
    ]


def test_shapes_count_lists_and_keep_arguments() -> None:
    assert GRAPH.types["Root"].fields["units"] == FieldShape("Unit", 2, {})
    assert GRAPH.types["Acts"].fields["close"] == FieldShape("Boolean", 0, {"id": "ID!", "why": "[String!]"})


def test_a_field_without_directives_is_in_every_subgraph_of_its_type() -> None:
    inside = GRAPH.types["Root"].inside
    assert {graph for graph, one in inside.items() if "here" in one.fields} == {"a", "b-1"}
    assert {graph for graph, one in inside.items() if "units" in one.fields} == {"a"}


def test_keys_say_whether_they_lead_in() -> None:
    assert GRAPH.types["Van"].inside["a"].keys == (
        Key((Picked("id"),), resolvable=True),
        Key((Picked("plate", fields=(Picked("text"),)),), resolvable=False),
    )
    assert not GRAPH.types["Plate"].inside["a"].keys


def test_a_field_is_what_each_subgraph_says_of_it() -> None:
    a, b = (GRAPH.types["Plate"].inside[one].fields for one in ("a", "b-1"))
    assert a["text"] == FieldIn("String", "String!")
    assert b["text"] == FieldIn("String", "String", external=True)
    assert a["old"].external
    assert not b["old"].external
    assert b["made"].requires == (Picked("text"),)
    assert a["of"].provides == (Picked("sign"),)
    assert "made" not in a


def test_an_interface_object_stands_for_each_type_of_its_interface() -> None:
    for name in ("Van", "Boat"):
        stand_in = GRAPH.types[name].inside["b-1"]
        assert stand_in.name == "Unit"
        assert stand_in.interface_object
        assert set(stand_in.fields) == {"id", "fuel"}
    assert "fuel" not in GRAPH.types["Van"].inside["a"].fields
    assert GRAPH.interface_objects == {"Unit"}
    assert GRAPH.is_opaque("Unit", "b-1")
    assert not GRAPH.is_opaque("Unit", "a")


def test_what_objects_may_be() -> None:
    assert GRAPH.possible("Unit") == ("Boat", "Van")
    assert GRAPH.possible("Van") == ("Van",)
    assert GRAPH.possible("Found") == ("Plate", "Van")
    assert GRAPH.is_a("Van", "Unit")
    assert GRAPH.is_a("Van", "Van")
    assert not GRAPH.is_a("Plate", "Unit")


def test_what_objects_may_be_in_one_subgraph() -> None:
    assert GRAPH.possible_in("Found", "a") == ("Plate", "Van")
    assert GRAPH.possible_in("Found", "b-1") == ("Plate",)
    assert GRAPH.possible_in("Unit", "a") == ("Boat", "Van")
    assert GRAPH.possible_in("Unit", "b-1") == ("Boat", "Van")  # it can't tell
    assert GRAPH.possible_in("Acts", "b-1") == ()
    assert GRAPH.possible_in("Old", "a") == ("Boat", "Van")  # no join__unionMember: all that it has


def test_leaves_know_the_values_that_askers_see() -> None:
    assert GRAPH.leaf("Van", "level") == Leaf("Level", 0, frozenset(("LOW", "HIGH")))
    assert GRAPH.leaf("Van", "sign") == Leaf("String", 0, None)


def test_without_a_schema_definition_the_root_has_its_usual_name() -> None:
    document = parse(HEAD.replace("schema { query: Root mutation: Acts }", "") + "type Query { x: Int }")
    assert read_join_graph(document).query == "Query"
    assert read_join_graph(document).mutation is None


@pytest.mark.parametrize(
    ("types", "error"),
    [
        ('type T @join__type(graph: A, key: "id }") { id: ID }', FieldSetError),
        ('type T @join__type(graph: A) { x: Int @join__field(graph: A, requires: "...F") }', FieldSetError),
        ("type T @join__type(graph: NONE) { id: ID }", KeyError),
        ("type T @join__type(graph: A) { x: Int @join__field(graph: NONE) }", KeyError),
    ],
)
def test_what_is_no_join_is_refused(types: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        graph(types)
