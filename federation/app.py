"""Where everything is built and wired, once; nothing else constructs a room.

It refuses to start when the declaration, the policy, a mask or a source does not fit: `StartError` says which and why.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
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
from connectors.errors import DeclarationError, SourceError
from federation.document.limits import Limits
from federation.document.operation import Questions
from federation.document.parse import Documents
from federation.exchange.accesses import AccessConnector
from federation.exchange.declaration import SOURCE, declaration
from federation.execute.book import MaskBook
from federation.execute.receipts import Recorder, moment, receipt_unavailable
from federation.execute.waves import Waves
from federation.http.door import Door
from federation.http.graphql import GraphQLEndpoint
from federation.http.metrics import Metrics
from federation.identity import Tokens
from federation.issuing import ISSUER_KEY, KEY_SET
from federation.keys import KeyFileError, KeyRing, secret_file
from federation.pipeline import Pipeline, Services, now
from federation.plan.build import World
from federation.schema.compose import CompositionFailedError, compose
from federation.schema.declare import ExchangeRefusedError, parse
from federation.schema.subgraph import describe
from federation.schema.supergraph import Supergraph
from federation.sealing import Sealer
from federation.settings import Settings
from masking import Mask, MaskError, make, make_companion
from policies.compile import Policy
from policies.errors import PolicyError
from policies.keeper import InForce, Keeper
from policies.lines import CoordinateFacts, PolicyFacts
from policies.load import load
from vocabulary.catalogue import Catalogue
from vocabulary.receipt import Entry, Kind

_LOGGER = logging.getLogger("tongguan.app")
_ROUND, _ROUNDS_OF_A_TALLY = 5.0, 12
EXCHANGE_FILE, POLICY_FILE = "exchange.yaml", "policy.csv"


class StartError(Exception):
    """The exchange can't start; the text says what to mend. For the operator."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A built exchange."""

    settings: Settings
    catalogue: Catalogue
    supergraph: Supergraph
    world: World
    keeper: Keeper
    connectors: Mapping[str, Connector]
    log: Log
    search: Search
    pseudonyms: SubjectPseudonyms
    pipeline: Pipeline
    door: Door
    metrics: Metrics
    declared: bytes

    async def close(self) -> None:
        """Put what is pending on record and close everything."""
        try:
            await self.door.flush()
        finally:
            for connector in self.connectors.values():
                await connector.close()
            self.log.close()


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides, without what answers: the declared graph, its masks and its policy. No key, no log, no source."""

    world: World
    masks: Mapping[str, Mask]
    keeper: Keeper


def read_rules(settings: Settings) -> Rules:
    """Read and check the declaration and the policy; StartError where one is refused."""
    catalogue = read_catalogue(settings.home)
    supergraph = Supergraph.parse(compose_supergraph(catalogue))
    masks = check_masks(catalogue, supergraph)
    keeper = make_keeper(settings.home, policy_facts(catalogue, supergraph), settings.policy_patience)
    return Rules(World(supergraph, catalogue), masks, keeper)


def read_catalogue(home: Path) -> Catalogue:
    """The declared exchange, with its own source; StartError where the file is refused."""
    path = home / EXCHANGE_FILE
    try:
        catalogue = parse(path.read_text(encoding="utf-8"), file=EXCHANGE_FILE)
    except ExchangeRefusedError as refused:
        raise StartError(str(refused)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{path} can't be read ({error}): `tongguan demo build` makes a demo city") from None
    return with_own_source(catalogue)


def with_own_source(catalogue: Catalogue) -> Catalogue:
    """The catalogue with the exchange's own source in it."""
    sources = {**catalogue.sources, SOURCE: declaration(catalogue.operator)}
    return Catalogue(
        name=catalogue.name,
        operator=catalogue.operator,
        organisations=catalogue.organisations,
        purposes=catalogue.purposes,
        roles=catalogue.roles,
        masks=catalogue.masks,
        sources=sources,
    )


def compose_supergraph(catalogue: Catalogue) -> str:
    """The supergraph SDL of all sources; StartError with every reason where they do not compose."""
    subgraphs = {name: describe(source, root_node=name == SOURCE) for name, source in catalogue.sources.items()}
    try:
        return compose(subgraphs)
    except CompositionFailedError as failed:
        raise StartError(str(failed)) from None


