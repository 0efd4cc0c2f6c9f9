"""`@requires` against the merged types: what it selects must still be there, with the arguments that it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, values_of
from federation.schema.external import field_set_of
from federation.schema.select_fields import misfits
from federation.schema.subgraph_types import Subgraph
from federation.schema.words import REQUIRES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graphql import TypeDefinitionNode


def check_requires_merged(
    subgraphs: Sequence[Subgraph], types: Sequence[TypeDefinitionNode]
) -> Iterator[CompositionError]:
    """Say which field sets ask the supergraph for what it does not have."""
    whole = Subgraph("supergraph", "", None, {one.name.value: one for one in types})
    for subgraph in subgraphs:
        for owner, fields in subgraph.fields.items():
            for name, field in fields.items():
                for directive in applied(field, REQUIRES):
                    where = f"{subgraph.name}: {owner}.{name}: @requires(fields: {values_of(directive)['fields']!r})"
                    for problem in misfits(whole, owner, field_set_of(directive)):
                        yield CompositionError("REQUIRES_INVALID_FIELDS", f"{where}: in the supergraph {problem}")
