from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from graphql import (
    DirectiveDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    parse,
)

from federation.schema import declare
from federation.schema.compose import CompositionFailedError
from federation.schema.elements import is_same_definition
from federation.schema.governance import DEFINITIONS
from federation.schema.subgraph import describe
from tests.federation.schema.acts import APPROVE, DESK, PROPOSE
from tests.federation.schema.catalogue import DELIVERY, HEALTH, POPULATION, RESIDENT, TO_RESIDENT, VACCINATION, words
from vocabulary.catalogue import ActDeclaration, FieldDeclaration, SourceDeclaration, TypeDeclaration


def schema(sdl: str) -> GraphQLSchema:
    return build_schema(sdl, assume_valid_sdl=True)


def fields(sdl: str, name: str) -> dict[str, str]:
    type_ = schema(sdl).type_map[name]
    assert isinstance(type_, GraphQLObjectType | GraphQLInputObjectType | GraphQLInterfaceType)
    return {field: str(described.type) for field, described in type_.fields.items()}


def values(sdl: str, name: str) -> list[str]:
    type_ = schema(sdl).type_map[name]
    assert isinstance(type_, GraphQLEnumType)
    return list(type_.values)


def resident(**changes: object) -> SourceDeclaration:
    return replace(POPULATION, types=(replace(RESIDENT, **changes),))  # type: ignore[arg-type]  # any of its fields


def test_an_entity_has_a_sealed_id_and_nullable_governed_fields() -> None:
    sdl = describe(POPULATION)
    assert 'type Resident implements Node @key(fields: "identityNo", resolvable: true) ' in sdl
    assert fields(sdl, "Node") == {"id": "ID!"}
    assert fields(sdl, "Resident") == {
        "id": "ID!",
        "serial": "Int",
        "identityNo": "String",
        "name": "String",
        "sex": "String",
        "birthDate": "Date",
        "area": "String",
        "livesAlone": "Boolean",
        "note": "String",
        "ageBand": "String",
        "emergencyContact": "Resident",
    }


@pytest.mark.parametrize(
    "line",
    [
        'identityNo: String @governed(level: 4, category: "identifier", masks: ["identity-partial", ',
        '"pseudonym", "redact"], identifier: true)',
        'birthDate: Date @governed(level: 3, category: "birth", masks: ["redact"]) @derivedFrom(fields: ["identityNo"',
        "serial: Int @governed(level: 1) @inaccessible",
        'ageBand: String @governed(level: 2) @companion(of: "birthDate", kind: "age-band", parameters: ',
        r'parameters: "{\"edges\": [18, 60, 70]}")',
        "emergencyContact: Resident @governed(level: 3)",
        '"""公民身份号码 · Resident identity number"""',
        '@dataSubject(field: "identityNo") @dataArea(field: "area") {',
        'ResidentConnection @collection(of: "Resident", pageBy: "serial")',
        "type PageInfo @shareable {",
    ],
)
def test_governance_travels_as_directives(line: str) -> None:
    assert line in describe(POPULATION)


def test_the_directives_are_those_of_the_specification_linked_and_composed() -> None:
    sdl = describe(replace(resident(), acts=(replace(APPROVE, type="Resident"),)))
    wanted = {one.name.value: one for one in parse(DEFINITIONS).definitions if isinstance(one, DirectiveDefinitionNode)}
    written = {one.name.value: one for one in parse(sdl).definitions if isinstance(one, DirectiveDefinitionNode)}
    assert written.keys() == wanted.keys()
    for name, definition in wanted.items():
        described = written[name].description
        assert is_same_definition(written[name], definition)
        assert described is not None
        assert definition.description is not None
        assert described.value == definition.description.value
        assert f'@composeDirective(name: "@{name}")' in sdl


def test_a_collection_is_a_relay_connection() -> None:
    sdl = describe(POPULATION)
    assert (
        "residents(first: Int = 20, after: String, where: ResidentWhere, orderBy: [ResidentOrder!]): ResidentConnection"
    ) in sdl
    assert fields(sdl, "ResidentConnection") == {
        "edges": "[ResidentEdge!]",
        "nodes": "[Resident!]",
        "pageInfo": "PageInfo!",
    }
    assert fields(sdl, "ResidentEdge") == {"cursor": "String!", "node": "Resident"}
    assert fields(sdl, "PageInfo") == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


