"""The subgraphs of a supergraph, taken out of it again: the SDL of each, and where each is served.

Only what the benchmark's supergraph uses of the join specification (v0.3) is understood: object types, keys,
`external`, `requires` and `provides`. Anything else is an error, so that no subgraph is quietly another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    parse,
    print_ast,
    value_from_ast_untyped,
)

_LINK: Final = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@shareable", "@external", "@requires", "@provides"])'
)
_ON_TYPES: Final = frozenset({"graph", "key"})
_ON_FIELDS: Final = frozenset({"graph", "external", "requires", "provides"})


class UnknownJoinError(Exception):
    """The supergraph uses something of the join specification that is not understood here."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One subgraph: `graph` is its value of `join__Graph`, `url` where it is served."""

    graph: str
    name: str
    url: str
    sdl: str


def subgraphs_of(supergraph: str) -> list[Subgraph]:
    """The subgraphs of a supergraph's SDL, in its order.

    Raises:
        UnknownJoinError: more of the join specification than is understood here.
    """
    document = parse(supergraph, no_location=True)
    return [Subgraph(graph, name, url, _sdl(document, graph)) for graph, name, url in _graphs(document)]


def moved(supergraph: str, urls: Mapping[str, str]) -> str:
    """The same supergraph, with each subgraph served at another address; `urls` by the subgraph's name."""
    for _, name, url in _graphs(parse(supergraph, no_location=True)):
        supergraph = supergraph.replace(f'name: "{name}", url: "{url}"', f'name: "{name}", url: "{urls[name]}"')
    return supergraph


def _graphs(document: DocumentNode) -> Iterator[tuple[str, str, str]]:
    for definition in document.definitions:
        if isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == "join__Graph":
            for value in definition.values or ():
                [told] = _applied(value.directives or (), "join__graph")
                yield value.name.value, told["name"], told["url"]


def _sdl(document: DocumentNode, graph: str) -> str:
    types = [
        _type(definition, graph)
        for definition in document.definitions
        if isinstance(definition, TypeDefinitionNode) and not definition.name.value.startswith(("join__", "link__"))
    ]
    return "\n\n".join((_LINK, *filter(None, types))) + "\n"


def _type(definition: TypeDefinitionNode, graph: str) -> str | None:
    name = definition.name.value
    everywhere = _applied(definition.directives or (), "join__type")
    here = [one for one in everywhere if one["graph"] == graph]
    is_shared = name != "Query" and len({one["graph"] for one in everywhere}) > 1
    if not isinstance(definition, ObjectTypeDefinitionNode) or definition.interfaces:
        raise UnknownJoinError(f"{name} is not an object type of its own")
    for one in here:
        _only(name, one, _ON_TYPES)
    keys = [one["key"] for one in here if "key" in one]
    fields = [
        f"{line}{' @shareable' if shared and field.name.value not in ' '.join(keys).split() else ''}"
        for field in definition.fields or ()
        for line, shared in _field(name, field, graph, is_shared=is_shared)
    ]
    if not here or not fields:
        return None
    heads = "".join(f' @key(fields: "{key}")' for key in keys)
    return f"type {name}{heads} {{\n" + "".join(f"  {line}\n" for line in fields) + "}"


def _field(owner: str, field: FieldDefinitionNode, graph: str, *, is_shared: bool) -> Iterator[tuple[str, bool]]:
    """The field's line, and whether others resolve it too; nothing where this subgraph has no such field."""
    joins = _applied(field.directives or (), "join__field")
    here = [one for one in joins if one.get("graph") == graph]
    if joins and not here:
        return
    told = here[0] if here else {}
    _only(f"{owner}.{field.name.value}", told, _ON_FIELDS)
    external = bool(told.get("external"))
    line = f"{field.name.value}{_arguments(field)}: {print_ast(field.type)}{' @external' if external else ''}"
    line += "".join(f' @{name}(fields: "{told[name]}")' for name in ("requires", "provides") if name in told)
    resolving = sum(not one.get("external") for one in joins)
    yield line, not external and (resolving > 1 or (not joins and is_shared))


def _arguments(field: FieldDefinitionNode) -> str:
    return f"({', '.join(map(print_ast, field.arguments))})" if field.arguments else ""


def _applied(directives: Sequence[ConstDirectiveNode], name: str) -> list[dict[str, Any]]:
    return [
        {argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments or ()}
        for directive in directives
        if directive.name.value == name
    ]


def _only(coordinate: str, told: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := sorted(told.keys() - known):
        raise UnknownJoinError(f"{coordinate}: {', '.join(unknown)} is not understood here")
