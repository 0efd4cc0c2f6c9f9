"""Where everything is built and wired, once; nothing else constructs a room, but `wiring.py` what is made of one graph.

It refuses to start when the declaration, the policy, a mask or a source does not fit: `StartError` says which and why.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from audit.pseudonym import SubjectPseudonyms
from audit.search import Search
from connectors import connect
from connectors.contract import Connector
from connectors.errors import DeclarationError
from connectors.remote import Remote
from federation.built import Exchange
from federation.document.limits import Limits
from federation.exchange import catalogue_source, registry_source
from federation.exchange.accesses import AccessConnector, LogReader
from federation.exchange.acts import Acts
from federation.exchange.catalogue_connector import CatalogueConnector
from federation.exchange.declaration import SOURCE
from federation.exchange.entries import Entries
from federation.exchange.observed import Observed
from federation.exchange.registry_connector import RegistryConnector
from federation.exchange.sampling import Sampler
from federation.exchanges import Peers
from federation.execute.receipts import Recorder
from federation.execute.subjects import Subjects
from federation.graphs import Graph, Graphs
from federation.http.answering import Answering
from federation.http.door import Door
from federation.http.graphql import METHODS, PATH, Doors, GraphQLEndpoint
from federation.http.metrics import Metrics
from federation.http.pages import PagesDoor, site_of
from federation.identity import (
    APPLICATIONS_FILE,
    ApplicationKeys,
    Applications,
    Certificates,
    Client,
    DiscoveredKeys,
    Envoy,
    ExchangeKeys,
    Identity,
    KeySource,
    LocalKeys,
    PassportOffice,
    SignIn,
    Tokens,
    anonymous_of,
)
from federation.identity.exchange_keys import MEDIA_TYPE, WELL_KNOWN
from federation.issuing import ISSUER_KEY, KEY_SET
from federation.keys import KeyFileError, KeyRing, secret_file
from federation.looking_after import (
    check_sources,
    circuits_of,
    look_after,
    look_after_catalogue,
    look_after_identity,
    look_after_supergraph,
    notes_of,
    problems_of_exchange,
)
from federation.opening import limits_of, open_counters, open_documents, open_log
from federation.plan.world import World
from federation.policy_source import policy_source
from federation.reloading import Origin, Reloading, origin_of, require_as_started
from federation.rules import (
    EXCHANGE_FILE,
    StartError,
    catalogue_of,
    judge,
    open_registry,
    policy_files,
    rules_of,
    texts_of,
)
from federation.sealing import SubjectSealer
from federation.sessions import Sessions
from federation.settings import DevelopmentIssuerError, Settings, check_development
from federation.views import Views
from federation.wiring import Wiring
from policies.clock import Clock
from policies.epoch import parts
from policies.keeper import Keeper
from policies.registry.actor import Act, ActKind
from policies.rulebook import problems_of
from portal.app import RETURN, Portal
from vocabulary.agreement import Agreement
from vocabulary.catalogue import Catalogue, SourceDeclaration

_LOGGER = logging.getLogger("tongguan.app")
YOUNG: Final = 50_000
"""Objects that are made and not let go of before the youngest are looked at. One answer makes more than Python's 700,
and nearly all go by themselves: to look several times an answer took one twentieth of its time."""


def build_exchange(
    settings: Settings,
    limits: Limits | None = None,
    make_remote: Callable[[SourceDeclaration, Path], Remote] = Remote,
    origin: Origin | None = None,
) -> Exchange:
    """Read, check and wire everything.

    `make_remote` makes the subgraphs of a supplied supergraph; `origin` is where that comes from while the exchange
    runs, the home unless told.
    """
    registry = open_registry(settings)
    approved = registry.changes.approved_text()
    texts = texts_of(settings.home) if approved is None else parts(approved)
    catalogue = catalogue_of(texts[EXCHANGE_FILE])
    registry = open_registry(settings, catalogue.limits.glass.per_day)
    try:
        keys = KeyRing.open(settings.keys / "master.key")
        exchange_keys = ExchangeKeys(settings.keys)
        peers = Peers(settings, catalogue, exchange_keys)
        identity = make_identity(settings, catalogue, peers)
    except (KeyFileError, OSError, ValueError) as error:
        raise StartError(f"a key can't be read: {error}") from None
    log = open_log(settings, catalogue)
    clock, metrics = Clock(), Metrics()
    source = policy_source(settings, texts, registry, log, clock=clock, catalogue=catalogue)
    ruled = rules_of(texts, source, settings.policy_patience)
    catalogue = ruled.world.catalogue
    supergraph, is_supplied = ruled.world.supergraph, ruled.world.supergraph.join is not None
    pseudonyms, search = SubjectPseudonyms(keys.derive("subjects")), Search(settings.audit)
    sealer = SubjectSealer(keys)
    views = Views(supergraph, limits or limits_of(settings), ruled.world.named())
    observed = Observed(catalogue, supergraph, settings.home)
    entries = Entries(ruled.world, ruled.keeper.current, lambda hidden: views.of(hidden).api, observed.found)
    reader = LogReader(search, pseudonyms, log.checkpoint)
    own: dict[str, Callable[[SourceDeclaration], Connector]] = {
        SOURCE: lambda source: AccessConnector(source, reader, _people(ruled.world)),
        registry_source.SOURCE: lambda source: RegistryConnector(source, settings.home, sealer),
        catalogue_source.SOURCE: lambda source: CatalogueConnector(source, entries.of),
    }
    connectors = _connect(settings.home, ruled.world, own)
    connectors = {name: peers.paired(one, catalogue) for name, one in connectors.items()}
    sampler = (
        None
        if is_supplied
        else Sampler(catalogue.sources, connectors, observed, metrics.asked, every=settings.sample_every)
    )

    def asked(source: str, outcome: str) -> None:
        metrics.asked(source, outcome)
        if sampler is not None:
            sampler.saw(source, outcome)

    def in_force() -> Keeper:
        return graphs.current.rules.keeper

    def problems(draft: Agreement) -> list[str]:
        policy = in_force().current()
        return [f"{one.problem}; {one.remedy}" for one in problems_of(draft, policy.rules.lists, policy.policy.facts)]

    recorder = Recorder(log, pseudonyms)
    counters = open_counters(settings, catalogue, keys)
    consent_names = SubjectPseudonyms(keys.derive("consents"))
    subjects = Subjects(
        registry=registry,
        limits=counters,
        consent_names=consent_names,
        limit_names=SubjectPseudonyms(keys.derive("limits", "subjects")),
        sealer=sealer,
        clock=clock,
        has_budget=catalogue.limits.subject is not None,
    )
    acts = Acts(
        registry=registry,
        log=log,
        pseudonyms=pseudonyms,
        consent_names=consent_names,
        sealer=sealer,
        clock=clock,
        catalogue=catalogue,
        judge=judge,
        problems=problems,
        done=lambda act: _notify(act, metrics, in_force()),
    )
    envoy = Envoy(PassportOffice(catalogue.name, exchange_keys, keys), catalogue, log.verifier.name)
    wiring = Wiring(
        settings=settings,
        limits=limits or limits_of(settings),
        keys=keys,
        log=log,
        clock=clock,
        metrics=metrics,
        identity=identity,
        peers=peers,
        envoy=envoy,
        persisted=open_documents(settings, limits or Limits()),
        subjects=subjects,
        acts=acts,
        recorder=recorder,
        asked=asked,
        make_remote=make_remote,
    )

    def another(texts: Mapping[str, str]) -> Graph:
        """Another supplied supergraph than that of the start."""
        now = rules_of(texts, policy_files(settings.home), settings.policy_patience)
        require_as_started(catalogue, now.world.catalogue)
        return wiring.federated(now, replaces=True)

    graphs = Graphs(wiring.federated(ruled) if is_supplied else wiring.declared(ruled, views, connectors))
    return Exchange(
        settings=settings,
        keys=keys,
        clock=clock,
        identity=identity,
        registry=registry,
        counters=counters,
        connectors=connectors,
        envoy=envoy,
        peers=peers,
        graphs=graphs,
        reloading=Reloading(graphs, origin or origin_of(settings.home), another, metrics) if is_supplied else None,
        log=log,
        search=search,
        pseudonyms=pseudonyms,
        acts=acts,
        door=Door(recorder),
        sessions=Sessions(settings.home, keys, longest=settings.session_longest, idle=settings.session_idle),
        metrics=metrics,
        sampler=sampler,
    )


def make_identity(settings: Settings, catalogue: Catalogue, peers: Peers | None = None) -> Identity:
    """Who is trusted to say who asks; KeyFileError where a key set, a bundle or the list of applications is none."""
    organisations = frozenset(catalogue.organisations)
    source: KeySource = (
        DiscoveredKeys(settings.issuer)
        if settings.oidc
        else LocalKeys(json.loads((settings.keys / KEY_SET).read_text(encoding="utf-8")))
    )
    tokens = Tokens(source, issuer=settings.issuer, audience=settings.audience, organisations=organisations)
    listed, roles = settings.keys / APPLICATIONS_FILE, frozenset(catalogue.roles)
    applications = Applications(listed, organisations=organisations, roles=roles)
    certificates = None
    if settings.client_ca:
        certificates = Certificates(settings.keys / settings.client_ca, applications, proxies=settings.proxies)
    anonymous = anonymous_of(catalogue.graph.anonymous if catalogue.graph is not None else None)
    keys, callers = ApplicationKeys(applications), peers.callers(catalogue) if peers is not None else None
    return Identity(tokens, applications, keys, certificates, anonymous, callers=callers)


def _notify(act: Act, metrics: Metrics, keeper: Keeper) -> None:
    """What officers are told of at once; and what was just changed here decides the next question."""
    keeper.outdated()
    metrics.acted(act.kind.value, act.step)
    if act.kind is ActKind.GLASS:
        _LOGGER.warning("glass", extra={"id": act.subject_id, "step": act.step, "organisation": act.actor.organisation})


def _people(world: World) -> list[str]:
    """The types whose key identifies a person or firm."""
    types = world.supergraph.types.items()
    return [name for name, one in types if one.subject is not None and one.subject == one.key]


def _connect(
    home: Path, world: World, own: Mapping[str, Callable[[SourceDeclaration], Connector]]
) -> dict[str, Connector]:
    """What the exchange asks where it composes its graph: the connectors of its sources."""
    if world.supergraph.join is not None:
        return {}
    try:
        return {
            name: own[name](one) if name in own else connect(one, home) for name, one in world.catalogue.sources.items()
        }
    except DeclarationError as error:
        raise StartError(f"{EXCHANGE_FILE}: {error}") from None


def make_pages_door(exchange: Exchange, answering: Answering) -> PagesDoor:
    """What the pages get of the exchange; StartError where the secret of their client can't be read."""
    settings, catalogue = exchange.settings, exchange.catalogue
    has_issuer = (settings.keys / ISSUER_KEY).exists()
    try:
        sign_in = make_sign_in(settings, exchange.identity, exchange.keys)
    except (KeyFileError, OSError, UnicodeDecodeError) as error:
        raise StartError(f"a key can't be read: {error}") from None
    return PagesDoor(
        site=site_of(
            settings,
            catalogue,
            exchange.log.verifier.to_text(),
            has_issuer=has_issuer,
            has_provider=sign_in is not None,
        ),
        settings=settings,
        catalogue=catalogue,
        keys=exchange.keys,
        identity=exchange.identity,
        pipeline=exchange.pipeline,
        answering=answering,
        sessions=exchange.sessions,
        sign_in=sign_in,
    )


