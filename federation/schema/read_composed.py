"""`@composeDirective`: the directives that a subgraph asks to be carried into the supergraph.

Source: Apollo Federation v2.1, `@composeDirective`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
)

from federation.schema.elements import Directives, map_directives, values_of
from federation.schema.links import APOLLO
from federation.schema.subgraph_types import Composed
from federation.schema.words import CARRIED, COMPOSE, MERGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from federation.schema.canonical import Report
    from federation.schema.links import Links

EXECUTABLE: Final = frozenset(
    {
        *("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "VARIABLE_DEFINITION"),
        *("FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"),
    }
)
"""The places in operations."""

_ONE_OF: Final = "oneOf"


def composed_names(definitions: Iterable[DefinitionNode]) -> tuple[object, ...]:
    """What each `@composeDirective` names, with its `@`; None where it names nothing."""
    return tuple(
        values_of(directive).get("name")
        for definition in definitions
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode)
        for directive in definition.directives or ()
        if directive.name.value == COMPOSE
    )


def without_private(definitions: Sequence[DefinitionNode]) -> tuple[DefinitionNode, ...]:
    """The definitions without directives that are the subgraph's own business: not composed, and not for operations.

    What it applies and does not define stays, for validation to refuse.
    """
    kept = {str(one).removeprefix("@") for one in composed_names(definitions)} | set(CARRIED)
    private = {
        one.name.value
        for one in definitions
        if isinstance(one, DirectiveDefinitionNode) and one.name.value not in kept and not is_executable(one)
    }

    def public(directives: Directives) -> Directives:
        return tuple(one for one in directives if one.name.value not in private)

    return tuple(
        map_directives(one, public) if isinstance(one, TypeDefinitionNode | TypeExtensionNode) else _bare(one)
        for one in definitions
        if not (isinstance(one, DirectiveDefinitionNode) and one.name.value in private)
    )


def _bare(definition: DefinitionNode) -> DefinitionNode:
    """A directive's definition without directives on its arguments, which no supergraph keeps."""
    if not isinstance(definition, DirectiveDefinitionNode):
        return definition
    return replace(definition, arguments=tuple(replace(one, directives=()) for one in definition.arguments or ()))


def is_executable(definition: DirectiveDefinitionNode) -> bool:
    """Whether a directive can stand in an operation."""
    return any(one.value in EXECUTABLE for one in definition.locations)


def composed_directives(definitions: Sequence[DefinitionNode], links: Links, report: Report) -> dict[str, Composed]:
    """The composed directives by their names here; what can't be composed is reported."""
    defined = {one.name.value: one for one in definitions if isinstance(one, DirectiveDefinitionNode)}
    composed: dict[str, Composed] = {}
    for named in composed_names(definitions):
        if not isinstance(named, str) or not named.startswith("@"):
            report("DIRECTIVE_COMPOSITION_ERROR", f"@composeDirective(name: {named!r}): a name begins with @")
            continue
        name = named.removeprefix("@")
        resolved = links.resolve(name)
        if links.canonical(name) in MERGED or name == _ONE_OF:
            continue  # carried without being asked
        if resolved is not None and resolved[0].identity.startswith(APOLLO):
            report("DIRECTIVE_COMPOSITION_ERROR", f"@{name} is a directive of federation, which can't be composed")
        elif name not in defined:
            report("DIRECTIVE_COMPOSITION_ERROR", f"@{name} is composed and not defined")
        elif resolved is None:
            report("DIRECTIVE_COMPOSITION_ERROR", f"@{name} is composed and imported by no @link")
        else:
            composed[name] = Composed(resolved[0], defined[name], resolved[1])
    return composed
