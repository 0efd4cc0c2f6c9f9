"""`@interfaceObject`: an object of one subgraph that stands for an interface of others.

Source: Apollo Federation v2.3, "Entity interfaces"; error codes as Apollo's composition has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import InterfaceTypeDefinitionNode

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied
from federation.schema.keys import keys_of
from federation.schema.words import INTERFACE_OBJECT, KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from federation.schema.subgraph_types import Subgraph


def check_interface_objects(subgraph: Subgraph) -> Iterator[CompositionError]:
    """An interface object is an entity: without a key nobody could ask which object it is."""
    for name, definition in subgraph.types.items():
        if applied(definition, INTERFACE_OBJECT) and not applied(definition, KEY):
            problem = f"{subgraph.name}: {name}: @interfaceObject without a @key"
            yield CompositionError("INTERFACE_OBJECT_USAGE_ERROR", problem)


def implementations(subgraphs: Sequence[Subgraph]) -> Mapping[str, frozenset[str]]:
    """The object types that implement each interface, in any subgraph."""
    found: dict[str, set[str]] = {}
    for subgraph in subgraphs:
        for name, objects in subgraph.possible.items():
            if isinstance(subgraph.types.get(name), InterfaceTypeDefinitionNode):
                found.setdefault(name, set()).update(objects)
    return {name: frozenset(objects) for name, objects in found.items()}


def check_entity_interfaces(
    subgraphs: Sequence[Subgraph], implemented: Mapping[str, frozenset[str]]
) -> Iterator[CompositionError]:
    """Say where subgraphs disagree on an interface that has a key, or that an object stands for."""
    first = [one.name for one in subgraphs if one.version is None]
    standing = [one.name for one in subgraphs if any(applied(each, INTERFACE_OBJECT) for each in one.types.values())]
    if first and standing:
        problem = f"@interfaceObject in {', '.join(standing)} needs Federation v2 in {', '.join(first)} too"
        yield CompositionError("INTERFACE_OBJECT_USAGE_ERROR", problem)
    for subgraph in subgraphs:
        for name, definition in subgraph.types.items():
            objects = implemented.get(name, frozenset())
            if subgraph.is_interface_object(name):
                yield from _standing_for(name, subgraph, objects, is_one=name in implemented)
            elif isinstance(definition, InterfaceTypeDefinitionNode):
                missing = sorted(objects - set(subgraph.possible[name]))
                if missing and any(key.resolvable for key in keys_of(definition)):
                    problem = f"{subgraph.name}: {name} has a resolvable key, and lacks {', '.join(missing)}"
                    yield CompositionError("INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE", problem)


def _standing_for(
    name: str, subgraph: Subgraph, objects: frozenset[str], *, is_one: bool
) -> Iterator[CompositionError]:
    if not is_one:
        problem = f"{subgraph.name}: {name}: @interfaceObject, and no subgraph has the interface"
        yield CompositionError("INTERFACE_OBJECT_USAGE_ERROR", problem)
    if known := sorted(objects & subgraph.types.keys()):
        problem = f"{subgraph.name}: {name}: @interfaceObject beside {', '.join(known)}, which implement the interface"
        yield CompositionError("INTERFACE_OBJECT_USAGE_ERROR", problem)
