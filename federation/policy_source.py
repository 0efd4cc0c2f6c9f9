"""Where the policy of an exchange comes from, and the first one that it trusts."""

from __future__ import annotations

from collections.abc import Mapping

from audit.errors import AuditError
from audit.log import Log
from audit.search import Search, Wanted, mark_of
from federation.exchange import registry_source
from federation.execute.trail import moment
from federation.rules import StartError, policy_files
from federation.settings import Settings
from policies.clock import Clock
from policies.epoch import epoch
from policies.registry.actor import Act, ActKind, Actor
from policies.registry.errors import RegistryError
from policies.registry.registry import Registry
from policies.sources import RegistrySource, Source
from vocabulary.catalogue import Catalogue
from vocabulary.receipt import Entry, Kind, Step

_OPERATOR = "operator"


def policy_source(
    settings: Settings, texts: Mapping[str, str], registry: Registry, log: Log, *, clock: Clock, catalogue: Catalogue
) -> Source:
    """Where changes of the policy come from: the registry, where two people made them; else the files of the home.

    A supplied supergraph has no acts by which two people could change its policy, so its files are in force, each
    change of them with its text on record. Once two people have approved a policy in a home, that is in force, whatever
    files say: a supergraph beside it is a draft that nobody can approve.
    """
    if registry.changes.approved_text() is not None:
        return RegistrySource(registry)
    _require_no_registry_before(Search(settings.audit))
    if catalogue.graph is not None:
        return policy_files(settings.home)
    _trust(texts, registry, log, clock, catalogue)
    return RegistrySource(registry)


def _require_no_registry_before(search: Search) -> None:
    """Refuse to trust the files of a home whose registry is gone: whoever removed it would have changed the policy."""
    try:
        had_one = search.find(Wanted(under=mark_of(ActKind.CHANGE.value)), 1)
    except AuditError as error:
        raise StartError(f"the audit log can't be read: {error}") from None
    if had_one:
        raise StartError(
            "the log says that two people approved a policy here, and the registry that held it is gone: restore "
            f"{registry_source.DIRECTORY}/registry.sqlite from its backup"
        )


def _trust(texts: Mapping[str, str], registry: Registry, log: Log, clock: Clock, catalogue: Catalogue) -> None:
    """Take the policy that a new exchange starts with, on record; every later one needs two people."""
    digest, text = epoch(texts)
    actor, at = Actor(_OPERATOR, catalogue.operator, _OPERATOR), clock.earliest()

    def record(act: Act) -> None:
        step = Step(act.kind.value, act.subject_id, act.step, act.facts)
        log.append_sync(Entry(Kind.ACT, moment(at), act.step, act=step))

    try:
        registry.changes.trust_first(actor, at, record, digest=digest, text=text)
    except (RegistryError, AuditError) as error:
        raise StartError(f"the first policy can't be put on record: {error}") from None
