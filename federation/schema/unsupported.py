"""What a subgraph may not use yet: each feature of Federation v2 that composition does not carry, named.

Refused and never ignored: a directive that silently meant nothing would be a promise to nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    OperationTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    value_from_ast_untyped,
)

from federation.schema.elements import applied, elements, members
from federation.schema.facts import MUTATION
from federation.schema.governance import ACT
from federation.schema.links import FEDERATION, Links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KEY: Final = "federation__key"
SHAREABLE: Final = "federation__shareable"
INACCESSIBLE: Final = "federation__inaccessible"
COMPOSE: Final = "federation__composeDirective"
CARRIED: Final = ("deprecated", "specifiedBy")
"""GraphQL's own directives that mean something in a supergraph."""

_ROOTS: Final = {"query": "Query", "mutation": MUTATION}
_RESERVED: Final = {"inaccessible", "link", "join", "skip", "include", "oneOf", *CARRIED}
_EXECUTABLE: Final = {
    *("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "VARIABLE_DEFINITION"),
    *("FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"),
}


def composed_names(definitions: Iterable[DefinitionNode]) -> tuple[str, ...]:
    """The directives that the schema asks to be composed, without their `@`."""
    return tuple(
        str(value_from_ast_untyped(argument.value)).removeprefix("@")
        for definition in definitions
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode)
        for directive in definition.directives or ()
        if directive.name.value == COMPOSE
        for argument in directive.arguments or ()
    )


def unsupported(definitions: Sequence[DefinitionNode], links: Links) -> Iterator[str]:
    """Say what is used and not built yet, with its coordinate."""
    yield from _links(links)
    composed = composed_names(definitions)
    for name in composed:
        resolved = links.resolve(name)
        if "__" in name or name in _RESERVED or (resolved is not None and resolved[1] != name):
            yield f"@{name} composed under this name: import it under its own"
    for definition in definitions:
        if isinstance(definition, TypeDefinitionNode):
            yield from _type(definition, composed)
        elif isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
            yield from _roots(definition.operation_types or ())
            yield from _directives("schema", definition.directives or (), (*composed, "link", COMPOSE))
        elif isinstance(definition, DirectiveDefinitionNode):
            if any(location.value in _EXECUTABLE for location in definition.locations):
                yield f"@{definition.name.value}: a directive for operations"
        else:
            yield f"{definition.kind.replace('_', ' ')} in a schema"


def _type(definition: TypeDefinitionNode, composed: tuple[str, ...]) -> Iterator[str]:
    if isinstance(definition, UnionTypeDefinitionNode):
        yield f"{definition.name.value}: a union"
    if definition.name.value == "Subscription":
        yield f"{definition.name.value}: a root type other than Query and {MUTATION}"
    if definition.name.value == MUTATION:
        yield from _acts(definition)
    for coordinate, element in elements(definition):
        yield from _directives(
            coordinate, element.directives or (), (*composed, *CARRIED, KEY, SHAREABLE, INACCESSIBLE)
        )


def _acts(mutation: TypeDefinitionNode) -> Iterator[str]:
    """An act is done once, by one subgraph, and by nobody who does not call it an act."""
    shared = [MUTATION] if applied(mutation, SHAREABLE) else []
    for field in members(mutation):
        coordinate = f"{MUTATION}.{field.name.value}"
        if not applied(field, ACT):
            yield f"{coordinate}: a field of {MUTATION} without @{ACT}"
        if applied(field, SHAREABLE):
            shared.append(coordinate)
    for coordinate in shared:
        yield f"{coordinate}: @shareable: an act is done by one subgraph"


def _links(links: Links) -> Iterator[str]:
    if not any(link.identity == FEDERATION and link.version.startswith("2.") for link in links):
        yield f'a schema without @link(url: "{FEDERATION}/v2.…")'
    for link in links:
        if link.purpose is not None:
            yield f"{link.url}, which this subgraph must not be used without ({link.purpose})"


def _roots(operations: Iterable[OperationTypeDefinitionNode]) -> Iterator[str]:
    for operation in operations:
        kind, name = operation.operation.value, operation.type.name.value
        if _ROOTS.get(kind) != name:
            yield f"{kind}: {name}: a root type other than Query and {MUTATION}"


def _directives(coordinate: str, directives: Iterable[ConstDirectiveNode], known: tuple[str, ...]) -> Iterator[str]:
    for directive in directives:
        name = directive.name.value
        if name not in known:
            remedy = "" if name.startswith("federation__") else ": compose it with @composeDirective, or leave it out"
            yield f"{coordinate}: @{name.removeprefix('federation__')} would be lost{remedy}"
