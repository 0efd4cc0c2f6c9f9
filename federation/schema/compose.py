"""Subgraphs composed into one supergraph, in join v0.3's SDL (Apollo Federation v2).

The text depends on the subgraphs alone: they are taken in order of their names, whatever order they come in.
What federation knows and this does not carry yet is refused as UNSUPPORTED (`unsupported.py`). That every field can be
reached from the root by keys is not checked here; `supergraph.py` refuses what it could not plan.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphql import GraphQLError, build_schema, validate_schema

from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.elements import is_same_definition, members
from federation.schema.inaccessible import check_inaccessible, is_inaccessible
from federation.schema.keys import check_keys
from federation.schema.merge import merge
from federation.schema.print_supergraph import print_supergraph
from federation.schema.read_subgraph import Composed, Subgraph, read_subgraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from graphql import TypeDefinitionNode

__all__ = ["CompositionError", "CompositionFailedError", "compose"]


def compose(subgraphs: Mapping[str, str], urls: Mapping[str, str] | None = None) -> str:
    """Compose SDLs by the names of their subgraphs into the SDL of the supergraph; `urls` are where each is asked.

    Raises:
        CompositionFailedError: everything found wrong in the first step that found something.
    """
    read = _read(subgraphs)
    _refuse(error for subgraph in read for error in check_keys(subgraph))
    _refuse(_check_composed(read))
    types, errors = merge(read)
    _refuse(errors)
    _refuse([*_check_queries(types), *check_inaccessible(types)])
    composed = {name: one for subgraph in read for name, one in subgraph.composed.items()}
    graphs = {one.graph: (one.name, (urls or {}).get(one.name, f"tongguan:{one.name}")) for one in read}
    text = print_supergraph(graphs, composed, types)
    _refuse(_check_text(text))
    return text


def _read(subgraphs: Mapping[str, str]) -> list[Subgraph]:
    read: list[Subgraph] = []
    errors: list[CompositionError] = []
    for name, graph in _graphs(sorted(subgraphs)).items():
        try:
            read.append(read_subgraph(name, graph, subgraphs[name]))
        except CompositionFailedError as error:
            errors += error.errors
    _refuse(errors)
    return read


def _graphs(names: Sequence[str]) -> dict[str, str]:
    """Each subgraph's value of `join__Graph`: its name in upper case, numbered where two would be the same."""
    graphs: dict[str, str] = {}
    for name in names:
        graph = plain = re.sub(r"^(?=[0-9])|[^A-Za-z0-9_]", "_", name).upper()
        number = 0
        while graph in graphs.values():
            number += 1
            graph = f"{plain}_{number}"
        graphs[name] = graph
    return graphs


def _check_composed(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """A composed directive means the same wherever it comes from."""
    first: dict[str, tuple[str, Composed]] = {}
    for subgraph in subgraphs:
        for name, composed in subgraph.composed.items():
            other, meant = first.setdefault(name, (subgraph.name, composed))
            if composed.link.url != meant.link.url:
                problem = f"of {meant.link.url} in {other}, of {composed.link.url} in {subgraph.name}"
                yield CompositionError("DIRECTIVE_COMPOSITION_ERROR", f"@{name}: {problem}")
            elif not is_same_definition(composed.definition, meant.definition):
                problem = f"defined differently in {other} and {subgraph.name}"
                yield CompositionError("DIRECTIVE_COMPOSITION_ERROR", f"@{name}: {problem}")


def _check_queries(types: Sequence[TypeDefinitionNode]) -> Iterator[CompositionError]:
    fields = [field for one in types if one.name.value == "Query" for field in members(one)]
    if all(is_inaccessible(field) for field in fields):
        yield CompositionError("NO_QUERIES", "no subgraph has a field of Query that can be seen")


def _check_text(text: str) -> list[CompositionError]:
    """What no step looks at on its own is caught by the whole: graphql-core reads the text and validates the schema."""
    try:
        errors = validate_schema(build_schema(text))
    except (GraphQLError, TypeError) as error:
        return [CompositionError("INVALID_GRAPHQL", f"supergraph: {error}")]
    return [CompositionError("INVALID_GRAPHQL", f"supergraph: {error.message}") for error in errors]


def _refuse(errors: Iterable[CompositionError]) -> None:
    if found := list(errors):
        raise CompositionFailedError(found)
