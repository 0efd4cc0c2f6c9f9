"""One graph, wired over what a process has for all of them: at its start, and again whenever another one is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from audit.errors import LogUnavailableError
from audit.log import Log
from connectors.contract import Connector
from connectors.errors import DeclarationError
from connectors.remote import Remote
from federation.document.limits import Limits
from federation.document.persisted import PersistedDocuments
from federation.exchange.acts import Acts
from federation.exchange.own import OWN_SOURCES
from federation.exchanges import Peers
from federation.execute.book import MaskBook
from federation.execute.engine import Engine
from federation.execute.facts import About
from federation.execute.receipts import Recorder, receipt_unavailable
from federation.execute.sources import Sources
from federation.execute.subgraphs import Subgraphs
from federation.execute.subjects import Subjects
from federation.execute.trail import moment
from federation.execute.waves import Waves
from federation.graphs import Graph
from federation.http.metrics import Metrics
from federation.identity import Envoy, Identity
from federation.keys import KeyRing
from federation.opening import make_shadow
from federation.pipeline import Pipeline, Services, now
from federation.plan.planner import Planner
from federation.plan.world import World
from federation.rules import EXCHANGE_FILE, Rules, StartError
from federation.sealing import Sealer
from federation.settings import Settings
from federation.views import Views
from policies.clock import Clock
from policies.keeper import InForce
from vocabulary.catalogue import SourceDeclaration
from vocabulary.receipt import Entry, Kind


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every graph of a process works with; nothing here is made of one.

    `limits` are those of documents. `asked` is told each request to a source, with its outcome; `make_remote` makes the
    subgraphs of a supplied supergraph.
    """

    settings: Settings
    limits: Limits
    keys: KeyRing
    log: Log
    clock: Clock
    metrics: Metrics
    identity: Identity
    peers: Peers
    envoy: Envoy
    persisted: PersistedDocuments
    subjects: Subjects
    acts: Acts
    recorder: Recorder
    asked: Callable[[str, str], None]
    make_remote: Callable[[SourceDeclaration, Path], Remote]

    def declared(self, ruled: Rules, views: Views, connectors: Mapping[str, Connector]) -> Graph:
        """The graph of the sources that an exchange declares."""
        return Graph(ruled, Pipeline(self._services(ruled, views, self._engine(ruled.world, connectors, {}))), {})

    def federated(self, ruled: Rules, *, replaces: bool = False) -> Graph:
        """The graph of a supplied supergraph; `replaces` the one that is in force. No subgraph is asked for anything.

        Raises:
            StartError: the options of a subgraph are none, or sources are declared in place of a supergraph.
        """
        world = ruled.world
        if world.supergraph.join is None:
            raise StartError(f"{EXCHANGE_FILE}: supergraph: there is none any more; that is taken at the next start")
        try:
            remotes = {name: self.make_remote(one, self.settings.home) for name, one in world.catalogue.sources.items()}
        except DeclarationError as error:
            raise StartError(f"{EXCHANGE_FILE}: {error}") from None
        services = self._services(ruled, Views(world.supergraph, self.limits), self._engine(world, {}, remotes))
        return Graph(ruled, Pipeline(services, replaces=replaces), remotes)

    def _engine(self, world: World, connectors: Mapping[str, Connector], remotes: Mapping[str, Remote]) -> Engine:
        about = About(self.subjects.consents, self.subjects.barred)
        sources = Sources(connectors, self.recorder, about, self.asked)
        subgraphs = Subgraphs(remotes, world, about, self.asked)
        return Engine(Planner(world), Waves(world, sources, subgraphs, self.recorder, about))

    def _services(self, ruled: Rules, views: Views, engine: Engine) -> Services:
        shadow = make_shadow(self.settings, ruled, self.metrics)
        return Services(
            identity=self.identity,
            keeper=ruled.keeper,
            clock=self.clock,
            persisted=self.persisted,
            views=views,
            world=ruled.world,
            engine=engine,
            subjects=self.subjects,
            acts=self.acts,
            recorder=self.recorder,
            book=MaskBook(ruled.masks, self.keys, self.peers.secret),
            sealer=Sealer(self.keys),
            envoy=self.envoy,
            origin=self.log.verifier.name,
            timeout=self.settings.request_timeout,
            lease=self.settings.policy_patience,
            own_sources=OWN_SOURCES,
            archive=self._archive,
            shadow=None if shadow is None else shadow.compare,
        )

    def _archive(self, in_force: InForce, changed: bool) -> None:  # noqa: FBT001  (called by its place)
        """Put a policy epoch on record, whole, before anything is decided under it; `changed`: in a running process.

        A process that starts under an epoch that is archived already has nothing to add: its entries name it.
        """
        try:
            is_new = self.log.archive(in_force.epoch, in_force.archive)
            if is_new or changed:
                self.log.append_sync(Entry(Kind.POLICY, moment(now()), "in force", epoch=in_force.epoch))
        except LogUnavailableError:
            raise receipt_unavailable() from None