def test_where_and_order_name_what_may_be_filtered_and_never_what_is_hidden() -> None:
    sdl = describe(POPULATION)
    assert fields(sdl, "ResidentWhere") == {
        "and": "[ResidentWhere!]",
        "or": "[ResidentWhere!]",
        "not": "ResidentWhere",
        "identityNo": "StringWhere",
        "name": "StringWhere",
        "sex": "StringWhere",
        "birthDate": "DateWhere",
        "area": "AreaWhere",
        "livesAlone": "BooleanWhere",
        "ageBand": "BandWhere",
    }
    assert values(sdl, "ResidentOrderField") == ["identityNo", "name", "sex", "birthDate", "area", "livesAlone"]
    assert "direction: OrderDirection! = ASC" in sdl
    assert values(sdl, "OrderDirection") == ["ASC", "DESC"]


def test_each_scalar_has_its_comparisons() -> None:
    extra = [FieldDeclaration(scalar.lower(), scalar, "c", 1, words("x")) for scalar in ("Int", "Float", "DateTime")]
    sdl = describe(resident(fields=(*RESIDENT.fields, *extra)))
    assert fields(sdl, "StringWhere") == {
        "eq": "String",
        "in": "[String!]",
        "startsWith": "String",
        "isNull": "Boolean",
    }
    assert fields(sdl, "BooleanWhere") == {"eq": "Boolean", "isNull": "Boolean"}
    assert fields(sdl, "AreaWhere") == {"within": "[String!]"}
    assert fields(sdl, "BandWhere") == {"gte": "Int", "lt": "Int", "eq": "String", "in": "[String!]"}
    for scalar in ("Int", "Float", "Date", "DateTime"):
        ordered = dict.fromkeys(("eq", "lt", "lte", "gt", "gte"), scalar)
        assert fields(sdl, f"{scalar}Where") == {**ordered, "in": f"[{scalar}!]", "isNull": "Boolean"}


def test_a_collection_with_nothing_to_filter_takes_no_filter() -> None:
    hidden = tuple(replace(item, filterable=False) for item in RESIDENT.fields)
    sdl = describe(resident(fields=hidden, companions=()))
    assert "residents(first: Int = 20, after: String): ResidentConnection" in sdl
    assert "ResidentWhere" not in sdl
    assert "ResidentOrder" not in sdl


def test_fields_may_have_any_name_that_graphql_takes() -> None:
    odd = [FieldDeclaration(name, "String", "c", 1, words("x")) for name in ("class", "mro", "value", "in", "None")]
    sdl = describe(resident(fields=(*RESIDENT.fields, *odd)))
    assert {"class", "mro", "value", "in", "None"} <= fields(sdl, "Resident").keys()
    assert {"class", "mro", "value", "in", "None"} <= set(values(sdl, "ResidentOrderField"))


def test_two_collections_share_what_they_both_need() -> None:
    household = replace(RESIDENT, name="Household", collection="households", references=())
    sdl = describe(replace(POPULATION, types=(RESIDENT, household)))
    assert {"residents", "households"} <= fields(sdl, "Query").keys()
    assert sdl.count("enum OrderDirection") == sdl.count("type PageInfo") == 1


def test_rows_without_a_key_are_a_plain_object() -> None:
    sdl = describe(HEALTH)
    assert 'type Vaccination @dataSubject(field: "resident") {' in sdl
    assert fields(sdl, "Vaccination") == {"vaccine": "String", "dose": "Int", "date": "Date", "resident": "Resident"}
    assert "Node" not in sdl


def test_an_entity_of_another_source_is_a_stub_with_its_key_and_what_this_source_adds() -> None:
    sdl = describe(HEALTH)
    assert 'type Resident @key(fields: "identityNo", resolvable: true) {\n  identityNo: String\n' in sdl
    assert fields(sdl, "Resident") == {
        "identityNo": "String",
        "vaccinations": "[Vaccination!]",
        "latestVaccination": "Vaccination",
    }
    assert fields(describe(DELIVERY), "Resident") == {"identityNo": "String", "mealService": "MealService"}


def test_a_stub_that_adds_nothing_cannot_be_fetched_here() -> None:
    assert '@key(fields: "identityNo", resolvable: false)' in describe(replace(HEALTH, relations=()))


def test_relations_of_an_entity_at_home_stand_beside_its_fields() -> None:
    letter = TypeDeclaration(
        "Letter", "letter", words("x"), None, "resident", None, None, (), references=(TO_RESIDENT,)
    )
    relation = replace(HEALTH.relations[0], name="letters", type="Letter")
    sdl = describe(replace(POPULATION, types=(RESIDENT, letter), relations=(relation,)))
    assert fields(sdl, "Resident")["letters"] == "[Letter!]"
    assert sdl.count("type Resident ") == 1


