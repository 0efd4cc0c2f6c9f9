"""Whether every operation on a supergraph's API schema can be executed: a search over its query graph.

`graph.py` reads the supergraph, `reach.py` says where an entity can be had, `search.py` looks for every field,
`explain.py` says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from federation.schema.satisfiability.graph import query_graph
from federation.schema.satisfiability.search import Search

if TYPE_CHECKING:
    from graphql import TypeDefinitionNode

    from federation.schema.composition_problem import CompositionError


def check_satisfiability(types: Sequence[TypeDefinitionNode], graphs: Mapping[str, str]) -> Iterator[CompositionError]:
    """Say what can't be had of merged types; `graphs`: values of `join__Graph` → names of subgraphs."""
    return Search(query_graph(types, graphs)).errors()
