from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, get_introspection_query, graphql_sync, print_schema, validate_schema

from federation.schema.compose import CompositionFailedError, compose
from federation.schema.subgraph import describe
from federation.schema.supergraph import Collection, Companion, FieldFacts, FieldKind, Supergraph
from tests.federation.schema.catalogue import DELIVERY, HEALTH, POPULATION
from vocabulary.coordinate import Coordinate

SUBGRAPHS = {source.name: describe(source, root_node=source is POPULATION) for source in (POPULATION, HEALTH, DELIVERY)}
SDL = Path(__file__).with_name("supergraph.graphql").read_text(encoding="utf-8")
DEMO = Supergraph.parse(SDL)


def field(coordinate: str, supergraph: Supergraph = DEMO) -> FieldFacts:
    type_name, _, name = coordinate.partition(".")
    return supergraph.types[type_name].fields[name]


def refused(sdl: str) -> str:
    with pytest.raises(CompositionFailedError) as failed:
        Supergraph.parse(sdl)
    return str(failed.value)


def changed(old: str, new: str, sdl: str = SDL) -> str:
    assert old in sdl
    return sdl.replace(old, new)


# ── the model ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_types_know_their_home_key_subject_and_area() -> None:
    read = {name: (facts.home, facts.key, facts.subject, facts.area) for name, facts in DEMO.types.items()}
    assert read == {
        "Resident": ("population", "identityNo", "identityNo", "area"),
        "Vaccination": ("health", None, "resident", None),
        "MealService": ("delivery", None, "resident", None),
    }
    assert DEMO.types["Resident"].description == "实有人口登记的居民 · A resident of the population register"
    assert DEMO.graphs == ("delivery", "health", "population")
    assert DEMO.sdl == SDL


def test_a_field_is_read_back_with_all_that_governs_it() -> None:
    assert field("Resident.identityNo") == FieldFacts(
        name="identityNo",
        type="String",
        many=False,
        kind=FieldKind.SCALAR,
        graph="population",
        inaccessible=False,
        level=4,
        category="identifier",
        masks=("identity-partial", "pseudonym", "redact"),
        identifier=True,
        reveals=("sex", "birthDate"),
        companion=None,
        description="公民身份号码 · Resident identity number",
    )


def test_every_declared_field_comes_back_as_it_was_declared() -> None:
    for source in (POPULATION, HEALTH, DELIVERY):
        for declared in source.types:
            for item in declared.fields:
                read = field(f"{declared.name}.{item.name}")
                assert (read.graph, read.type, read.level) == (source.name, item.scalar, item.level)
                assert (read.category, read.masks, set(read.reveals)) == (item.category, item.masks, set(item.reveals))
                assert (read.identifier, read.inaccessible) == (item.identifier, item.inaccessible)


@pytest.mark.parametrize(
    ("coordinate", "kind", "graph", "many"),
    [
        ("Resident.id", FieldKind.ID, None, False),
        ("Resident.name", FieldKind.SCALAR, "population", False),
        ("Resident.ageBand", FieldKind.COMPANION, "population", False),
        ("Resident.emergencyContact", FieldKind.REFERENCE, "population", False),
        ("Resident.vaccinations", FieldKind.RELATION, "health", True),
        ("Resident.latestVaccination", FieldKind.RELATION, "health", False),
        ("Resident.mealService", FieldKind.RELATION, "delivery", False),
        ("Vaccination.resident", FieldKind.REFERENCE, "health", False),
        ("MealService.resident", FieldKind.REFERENCE, "delivery", False),
    ],
)
def test_a_field_knows_where_it_leads_and_who_resolves_it(
    coordinate: str,
    kind: FieldKind,
    graph: str | None,
    many: bool,
) -> None:
    read = field(coordinate)
    assert (read.kind, read.graph, read.many) == (kind, graph, many)


def test_a_companion_has_its_parameters() -> None:
    assert field("Resident.ageBand").companion == Companion("birthDate", "age-band", {"edges": [18, 60, 70]})


def test_collections_stand_by_their_root_field() -> None:
    assert DEMO.collections == {"residents": Collection("residents", "Resident", "population", "serial", False)}
    descending = Supergraph.parse(changed('pageBy: "serial"', 'pageBy: "-serial"'))
    assert descending.collections["residents"] == Collection("residents", "Resident", "population", "serial", True)


