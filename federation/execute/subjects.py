"""What the exchange itself knows of data subjects, by pseudonym: their consents, and what may still be told of them."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from audit.pseudonym import SubjectPseudonyms
from federation.errors import Code, Unavailable
from federation.execute.cells import outsider
from federation.execute.state import State
from federation.plan.places import Plan
from federation.sealing import SubjectSealer
from policies.clock import Clock
from policies.limits.errors import LimitsUnavailableError
from policies.limits.limits import Limits
from policies.registry.errors import RegistryUnavailableError
from policies.registry.registry import Registry
from vocabulary.limits import Charge, Charged
from vocabulary.principal import Principal
from vocabulary.rows import Tie
from vocabulary.values import Value

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Ties:
    """The subjects that are tied to somebody, the ids of the glasses broken for it, and the version of the consents.

    Equal ones, before a question is answered and after, mean that nothing of it was taken back meanwhile.
    """

    keys: Mapping[tuple[Tie, str], frozenset[Value]]
    glass: tuple[str, ...]
    consents: int


_UNTIED = Ties({}, (), 0)


@dataclass(frozen=True, slots=True)
class Subjects:
    """Asks the registry and the limits. Each store knows subjects by pseudonyms of its own.

    Every method raises Unavailable where a store can't answer: what is not known withholds the whole answer, since
    nobody could say whose rows it would be.
    """

    registry: Registry
    limits: Limits
    consent_names: SubjectPseudonyms
    limit_names: SubjectPseudonyms
    sealer: SubjectSealer
    clock: Clock
    has_budget: bool

    async def consents(self, purpose: str, type_name: str, keys: Sequence[str]) -> Mapping[str, bool]:
        """Key → what is on record: True given, False objected; absent: nothing."""
        names = self.consent_names.of(type_name, keys)
        with_registry = await _asked(lambda: self.registry.consents.states(purpose, names))
        return {key: with_registry[name] for key, name in zip(keys, names, strict=True) if name in with_registry}

    async def barred(self, type_name: str, keys: Sequence[str]) -> frozenset[str]:
        """Keys of those whose disclosure budget is spent."""
        if not self.has_budget or not keys:
            return frozenset()
        names = dict(zip(self.limit_names.of(type_name, keys), keys, strict=True))
        try:
            spent = await self.limits.exhausted(list(names), self.clock.earliest())
        except LimitsUnavailableError:
            raise _limits_unavailable() from None
        return frozenset(names[name] for name in spent)

    async def ties(self, principal: Principal, plan: Plan) -> Ties:
        """Which subjects are tied to a principal now, as far as the plan's rules rest on it."""
        judged = any(one.field is None for one in plan.judges)
        if not plan.ties and not judged:
            return _UNTIED  # nearly every plan
        # Whoever another exchange names has no case and no glass here, whatever somebody here is called.
        wanted = frozenset[Tie]() if principal.exchange else plan.ties
        keys: dict[tuple[Tie, str], set[Value]] = {}
        glass: tuple[str, ...] = ()
        person, organisation, moment = principal.id, principal.organisation, self.clock.now()
        if principal.subject is not None:
            kind, key = principal.subject
            keys[Tie.SELF, kind] = {key}
        sealed: list[tuple[Tie, str, bytes]] = []
        if Tie.CASE in wanted:
            cases = await _asked(lambda: self.registry.cases.assigned(person, organisation, moment))
            sealed += [(Tie.CASE, one.subject_type, one.sealed_subject) for one in cases]
        if Tie.GLASS in wanted:
            broken = await _asked(lambda: self.registry.glass.open_at(person, organisation, moment))
            sealed += [(Tie.GLASS, one.subject_type, one.sealed_subject) for one in broken]
            glass = tuple(one.id for one in broken)
        for tie, kind, subject in sealed:
            opened = self.sealer.open(kind, subject)
            if opened is not None:  # sealed under another key: nobody knows whom it names, so it ties nobody
                keys.setdefault((tie, kind), set()).add(opened)
        version = await _asked(self.registry.consents.version) if judged else 0
        return Ties({place: frozenset(those) for place, those in keys.items()}, glass, version)

    async def charge(self, state: State, purpose: str, own_sources: frozenset[str], at: dt.datetime) -> Charged | None:
        """Charge an answer before it leaves; None where nothing limits it."""
        if not self.limits.is_needed(purpose):
            return None
        released = [one for one in state.released() if one.source not in own_sources]
        names = {
            name
            for one in released
            if one.subject_type is not None
            for name in self.limit_names.of(one.subject_type, _keys(one.subjects))
        }
        charge = Charge(
            principal=_counted_as(state),
            purpose=purpose,
            at=at,
            rows=sum(one.rows for one in released),
            subjects=tuple(sorted(names)),
            probes=sum(map(len, state.trail.probed.values())),
            mark=os.urandom(16),  # an answer of its own, even where the one before it could not leave
        )
        try:
            return await self.limits.charge(charge)
        except LimitsUnavailableError:
            raise _limits_unavailable() from None


def _counted_as(state: State) -> str:
    """Whose limit an answer counts against: all who ask through another exchange share that one's.

    It names whomever it likes, and must not be shown more by naming more.
    """
    exchange = state.principal.exchange
    return outsider(exchange) if exchange else state.owner


def registry_unavailable() -> Unavailable:
    """What a client is told when the registry can't be read or written."""
    sentence = "The registry can't be read or written just now, so nothing was done. Try again later."
    return Unavailable(Code.REGISTRY_UNAVAILABLE, sentence)


def _limits_unavailable() -> Unavailable:
    sentence = "What may still be shown can't be counted just now, so nothing is released. Try again later."
    return Unavailable(Code.LIMITS_UNAVAILABLE, sentence)


def _keys(column: Sequence[Value]) -> list[str]:
    return [str(one) for one in dict.fromkeys(column) if one is not None]


async def _asked(question: Callable[[], _T]) -> _T:
    """Ask the registry in a thread: it may have to wait for a lock."""
    try:
        return await asyncio.to_thread(question)
    except RegistryUnavailableError:
        raise registry_unavailable() from None
