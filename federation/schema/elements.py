"""The parts of a type definition that can carry directives: the type, its fields, their arguments, its values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from graphql import (
    ConstDirectiveNode,
    DirectiveDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    NamedTypeNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    TypeNode,
    print_ast,
    value_from_ast_untyped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Element: TypeAlias = (
    TypeDefinitionNode | TypeExtensionNode | FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode
)
Member: TypeAlias = FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode
_Definition = TypeVar("_Definition", bound=TypeDefinitionNode | TypeExtensionNode)
Directives: TypeAlias = tuple[ConstDirectiveNode, ...]


def members(definition: TypeDefinitionNode | TypeExtensionNode) -> tuple[Member, ...]:
    """The fields of a type, or the values of an enum."""
    found: tuple[Member, ...] = getattr(definition, "fields", None) or getattr(definition, "values", None) or ()
    return found


def elements(definition: TypeDefinitionNode | TypeExtensionNode) -> Iterator[tuple[str, Element]]:
    """Every element with its schema coordinate: `Resident`, `Resident.name`, `Query.residents(first:)`."""
    yield definition.name.value, definition
    for member in members(definition):
        coordinate = f"{definition.name.value}.{member.name.value}"
        yield coordinate, member
        if isinstance(member, FieldDefinitionNode):
            for argument in member.arguments or ():
                yield f"{coordinate}({argument.name.value}:)", argument


def map_directives(definition: _Definition, change: Callable[[Directives], Directives]) -> _Definition:
    """The definition with the directives of every element changed."""

    def changed(element: Any) -> Any:
        parts: dict[str, Any] = {"directives": change(tuple(element.directives or ()))}
        for part in ("fields", "values", "arguments"):
            if getattr(element, part, None):
                parts[part] = tuple(changed(one) for one in getattr(element, part))
        return replace(element, **parts)

    mapped: _Definition = changed(definition)
    return mapped


def applied(element: Element, directive: str) -> Directives:
    """The applications of one directive to an element."""
    return tuple(one for one in element.directives or () if one.name.value == directive)


def named_type(node: TypeNode) -> str:
    """The name within lists and non-nulls."""
    while not isinstance(node, NamedTypeNode):
        node = node.type  # type: ignore[attr-defined]  # every other type node wraps one
    return node.name.value


def is_same_definition(one: DirectiveDefinitionNode, other: DirectiveDefinitionNode) -> bool:
    """Whether two definitions of a directive differ at most in their descriptions and in the order of their parts."""

    def bare(definition: DirectiveDefinitionNode) -> object:
        arguments = {print_ast(replace(argument, description=None)) for argument in definition.arguments or ()}
        locations = {location.value for location in definition.locations}
        return definition.name.value, arguments, locations, definition.repeatable

    return bare(one) == bare(other)


def values_of(directive: ConstDirectiveNode) -> dict[str, Any]:
    """The arguments of an applied directive, as Python has them."""
    return {one.name.value: value_from_ast_untyped(one.value) for one in directive.arguments or ()}


def text_of(directive: ConstDirectiveNode, argument: str) -> str | None:
    """An argument that is written as a string; None: it is not there, or is something else."""
    for one in directive.arguments or ():
        if one.name.value == argument and isinstance(one.value, StringValueNode):
            return one.value.value
    return None


def without(element: Any, *names: str) -> Any:
    """The element without the applications of these directives."""
    kept = tuple(one for one in element.directives or () if one.name.value not in names)
    return replace(element, directives=kept)
