"""`@key`: the fields by which a subgraph knows an entity.

Source: Apollo Federation v2, `@key`; error codes as Apollo's composition has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    FieldDefinitionNode,
    FieldNode,
    GraphQLError,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    value_from_ast_untyped,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, members, named_type
from federation.schema.unsupported import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from federation.schema.read_subgraph import Subgraph


@dataclass(frozen=True, slots=True)
class EntityKey:
    """One key of an entity in one subgraph. Not resolvable: the subgraph names the entity and can't fetch it."""

    fields: tuple[str, ...]
    resolvable: bool


def keys_of(definition: TypeDefinitionNode) -> tuple[EntityKey, ...]:
    """The keys of a type that `check_keys` found right."""
    return tuple(
        EntityKey(_names(str(arguments["fields"])), resolvable=arguments.get("resolvable") is not False)
        for directive in applied(definition, KEY)
        if (arguments := {one.name.value: value_from_ast_untyped(one.value) for one in directive.arguments or ()})
    )


def check_keys(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Say what is wrong with the keys of one subgraph."""
    for name, definition in subgraph.types.items():
        for directive in applied(definition, KEY):
            values = {one.name.value: value_from_ast_untyped(one.value) for one in directive.arguments or ()}
            where = f"{subgraph.name}: {name}: @key(fields: {values.get('fields')!r})"
            for code, problem in _wrong(values.get("fields"), definition, subgraph):
                yield CompositionError(code, f"{where}: {problem}")


def _wrong(fields: object, definition: TypeDefinitionNode, subgraph: Subgraph) -> Iterator[tuple[str, str]]:
    if not isinstance(fields, str):
        yield "KEY_INVALID_FIELDS_TYPE", "it must be a string"
        return
    try:
        selected = _selected(fields)
    except GraphQLError as error:
        yield "KEY_INVALID_FIELDS", error.message
        return
    declared = {one.name.value: one for one in members(definition)}
    for field in selected:
        known = declared.get(field.name.value)
        if not isinstance(known, FieldDefinitionNode):
            yield "KEY_INVALID_FIELDS", f"the type has no field {field.name.value}"
        elif field.arguments or known.arguments:
            yield "KEY_FIELDS_HAS_ARGS", f"{field.name.value} takes arguments"
        elif _is_no_key(known, subgraph):
            yield "KEY_FIELDS_SELECT_INVALID_TYPE", f"{field.name.value} is a list, an interface or a union"
        elif field.selection_set:
            yield "UNSUPPORTED", f"{field.name.value}: a nested key is not built yet"
        elif isinstance(subgraph.types.get(named_type(known.type)), ObjectTypeDefinitionNode):
            yield "KEY_INVALID_FIELDS", f"{field.name.value} is an object: select its fields"
        elif field.alias or field.directives:
            yield "KEY_INVALID_FIELDS", f"{field.name.value} has an alias or a directive"


def _is_no_key(field: FieldDefinitionNode, subgraph: Subgraph) -> bool:
    bare = field.type.type if isinstance(field.type, NonNullTypeNode) else field.type
    leads_to = subgraph.types.get(named_type(bare))
    return isinstance(bare, ListTypeNode) or isinstance(leads_to, InterfaceTypeDefinitionNode | UnionTypeDefinitionNode)


def _selected(fields: str) -> tuple[FieldNode, ...]:
    document = parse(f"{{ {fields} }}", no_location=True)
    (operation,) = document.definitions if len(document.definitions) == 1 else (None,)
    selections = operation.selection_set.selections if isinstance(operation, OperationDefinitionNode) else ()
    selected = tuple(one for one in selections if isinstance(one, FieldNode))
    if not selected or len(selected) != len(selections):
        raise GraphQLError("a key is a list of fields")
    return selected


def _names(fields: str) -> tuple[str, ...]:
    return tuple(sorted({field.name.value for field in _selected(fields)}))
