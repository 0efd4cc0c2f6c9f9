"""One subgraph's SDL, read for composition: names made canonical, extensions folded in, machinery left out.

In what this returns every federation directive is called `federation__…` whatever the subgraph calls it; all others
are those that it composes, and GraphQL's own `@deprecated` and `@specifiedBy`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    GraphQLError,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NameNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    parse,
)
from graphql.validation.validate import validate_sdl

from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.elements import Directives, map_directives
from federation.schema.links import Link, Links, read_links
from federation.schema.unsupported import composed_names, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BUILT: Final = parse(
    """
    directive @federation__key(fields: federation__FieldSet!, resolvable: Boolean = true) repeatable on OBJECT
    directive @federation__shareable repeatable on FIELD_DEFINITION | OBJECT
    directive @federation__inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM | INPUT_OBJECT
    directive @federation__composeDirective(name: String!) repeatable on SCHEMA
    directive @link(url: String!, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
    scalar federation__FieldSet
    scalar link__Import
    enum link__Purpose { SECURITY EXECUTION }
    """,
    no_location=True,
)
"""Federation's directives as far as composition carries them, where it carries them."""

_MACHINERY: Final = frozenset(
    {"_Any", "_Entity", "_Service", "_FieldSet", "federation__FieldSet", "link__Import", "link__Purpose"}
)
_ENTRANCES: Final = frozenset({"_entities", "_service"})
_DEFINITIONS: Final = {
    cls.kind: cls
    for cls in (
        ScalarTypeDefinitionNode,
        ObjectTypeDefinitionNode,
        InterfaceTypeDefinitionNode,
        UnionTypeDefinitionNode,
        EnumTypeDefinitionNode,
        InputObjectTypeDefinitionNode,
    )
}


@dataclass(frozen=True, slots=True)
class Composed:
    """A directive that a subgraph asks to be carried into the supergraph, and the specification it is of."""

    link: Link
    definition: DirectiveDefinitionNode


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A subgraph as it is merged: `graph` is its value of `join__Graph`; `Query` is always among its types."""

    name: str
    graph: str
    types: Mapping[str, TypeDefinitionNode]
    composed: Mapping[str, Composed]


def read_subgraph(name: str, graph: str, sdl: str) -> Subgraph:
    """Read one subgraph.

    Raises:
        CompositionFailedError: INVALID_GRAPHQL, INVALID_LINK_DIRECTIVE_USAGE, DIRECTIVE_COMPOSITION_ERROR, or
            UNSUPPORTED for what composition does not carry yet: it is never ignored.
    """
    try:
        document = parse(sdl, no_location=True)
    except GraphQLError as error:
        raise _failed("INVALID_GRAPHQL", name, [error.message]) from error
    links = read_links(document, name)
    definitions = tuple(_fold(_canonical(document, links)))
    if problems := list(unsupported(definitions, links)):
        raise _failed("UNSUPPORTED", name, problems)
    if wrong := validate_sdl(DocumentNode(definitions=(*_BUILT.definitions, *definitions))):
        raise _failed("INVALID_GRAPHQL", name, [error.message for error in wrong])
    types = {one.name.value: one for one in definitions if isinstance(one, TypeDefinitionNode)}
    types.setdefault("Query", ObjectTypeDefinitionNode(name=NameNode(value="Query")))
    composed, problems = _composed(definitions, links)
    if problems:
        raise _failed("DIRECTIVE_COMPOSITION_ERROR", name, problems)
    return Subgraph(name, graph, types, composed)


def _failed(code: str, subgraph: str, problems: list[str]) -> CompositionFailedError:
    return CompositionFailedError(CompositionError(code, f"{subgraph}: {problem}") for problem in problems)


def _canonical(document: DocumentNode, links: Links) -> Iterator[DefinitionNode]:
    """Federation's directives by their canonical names; what only serves federation itself left out."""

    def renamed(directives: Directives) -> Directives:
        return tuple(replace(one, name=NameNode(value=links.canonical(one.name.value))) for one in directives)

    for definition in document.definitions:
        match definition:
            case DirectiveDefinitionNode(name=name):
                if name.value != "link" and not links.canonical(name.value).startswith("federation__"):
                    yield definition
            case SchemaDefinitionNode() | SchemaExtensionNode():
                yield _with_directives(definition, renamed(definition.directives or ()))
            case TypeDefinitionNode() | TypeExtensionNode():
                if definition.name.value not in _MACHINERY:
                    yield _without_entrances(map_directives(definition, renamed))
            case _:
                yield definition


def _with_directives(definition: Any, directives: Directives) -> Any:
    return replace(definition, directives=directives)


def _without_entrances(definition: Any) -> Any:
    if definition.name.value != "Query" or not hasattr(definition, "fields"):
        return definition
    return replace(definition, fields=tuple(one for one in definition.fields if one.name.value not in _ENTRANCES))


def _fold(definitions: Iterator[DefinitionNode]) -> Iterator[DefinitionNode]:
    """Each `extend type X` made part of `type X`, or itself its definition: federation makes no difference."""
    bases: dict[tuple[str, str], Any] = {}
    extensions: list[TypeExtensionNode] = []
    for definition in definitions:
        if isinstance(definition, TypeExtensionNode):
            extensions.append(definition)
        elif isinstance(definition, TypeDefinitionNode):
            place = (definition.kind, definition.name.value)
            if place in bases:
                yield definition  # defined twice, which validation refuses
            bases.setdefault(place, definition)
        else:
            yield definition
    for extension in extensions:
        place = (extension.kind.replace("_extension", "_definition"), extension.name.value)
        base = bases.get(place) or _DEFINITIONS[place[0]](name=extension.name)
        parts = [part for part in extension.keys if part not in {"name", "loc"}]
        added = {part: (*(getattr(base, part) or ()), *(getattr(extension, part) or ())) for part in parts}
        bases[place] = replace(base, **added)
    yield from bases.values()


def _composed(definitions: tuple[DefinitionNode, ...], links: Links) -> tuple[dict[str, Composed], list[str]]:
    defined = {one.name.value: one for one in definitions if isinstance(one, DirectiveDefinitionNode)}
    composed: dict[str, Composed] = {}
    problems: list[str] = []
    for name in composed_names(definitions):
        resolved = links.resolve(name)
        if name not in defined:
            problems.append(f"@{name} is composed and not defined")
        elif resolved is None:
            problems.append(f"@{name} is composed and imported by no @link")
        else:
            composed[name] = Composed(resolved[0], defined[name])
    return composed, problems
