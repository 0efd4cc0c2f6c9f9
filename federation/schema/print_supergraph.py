"""A supergraph as text: its links, the composed directives, join's definitions, its graphs, its types.

Laid out for reading: a line for each directive of a type, one for each field.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from graphql import print_ast
from graphql.language.print_string import print_string

from federation.schema.facts import MUTATION
from federation.schema.join import DEFINITIONS, LINKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import TypeDefinitionNode

    from federation.schema.read_subgraph import Composed


def print_supergraph(
    graphs: Mapping[str, tuple[str, str]], composed: Mapping[str, Composed], types: Sequence[TypeDefinitionNode]
) -> str:
    """The text; `graphs`: values of `join__Graph` → names and addresses of subgraphs, as they are to be listed."""
    directives = [composed[name].definition for name in sorted(composed)]
    header = _schema(composed, has_acts=any(one.name.value == MUTATION for one in types))
    parts = [header, *map(print_ast, directives), DEFINITIONS.rstrip(), _graphs(graphs), *map(_type, types)]
    return "\n\n".join(parts) + "\n"


def _schema(composed: Mapping[str, Composed], *, has_acts: bool) -> str:
    imports: dict[str, list[str]] = {}
    for name in sorted(composed):
        imports.setdefault(composed[name].link.url, []).append(f'"@{name}"')
    own = [f"@link(url: {print_string(url)}, import: [{', '.join(names)}])" for url, names in sorted(imports.items())]
    acts = [f"  mutation: {MUTATION}"] if has_acts else []
    return "\n".join(["schema", *(f"  {link}" for link in (*LINKS, *own)), "{", "  query: Query", *acts, "}"])


def _graphs(graphs: Mapping[str, tuple[str, str]]) -> str:
    values = [
        f"  {graph} @join__graph(name: {print_string(name)}, url: {print_string(url)})"
        for graph, (name, url) in graphs.items()
    ]
    return "\n".join(["enum join__Graph {", *values, "}"])


def _type(definition: TypeDefinitionNode) -> str:
    """The printer's own layout, with the directives moved from the first line to lines of their own."""
    header, brace, body = print_ast(replace(definition, description=None, directives=())).partition(" {\n")
    lines = [header, *(f"  {print_ast(directive)}" for directive in definition.directives or ())]
    if brace:
        lines += ["{", body]
    if definition.description:
        lines.insert(0, print_ast(definition.description))
    return "\n".join(lines)
