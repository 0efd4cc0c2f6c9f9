"""The governance directives of a supergraph's elements, read against their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graphql import DirectiveDefinitionNode, GraphQLError, build_ast_schema, get_directive_values, parse

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import Element, is_same_definition
from federation.schema.governance import DEFINITIONS, SPEC
from federation.schema.links import read_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode

_DOCUMENT: Final = parse(DEFINITIONS, no_location=True)
_DEFINED: Final = {one.name.value: one for one in _DOCUMENT.definitions if isinstance(one, DirectiveDefinitionNode)}
_DIRECTIVES: Final = {one.name: one for one in build_ast_schema(_DOCUMENT).directives}


def check_governance(document: DocumentNode) -> Iterator[CompositionError]:
    """Say where a governance directive is not the one of our specification: its facts would be read wrongly."""
    links = read_links(document, "supergraph")
    for definition in document.definitions:
        if isinstance(definition, DirectiveDefinitionNode):
            name = definition.name.value
            link, meant = links.resolve(name) or (None, name)
            is_ours = link is not None and link.url == SPEC and meant == name
            if name in _DEFINED and not (is_ours and is_same_definition(definition, _DEFINED[name])):
                yield CompositionError("DIRECTIVE_COMPOSITION_ERROR", f"@{name} is not that of {SPEC}")
            elif link is not None and link.url == SPEC and name not in _DEFINED:
                yield CompositionError("UNSUPPORTED", f"@{name} is no directive of {SPEC} by this name")


def facts_of(
    element: Element, directive: str, coordinate: str, errors: list[CompositionError]
) -> dict[str, Any] | None:
    """The arguments of a governance directive, typed by its definition; None: it is not applied, or wrongly."""
    try:
        return get_directive_values(_DIRECTIVES[directive], element)
    except GraphQLError as error:
        errors.append(CompositionError("UNGOVERNED", f"{coordinate}: @{directive}: {error.message}"))
        return None