def make_sign_in(settings: Settings, identity: Identity, keys: KeyRing) -> SignIn | None:
    """Sign-in with the identity provider, where the pages are a client of one."""
    if not settings.client_id:
        return None
    secret = ""
    if settings.client_secret:
        path = settings.keys / settings.client_secret
        if not path.is_file():
            raise KeyFileError(f"{path} is not there: put the client's secret into it")
        secret = secret_file(path, bytes).decode().strip()
    redirect = f"{settings.public_url}{RETURN}"
    one = Client(settings.issuer, settings.client_id, redirect, settings.scopes, secret)
    return SignIn(one, identity.keys, keys.derive("pages", "sign-in"))


@contextlib.asynccontextmanager
async def _alive(exchange: Exchange) -> AsyncIterator[None]:
    """While the application is served: what is done beside questions, and how all of it ends."""
    if (exchange.settings.keys / ISSUER_KEY).exists():
        _LOGGER.warning("DEVELOPMENT ISSUER: whoever can read keys/issuer.pem can be anybody here")
    for waiting in await check_sources(exchange):
        _LOGGER.warning("source not there yet: %s", waiting)
    gc.collect()
    gc.set_threshold(YOUNG)
    gc.freeze()  # schema, policy and plans live as long as the process: no collection need look at them again
    looking = (look_after, look_after_identity, look_after_catalogue, look_after_supergraph)
    tasks = [asyncio.create_task(one(exchange)) for one in looking]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await exchange.close()


