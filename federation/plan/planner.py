"""Plans questions over one graph, whether its sources are declared or its supergraph was supplied."""

from __future__ import annotations

from federation.document.operation import Operation
from federation.plan.declared.walk import RowWalk
from federation.plan.federated.walk import SubgraphWalk, Ways
from federation.plan.govern import Governance
from federation.plan.places import Plan
from federation.plan.walk import Walk
from federation.plan.world import World


class Planner:
    """Plans over one graph."""

    def __init__(self, world: World) -> None:
        self._world = world
        join = world.supergraph.join
        self._ways = None if join is None else Ways(world, join)

    def plan(self, operation: Operation, governance: Governance) -> Plan:
        """Plan one operation.

        Raises:
            Refusal: as `Walk.plan` does.
        """
        return self._walk(governance).plan(operation)

    def _walk(self, governance: Governance) -> Walk:  # type: ignore[type-arg]  # of whichever kind the graph is
        if self._ways is None:
            return RowWalk(self._world, governance)
        return SubgraphWalk(self._ways, governance)
