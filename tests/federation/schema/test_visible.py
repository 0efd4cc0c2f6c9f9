from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_introspection_query,
    graphql_sync,
    lexicographic_sort_schema,
    parse,
    print_schema,
    validate,
    validate_schema,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from federation.exchange.declaration import SOURCE, declaration
from federation.schema import declare
from federation.schema.compose import compose
from federation.schema.facts import FieldKind
from federation.schema.subgraph import describe
from federation.schema.supergraph import Supergraph
from federation.schema.visible import NothingLeftError, visible_schema
from tests.federation.schema.acts import DESK
from tests.federation.schema.catalogue import DELIVERY, HEALTH, POPULATION
from vocabulary.catalogue import SourceDeclaration, Words
from vocabulary.coordinate import Coordinate

CITY = Path(__file__).parents[3] / "democity" / "city" / "exchange.yaml"


@cache
def sources() -> dict[str, SourceDeclaration]:
    catalogue = declare.parse(CITY.read_text("utf-8"), file="exchange.yaml")
    return {**catalogue.sources, SOURCE: declaration(catalogue.operator)}


def composed(declared: Mapping[str, SourceDeclaration]) -> Supergraph:
    return Supergraph.parse(compose({name: describe(one, root_node=name == SOURCE) for name, one in declared.items()}))


@cache
def city() -> Supergraph:
    return composed(sources())


@cache
def small() -> Supergraph:
    """The small city of these tests, with acts."""
    some = (POPULATION, HEALTH, DELIVERY, DESK)
    return Supergraph.parse(compose({one.name: describe(one, root_node=one is DESK) for one in some}))


def without(*hidden: str, supergraph: Supergraph | None = None) -> GraphQLSchema:
    graph = supergraph or city()
    return visible_schema(graph.api, graph.types, graph.collections, frozenset(map(Coordinate.parse, hidden)))


def all_of(type_: str, supergraph: Supergraph | None = None) -> list[str]:
    return [str(one) for one in (supergraph or city()).coordinates() if one.type == type_]


def filters_of(type_: str) -> list[str]:
    """The coordinates by which its list can be filtered."""
    return [one for one in all_of(type_) if one.partition(".")[2] in fields(city().api, f"{type_}Where")]


def fields(schema: GraphQLSchema, type_: str) -> set[str]:
    """The fields of a type or an input, or the values of an enum."""
    found: Any = schema.type_map[type_]
    return set(found.fields if hasattr(found, "fields") else found.values)


def arguments(schema: GraphQLSchema, field: str) -> set[str]:
    assert schema.query_type is not None
    return set(schema.query_type.fields[field].args)


def members_of(schema: GraphQLSchema, type_: str) -> set[str]:
    is_leaf = isinstance(schema.type_map[type_], GraphQLScalarType)
    return set() if is_leaf else fields(schema, type_)


def sorted_text(schema: GraphQLSchema) -> str:
    return print_schema(lexicographic_sort_schema(schema))


# ── what goes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_hidden_is_the_same_object() -> None:
    assert without() is city().api
    assert without("Resident.unheardOf", "Stranger.name", "Resident.serial", "PageInfo.endCursor") is city().api


def test_a_field_leaves_its_type_the_filter_and_the_order() -> None:
    schema = without("Resident.phone", "Resident.ageBand")
    for type_ in ("Resident", "ResidentWhere", "ResidentOrderField"):
        assert not {"phone", "ageBand"} & fields(schema, type_)
        assert "name" in fields(schema, type_)
    assert "BandWhere" in schema.type_map
    bands = [f"{one.type}.{one.field}" for one, facts in city().coordinates().items() if facts.companion]
    assert "BandWhere" not in without(*bands).type_map  # nothing is compared with a band any more
    assert "AreaWhere" in schema.type_map


def test_a_list_without_anything_to_filter_or_order_by_loses_its_arguments() -> None:
    schema = without(*filters_of("Access"))
    assert arguments(schema, "accesses") == {"first", "after"}
    assert not {"AccessWhere", "AccessOrder", "AccessOrderField"} & schema.type_map.keys()
    assert arguments(schema, "residents") == {"first", "after", "where", "orderBy"}
    scalars = [
        one for one in all_of("Resident") if city().coordinates()[Coordinate.parse(one)].kind is FieldKind.SCALAR
    ]
    only_band = without(*scalars)
    assert arguments(only_band, "residents") == {"first", "after", "where"}
    assert fields(only_band, "ResidentWhere") == {"and", "or", "not", "ageBand"}


def test_a_type_whose_own_cells_are_hidden_goes_with_all_that_leads_to_it() -> None:
    schema = without(*all_of("HealthCode"))
    assert "HealthCode" not in schema.type_map
    assert "healthCode" not in fields(schema, "Resident")
    listed = without("Resident.emergencyContact", *(one for one in all_of("Resident") if one not in RELATIONS))
    assert not [name for name in listed.type_map if name.startswith("Resident")]
    assert fields(listed, "Query") == fields(city().api, "Query") - {"residents"}
    assert not {"Vaccination", "MealService"} & listed.type_map.keys()  # nothing leads there any more