def test_coordinates_are_those_that_askers_can_name() -> None:
    coordinates = DEMO.coordinates()
    assert coordinates[Coordinate("Resident", "name")] is field("Resident.name")
    assert {str(one) for one in coordinates if one.type == "Vaccination"} == {
        "Vaccination.vaccine",
        "Vaccination.dose",
        "Vaccination.date",
        "Vaccination.resident",
    }
    named = {str(one) for one in coordinates}
    assert not named & {"Resident.serial", "Resident.id", "PageInfo.endCursor", "ResidentEdge.node", "Query.residents"}


def test_an_exchange_of_one_source_is_read_too() -> None:
    alone = Supergraph.parse(compose({"population": SUBGRAPHS["population"]}))
    assert alone.collections.keys() == {"residents"}
    assert field("Resident.name", alone).graph == "population"


# ── the schema that askers see ────────────────────────────────────────────────────────────────────────────────────────


def test_the_api_schema_is_valid() -> None:
    assert validate_schema(DEMO.api) == []


def test_introspection_shows_no_machinery_no_governance_and_nothing_hidden() -> None:
    result = graphql_sync(DEMO.api, get_introspection_query(input_value_deprecation=True))
    assert result.errors is None
    shown = json.dumps(result.data)
    for hidden in ("join__", "link__", "serial", "population", "governed", "derivedFrom", "companion", "dataSubject"):
        assert hidden not in shown.replace("A resident of the population register", "")
    assert {one.name for one in DEMO.api.directives} == {"skip", "include", "deprecated", "specifiedBy", "oneOf"}
    assert "serial" not in print_schema(DEMO.api)
    assert "@" not in print_schema(DEMO.api)


def test_the_api_schema_keeps_what_askers_need() -> None:
    printed = print_schema(DEMO.api)
    assert "type Resident implements Node {" in printed
    assert "node(id: ID!): Node" in printed
    assert "direction: OrderDirection! = ASC" in printed
    assert '"""公民身份号码 · Resident identity number"""' in printed


def test_governed_fields_are_nullable_whatever_a_source_says() -> None:
    strict = Supergraph.parse(
        changed(
            "name: String @join__field",
            "name: String! @join__field",
            changed("s: [Vaccination!] ", "s: [Vaccination!]! "),
        )
    )
    resident = strict.api.type_map["Resident"]
    assert isinstance(resident, GraphQLObjectType)
    assert str(resident.fields["name"].type) == "String"
    assert str(resident.fields["vaccinations"].type) == "[Vaccination!]"
    assert str(resident.fields["id"].type) == "ID!"


def test_a_hidden_type_leaves_the_schema_and_the_coordinates() -> None:
    hidden = Supergraph.parse(
        changed(
            "mealService: MealService @join__field(graph: DELIVERY)",
            "mealService: MealService @inaccessible @join__field(graph: DELIVERY)",
            changed(
                '  @join__type(graph: DELIVERY)\n  @dataSubject(field: "resident")',
                "@join__type(graph: DELIVERY) @inaccessible",
            ),
        )
    )
    assert "MealService" not in hidden.api.type_map
    assert not [one for one in hidden.coordinates() if one.type == "MealService" or one.field == "mealService"]


# ── attacks: cells outside governance ─────────────────────────────────────────────────────────────────────────────────

