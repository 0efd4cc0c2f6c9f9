"""An exchange as a subgraph: what another one may ask, its description, and nothing of either that is hidden."""

from __future__ import annotations

import re
from functools import cache

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    TypeDefinitionNode,
    build_schema,
    parse,
    print_ast,
    validate_schema,
)

from federation.schema.as_subgraph import AsSubgraph, as_subgraph
from federation.schema.compose import compose
from federation.schema.read_subgraph import read_subgraph
from federation.schema.visible import visible_schema
from tests.federation.schema.test_visible import city, small
from vocabulary.coordinate import Coordinate

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])\n'
)
HOUSES = (
    LINK + "type Query { houses: [House] } "
    'type House @key(fields: "id") { id: ID! who: Resident } '
    'type Resident @key(fields: "id") { id: ID! house: House }'
)


@cache
def seen(*hidden: str, named: tuple[tuple[str, str], ...] = ()) -> AsSubgraph:
    """The small city as another exchange sees it."""
    graph = small()
    api = visible_schema(graph.api, graph.types, graph.collections, frozenset(map(Coordinate.parse, hidden)))
    return as_subgraph(api, graph.types, dict(named))


def type_of(sdl: str, name: str) -> str:
    """The text of one type, without what describes it to people."""
    (node,) = (one for one in parse(sdl).definitions if isinstance(one, TypeDefinitionNode) and one.name.value == name)
    return re.sub(r' *"""[^"]*"""\n', "", print_ast(node))


def object_(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


# ── the schema that it asks by ────────────────────────────────────────────────────────────────────────────────────────


def test_each_governed_object_tells_of_its_masks_and_no_other_does() -> None:
    api = seen().api
    assert validate_schema(api) == []
    telling = {
        name for name, one in api.type_map.items() if isinstance(one, GraphQLObjectType) and "_masked" in one.fields
    }
    assert telling == set(small().types) & set(api.type_map)
    assert str(object_(api, "Resident").fields["_masked"].type) == "[String!]"


def test_entities_are_the_objects_that_have_ids() -> None:
    api = seen().api
    union = api.type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    assert {one.name for one in union.types} == {"Agreement", "Resident"}
    entities = object_(api, "Query").fields["_entities"]
    assert str(entities.type) == "[_Entity]!"
    assert {name: str(one.type) for name, one in entities.args.items()} == {"representations": "[_Any!]!"}


def test_where_nothing_has_an_id_nothing_can_be_asked_for_by_one() -> None:
    api = as_subgraph(build_schema("type Query { calls: [Call] } type Call { at: String }"), {"Call"}).api
    assert validate_schema(api) == []
    assert "_entities" not in object_(api, "Query").fields
    assert "_service" in object_(api, "Query").fields
    assert "_Entity" not in api.type_map


def test_what_askers_of_ours_see_has_none_of_it() -> None:
    own = small().api
    for name in ("_Any", "_Entity", "_Service"):
        assert name not in own.type_map
        assert name in seen().api.type_map
    assert not any(
        field.startswith("_")
        for one in own.type_map.values()
        if hasattr(one, "fields") and not one.name.startswith("__")
        for field in one.fields
    )


def test_the_schema_that_it_is_made_of_stays_as_it_was() -> None:
    api = small().api
    before = sorted(object_(api, "Resident").fields)
    seen()
    assert sorted(object_(api, "Resident").fields) == before
    assert object_(api, "Resident").ast_node is not None
    assert "_masked" not in {one.name.value for one in object_(api, "Resident").ast_node.fields or ()}  # type: ignore[union-attr]


# ── its description ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_small_one_reads_so() -> None:
    text = seen().sdl
    assert text.startswith(
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])'
    )
    assert type_of(text, "Resident") == (
        'type Resident implements Node @key(fields: "id") {\n'
        "  id: ID!\n"
        "  identityNo: String\n"
        "  name: String\n"
        "  sex: String\n"
        "  birthDate: Date\n"
        "  area: String\n"
        "  livesAlone: Boolean\n"
        "  note: String\n"
        "  ageBand: String\n"
        "  emergencyContact: Resident\n"
        "  vaccinations: [Vaccination!]\n"
        "  latestVaccination: Vaccination\n"
        "  mealService: MealService\n"
        "  _masked: [String!]\n"
        "}"
    )
    for machinery in ("_Any", "_Entity", "_Service", "_entities", "_service", "node(", "join__", "serial", "@governed"):
        assert machinery not in text


