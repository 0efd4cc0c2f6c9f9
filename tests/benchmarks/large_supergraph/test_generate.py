"""The supergraph is as large and as varied as it says, and its subgraphs agree with each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
    validate_schema,
)

from benchmarks.large_supergraph.generate import SUBGRAPHS, TYPES, generate
from benchmarks.large_supergraph.model import World

pytestmark = pytest.mark.whole

Objects = dict[str, dict[str, ObjectTypeDefinitionNode]]


@pytest.fixture(scope="module")
def objects(world: World) -> Objects:
    """The object types, by subgraph and name."""
    return {
        subgraph: {one.name.value: one for one in parse(sdl).definitions if isinstance(one, ObjectTypeDefinitionNode)}
        for subgraph, sdl in world.subgraphs.items()
    }


def _applied(node: ObjectTypeDefinitionNode | FieldDefinitionNode, name: str) -> list[ConstDirectiveNode]:
    return [one for one in node.directives or () if one.name.value == name]


def _keys(node: ObjectTypeDefinitionNode) -> Iterator[tuple[str, bool]]:
    for key in _applied(node, "key"):
        told = {argument.name.value: print_ast(argument.value).strip('"') for argument in key.arguments or ()}
        yield told["fields"], told.get("resolvable") != "false"


def _fields(node: ObjectTypeDefinitionNode) -> dict[str, FieldDefinitionNode]:
    return {one.name.value: one for one in node.fields or ()}


def test_it_is_as_large_as_it_says(world: World, objects: Objects) -> None:
    named = {name for types in objects.values() for name in types} - {"Query"}
    assert (len(world.subgraphs), len(named)) == (SUBGRAPHS, TYPES) == (210, 1150)
    assert named == set(world.fields)
    assert {len(fields) for fields in world.fields.values()} == set(range(4, 13))


def test_the_same_seed_makes_the_same(world: World) -> None:
    assert generate() == world
    assert generate(2) != world


def test_what_a_client_sees_is_a_schema(api: GraphQLSchema) -> None:
    assert validate_schema(api) == []


def test_entities_have_one_to_three_keys_and_a_home_that_resolves_each(objects: Objects) -> None:
    every: dict[str, set[str]] = defaultdict(set)
    homes: dict[str, list[set[str]]] = defaultdict(list)
    for types in objects.values():
        for name, node in types.items():
            keys = list(_keys(node))
            every[name] |= {fields for fields, _ in keys}
            homes[name].append({fields for fields, resolvable in keys if resolvable})
    counts = Counter(len(keys) for keys in every.values() if keys)
    assert set(counts) == {1, 2, 3}
    assert all(any(resolved == every[name] for resolved in homes[name]) for name in every)


def test_every_part_has_the_fields_of_its_keys(objects: Objects) -> None:
    for types in objects.values():
        for node in types.values():
            assert {name for key, _ in _keys(node) for name in key.split()} <= _fields(node).keys()


def test_what_several_resolve_is_shareable_or_a_key(objects: Objects) -> None:
    resolving: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for types in objects.values():
        for name, node in types.items():
            of_keys = {one for key, _ in _keys(node) for one in key.split()}
            for field, defined in _fields(node).items():
                if not _applied(defined, "external"):
                    resolving[name, field].append(field in of_keys or bool(_applied(defined, "shareable")))
    assert all(all(shared) for shared in resolving.values() if len(shared) > 1)


def test_what_is_external_is_required_or_provided_and_resolved_elsewhere(objects: Objects) -> None:
    uses: Counter[str] = Counter()
    for types in objects.values():
        for name, node in types.items():
            for field, defined in _fields(node).items():
                uses.update(one.name.value for one in defined.directives or ())
                if _applied(defined, "external"):
                    others = (other[name] for other in objects.values() if name in other)
                    assert any(
                        field in _fields(one) and not _applied(_fields(one)[field], "external") for one in others
                    )
    assert uses["requires"] > 100
    assert uses["provides"] > 100
    assert uses["external"] >= uses["requires"]


def test_there_are_interfaces_and_unions(world: World) -> None:
    kinds = Counter(type(one) for sdl in world.subgraphs.values() for one in parse(sdl).definitions)
    assert kinds[InterfaceTypeDefinitionNode] == 43
    assert kinds[UnionTypeDefinitionNode] == 70
    assert max(len(world.possible[name]) for name in world.interfaces) == 50
