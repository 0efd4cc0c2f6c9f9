"""The type that several subgraphs' types of one field, argument or input field make.

Source: Apollo Federation v2, "Merging types from multiple subgraphs": what is read is as weak as the weakest, what is
given as strict as the strictest; one of them must be what all others can stand for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from graphql import (
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
)

from federation.schema.subgraph_types import Subgraph

Subtypes: TypeAlias = Mapping[str, frozenset[str]]
"""The types that an interface or a union may be, in any subgraph."""


def subtypes_of(subgraphs: Sequence[Subgraph]) -> Subtypes:
    """Which types may stand for which, by all subgraphs."""
    found: dict[str, set[str]] = {}
    for subgraph in subgraphs:
        for name, definition in subgraph.types.items():
            match definition:
                case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                    for interface in definition.interfaces or ():
                        found.setdefault(interface.name.value, set()).add(name)
                case UnionTypeDefinitionNode(types=types):
                    found.setdefault(name, set()).update(one.name.value for one in types or ())
                case _:
                    pass
    return {name: frozenset(types) for name, types in found.items()}


def is_subtype(one: TypeNode, other: TypeNode, subtypes: Subtypes) -> bool:
    """Whether every value of `one` is a value of `other`."""
    match one, other:
        case NonNullTypeNode(), NonNullTypeNode():
            return is_subtype(one.type, other.type, subtypes)
        case ListTypeNode(), ListTypeNode():
            return is_subtype(one.type, other.type, subtypes)
        case NonNullTypeNode(), _:
            return is_subtype(one.type, other, subtypes)
        case NamedTypeNode(), NamedTypeNode():
            return one == other or one.name.value in subtypes.get(other.name.value, ())
        case _:
            return False


def weakest(types: Sequence[TypeNode], subtypes: Subtypes) -> TypeNode | None:
    """The output type that all of `types` satisfy; None: they mismatch."""
    return next((one for one in types if all(is_subtype(other, one, subtypes) for other in types)), None)


def strictest(types: Sequence[TypeNode], subtypes: Subtypes) -> TypeNode | None:
    """The input type that satisfies all of `types`; None: they mismatch."""
    return next((one for one in types if all(is_subtype(one, other, subtypes) for other in types)), None)