def policy_facts(catalogue: Catalogue, supergraph: Supergraph) -> PolicyFacts:
    """What policy lines may name."""
    return PolicyFacts(
        organisations=frozenset(catalogue.organisations),
        roles=frozenset(catalogue.roles),
        purposes=frozenset(catalogue.purposes),
        masks=frozenset(catalogue.masks),
        coordinates={
            coordinate: CoordinateFacts(chain=field.masks, identifier=field.identifier)
            for coordinate, field in supergraph.coordinates().items()
        },
    )


def check_masks(catalogue: Catalogue, supergraph: Supergraph) -> dict[str, Mask]:
    """Every declared mask, made; StartError where one is wrong, or stands in the chain of a field it does not fit."""
    try:
        masks = {name: make(declared) for name, declared in catalogue.masks.items()}
        for coordinate, field in supergraph.coordinates().items():
            for name in field.masks:
                try:
                    masks[name].require_fit(field.type)
                except MaskError as error:
                    raise StartError(f"{EXCHANGE_FILE}: {coordinate} has mask {name}: {error}") from None
            if field.companion is not None:
                make_companion(field.companion.kind, field.companion.parameters)
    except MaskError as error:
        raise StartError(f"{EXCHANGE_FILE}: {error}") from None
    return masks


def make_keeper(home: Path, facts: PolicyFacts, patience: float) -> Keeper:
    """The keeper of the policy files; StartError where they are refused."""

    def build(texts: Mapping[str, str]) -> Policy:
        loaded = load(texts[POLICY_FILE], file=POLICY_FILE, facts=facts)
        return Policy.build(loaded.lines, loaded.role_links, facts)

    try:
        # The declaration is taken at the start and is part of every epoch; a later change of its file waits for the
        # next start, and must not keep a revocation in the policy from acting now.
        declared = {EXCHANGE_FILE: (home / EXCHANGE_FILE).read_text(encoding="utf-8")}
        return Keeper({POLICY_FILE: home / POLICY_FILE}, build, constant=declared, patience=patience)
    except PolicyError as error:
        raise StartError(str(error)) from None


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


def build_exchange(settings: Settings, limits: Limits | None = None) -> Exchange:
    """Read, check and wire everything."""
    limits = limits or Limits()
    ruled = read_rules(settings)
    catalogue, supergraph, keeper = ruled.world.catalogue, ruled.world.supergraph, ruled.keeper
    try:
        keys = KeyRing.open(settings.keys / "master.key")
        key_set = json.loads((settings.keys / KEY_SET).read_text(encoding="utf-8"))
    except (KeyFileError, OSError, ValueError) as error:
        raise StartError(f"a key can't be read: {error}") from None
    log, signing = open_log(settings, catalogue)
    pseudonyms, search = SubjectPseudonyms(keys.derive("subjects")), Search(settings.audit)
    connectors = _connect(settings.home, catalogue, supergraph, search, pseudonyms)
    recorder, metrics, sealer, book = Recorder(log, pseudonyms), Metrics(), Sealer(keys), MaskBook(ruled.masks, keys)
    tokens = Tokens(
        key_set,
        issuer=settings.issuer,
        audience=settings.audience,
        organisations=frozenset(catalogue.organisations),
    )
    pipeline = Pipeline(
        Services(
            tokens=tokens,
            keeper=keeper,
            documents=Documents(supergraph.api, limits),
            questions=Questions(supergraph.api, limits),
            world=ruled.world,
            waves=Waves(connectors, catalogue.organisations, recorder, metrics.asked),
            recorder=recorder,
            book=book,
            sealer=sealer,
            origin=signing.name,
            timeout=settings.request_timeout,
            archive=lambda in_force, changed: _archive(log, in_force, changed=changed),
        )
    )
    return Exchange(
        settings=settings,
        catalogue=catalogue,
        supergraph=supergraph,
        world=ruled.world,
        keeper=keeper,
        connectors=connectors,
        log=log,
        search=search,
        pseudonyms=pseudonyms,
        pipeline=pipeline,
        door=Door(recorder),
        metrics=metrics,
        declared=sha256((settings.home / EXCHANGE_FILE).read_bytes()).digest(),
    )


