"""Plans questions over one graph, whether its sources are declared or its supergraph was supplied."""

from __future__ import annotations

from federation.document.operation import Operation
from federation.plan.build import build
from federation.plan.federated.walk import Planner as FederatedPlanner
from federation.plan.govern import Governance
from federation.plan.places import Plan
from federation.plan.world import World


class Planner:
    """Plans over one graph."""

    def __init__(self, world: World) -> None:
        self._world = world
        join = world.supergraph.join
        self._federated = None if join is None else FederatedPlanner(world, join)

    def plan(self, operation: Operation, governance: Governance) -> Plan:
        """Plan one operation; Refusal where it can't be."""
        if self._federated is None:
            return build(operation, governance, self._world)
        return self._federated.plan(operation, governance)