def create_app(exchange: Exchange) -> Starlette:
    """The HTTP application of a built exchange.

    Raises:
        StartError: it would trust development tokens unasked, or a key that it signs with can't be read.
    """
    settings = exchange.settings
    try:
        check_development(settings)
        published = ExchangeKeys(settings.keys).published
    except (DevelopmentIssuerError, KeyFileError) as error:
        raise StartError(str(error)) from None
    answering = Answering(exchange.graphs, exchange.door, exchange.metrics, concurrency=settings.concurrency)
    graphql = GraphQLEndpoint(answering, body_limit=settings.body_limit)

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> Response:
        problems = problems_of_exchange(exchange)
        exchange.metrics.ready(is_ready=not problems)
        notes = [public for public, _ in notes_of(exchange)]
        status = "not ready" if problems else "ready"
        return JSONResponse({"status": status, "problems": problems, "notes": notes}, 503 if problems else 200)

    async def metrics(_request: Request) -> Response:
        exchange.metrics.ready(is_ready=not problems_of_exchange(exchange))
        exchange.metrics.circuits(circuits_of(exchange))
        return Response(exchange.metrics.text(), media_type=exchange.metrics.media)

    async def exchange_keys(_request: Request) -> Response:
        return Response(published, media_type=MEDIA_TYPE)

    app = Doors(
        graphql,
        routes=[
            Route(PATH, graphql, methods=METHODS),
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
            Route(WELL_KNOWN, exchange_keys),
        ],
        lifespan=lambda _app: _alive(exchange),
    )
    # The pages take what no route does. A mount at `/` would also take another method of a route, in place of its 405.
    if exchange.supergraph.join is None:  # they tell of the log, the registry and the catalogue, by its own sources
        app.router.default = Portal(make_pages_door(exchange, answering))
    return app
