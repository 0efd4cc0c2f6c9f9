"""Subgraphs composed into one supergraph, in join v0.3's SDL (Apollo Federation v1 and v2).

The text depends on the subgraphs alone: they are taken in order of their names, whatever order they come in. Every
field of the API schema can be reached on every path that leads to its parent (`satisfiability`). What federation knows
and this does not carry is refused as UNSUPPORTED (`unsupported.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphql import GraphQLError, build_schema, validate_schema

from federation.schema.access_of_requires import check_access_of_requires
from federation.schema.canonical import ROOTS
from federation.schema.check_requires_merged import check_requires_merged
from federation.schema.check_subgraph import check_subgraph
from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.elements import is_same_definition, members
from federation.schema.inaccessible import check_inaccessible, is_inaccessible
from federation.schema.merge import merge
from federation.schema.merge_executable import merge_executable
from federation.schema.merging import Merging
from federation.schema.print_supergraph import Header, print_supergraph
from federation.schema.read_subgraph import read_subgraph
from federation.schema.satisfiability import check_satisfiability
from federation.schema.upgrade_v1 import upgraded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from graphql import TypeDefinitionNode

    from federation.schema.subgraph_types import Composed, Subgraph

__all__ = ["CompositionError", "CompositionFailedError", "compose"]


def compose(subgraphs: Mapping[str, str], urls: Mapping[str, str] | None = None) -> str:
    """Compose SDLs by the names of their subgraphs into the SDL of the supergraph; `urls`: where subgraphs answer.

    Raises:
        CompositionFailedError: everything found wrong in the first step that found something.
    """
    read = _upgraded(_read(subgraphs))
    _refuse(error for subgraph in read for error in check_subgraph(subgraph))
    _refuse(_check_composed(read))
    merging = Merging(read)
    types, directives = merge(merging), tuple(merge_executable(merging))
    _refuse([*merging.errors, *_check_queries(types)])
    _refuse([*check_inaccessible(types), *check_requires_merged(read, types)])
    _refuse(check_access_of_requires(read, types))
    graphs = {subgraph.graph: subgraph.name for subgraph in read}
    composed = {name: one for subgraph in read for name, one in subgraph.composed.items()}
    text = print_supergraph(Header(graphs, urls or {}, composed, directives), types)
    _refuse(_check_text(text))
    _refuse(check_satisfiability(types, graphs))
    return text


def _read(subgraphs: Mapping[str, str]) -> list[Subgraph]:
    read: list[Subgraph] = []
    errors: list[CompositionError] = []
    for name, graph in _graphs(sorted(subgraphs)).items():
        if name == "_" or not name:
            errors.append(CompositionError("INVALID_SUBGRAPH_NAME", f"{name!r} is no name for a subgraph"))
            continue
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


def _upgraded(read: Sequence[Subgraph]) -> list[Subgraph]:
    """All in the form of Federation v2."""
    errors: list[CompositionError] = []
    result: list[Subgraph] = []
    for subgraph in read:
        if subgraph.version is None:
            subgraph, wrong = upgraded(subgraph, read)  # noqa: PLW2901  # the same subgraph, in its other form
            errors += wrong
        result.append(subgraph)
    _refuse(errors)
    return result


def _check_composed(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """A composed directive means the same wherever it comes from."""
    first: dict[str, tuple[str, Composed]] = {}
    major: dict[str, tuple[str, str]] = {}
    names: dict[tuple[str, str], str] = {}
    for subgraph in subgraphs:
        for name, composed in subgraph.composed.items():
            version = composed.link.version.partition(".")[0]
            if major.setdefault(composed.link.identity, (subgraph.name, version))[1] != version:
                problem = f"of different major versions in {major[composed.link.identity][0]} and {subgraph.name}"
                yield CompositionError("DIRECTIVE_COMPOSITION_ERROR", f"{composed.link.identity}: {problem}")
            other, meant = first.setdefault(name, (subgraph.name, composed))
            if composed.link.url != meant.link.url:
                problem = f"of {meant.link.url} in {other}, of {composed.link.url} in {subgraph.name}"
                yield CompositionError("DIRECTIVE_COMPOSITION_ERROR", f"@{name}: {problem}")
            elif composed.original != meant.original:
                problem = f"stands for @{meant.original} in {other}, for @{composed.original} in {subgraph.name}"
                yield CompositionError("DIRECTIVE_COMPOSITION_ERROR", f"@{name}: {problem}")
            elif names.setdefault((composed.link.identity, composed.original), name) != name:
                problem = f"called @{names[composed.link.identity, composed.original]} in another subgraph"
                yield CompositionError("DIRECTIVE_COMPOSITION_ERROR", f"@{name}: {problem}")
            elif not is_same_definition(composed.definition, meant.definition):
                problem = f"defined differently in {other} and {subgraph.name}"
                yield CompositionError("DIRECTIVE_COMPOSITION_ERROR", f"@{name}: {problem}")


def _check_queries(types: Sequence[TypeDefinitionNode]) -> Iterator[CompositionError]:
    fields = [field for one in types if one.name.value == ROOTS["query"] for field in members(one)]
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
