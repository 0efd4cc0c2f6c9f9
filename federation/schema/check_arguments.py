"""The arguments of applied directives against their definitions: a `@tag` whose name is no string says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    GraphQLSchema,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    Undefined,
    print_ast,
    value_from_ast,
)

from federation.schema.elements import elements, named_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def check_arguments(
    definitions: Sequence[DefinitionNode], known: Sequence[DefinitionNode], schema: GraphQLSchema
) -> Iterator[str]:
    """Say which arguments are of another type; `known` are directives that the definitions need not define.

    `schema` is made of both. What a field set or a scalar of a schema's own may be is said elsewhere.
    """
    directives = {one.name: one for one in schema.directives}
    scalars = {one.name.value for one in (*known, *definitions) if isinstance(one, ScalarTypeDefinitionNode)}
    declared: dict[str, Any] = {
        one.name.value: {each.name.value: each for each in one.arguments or ()}
        for one in (*known, *definitions)
        if isinstance(one, DirectiveDefinitionNode)
    }
    for coordinate, element in _places(definitions):
        for directive in element.directives or ():
            name = directive.name.value
            for argument in directive.arguments or ():
                node = declared.get(name, {}).get(argument.name.value)
                if node is None or named_type(node.type) in scalars:
                    continue
                type_ = directives[name].args[argument.name.value].type
                if value_from_ast(argument.value, type_) is Undefined:
                    said = f"{print_ast(argument.value)} is no {print_ast(node.type)}"
                    yield f"{coordinate}: @{name.removeprefix('federation__')}({argument.name.value}:): {said}"


def _places(definitions: Sequence[DefinitionNode]) -> Iterator[tuple[str, Any]]:
    for definition in definitions:
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
            yield "schema", definition
        elif isinstance(definition, TypeDefinitionNode | TypeExtensionNode):
            yield from elements(definition)
