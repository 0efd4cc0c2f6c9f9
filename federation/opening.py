"""What one process opens or reads once, besides what it decides by: the log, the limits, lists and bounds of documents.

Whatever can't be had is a `StartError`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from audit.errors import AuditError
from audit.log import Log
from audit.note import SigningKey
from federation.document.limits import Limits
from federation.document.persisted import PersistedDocuments
from federation.document.trusted import TrustedListError, read_trusted
from federation.http.metrics import Metrics
from federation.keys import KeyFileError, KeyRing, secret_file
from federation.rules import POLICY_FILE, Rules, StartError, rulebook_of
from federation.settings import Settings
from federation.shadow import Governed, Shadow
from policies.epoch import parts
from policies.errors import PolicyError
from policies.keeper import Keeper
from policies.limits.errors import LimitsError
from policies.limits.limits import Limits as Counters
from policies.sources import FileSource
from vocabulary.catalogue import Catalogue


def open_log(settings: Settings, catalogue: Catalogue) -> Log:
    """The audit log; it and its signing key are made at the first start."""
    origin = f"tongguan.local/{catalogue.name}"
    try:
        text = secret_file(settings.keys / "log.key", lambda: SigningKey.generate(origin).to_text().encode())
        signing = SigningKey.from_text(text.decode())
        (settings.keys / "log.vkey").write_text(str(signing.verifier.to_text()) + "\n", encoding="utf-8")
        return Log.open(settings.audit, origin=origin, signing_key=signing)
    except (AuditError, KeyFileError, OSError, UnicodeDecodeError) as error:
        raise StartError(f"the audit log can't be opened: {error}") from None


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
