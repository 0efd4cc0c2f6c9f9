"""`@shareable`: which fields several subgraphs may resolve.

Source: Apollo Federation v2, `@shareable`: a field that more than one subgraph resolves is shareable in each of them;
key fields are by nature, and so is what `@provides` brings along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import InterfaceTypeDefinitionNode, TypeDefinitionNode, TypeExtensionNode

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, members, named_type
from federation.schema.external import Externals, Place, field_set_of
from federation.schema.select_fields import targets
from federation.schema.words import KEY, PROVIDES, SHAREABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from graphql import DefinitionNode

    from federation.schema.subgraph_types import Subgraph


def shareable(subgraph: Subgraph, found: Externals) -> frozenset[Place]:
    """The fields of a subgraph that others may resolve too."""
    places: set[Place] = set()
    for name, definition in subgraph.types.items():
        for key in applied(definition, KEY):
            places |= set(targets(subgraph, name, field_set_of(key), widely=True))
        for field in subgraph.fields.get(name, {}).values():
            if applied(field, SHAREABLE):
                places.add((name, field.name.value))
            for directive in applied(field, PROVIDES):
                provided = targets(subgraph, named_type(field.type), field_set_of(directive), widely=True)
                places |= {place for place in provided if place in found.external}
    return frozenset(places)


def check_shareable(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Only a field of an object is resolved, and can be shared."""
    for name, definition in subgraph.types.items():
        if isinstance(definition, InterfaceTypeDefinitionNode):
            for field in members(definition):
                if applied(field, SHAREABLE):
                    where = f"{subgraph.name}: {name}.{field.name.value}"
                    yield CompositionError("INVALID_SHAREABLE_USAGE", f"{where}: @shareable on a field of an interface")


def repeated_shareable(definitions: Iterable[DefinitionNode]) -> Iterator[str]:
    """`@shareable` is repeatable so that a type and its extensions can each have it, and not for one declaration."""
    for definition in definitions:
        if not isinstance(definition, TypeDefinitionNode | TypeExtensionNode):
            continue
        name = definition.name.value
        if len(applied(definition, SHAREABLE)) > 1:
            yield f"{name}: @shareable twice on one declaration"
        for field in members(definition):
            if len(applied(field, SHAREABLE)) > 1:
                yield f"{name}.{field.name.value}: @shareable twice"