def _connect(
    home: Path, catalogue: Catalogue, supergraph: Supergraph, search: Search, pseudonyms: SubjectPseudonyms
) -> dict[str, Connector]:
    people = [name for name, one in supergraph.types.items() if one.subject is not None and one.subject == one.key]
    try:
        return {
            name: AccessConnector(source, search, pseudonyms, people) if name == SOURCE else connect(source, home)
            for name, source in catalogue.sources.items()
        }
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


async def check_sources(exchange: Exchange) -> list[str]:
    """Ask every live source whether it has what is declared; the problems that will mend themselves are returned.

    Raises:
        StartError: a declaration that does not fit its source.
    """
    waiting = []
    for name, connector in exchange.connectors.items():
        try:
            await connector.check()
        except DeclarationError as error:
            raise StartError(f"{EXCHANGE_FILE}: {error}") from None
        except SourceError as error:
            waiting.append(f"{name}: {error}")
    return waiting


def create_app(exchange: Exchange) -> Starlette:
    """The HTTP application of a built exchange."""
    settings = exchange.settings
    graphql = GraphQLEndpoint(
        exchange.pipeline,
        exchange.door,
        exchange.metrics,
        body_limit=settings.body_limit,
        concurrency=settings.concurrency,
    )

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> Response:
        problems = _problems(exchange)
        exchange.metrics.ready(is_ready=not problems)
        notes = [public for public, _ in _notes(exchange)]
        status = "not ready" if problems else "ready"
        return JSONResponse({"status": status, "problems": problems, "notes": notes}, 503 if problems else 200)

    async def metrics(_request: Request) -> Response:
        exchange.metrics.ready(is_ready=not _problems(exchange))
        return Response(exchange.metrics.text(), media_type=exchange.metrics.media)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if (settings.keys / ISSUER_KEY).exists():
            _LOGGER.warning("DEVELOPMENT ISSUER: whoever can read keys/issuer.pem can be anybody here")
        for waiting in await check_sources(exchange):
            _LOGGER.warning("source not there yet: %s", waiting)
        gc.collect()
        gc.freeze()  # schema, policy and plans live as long as the process: no collection need look at them again
        looking_after = asyncio.create_task(_look_after(exchange))
        try:
            yield
        finally:
            looking_after.cancel()
            await exchange.close()

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]  # all reach the door, which refuses with a code
    return Starlette(
        routes=[
            Route("/graphql", graphql.answer, methods=methods),
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
        ],
        lifespan=lifespan,
    )


def _problems(exchange: Exchange) -> list[str]:
    """Why questions can't be answered now, or should not be: in words without values or addresses."""
    problems = []
    if not exchange.log.ready:
        problems.append("the audit log can't be written")
    try:
        exchange.keeper.current()
    except PolicyError:
        problems.append("the policy can't be read")
    return problems


def _notes(exchange: Exchange) -> list[tuple[str, str]]:
    """What an operator should know although questions are answered: for everybody, and for the operator's log."""
    notes = []
    if (problem := exchange.keeper.problem) is not None:
        notes.append(
            ("the policy file is refused or can't be read; the policy before it stays in force for now", str(problem))
        )
    with contextlib.suppress(OSError):
        if sha256((exchange.settings.home / EXCHANGE_FILE).read_bytes()).digest() != exchange.declared:
            notes.append((f"{EXCHANGE_FILE} has changed; it is taken at the next start", ""))
    return notes


async def _look_after(exchange: Exchange) -> None:
    """What a running exchange does by itself: tallies go on record, and the index of the log keeps up with it."""
    rounds, told = 0, list[tuple[str, str]]()
    while True:
        await asyncio.sleep(_ROUND)
        rounds += 1
        notes = await asyncio.to_thread(_notes, exchange)
        for note in notes:
            if note not in told:
                _LOGGER.warning("%s", ": ".join(filter(None, note)))
        told = notes
        exchange.metrics.policy_refused(is_refused=exchange.keeper.problem is not None)
        try:
            await asyncio.to_thread(exchange.search.catch_up)
            if rounds % _ROUNDS_OF_A_TALLY == 0:
                await exchange.door.flush()
        except Exception as error:  # noqa: BLE001  (nothing is lost: what could not be written stays, and is tried again)
            _LOGGER.warning("the log is behind: %s", type(error).__name__)
