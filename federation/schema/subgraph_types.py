"""A subgraph as composition reads it, and what follows from its types: fields by name, what an abstract type may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from graphql import (
    DirectiveDefinitionNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
)

from federation.schema.elements import applied, members
from federation.schema.words import INTERFACE_OBJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from federation.schema.links import Link


@dataclass(frozen=True, slots=True)
class Composed:
    """A directive that a subgraph asks to be carried into the supergraph, and the specification it is of.

    `original` is its name there, `definition.name` the one that it is imported under.
    """

    link: Link
    definition: DirectiveDefinitionNode
    original: str


@dataclass(frozen=True)
class Subgraph:
    """A subgraph as it is merged: `graph` is its value of `join__Graph`; `Query` is always among its types.

    `version` is that of Federation v2 (None: v1). `extensions` are the types that it has no definition of, `extended`
    those that it extends, by `extend type` or `@extends`. `executable` are its directives for operations, `directives`
    all that it defines. Every federation directive is called `federation__…`; of an object, `@shareable` and
    `@external` stand on its fields.
    """

    name: str
    graph: str
    version: tuple[int, int] | None
    types: Mapping[str, TypeDefinitionNode]
    extensions: frozenset[str] = frozenset()
    extended: frozenset[str] = frozenset()
    composed: Mapping[str, Composed] = field(default_factory=dict)
    executable: Mapping[str, DirectiveDefinitionNode] = field(default_factory=dict)
    directives: frozenset[str] = frozenset()

    @cached_property
    def fields(self) -> Mapping[str, Mapping[str, FieldDefinitionNode]]:
        """The fields of each object and interface."""
        return {
            name: {one.name.value: one for one in members(definition) if isinstance(one, FieldDefinitionNode)}
            for name, definition in self.types.items()
            if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode)
        }

    @cached_property
    def possible(self) -> Mapping[str, tuple[str, ...]]:
        """The object types that an interface or union may be; of an object, itself."""
        possible: dict[str, list[str]] = {}
        for name, definition in self.types.items():
            match definition:
                case ObjectTypeDefinitionNode(interfaces=interfaces):
                    possible.setdefault(name, []).append(name)
                    for one in interfaces or ():
                        possible.setdefault(one.name.value, []).append(name)
                case InterfaceTypeDefinitionNode():
                    possible.setdefault(name, [])
                case UnionTypeDefinitionNode(types=types):
                    possible.setdefault(name, []).extend(one.name.value for one in types or ())
                case _:
                    pass
        return {name: tuple(objects) for name, objects in possible.items()}

    def is_interface_object(self, name: str) -> bool:
        """Whether the type stands for an interface of other subgraphs (`@interfaceObject`)."""
        return name in self.types and bool(applied(self.types[name], INTERFACE_OBJECT))
