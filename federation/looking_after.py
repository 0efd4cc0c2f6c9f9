"""A running exchange, looked after: whether it can answer, what its operator should know, what it does by itself."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Mapping
from typing import TypeAlias

from connectors.breaker import State
from connectors.errors import DeclarationError, SourceError
from federation.built import Exchange
from federation.reloading import on_hangup
from federation.rules import EXCHANGE_FILE, SUPERGRAPH_FILE, StartError, texts_of
from policies.epoch import epoch, parts
from policies.errors import PolicyError, PolicyFileError

_LOGGER = logging.getLogger("tongguan.app")
_ROUND, _ROUNDS_OF_A_TALLY = 5.0, 12


async def check_sources(exchange: Exchange) -> list[str]:
    """Ask every live source whether it has what is declared; the problems that will mend themselves are returned.

    Raises:
        StartError: a declaration that does not fit its source.
    """
    waiting = []
    for name, connector in exchange.connectors.items():
        named = connector.on_behalf_of(exchange.envoy.speak_for_us(name)) if connector.NAMES_ASKER else connector
        try:
            await named.check()
        except DeclarationError as error:
            raise StartError(f"{EXCHANGE_FILE}: {error}") from None
        except SourceError as error:
            waiting.append(f"{name}: {error}")
    return waiting


def problems_of_exchange(exchange: Exchange) -> list[str]:
    """Why questions can't be answered now, or should not be: in words without values or addresses."""
    problems = []
    if not exchange.log.ready:
        problems.append("the audit log can't be written")
    try:
        exchange.keeper.current()
    except PolicyError:
        problems.append("the policy can't be read")
    return problems


Note: TypeAlias = tuple[str, str | None]
"""What an operator should know: for everybody, and what the log says besides; None: it has said that already."""


def notes_of(exchange: Exchange) -> list[Note]:
    """What an operator should know although questions are answered."""
    notes = list[Note]()
    if (problem := exchange.keeper.problem) is not None:
        notes.append(
            ("the policy file is refused or can't be read; the policy before it stays in force for now", str(problem))
        )
    if exchange.reloading is not None:
        if exchange.reloading.is_refused:
            public = f"{SUPERGRAPH_FILE} or {EXCHANGE_FILE} is refused; what was in force before stays"
            notes.append((public, None))
        return [*notes, *(("an agreement no longer fits and is idle", str(one)) for one in _idle(exchange))]
    with contextlib.suppress(PolicyError):  # a registry that can't be read is among the problems, or in the note above
        if not _files_are_approved(exchange):
            notes.append(("the files differ from what two people approved, which is in force", ""))
        approved = exchange.registry.changes.approved_text()
        if approved is not None and catalogue_text(approved) != catalogue_text(exchange.keeper.current().archive):
            notes.append((f"{EXCHANGE_FILE} has changed; it is taken at the next start", ""))
    notes.extend(("an agreement no longer fits and is idle", str(one)) for one in _idle(exchange))
    return notes


def _files_are_approved(exchange: Exchange) -> bool:
    """Whether two people approved the files of the home as they are; files that can't be read are not."""
    try:
        texts = texts_of(exchange.settings.home)
    except StartError:
        return False
    return exchange.registry.changes.is_approved(epoch(texts)[0])


def catalogue_text(canonical: str) -> str:
    """The declaration in a policy's canonical text."""
    return parts(canonical)[EXCHANGE_FILE]


def _idle(exchange: Exchange) -> tuple[PolicyFileError, ...]:
    try:
        return exchange.keeper.current().rules.idle
    except PolicyError:
        return ()


def circuits_of(exchange: Exchange) -> Mapping[str, State]:
    """The circuit breakers of the sources that have one."""
    connected = {name: one.circuit for name, one in exchange.connectors.items()}
    remote = {name: one.state for name, one in exchange.graphs.current.remotes.items()}
    return {name: state for name, state in (connected | remote).items() if state is not None}


async def look_after_identity(exchange: Exchange) -> None:
    """Keys of the identity provider and the list of applications, in a task of its own: a provider may be slow."""
    while True:
        await asyncio.sleep(_ROUND)
        try:
            await exchange.identity.look_after()
            await exchange.peers.look_after()
        except Exception as error:  # noqa: BLE001  (what was known stays known until it is too old, and then fails closed)
            _LOGGER.warning("identity can't be looked after: %s", type(error).__name__)


async def look_after_catalogue(exchange: Exchange) -> None:
    """Samples for the catalogue, one type a round, in a task of its own: a source may be slow."""
    while exchange.sampler is not None:
        await asyncio.sleep(_ROUND)
        try:
            await exchange.sampler.step(exchange.clock.earliest())
        except Exception as error:  # noqa: BLE001  (the catalogue says how old its figures are; nothing else rests on them)
            _LOGGER.warning("the catalogue can't be looked after: %s", type(error).__name__)


async def look_after_supergraph(exchange: Exchange) -> None:
    """Another supplied supergraph is put in force: looked for at the operator's interval, and at once on SIGHUP."""
    if exchange.reloading is None:
        return
    told = asyncio.Event()
    with on_hangup(told.set):
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), exchange.settings.reload_every or None)
            is_told = told.is_set()
            told.clear()
            try:
                is_another = await exchange.reloading.look(is_told=is_told)
            except Exception as error:  # noqa: BLE001  (another is in force; what could not be closed ends with the process)
                _LOGGER.warning("the supergraph before can't be closed: %s", type(error).__name__)
                continue
            if is_another:
                gc.unfreeze()  # what was made of the supergraph before was not to be collected until now
                gc.collect()
                gc.freeze()


async def look_after(exchange: Exchange) -> None:
    """What a running exchange does by itself: tallies go on record, and the index of the log keeps up with it."""
    rounds, told = 0, list[Note]()
    while True:
        await asyncio.sleep(_ROUND)
        rounds += 1
        notes = await asyncio.to_thread(notes_of, exchange)
        for public, more in notes:
            if more is not None and (public, more) not in told:
                _LOGGER.warning("%s", ": ".join(filter(None, (public, more))))
        told = notes
        exchange.metrics.policy_refused(is_refused=exchange.keeper.problem is not None)
        exchange.metrics.clock_jumped(exchange.clock.jumped())
        try:
            await asyncio.to_thread(exchange.search.catch_up)
            exchange.metrics.unreviewed(len(await asyncio.to_thread(exchange.registry.glass.unreviewed)))
            if rounds % _ROUNDS_OF_A_TALLY == 0:
                await exchange.door.flush()
        except Exception as error:  # noqa: BLE001  (nothing is lost: what could not be written stays, and is tried again)
            _LOGGER.warning("the log is behind: %s", type(error).__name__)