RELATIONS = ("Resident.vaccinations", "Resident.latestVaccination", "Resident.tests", "Resident.healthCode")


def test_a_type_that_is_left_with_references_to_what_is_gone_goes_too() -> None:
    hidden = [*all_of("Resident"), "Vaccination.vaccine", "Vaccination.dose", "Vaccination.date", "Vaccination.clinic"]
    assert "Vaccination" not in without(*hidden).type_map
    kept = without(*hidden[-4:])
    assert fields(kept, "Vaccination") == {"resident"}  # whose it is, is a cell of its own


def test_acts_are_hidden_like_cells_and_go_with_what_they_return() -> None:
    one = without("Mutation.proposeAgreement", supergraph=small())
    assert one.mutation_type is not None
    assert set(one.mutation_type.fields) == {"approveAgreement"}
    none = without("Mutation.proposeAgreement", "Mutation.approveAgreement", supergraph=small())
    assert none.mutation_type is None
    assert "Mutation" not in none.type_map
    assert without(*all_of("Agreement", small()), supergraph=small()).mutation_type is None
    assert validate_schema(none) == []


def test_an_id_goes_only_with_its_type() -> None:
    assert without("Resident.id") is city().api
    assert "id" in fields(without("Resident.name", "Resident.id"), "Resident")


def test_an_entity_that_only_its_id_would_find_goes_with_the_door_of_ids() -> None:
    lists = [f"Query.{name}" for name in city().collections if name != "accesses"]
    schema = without("Query.node", *lists, *all_of("Mutation"))
    assert fields(schema, "Query") == {"accesses"}
    assert "Node" in schema.type_map
    assert not {"Resident", "Vaccination"} & schema.type_map.keys()


def test_a_schema_without_any_way_in_is_none() -> None:
    alone = Supergraph.parse(compose({"population": describe(POPULATION)}))
    with pytest.raises(NothingLeftError):
        without(*map(str, alone.coordinates()), supergraph=alone)


def test_everything_hidden_leaves_the_door_and_nothing_behind_it() -> None:
    schema = without(*map(str, city().coordinates()))
    assert validate_schema(schema) == []
    named = {name for name in schema.type_map if not name.startswith("__")}
    assert named == {"Query", "Node", "ID", "String", "Boolean"}


# ── as if it had never been declared ──────────────────────────────────────────────────────────────────────────────────


