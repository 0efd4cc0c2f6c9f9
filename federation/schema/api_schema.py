"""The schema that askers see: the supergraph without its joins, its governance and what is `@inaccessible`.

Governed fields are nullable in it, whatever a source says, since any of their cells may be withheld.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    build_ast_schema,
)

from federation.schema.elements import Directives, map_directives, named_type
from federation.schema.inaccessible import is_inaccessible
from federation.schema.words import CARRIED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from graphql import DefinitionNode

_MACHINERY: Final = ("join__", "link__")


def api_schema(
    document: DocumentNode, governed: Collection[str], never_null: Collection[str] = ("id",)
) -> GraphQLSchema:
    """Build it; `governed` names the types whose fields are to be nullable, all but those that are `never_null`.

    Raises:
        TypeError: the schema that is left refers to something hidden.
    """
    return build_ast_schema(DocumentNode(definitions=tuple(_visible(document, governed, never_null))))


def _visible(
    document: DocumentNode, governed: Collection[str], never_null: Collection[str]
) -> Iterator[DefinitionNode]:
    hidden = _hidden_values(document)
    lost = _hidden_types(document)
    for definition in document.definitions:
        match definition:
            case DirectiveDefinitionNode():
                pass
            case SchemaDefinitionNode():
                yield replace(definition, directives=())
            case TypeDefinitionNode(name=name):
                if not name.value.startswith(_MACHINERY) and name.value not in lost:
                    whole = _without_hidden_types(definition, lost)
                    shown = map_directives(_without_hidden(_without_hidden_defaults(whole, hidden)), _carried)
                    yield _nullable(shown, never_null) if name.value in governed else shown
            case _:
                yield definition


def _without_hidden(definition: Any) -> Any:
    for part in ("fields", "values"):
        if getattr(definition, part, None):
            kept = tuple(
                _without_hidden_arguments(one) for one in getattr(definition, part) if not is_inaccessible(one)
            )
            return replace(definition, **{part: kept})
    return definition


def _without_hidden_arguments(member: Any) -> Any:
    if not (isinstance(member, FieldDefinitionNode) and member.arguments):
        return member
    return replace(member, arguments=tuple(one for one in member.arguments if not is_inaccessible(one)))


def _hidden_types(document: DocumentNode) -> frozenset[str]:
    types = (one for one in document.definitions if isinstance(one, TypeDefinitionNode))
    return frozenset(one.name.value for one in types if is_inaccessible(one))


def _without_hidden_types(definition: Any, lost: frozenset[str]) -> Any:
    """Without hidden interfaces that it implements, or hidden members that it has."""
    for part in ("interfaces", "types"):
        if getattr(definition, part, None):
            kept = tuple(one for one in getattr(definition, part) if one.name.value not in lost)
            definition = replace(definition, **{part: kept})
    return definition


def _hidden_values(document: DocumentNode) -> frozenset[tuple[str, str]]:
    """Enums with their values that askers don't see."""
    return frozenset(
        (one.name.value, value.name.value)
        for one in document.definitions
        if isinstance(one, EnumTypeDefinitionNode)
        for value in one.values or ()
        if is_inaccessible(value)
    )


def _without_hidden_defaults(definition: Any, hidden: frozenset[tuple[str, str]]) -> Any:
    """Without defaults that are hidden values: the argument may be left out, and its subgraph knows what that means."""

    def changed(argument: InputValueDefinitionNode) -> InputValueDefinitionNode:
        default = argument.default_value
        if not isinstance(default, EnumValueNode) or (named_type(argument.type), default.value) not in hidden:
            return argument
        type_ = argument.type.type if isinstance(argument.type, NonNullTypeNode) else argument.type
        return replace(argument, default_value=None, type=type_)

    if not isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode) or not hidden:
        return definition
    fields = tuple(
        replace(field, arguments=tuple(map(changed, field.arguments or ()))) for field in definition.fields or ()
    )
    return replace(definition, fields=fields)


def _carried(directives: Directives) -> Directives:
    return tuple(one for one in directives if one.name.value in CARRIED)


def _nullable(definition: Any, never_null: Collection[str]) -> Any:
    def changed(field: FieldDefinitionNode) -> FieldDefinitionNode:
        if isinstance(field.type, NonNullTypeNode) and field.name.value not in never_null:
            return replace(field, type=field.type.type)
        return field

    return replace(definition, fields=tuple(map(changed, definition.fields)))
