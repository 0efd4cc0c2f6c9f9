"""A built exchange: everything that `app.py` has wired, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audit.log import Log
from audit.pseudonym import SubjectPseudonyms
from audit.search import Search
from connectors.contract import Connector
from connectors.remote import Remote
from federation.exchange.acts import Acts
from federation.exchange.sampling import Sampler
from federation.exchanges import Peers
from federation.http.door import Door
from federation.http.metrics import Metrics
from federation.identity import Envoy, Identity
from federation.keys import KeyRing
from federation.pipeline import Pipeline
from federation.plan.world import World
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
    """A built exchange. `remotes` are the subgraphs of a supplied supergraph, which has no `connectors`."""

    settings: Settings
    catalogue: Catalogue
    keys: KeyRing
    supergraph: Supergraph
    world: World
    keeper: Keeper
    clock: Clock
    identity: Identity
    registry: Registry
    counters: Counters
    connectors: Mapping[str, Connector]
    envoy: Envoy
    peers: Peers
    remotes: Mapping[str, Remote]
    log: Log
    search: Search
    pseudonyms: SubjectPseudonyms
    acts: Acts
    pipeline: Pipeline
    door: Door
    sessions: Sessions
    metrics: Metrics
    sampler: Sampler

    async def close(self) -> None:
        """Put what is pending on record and close everything."""
        try:
            await self.door.flush()
        finally:
            for connector in self.connectors.values():
                await connector.close()
            for remote in self.remotes.values():
                await remote.close()
            self.sessions.close()
            self.counters.close()
            self.registry.close()
            self.log.close()
