"""What a subgraph may not use: what composition would have to drop although it was meant, named with its reason.

Refused and never ignored: a directive that silently meant nothing would be a promise to nobody. Directives that no
specification stands behind are the subgraph's own business and stay in it, as Apollo's composition has it; but not
where they bear the name of one of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    parse,
)

from federation.schema.elements import applied, elements, members
from federation.schema.facts import MUTATION
from federation.schema.governance import ACT, DEFINITIONS
from federation.schema.links import APOLLO, FEDERATION, Links
from federation.schema.read_composed import composed_names
from federation.schema.specs import FEATURES
from federation.schema.words import CACHE_TAG, CARRIED, CONTEXT, FROM_CONTEXT, MERGED, MERGED_NAMES, SHAREABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_REASONS: Final = {
    CONTEXT: "a value handed down from an ancestor is not carried: no step of a plan could fetch it under a decision",
    FROM_CONTEXT: "a value taken from an ancestor is not carried: no step of a plan could fetch it under a decision",
    CACHE_TAG: "answers are decided per asker and never cached by tag",
}
_RESERVED: Final = {"link", "join", "skip", "include", *MERGED_NAMES, *CARRIED} - {"oneOf"}
_OURS: Final = {
    one.name.value
    for one in parse(DEFINITIONS, no_location=True).definitions
    if isinstance(one, DirectiveDefinitionNode)
}


def unsupported(definitions: Sequence[DefinitionNode], links: Links) -> Iterator[str]:
    """Say what is used and not carried, with its coordinate."""
    yield from _links(links)
    composed = {str(one).removeprefix("@") for one in composed_names(definitions)}
    for name in sorted(composed):
        is_federations = links.canonical(name) in MERGED
        if not is_federations and ("__" in name or name in _RESERVED):
            yield f"@{name} composed under this name: import it under its own"
    for definition in definitions:
        if isinstance(definition, TypeDefinitionNode | TypeExtensionNode):
            yield from _type(definition, composed, links)
        elif not isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode | DirectiveDefinitionNode):
            yield f"{definition.kind.replace('_', ' ')} in a schema"
    yield from _acts(definitions)


def _type(definition: TypeDefinitionNode | TypeExtensionNode, composed: set[str], links: Links) -> Iterator[str]:
    for coordinate, element in elements(definition):
        for directive in element.directives or ():
            yield from _directive(coordinate, directive, composed, links)


def _directive(coordinate: str, directive: ConstDirectiveNode, composed: set[str], links: Links) -> Iterator[str]:
    name = directive.name.value
    if name in _REASONS:
        yield f"{coordinate}: @{name.removeprefix('federation__')}: {_REASONS[name]}"
    elif not name.startswith("federation__") and name not in composed:
        resolved = links.resolve(name)
        is_meant = resolved is not None and not resolved[0].identity.startswith(APOLLO)
        if is_meant or name in _OURS:
            yield f"{coordinate}: @{name} would be lost: compose it with @composeDirective, or leave it out"


def _acts(definitions: Sequence[DefinitionNode]) -> Iterator[str]:
    """An act is done once, by one subgraph; where there are acts, a field of Mutation is one."""
    parts = [one for one in definitions if isinstance(one, TypeDefinitionNode | TypeExtensionNode)]
    mutations = [one for one in parts if one.name.value == MUTATION]
    fields = [field for one in mutations for field in members(one)]
    if not any(applied(field, ACT) for field in fields):
        return
    shared = [MUTATION for one in mutations if applied(one, SHAREABLE)]
    for field in fields:
        coordinate = f"{MUTATION}.{field.name.value}"
        if not applied(field, ACT):
            yield f"{coordinate}: a field of {MUTATION} without @{ACT}"
        if applied(field, SHAREABLE):
            shared.append(coordinate)
    for coordinate in shared:
        yield f"{coordinate}: @shareable: an act is done by one subgraph"


def _links(links: Links) -> Iterator[str]:
    for link in links:
        is_known = link.identity == FEDERATION or link.identity.removeprefix(APOLLO) in FEATURES
        if link.purpose is not None and not is_known:
            yield f"{link.url}, which this subgraph must not be used without ({link.purpose})"
