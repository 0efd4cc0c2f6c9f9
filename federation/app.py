"""Where everything is built and wired, once; nothing else constructs a room.

It refuses to start when the declaration, the policy, a mask or a source does not fit: `StartError` says which and why.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from audit.errors import AuditError, LogUnavailableError
from audit.log import Log
from audit.note import SigningKey
from audit.pseudonym import SubjectPseudonyms
from audit.search import Search
from connectors import connect
from connectors.contract import Connector
from connectors.errors import DeclarationError
from connectors.remote import Remote
from federation.built import Exchange
from federation.document.limits import Limits
from federation.document.persisted import PersistedDocuments
from federation.document.trusted import TrustedListError, read_trusted
from federation.exchange import catalogue_source, registry_source
from federation.exchange.accesses import AccessConnector, LogReader
from federation.exchange.acts import Acts
from federation.exchange.catalogue_connector import CatalogueConnector
from federation.exchange.declaration import SOURCE
from federation.exchange.entries import Entries
from federation.exchange.observed import Observed
from federation.exchange.own import OWN_SOURCES
from federation.exchange.registry_connector import RegistryConnector
from federation.exchange.sampling import Sampler
from federation.exchanges import Peers
from federation.execute.book import MaskBook
from federation.execute.engine import DeclaredEngine, Engine, FederatedEngine
from federation.execute.facts import About
from federation.execute.federated.steps import Steps
from federation.execute.receipts import Recorder, receipt_unavailable
from federation.execute.subjects import Subjects
from federation.execute.trail import moment
from federation.execute.waves import Waves
from federation.http.answering import Answering
from federation.http.door import Door
from federation.http.graphql import GraphQLEndpoint
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
    look_after,
    look_after_catalogue,
    look_after_identity,
    notes_of,
    problems_of_exchange,
)
from federation.pipeline import Pipeline, Services, now
from federation.plan.federated.walk import Planner
from federation.plan.world import World
from federation.policy_source import policy_source
from federation.rules import (
    EXCHANGE_FILE,
    POLICY_FILE,
    Rules,
    StartError,
    catalogue_of,
    judge,
    open_registry,
    rulebook_of,
    rules_of,
    texts_of,
)
from federation.sealing import Sealer, SubjectSealer
from federation.sessions import Sessions
from federation.settings import DevelopmentIssuerError, Settings, check_development
from federation.shadow import Governed, Shadow
from federation.views import Views
from policies.clock import Clock
from policies.epoch import parts
from policies.errors import PolicyError
from policies.keeper import InForce, Keeper
from policies.limits.errors import LimitsError
from policies.limits.limits import Limits as Counters
from policies.registry.actor import Act, ActKind
from policies.rulebook import problems_of
from policies.sources import FileSource
from portal.app import RETURN, Portal
from vocabulary.catalogue import Catalogue, SourceDeclaration
from vocabulary.receipt import Entry, Kind

_LOGGER = logging.getLogger("tongguan.app")


def open_log(settings: Settings, catalogue: Catalogue) -> tuple[Log, SigningKey]:
    """The audit log and its signing key, both made at the first start."""
    origin = f"tongguan.local/{catalogue.name}"
    try:
        text = secret_file(settings.keys / "log.key", lambda: SigningKey.generate(origin).to_text().encode())
        signing = SigningKey.from_text(text.decode())
        (settings.keys / "log.vkey").write_text(str(signing.verifier.to_text()) + "\n", encoding="utf-8")
        return Log.open(settings.audit, origin=origin, signing_key=signing), signing
    except (AuditError, KeyFileError, OSError, UnicodeDecodeError) as error:
        raise StartError(f"the audit log can't be opened: {error}") from None


def build_exchange(
    settings: Settings, limits: Limits | None = None, make_remote: Callable[[SourceDeclaration, Path], Remote] = Remote
) -> Exchange:
    """Read, check and wire everything. `make_remote` makes the subgraphs of a supplied supergraph."""
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
    log, signing = open_log(settings, catalogue)
    clock, metrics = Clock(), Metrics()
    source = policy_source(settings, texts, registry, log, clock=clock, catalogue=catalogue)
    ruled = rules_of(texts, source, settings.policy_patience)
    catalogue = ruled.world.catalogue
    supergraph, facts = ruled.world.supergraph, ruled.keeper.current().policy.facts
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
    connectors, remotes = _connect(settings.home, ruled.world, own, make_remote)
    connectors = {name: peers.paired(one, catalogue) for name, one in connectors.items()}
    sampler = Sampler(catalogue.sources, connectors, observed, metrics.asked, every=settings.sample_every)

    def asked(source: str, outcome: str) -> None:
        metrics.asked(source, outcome)
        sampler.saw(source, outcome)

    recorder, book = Recorder(log, pseudonyms), MaskBook(ruled.masks, keys, peers.secret)
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
        problems=lambda draft: [
            f"{one.problem}; {one.remedy}" for one in problems_of(draft, ruled.keeper.current().rules.lists, facts)
        ],
        done=lambda act: _notify(act, metrics, ruled.keeper),
    )
    shadow = make_shadow(settings, ruled, metrics)
    envoy = Envoy(PassportOffice(catalogue.name, exchange_keys, keys), catalogue, signing.name)
    about = About(subjects.consents, subjects.barred)
    engine: Engine = (
        DeclaredEngine(ruled.world, Waves(connectors, catalogue.organisations, recorder, about, asked))
        if supergraph.join is None
        else FederatedEngine(Planner(ruled.world, supergraph.join), Steps(remotes, ruled.world, recorder, about, asked))
    )
    pipeline = Pipeline(
        Services(
            identity=identity,
            keeper=ruled.keeper,
            clock=clock,
            persisted=open_documents(settings, limits or Limits()),
            views=views,
            world=ruled.world,
            engine=engine,
            subjects=subjects,
            acts=acts,
            recorder=recorder,
            book=book,
            sealer=Sealer(keys),
            envoy=envoy,
            origin=signing.name,
            timeout=settings.request_timeout,
            lease=settings.policy_patience,
            own_sources=OWN_SOURCES,
            archive=lambda in_force, changed: _archive(log, in_force, changed=changed),
            shadow=None if shadow is None else shadow.compare,
        )
    )
    return Exchange(
        settings=settings,
        catalogue=catalogue,
        keys=keys,
        supergraph=supergraph,
        world=ruled.world,
        keeper=ruled.keeper,
        clock=clock,
        identity=identity,
        registry=registry,
        counters=counters,
        connectors=connectors,
        envoy=envoy,
        peers=peers,
        remotes=remotes,
        log=log,
        search=search,
        pseudonyms=pseudonyms,
        acts=acts,
        pipeline=pipeline,
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


def limits_of(settings: Settings) -> Limits:
    """The bounds on documents, as they are set."""
    return Limits(
        depth=settings.document_depth,
        aliases=settings.document_aliases,
        fields=settings.document_fields,
        cost=settings.document_cost,
    )


def open_counters(settings: Settings, catalogue: Catalogue, keys: KeyRing) -> Counters:
    """The limits that the exchange declares; StartError where they can't be counted."""
    declared = catalogue.limits
    try:
        directory = settings.home / "limits"
        return Counters.open(directory, declared.principals, declared.subject, key=keys.derive("limits", "principals"))
    except LimitsError as error:
        raise StartError(f"the limits can't be counted: {error}") from None