NAME = (
    "name: String @join__field(graph: POPULATION) "
    '@governed(category: "name", level: 3, masks: ["name-partial", "redact"])'
)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (NAME, "name: String @join__field(graph: POPULATION)", "UNGOVERNED: Resident.name: every field but id"),
        (NAME, NAME.replace("level: 3", "level: 0"), "UNGOVERNED: Resident.name: @governed: level 0"),
        (NAME, NAME.replace("level: 3", 'level: "3"'), "UNGOVERNED: Resident.name: @governed"),
        (NAME, NAME.replace("name:", "name(plain: Boolean):"), "UNSUPPORTED: Resident.name: a governed field with"),
        (NAME, NAME.replace("String", "[String]", 1), "UNSUPPORTED: Resident.name: [String], which no mask knows"),
        (NAME, NAME.replace("String", "link__Import", 1), "UNSUPPORTED: Resident.name: link__Import, which no mask"),
        (NAME, NAME.replace("String", "PageInfo", 1), "UNGOVERNED: Resident.name: it leads to PageInfo"),
        (
            NAME,
            NAME.replace("@governed", "@join__field(graph: HEALTH) @governed"),
            "UNSUPPORTED: Resident.name: a governed field that several sources resolve",
        ),
        (
            "id: ID! @join__field(graph: POPULATION)",
            "id: ID! @join__field(graph: POPULATION) @join__field(graph: HEALTH)",
            "UNSUPPORTED: Resident: a type with several homes (health, population)",
        ),
        (
            '@derivedFrom(fields: ["identityNo"])',
            '@derivedFrom(fields: ["identityNumber"])',
            "UNGOVERNED: Resident.identityNumber: @derivedFrom names it",
        ),
        ('@dataArea(field: "area")', '@dataArea(field: "street")', "UNGOVERNED: Resident: @dataArea names street"),
        (
            '@dataSubject(field: "identityNo")',
            '@dataSubject(field: "vaccinations")',
            "UNGOVERNED: Resident: @dataSubject names vaccinations",
        ),
        ('of: "birthDate"', 'of: "vaccinations"', "UNGOVERNED: Resident.ageBand: @companion of vaccinations"),
        (r'"{\"edges\": [18, 60, 70]}"', '"[18]"', "UNGOVERNED: Resident.ageBand: @companion: its parameters"),
        (
            '@join__type(graph: HEALTH, key: "identityNo")',
            '@join__type(graph: HEALTH, key: "identityNo name")',
            "UNSUPPORTED: Resident: a key other than one field",
        ),
        (
            '@join__type(graph: HEALTH, key: "identityNo")',
            '@join__type(graph: HEALTH, key: "identityNo", resolvable: false)',
            "UNSUPPORTED: Resident.vaccinations: health resolves it and has no key",
        ),
        (
            '@join__type(graph: HEALTH, key: "identityNo")',
            "@join__type(graph: HEALTH)",
            "UNSUPPORTED: Resident.latestVaccination: health resolves it and has no key",
        ),
        (
            "type Vaccination\n",
            "type Vaccination implements Node\n",
            "INVALID_GRAPHQL: supergraph: Interface field Node.id expected but Vaccination does not provide it",
        ),
        (
            '"""中文 · Vaccine"""',
            "id: ID!",
            "UNSUPPORTED: Vaccination.id: an id where no key says which entity it is",
        ),
        ("pageInfo: PageInfo!", "pageInfo: PageInfo! totalCount: Int", "UNSUPPORTED: Query.residents: it is to be a"),
        ("cursor: String!", "cursor: String! rank: Int", "UNSUPPORTED: Query.residents: it is to be a"),
        ("hasNextPage: Boolean!", "hasNextPage: Boolean! total: Int", "UNSUPPORTED: Query.residents: it is to be a"),
        ("nodes: [Resident!]", "nodes(all: Int): [Resident!]", "UNSUPPORTED: Query.residents: it is to be a"),
        ('@collection(of: "Resident"', '@collection(of: "PageInfo"', "UNSUPPORTED: Query.residents: it is neither"),
        (
            '@join__field(graph: POPULATION) @collection(of: "Resident"',
            '@join__field(graph: HEALTH) @collection(of: "Resident"',
            "UNSUPPORTED: Query.residents: it is neither",
        ),
        ('pageBy: "serial"', 'pageBy: "vaccinations"', "UNSUPPORTED: Query.residents: it is paged by vaccinations"),
        ("residents(first: Int = 20", "residents(raw: Boolean", "UNSUPPORTED: Query.residents: arguments that"),
        ("node(id: ID!): Node", "node(id: ID!): Resident", "UNSUPPORTED: Query.node"),
        ("node(id: ID!): Node", "count: Int", "UNSUPPORTED: Query.count: it is neither node nor the @collection"),
        (
            "scalar Date\n",
            "type Loose @join__type(graph: HEALTH) { name: String }\nscalar Date\n",
            "UNGOVERNED: Loose: neither governed nor part of a collection",
        ),
        (
            "scalar Date\n",
            "interface Named @join__type(graph: HEALTH) { name: String }\nscalar Date\n",
            "UNSUPPORTED: Named: an interface other than Node",
        ),
        ("scalar Date\n", "union U = Resident\nscalar Date\n", "UNSUPPORTED: U: a union"),
        (
            "scalar Date\n",
            "type Mutation @join__type(graph: HEALTH) { name: String }\nscalar Date\n",
            "UNSUPPORTED: Mutation: a root type",
        ),
        (
            "governance/v1.0",
            "governance/v2.0",
            "DIRECTIVE_COMPOSITION_ERROR: @governed is not that of https://specs.tongguan.example/governance/v1.0",
        ),
        (
            "masks: [String!], identifier: Boolean) on",
            "masks: [String!], identifier: Boolean, open: Boolean) on",
            "DIRECTIVE_COMPOSITION_ERROR: @governed is not that of",
        ),
        (
            '"@derivedFrom", "@governed"]',
            '{name: "@governed", as: "@derivedFrom"}, "@governed"]',
            "DIRECTIVE_COMPOSITION_ERROR: @derivedFrom is not that of",
        ),
        ("join/v0.3", "join/v0.5", "UNSUPPORTED: https://specs.apollo.dev/join/v0.5, which this graph must not"),
        (
            "inaccessible/v0.2",
            "lock/v0.2",
            "UNSUPPORTED: https://specs.apollo.dev/lock/v0.2, which this graph must not",
        ),
        ("for: SECURITY)", 'for: SECURITY, as: "hidden")', "UNSUPPORTED: https://specs.apollo.dev/inaccessible/v0.2"),
        (
            NAME,
            NAME.replace("POPULATION)", 'POPULATION, override: "health")'),
            "UNSUPPORTED: Resident.name: @join__field(",
        ),
        (
            "type Vaccination\n  @join__type(graph: HEALTH)",
            "type Vaccination\n  @join__type(graph: HEALTH, isInterfaceObject: true)",
            "UNSUPPORTED: Vaccination: @join__type(isInterfaceObject:)",
        ),
        (
            "after: String",
            "after: String @inaccessible",
            "UNSUPPORTED: Query.residents(after:): an @inaccessible input",
        ),
        ("  query: Query\n", "  query: Missing\n", "INVALID_GRAPHQL: supergraph"),
        (
            "type MealService\n",
            "type MealService @inaccessible\n",
            "REFERENCED_INACCESSIBLE",
        ),
    ],
)
def test_it_refuses(old: str, new: str, problem: str) -> None:
    assert problem in refused(changed(old, new))


