"""One subgraph's SDL, read for composition: names made canonical, extensions folded in, machinery left out.

In what this returns every federation directive is called `federation__…` whatever the subgraph calls it; all others
are those that it composes, GraphQL's own `@deprecated` and `@specifiedBy`, and what composition leaves behind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLError,
    NameNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    build_ast_schema,
    parse,
    specified_directives,
    validate_schema,
)
from graphql.validation.validate import validate_sdl

from federation.schema.canonical import ROOTS, canonical
from federation.schema.check_arguments import check_arguments
from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.fold import fold, whole
from federation.schema.links import Links, read_links
from federation.schema.read_composed import composed_directives, is_executable, without_private
from federation.schema.sharing import repeated_shareable
from federation.schema.specs import canonical_definitions
from federation.schema.subgraph_types import Subgraph
from federation.schema.unsupported import unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINK: Final = parse(
    """
    directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
    scalar link__Import
    enum link__Purpose { SECURITY EXECUTION }
    """,
    no_location=True,
).definitions
_ENTRANCE: Final = parse("type Query { _service: Int }", no_location=True).definitions[0]
_SPECIFIED: Final = frozenset(one.name for one in specified_directives)


def read_subgraph(name: str, graph: str, sdl: str) -> Subgraph:
    """Read one subgraph.

    Raises:
        CompositionFailedError: INVALID_GRAPHQL, a code of `@link`'s, DIRECTIVE_DEFINITION_INVALID,
            TYPE_DEFINITION_INVALID, ROOT_…_USED, DIRECTIVE_COMPOSITION_ERROR, INVALID_SHAREABLE_USAGE, or UNSUPPORTED
            for what composition does not carry: it is never ignored.
    """
    try:
        document = parse(sdl, no_location=True)
    except GraphQLError as error:
        raise CompositionFailedError([CompositionError("INVALID_GRAPHQL", f"{name}: {error.message}")]) from error
    links = read_links(document, name)
    errors: list[CompositionError] = []

    def report(code: str, problem: str) -> None:
        errors.append(CompositionError(code, f"{name}: {problem}"))

    definitions = canonical(document, links, report)
    _refuse(errors)
    problems = list(unsupported(definitions, links))
    directives = frozenset(one.name.value for one in definitions if isinstance(one, DirectiveDefinitionNode))
    definitions = without_private(definitions)
    for rules in (_invalid, _broken):
        for problem in rules(tuple(whole(definitions)), links):
            report("INVALID_GRAPHQL", problem)
        _refuse(errors)
    for problem in problems:
        report("UNSUPPORTED", problem)
    for problem in repeated_shareable(definitions):
        report("INVALID_SHAREABLE_USAGE", problem)
    composed = composed_directives(definitions, links, report)
    _refuse(errors)
    folded = fold(definitions, is_first=links.federation is None)
    folded.types.setdefault(ROOTS["query"], ObjectTypeDefinitionNode(name=NameNode(value=ROOTS["query"])))
    return Subgraph(
        name=name,
        graph=graph,
        version=links.federation,
        types={one: node for one, node in folded.types.items() if one in ROOTS.values() or not _is_empty(node)},
        extensions=folded.extensions - set(ROOTS.values()),
        extended=folded.extended,
        composed=composed,
        directives=directives,
        executable={
            one.name.value: one
            for one in definitions
            if isinstance(one, DirectiveDefinitionNode) and one.name.value not in _SPECIFIED and is_executable(one)
        },
    )


def _refuse(errors: Iterable[CompositionError]) -> None:
    if found := list(errors):
        raise CompositionFailedError(found)


def _invalid(definitions: Sequence[DefinitionNode], links: Links) -> list[str]:
    """What GraphQL's rules for type system documents say of the subgraph with the directives that it may use."""
    known = canonical_definitions(links.federation)
    wrong = validate_sdl(DocumentNode(definitions=(*_LINK, *known, *definitions)))
    return [error.message for error in wrong]


def _broken(definitions: Sequence[DefinitionNode], links: Links) -> list[str]:
    """What a schema of these types would break of GraphQL's rules: an interface not implemented, a cycle of inputs."""
    known = (*_LINK, *canonical_definitions(links.federation))
    entrance: Any = _ENTRANCE
    given = [one for one in definitions if not isinstance(one, SchemaDefinitionNode | SchemaExtensionNode)]
    query: Any = next((one for one in given if _is_query(one)), None)
    if query is None:
        given.append(entrance)
    elif not query.fields:
        given[given.index(query)] = replace(query, fields=entrance.fields)
    try:
        schema = build_ast_schema(DocumentNode(definitions=(*known, *given)), assume_valid_sdl=True)
        return [*(error.message for error in validate_schema(schema)), *check_arguments(definitions, known, schema)]
    except (TypeError, GraphQLError) as error:
        return [str(error)]


def _is_query(definition: DefinitionNode) -> bool:
    return isinstance(definition, ObjectTypeDefinitionNode) and definition.name.value == ROOTS["query"]


def _is_empty(definition: TypeDefinitionNode) -> bool:
    return isinstance(definition, ObjectTypeDefinitionNode) and not definition.fields
