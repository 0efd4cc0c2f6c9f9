"""A supergraph as text: its links, the composed directives, join's definitions, its graphs, its types.

Laid out for reading: a line for each directive of a type, one for each field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from graphql import UnionTypeDefinitionNode, print_ast
from graphql.language.print_string import print_string

from federation.schema.canonical import ROOTS
from federation.schema.join import DEFINITIONS, FEATURES, LINKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import DirectiveDefinitionNode, TypeDefinitionNode

    from federation.schema.join import Feature
    from federation.schema.subgraph_types import Composed


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the types. `graphs`: values of `join__Graph` → names of subgraphs, as they are to be listed;
    `urls`: where subgraphs answer; `directives`: those for operations.
    """  # noqa: D205

    graphs: Mapping[str, str]
    urls: Mapping[str, str]
    composed: Mapping[str, Composed]
    directives: Sequence[DirectiveDefinitionNode]


def print_supergraph(header: Header, types: Sequence[TypeDefinitionNode]) -> str:
    """The text."""
    features = [feature for feature in FEATURES if any(map(feature.is_used, types))]
    composed = [header.composed[name].definition for name in sorted(header.composed)]
    known = {one.name.value for one in types}
    roots = {kind: name for kind, name in ROOTS.items() if name in known}
    parts = [
        _schema(header.composed, features, roots),
        *map(print_ast, composed),
        *map(print_ast, header.directives),
        DEFINITIONS.rstrip(),
        *(feature.definitions.rstrip() for feature in features),
        _graphs(header),
        *map(_type, types),
    ]
    return "\n\n".join(parts) + "\n"


def _schema(composed: Mapping[str, Composed], features: Sequence[Feature], roots: Mapping[str, str]) -> str:
    imports: dict[str, list[str]] = {}
    for name in sorted(composed):
        original = composed[name].original
        imported = f'"@{name}"' if original == name else f'{{name: "@{original}", as: "@{name}"}}'
        imports.setdefault(composed[name].link.url, []).append(imported)
    own = [f"@link(url: {print_string(url)}, import: [{', '.join(names)}])" for url, names in sorted(imports.items())]
    links = (*LINKS, *(feature.link for feature in features if feature.link), *own)
    operations = [f"  {kind}: {name}" for kind, name in roots.items()]
    return "\n".join(["schema", *(f"  {link}" for link in links), "{", *operations, "}"])


def _graphs(header: Header) -> str:
    values = []
    for graph, name in header.graphs.items():
        url = header.urls.get(name, f"tongguan:{name}")
        values.append(f"  {graph} @join__graph(name: {print_string(name)}, url: {print_string(url)})")
    return "\n".join(["enum join__Graph {", *values, "}"])


def _type(definition: TypeDefinitionNode) -> str:
    """The printer's own layout, with the directives moved from the first line to lines of their own."""
    text = print_ast(replace(definition, description=None, directives=()))
    header, opening, body = text.partition(" = " if isinstance(definition, UnionTypeDefinitionNode) else " {\n")
    lines = [header, *(f"  {print_ast(directive)}" for directive in definition.directives or ())]
    if opening:
        lines += ["{", body] if opening == " {\n" else [f"  = {body}"]
    if definition.description:
        lines.insert(0, print_ast(definition.description))
    return "\n".join(lines)