def test_node_is_asked_of_one_subgraph_only() -> None:
    assert "node(id: ID!): Node" in describe(POPULATION, root_node=True)
    assert "node(id:" not in describe(POPULATION)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (resident(fields=(*RESIDENT.fields[:3], *RESIDENT.fields[4:])), "it reveals sex"),
        (resident(page_by=None), "names no field to page by"),
        (
            replace(HEALTH, types=(replace(VACCINATION, key="dose"),)),
            "Resident.latestVaccination: one entity by a relation",
        ),
        (replace(HEALTH, relations=(replace(HEALTH.relations[0], owner_key="no"),)), "known here by two keys"),
    ],
)
def test_a_declaration_that_would_read_as_another_is_refused(source: SourceDeclaration, problem: str) -> None:
    with pytest.raises(CompositionFailedError, match="UNSUPPORTED") as failed:
        describe(source)
    assert problem in str(failed.value)


# ── acts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def doing(*acts: ActDeclaration) -> SourceDeclaration:
    return replace(DESK, acts=acts)


def test_an_act_is_a_field_of_mutation_that_may_be_answered_by_null() -> None:
    sdl = describe(DESK)
    assert fields(sdl, "Mutation") == {"proposeAgreement": "Agreement", "approveAgreement": "Agreement"}
    mutation = schema(sdl).mutation_type
    assert mutation is not None
    assert {name: str(one.type) for name, one in mutation.fields["proposeAgreement"].args.items()} == {
        "coordinates": "[String!]!",
        "areas": "[String!]",
        "until": "DateTime!",
        "renew": "Boolean",
        "reason": "String",
    }
    assert {name: str(one.type) for name, one in mutation.fields["approveAgreement"].args.items()} == {"id": "ID!"}
    assert mutation.fields["proposeAgreement"].args["reason"].description == "中文 · Why"
    assert mutation.fields["approveAgreement"].description == "中文 · Approve an agreement"


def test_an_act_says_its_level_and_is_linked_as_a_root() -> None:
    sdl = describe(DESK)
    assert "Agreement @act(level: 2)" in sdl
    assert "Agreement @act(level: 3)" in sdl
    assert "  mutation: Mutation\n" in sdl


def test_a_source_without_acts_has_no_mutation() -> None:
    assert "utation" not in describe(POPULATION)
    assert "@act" not in describe(POPULATION)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            doing(replace(APPROVE, type="Resident")),
            "Mutation.approveAgreement: it returns Resident, which is no entity",
        ),
        (
            replace(HEALTH, acts=(replace(APPROVE, type="Vaccination"),)),
            "Mutation.approveAgreement: it returns Vaccination, which is no entity",
        ),
        (doing(APPROVE, replace(PROPOSE, name="approveAgreement")), "Mutation: it declares approveAgreement twice"),
        (
            doing(replace(PROPOSE, arguments=(*PROPOSE.arguments, PROPOSE.arguments[0]))),
            "Mutation.proposeAgreement: it declares coordinates twice",
        ),
        (
            doing(replace(PROPOSE, arguments=(replace(PROPOSE.arguments[0], scalar="AgreementOrder"),))),
            "Mutation.proposeAgreement(coordinates:): an act is told scalars",
        ),
        (
            doing(replace(PROPOSE, arguments=(replace(PROPOSE.arguments[0], scalar="ID"),))),
            "Mutation.proposeAgreement(coordinates:): an act is told scalars",
        ),
    ],
)
def test_an_act_that_would_read_as_another_is_refused(source: SourceDeclaration, problem: str) -> None:
    with pytest.raises(CompositionFailedError, match="UNSUPPORTED") as failed:
        describe(source)
    assert problem in str(failed.value)


def test_no_word_of_exchange_yaml_declares_an_act() -> None:
    path = Path(declare.__file__).parents[2] / "democity" / "city" / "exchange.yaml"
    text = path.read_text(encoding="utf-8")
    source = "\nsources:\n  population:\n"
    assert source in text
    assert not any(one.acts for one in declare.parse(text, file="exchange.yaml").sources.values())
    with pytest.raises(declare.ExchangeRefusedError, match="acts"):
        declare.parse(text.replace(source, f"{source}    acts: []\n"), file="exchange.yaml")