def test_a_field_that_entities_may_be_named_by_is_a_second_key_while_it_is_seen() -> None:
    named = (("Resident", "identityNo"), ("Nothing", "at"))
    assert '@key(fields: "id") @key(fields: "identityNo")' in type_of(seen(named=named).sdl, "Resident")
    hidden = type_of(seen("Resident.identityNo", named=named).sdl, "Resident")
    assert hidden.count("@key") == 1
    assert "identityNo" not in seen("Resident.identityNo", named=named).sdl


def test_it_is_a_subgraph_of_federation_and_composes_with_another() -> None:
    read_subgraph("exchange", "EXCHANGE", seen().sdl)
    text = compose({"exchange": seen().sdl, "houses": HOUSES})
    assert validate_schema(build_schema(text)) == []
    people = type_of(text, "Resident")
    assert "house: House @join__field(graph: HOUSES)" in people
    assert "name: String @join__field(graph: EXCHANGE)" in people


def test_the_whole_demo_city_is_one_too() -> None:
    graph = city()
    text = compose({"city": as_subgraph(graph.api, graph.types).sdl})
    assert validate_schema(build_schema(text)) == []


def test_one_without_any_list_composes_with_one_that_has_some() -> None:
    """`Query` has nothing but `node` then, which is no subgraph's own."""
    api = build_schema(
        "type Query { node(id: ID!): Node } interface Node { id: ID! } type Resident implements Node { id: ID! name: String }"
    )
    sdl = as_subgraph(api, {"Resident"}).sdl
    assert "type Query" not in sdl
    assert "name: String" in compose({"exchange": sdl, "houses": HOUSES})


# ── what is hidden ────────────────────────────────────────────────────────────────────────────────────────────────────

HIDDEN = (
    "Resident.identityNo",
    "Resident.name",
    "Resident.birthDate",
    "Resident.mealService",
    "Vaccination.dose",
    "Agreement.state",
)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_the_negative_list_hides_stands_in_neither(hidden: str) -> None:
    type_, _, field = hidden.partition(".")
    one = seen(hidden)
    assert field not in object_(one.api, type_).fields
    assert not re.search(rf"^\s+{field}\b", type_of(one.sdl, type_), re.MULTILINE)
    for beside in (f"{type_}Where", f"{type_}OrderField"):
        if f"\ninput {beside} " in one.sdl or f"\nenum {beside} " in one.sdl:
            assert not re.search(rf"^\s+{field}\b", type_of(one.sdl, beside), re.MULTILINE)


def test_a_type_of_which_everything_is_hidden_is_not_there() -> None:
    hidden = tuple(str(one) for one in small().coordinates() if one.type == "Vaccination")
    one = seen(*hidden, "Resident.vaccinations", "Resident.latestVaccination")
    assert "Vaccination" not in one.api.type_map
    assert "Vaccination" not in one.sdl
    assert "accination" not in one.sdl


def test_every_word_of_the_description_is_one_that_it_may_ask_by() -> None:
    """The text is made of the same definitions as the schema: nothing is described that could not be asked for."""
    one = seen(*HIDDEN)
    described = build_schema(
        "directive @link(url: String!, import: [String]) on SCHEMA directive @key(fields: String!) repeatable on OBJECT "
        "directive @shareable on OBJECT "
        + one.sdl.replace("extend schema", "schema").replace('"])', '"]) { query: Query }', 1)
    )
    for name, told in described.type_map.items():
        if isinstance(told, GraphQLObjectType) and not name.startswith("__"):
            assert told.fields.keys() <= object_(one.api, name).fields.keys()
