"""Everything that is checked of one subgraph alone, in the form of Federation v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from federation.schema.access import check_access
from federation.schema.check_cost import check_cost
from federation.schema.external import check_externals, externals
from federation.schema.interface_object import check_interface_objects
from federation.schema.keys import check_keys
from federation.schema.requires_provides import check_requires_provides
from federation.schema.sharing import check_shareable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from federation.schema.composition_problem import CompositionError
    from federation.schema.subgraph_types import Subgraph


def check_subgraph(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Say what is wrong with it."""
    found = externals(subgraph)
    yield from check_keys(subgraph)
    yield from check_requires_provides(subgraph, found)
    yield from check_externals(subgraph, found)
    yield from check_shareable(subgraph)
    yield from check_interface_objects(subgraph)
    yield from check_access(subgraph)
    yield from check_cost(subgraph)
