"""`@authenticated`, `@requiresScopes` and `@policy` of a supergraph: what an asker needs beside the policy.

Source: specs.apollo.dev/authenticated/v0.1, /requiresScopes/v0.1, /policy/v0.1. A scope or a policy is a role of that
name. Requirements only add up: those of a type hold for its fields and for every field that leads to it, those of an
interface for whatever implements it, those of a field of an interface for that field everywhere. What an interface
object can't tell apart needs what any of its types needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

from graphql import (
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    value_from_ast_untyped,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import elements, members, named_type
from federation.schema.facts import Requirement
from federation.schema.features import NARROWING

_ARGUMENTS: Final = {"requiresScopes": "scopes", "policy": "policies"}
_WORDS: Final = {"authenticated": "authenticated", "requiresScopes": "requires-scope", "policy": "requires-policy"}
"""The reason for which a field is withheld where its requirement is not met."""

Required = tuple[Requirement, ...]


class Requirements:
    """Those of one supergraph, under the directives' own names; what is written wrongly is kept in `errors`."""

    def __init__(self, types: Mapping[str, TypeDefinitionNode]) -> None:
        self._types = types
        self.errors: list[CompositionError] = []
        self._written = {
            coordinate: tuple(self._read(coordinate, element))
            for definition in types.values()
            for coordinate, element in elements(definition)
        }
        self._implementers: dict[str, list[str]] = {}
        for name in types:
            for interface in self._interfaces(name):
                self._implementers.setdefault(interface, []).append(name)

    def of(self, type_name: str, field: FieldDefinitionNode) -> Required:
        """All that a field of an object type asks for, or of an interface: there, for whatever may implement it too."""
        name, leads_to = field.name.value, named_type(field.type)
        near = (type_name, *self._interfaces(type_name), *self._implementers.get(type_name, ()))
        found: dict[Requirement, None] = {}
        for one in near:
            found |= dict.fromkeys((*self._written[one], *self._written.get(f"{one}.{name}", ())))
        for one in (leads_to, *self._interfaces(leads_to)):
            found |= dict.fromkeys(self._written.get(one, ()))
        return tuple(found)

    def _interfaces(self, name: str) -> tuple[str, ...]:
        definition = self._types.get(name)
        if not isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            return ()
        return tuple(one.name.value for one in definition.interfaces or () if one.name.value in self._types)

    def _read(self, coordinate: str, element: Any) -> Iterator[Requirement]:
        for directive in element.directives or ():
            name = directive.name.value
            if name not in NARROWING:
                continue
            given = {one.name.value: value_from_ast_untyped(one.value) for one in directive.arguments or ()}
            if name == "authenticated":
                yield Requirement(_WORDS[name], known=True)
                continue
            groups = given.get(_ARGUMENTS[name])
            if _is_groups(groups):
                yield Requirement(_WORDS[name], tuple(frozenset(group) for group in groups))
            else:
                problem = f"@{name} is not written as its specification says"
                self.errors.append(CompositionError("INVALID_GRAPHQL", f"{coordinate}: {problem}"))


def _is_groups(value: object) -> TypeGuard[list[list[str]]]:
    """A list of lists of texts: one of them has to be had whole."""
    return isinstance(value, list) and all(
        isinstance(group, list) and all(isinstance(one, str) for one in group) for group in value
    )


def misplaced(types: Mapping[str, TypeDefinitionNode]) -> Iterator[CompositionError]:
    """Say where a requirement stands that nothing would meet: on an argument, a value, an input or a union."""
    for definition in types.values():
        fields = {one.name.value for one in members(definition) if isinstance(one, FieldDefinitionNode)}
        for coordinate, element in elements(definition):
            is_field = coordinate.partition(".")[2] in fields
            is_type = element is definition and not isinstance(definition, UnionTypeDefinitionNode)
            names = {one.name.value for one in element.directives or ()}.intersection(NARROWING)
            if names and not (is_field or (is_type and not definition.kind.startswith("input"))):
                yield CompositionError("UNSUPPORTED", f"{coordinate}: @{min(names)} where it would guard nothing")