def open_documents(settings: Settings, limits: Limits) -> PersistedDocuments:
    """Documents that are named by their hashes; StartError where there is a trusted list, and it is refused."""
    name = settings.trusted_documents
    try:
        return PersistedDocuments(read_trusted(settings.home / name, limits) if name else None)
    except TrustedListError as error:
        raise StartError(str(error)) from None


def make_shadow(settings: Settings, ruled: Rules, metrics: Metrics) -> Shadow | None:
    """A second policy file that is compared with the one in force and decides nothing; StartError where it is refused.

    It is read beside the lists and agreements that were in force at the start.
    """
    if not settings.shadow_policy:
        return None
    facts, beside = ruled.keeper.current().policy.facts, parts(ruled.keeper.current().archive)
    source = FileSource({POLICY_FILE: Path(settings.shadow_policy)})
    try:
        second = Keeper(source, lambda read: rulebook_of({**beside, **read}, facts), patience=settings.policy_patience)
    except PolicyError as error:
        raise StartError(f"the shadow policy: {error}") from None

    def asked(keeper: Keeper) -> tuple[Governed, str]:
        in_force = keeper.current()
        return governed(in_force.policy), in_force.epoch

    governed = lru_cache(maxsize=4)(lambda policy: Governed(policy, ruled.world.supergraph))
    return Shadow(lambda: asked(ruled.keeper), lambda: asked(second), facts.coordinates.get, metrics.shadowed)


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
    home: Path,
    world: World,
    own: Mapping[str, Callable[[SourceDeclaration], Connector]],
    make_remote: Callable[[SourceDeclaration, Path], Remote],
) -> tuple[dict[str, Connector], dict[str, Remote]]:
    """What the exchange asks: the connectors of its sources, or the subgraphs of its supplied supergraph."""
    sources = world.catalogue.sources
    try:
        if world.supergraph.join is None:
            return {name: own[name](one) if name in own else connect(one, home) for name, one in sources.items()}, {}
        return {}, {name: make_remote(one, home) for name, one in sources.items()}
    except DeclarationError as error:
        raise StartError(f"{EXCHANGE_FILE}: {error}") from None


def _archive(log: Log, in_force: InForce, *, changed: bool) -> None:
    """Put a policy epoch on record, whole, before anything is decided under it; `changed`: in a running process.

    A process that starts under an epoch that is archived already has nothing to add: its entries name it.
    """
    try:
        is_new = log.archive(in_force.epoch, in_force.archive)
        if is_new or changed:
            log.append_sync(Entry(Kind.POLICY, moment(now()), "in force", epoch=in_force.epoch))
    except LogUnavailableError:
        raise receipt_unavailable() from None


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
    gc.freeze()  # schema, policy and plans live as long as the process: no collection need look at them again
    tasks = [asyncio.create_task(one(exchange)) for one in (look_after, look_after_identity, look_after_catalogue)]
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
    answering = Answering(exchange.pipeline, exchange.door, exchange.metrics, concurrency=settings.concurrency)
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
        return Response(exchange.metrics.text(), media_type=exchange.metrics.media)

    async def exchange_keys(_request: Request) -> Response:
        return Response(published, media_type=MEDIA_TYPE)

    methods = [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "HEAD",
        "OPTIONS",
        "TRACE",
    ]  # all reach the door, which refuses with a code
    app = Starlette(
        routes=[
            Route("/graphql", graphql.answer, methods=methods),
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