def bare(declared: SourceDeclaration, hidden: Iterable[Coordinate]) -> SourceDeclaration:
    """The declaration without these coordinates."""
    gone = set(hidden)

    def kept(type_: str, some: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(one for one in some if Coordinate(type_, one.name) not in gone)

    types = [
        replace(
            one,
            fields=tuple(
                replace(item, reveals=tuple(name for name in item.reveals if Coordinate(one.name, name) not in gone))
                for item in kept(one.name, one.fields)
            ),
            companions=kept(one.name, one.companions),
            references=kept(one.name, one.references),
        )
        for one in declared.types
    ]
    relations = [one for one in declared.relations if Coordinate(one.owner, one.name) not in gone]
    acts = kept("Mutation", declared.acts)
    return replace(declared, types=tuple(types), relations=tuple(relations), acts=acts)


def droppable() -> list[Coordinate]:
    """Coordinates that nothing else in the declarations rests on."""
    rests_on: set[tuple[str, str | None]] = set()
    for one in (declared for source in sources().values() for declared in source.types):
        page_by = (one.page_by or "").removeprefix("-")
        rests_on |= {(one.name, name) for name in (one.key, one.subject, one.area, page_by)}
        rests_on |= {(one.name, companion.of) for companion in one.companions}
        rests_on |= {(reference.type, reference.key) for reference in one.references}
    for relation in (declared for source in sources().values() for declared in source.relations):
        rests_on |= {(relation.owner, relation.owner_key), (relation.type, relation.by.partition(".")[0])}
    return [one for one in city().coordinates() if (one.type, one.field) not in rests_on]


@pytest.mark.whole
@given(hidden=st.sets(st.sampled_from(droppable()), min_size=1, max_size=12))
@settings(max_examples=10, deadline=None)
def test_hidden_reads_exactly_as_if_it_had_never_been_declared(hidden: set[Coordinate]) -> None:
    schema = visible_schema(city().api, city().types, city().collections, frozenset(hidden))
    assume(city().types.keys() <= schema.type_map.keys())  # a type without fields cannot be declared
    declared = {name: bare(one, hidden) for name, one in sources().items()}
    assert sorted_text(schema) == sorted_text(composed(declared).api)


@pytest.mark.whole
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_set_of_hidden_coordinates_leaves_a_valid_schema_that_names_none_of_them(data: st.DataObject) -> None:
    graph = data.draw(st.sampled_from([city(), small()]))
    coordinates = sorted(graph.coordinates())
    share = data.draw(st.sampled_from([1, 4, len(coordinates)]))
    hidden = frozenset(data.draw(st.sets(st.sampled_from(coordinates), min_size=1, max_size=share)))
    if data.draw(st.booleans()):
        whole = data.draw(st.sampled_from(sorted(graph.types)))
        hidden |= {one for one in coordinates if one.type == whole}
    schema = visible_schema(graph.api, graph.types, graph.collections, hidden)
    assert validate_schema(schema) == []
    for one in hidden:
        for type_ in (one.type, f"{one.type}Where", f"{one.type}OrderField"):
            assert type_ not in schema.type_map or one.field not in fields(schema, type_), one
    assert made_from_its_roots(schema).type_map.keys() == schema.type_map.keys()
    # and no less: what is not hidden stays, unless what it leads to is gone
    for one, field in graph.coordinates().items():
        if one.type in schema.type_map and one not in hidden:
            assert (one.field in fields(schema, one.type)) is (field.type in schema.type_map), one


def made_from_its_roots(schema: GraphQLSchema) -> GraphQLSchema:
    """The schema of what can be reached in this one; an entity can be, through `Node`."""
    entities = [one for one in schema.type_map.values() if isinstance(one, GraphQLObjectType) and one.interfaces]
    return GraphQLSchema(schema.query_type, schema.mutation_type, types=entities)


@given(hidden=st.sets(st.sampled_from(sorted(city().coordinates())), min_size=1))
@settings(max_examples=8, deadline=None)
def test_introspection_never_names_what_is_gone(hidden: set[Coordinate]) -> None:
    schema = visible_schema(city().api, city().types, city().collections, frozenset(hidden))
    result = graphql_sync(schema, get_introspection_query(input_value_deprecation=True))
    assert result.errors is None
    words = set(re.findall(r"\w+", json.dumps(result.data, ensure_ascii=False)))
    left = {name for type_ in schema.type_map for name in (type_, *members_of(schema, type_))}
    gone = {name for type_ in city().api.type_map for name in (type_, *members_of(city().api, type_))} - left
    assert not {name for name in gone if re.search(r"[a-z][A-Z]", name)} & words


# ── what is said about it ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hidden", "document", "made_up"),
    [
        ("Resident.phone", "{ residents { nodes { %s } } }", "phone"),
        ("Resident.phone", '{ residents(where: {%s: {eq: "1"}}) { nodes { name } } }', "phone"),
        ("Resident.phone", "{ residents(orderBy: [{field: %s}]) { nodes { name } } }", "phone"),
        (
            "Resident.phone",
            "query q($o: [ResidentOrder!] = [{field: %s}]) { residents(orderBy: $o) { nodes { name } } }",
            "phone",
        ),
        ("HealthCode", "{ residents { nodes { %s { colour } } } }", "healthCode"),
        ("HealthCode", "{ node(id: 1) { ... on %s { colour } } }", "HealthCode"),
        ("HealthCode", "fragment f on %s { colour } { node(id: 1) { id ...f } }", "HealthCode"),
        ("Access", "{ %s { nodes { id } } }", "accesses"),
        ("Access", "query q($w: %s) { residents(first: 1) { nodes { name } } node(id: $w) { id } }", "AccessWhere"),
        ("AccessWhere", "{ accesses(%s: {not: {}}) { nodes { id } } }", "where"),
    ],
)
def test_errors_read_exactly_like_those_for_what_never_existed(hidden: str, document: str, made_up: str) -> None:
    of_filter, of_type = filters_of("Access") if hidden == "AccessWhere" else [], all_of(hidden)
    schema = without(*(of_filter or of_type or [hidden]))

    def errors(name: str, of: GraphQLSchema = schema) -> list[str]:
        found = validate(of, parse(document % name), hide_suggestions=True)
        return [one.message.replace(name, "NAME") for one in found]

    assert errors(made_up)
    assert errors(made_up) == errors("neverExisted")
    assert errors(made_up, city().api) != errors("neverExisted", city().api)


def test_texts_that_name_something_hidden_are_left_out() -> None:
    texts = {
        "identityNo": "见birthDate。",
        "name": "Resident.sex tells more",
        "area": "See `sex`",
        "livesAlone": "sex is a word here, birthDates and theResident.sexes are other names",
        "note": "of a `Note`",
    }
    (resident,) = POPULATION.types
    said = [replace(one, description=Words("", texts.get(one.name, "None of them"))) for one in resident.fields]
    changed = replace(POPULATION, types=(replace(resident, fields=tuple(said)),))
    sdl = compose({"population": describe(changed, root_node=True)})
    graph = Supergraph.parse(sdl.replace("  note: String ", '  note: String @deprecated(reason: "use birthDate") '))
    schema = without("Resident.birthDate", "Resident.sex", supergraph=graph)
    shown: Any = schema.type_map["Resident"]
    left_out = {name for name in texts if shown.fields[name].description is None}
    assert left_out == {"identityNo", "name", "area"}
    assert shown.fields["note"].deprecation_reason == "No longer supported"
    whole: Any = graph.api.type_map["Resident"]
    assert whole.fields["note"].deprecation_reason == "use birthDate"
