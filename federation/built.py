"""A built exchange: everything that `app.py` has wired, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audit.log import Log
from audit.pseudonym import SubjectPseudonyms
from audit.search import Search
from connectors.contract import Connector
from federation.exchange.acts import Acts
from federation.exchange.sampling import Sampler
from federation.exchanges import Peers
from federation.graphs import Graphs
from federation.http.door import Door
from federation.http.metrics import Metrics
from federation.identity import Envoy, Identity
from federation.keys import KeyRing
from federation.pipeline import Pipeline
from federation.plan.world import World
from federation.reloading import Reloading
from federation.schema.supergraph import Supergraph
from federation.sessions import Sessions
from federation.settings import Settings
from policies.clock import Clock
from policies.keeper import Keeper
from policies.limits.limits import Limits as Counters
from policies.registry.registry import Registry
from vocabulary.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Exchange:
    """A built exchange. What is made of its graph is found by `graphs`, and is another's once that is replaced.

    `reloading` is there over a supplied supergraph alone; `connectors` and a `sampler` are not.
    """

    settings: Settings
    keys: KeyRing
    clock: Clock
    identity: Identity
    registry: Registry
    counters: Counters
    connectors: Mapping[str, Connector]
    envoy: Envoy
    peers: Peers
    graphs: Graphs
    reloading: Reloading | None
    log: Log
    search: Search
    pseudonyms: SubjectPseudonyms
    acts: Acts
    door: Door
    sessions: Sessions
    metrics: Metrics
    sampler: Sampler | None

    @property
    def world(self) -> World:
        """The graph in force, and who owns what in it."""
        return self.graphs.current.rules.world

    @property
    def supergraph(self) -> Supergraph:
        """The graph in force."""
        return self.world.supergraph

    @property
    def catalogue(self) -> Catalogue:
        """The declaration that is in force with it."""
        return self.world.catalogue

    @property
    def keeper(self) -> Keeper:
        """The policy that is in force with it."""
        return self.graphs.current.rules.keeper

    @property
    def pipeline(self) -> Pipeline:
        """What answers by it."""
        return self.graphs.current.pipeline

    async def close(self) -> None:
        """Put what is pending on record and close everything."""
        try:
            await self.door.flush()
        finally:
            for connector in self.connectors.values():
                await connector.close()
            await self.graphs.close()
            self.sessions.close()
            self.counters.close()
            self.registry.close()
            self.log.close()