def test_a_source_that_names_another_sources_entity_cannot_make_it_open() -> None:
    # The stub's key is governed by its home alone; what the stub says of it is compared, not merged.
    stub = changed("identityNo: String", "identityNo: String @governed(level: 1)", SUBGRAPHS["health"])
    with pytest.raises(CompositionFailedError, match=r"Resident\.identityNo: health, population differ in @governed"):
        compose({**SUBGRAPHS, "health": stub})


def test_an_entity_whose_home_is_not_mounted_is_not_ungoverned_by_its_stubs() -> None:
    assert "UNGOVERNED: Resident.identityNo" in refused(compose({"health": SUBGRAPHS["health"], "shop": SHOP}))


SHOP = """
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@composeDirective"])
  @link(url: "https://specs.tongguan.example/governance/v1.0", import: ["@governed", "@collection"])
  @composeDirective(name: "@governed") @composeDirective(name: "@collection")
directive @governed(level: Int!, category: String, masks: [String!], identifier: Boolean) on FIELD_DEFINITION
directive @collection(of: String!, pageBy: String!) on FIELD_DEFINITION
type Query { shops: ShopConnection @collection(of: "Shop", pageBy: "no") }
type Shop @key(fields: "no") { id: ID! no: Int @governed(level: 1) }
type ShopConnection { edges: [ShopEdge!] nodes: [Shop!] pageInfo: PageInfo! }
type ShopEdge { cursor: String! node: Shop }
type PageInfo @shareable {
  hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
}
"""


def test_a_subgraph_written_by_hand_is_read_like_any_other() -> None:
    both = Supergraph.parse(compose({**SUBGRAPHS, "shop": SHOP}))
    assert both.types["Shop"].home == "shop"
    assert both.collections.keys() == {"residents", "shops"}
    assert both.graphs == ("delivery", "health", "population", "shop")
