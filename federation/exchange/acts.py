"""What the acts of the graph do: each a method of the registry, on record before it is done.

An act is one function below and one line in `ACTS`. It takes what it is told by name, and gives the key of the entity
that it concerned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from audit.errors import LogUnavailableError
from audit.log import Log
from audit.pseudonym import SubjectPseudonyms
from federation.errors import Code, Refusal
from federation.execute.receipts import receipt_unavailable
from federation.execute.subjects import registry_unavailable
from federation.execute.trail import Recorded
from federation.sealing import SubjectSealer
from policies.clock import Clock
from policies.epoch import epoch
from policies.errors import PolicyError
from policies.registry.actor import Act, Actor
from policies.registry.consents import Consent
from policies.registry.errors import RegistryRefusedError, RegistryUnavailableError
from policies.registry.glass import Outcome
from policies.registry.registry import Registry
from vocabulary.agreement import Agreement, Wish
from vocabulary.area import Area, NotAnAreaError
from vocabulary.catalogue import Catalogue
from vocabulary.principal import Action
from vocabulary.receipt import Kind, Step
from vocabulary.values import Value

Told: TypeAlias = Mapping[str, object]
_LONGEST: Final = 2_000  # characters of a reason, a note or a basis
_FILES: Final = {"policy": "policy.csv", "lists": "lists.yaml", "exchange": "exchange.yaml"}


@dataclass(frozen=True, slots=True)
class Doing:
    """One act under way: who acts, when, what they said, and where it is put on record."""

    actor: Actor
    at: dt.datetime
    told: Told
    record: Callable[[Act], None]
    subject: tuple[str, str] | None

    def text(self, name: str, *, most: int = _LONGEST) -> str:
        """A text that it was told; a Refusal where it is empty or too long."""
        value = str(self.told.get(name) or "").strip()
        if not value or len(value) > most:
            raise Refusal(Code.ARGUMENT_INVALID, f"`{name}` takes a text of 1 to {most:,} characters.")
        return value

    def moment(self, name: str) -> dt.datetime | None:
        """A moment that it was told."""
        value = self.told.get(name)
        return value if isinstance(value, dt.datetime) else None


@dataclass(frozen=True, slots=True)
class Acts:
    """Does acts. Used from worker threads; nothing here waits for an event loop.

    `judge` raises PolicyError for a policy that could not act, `problems` says what keeps an agreement from meaning
    anything, and `done` is told of each act once it is done.
    """

    registry: Registry
    log: Log
    pseudonyms: SubjectPseudonyms
    consent_names: SubjectPseudonyms
    sealer: SubjectSealer
    clock: Clock
    catalogue: Catalogue
    judge: Callable[[Mapping[str, str]], None]
    problems: Callable[[Agreement], Sequence[str]]
    done: Callable[[Act], None]

    def perform(self, name: str, told: Told, base: Recorded, subject: tuple[str, str] | None) -> Value:
        """Do one act; the key of what it concerned.

        `base` says who acts, and `subject` which data subject they are. The receipt is durable before the act is.

        Raises:
            Refusal: ACT_REFUSED with the registry's own sentence, ARGUMENT_INVALID, or (Unavailable)
                REGISTRY_UNAVAILABLE and RECEIPT_UNAVAILABLE.
        """
        done: list[Act] = []
        indexes: list[int] = []

        def record(act: Act) -> None:
            indexes.append(self._record(act, base))
            done.append(act)

        who = base.who
        actor = Actor(who.person, who.organisation, who.application)
        doing = Doing(actor, self.clock.earliest(), told, record, subject)
        try:
            key = ACTS[name](self, doing)
        except RegistryRefusedError as refused:
            raise Refusal(Code.ACT_REFUSED, f"{refused.sentence} ({refused.code})") from None
        except RegistryUnavailableError:
            raise registry_unavailable() from None
        except LogUnavailableError:
            raise receipt_unavailable() from None
        for act in done:
            self.done(act)
        return key if key is not None else indexes[-1]

    def load_consents(self, kind: str, rows: Iterable[Sequence[str]], base: Recorded) -> int:
        """Take over consents of subjects of a type: key, purpose and what was said; how many. Errors: ValueError for a
        row that is none, and those of the registry and the log.
        """  # noqa: D205
        who = base.who
        actor = Actor(who.person, who.organisation, who.application)

        def said() -> Iterator[tuple[str, str, Consent]]:
            for number, row in enumerate(rows, start=1):
                if len(row) != 3 or row[1] not in self.catalogue.purposes or row[2] not in tuple(Consent):  # noqa: PLR2004
                    raise ValueError(f"row {number} is not a key, a declared purpose, and given, objected or none")
                yield self.consent_name(kind, row[0]), row[1], Consent(row[2])

        return self.registry.consents.load(actor, self.clock.earliest(), lambda act: self._recorded(act, base), said())

    def _recorded(self, act: Act, base: Recorded) -> None:
        self._record(act, base)

    def consent_name(self, type_name: str, key: str) -> str:
        """The pseudonym under which consents of a subject are kept."""
        (name,) = self.consent_names.of(type_name, [key])
        return name

    def pseudonym(self, type_name: str, key: str) -> str:
        """The pseudonym of a subject in the log."""
        (name,) = self.pseudonyms.of(type_name, [key])
        return name

    def _record(self, act: Act, base: Recorded) -> int:
        """Make the receipt of an act; its index in the log."""
        facts = dict(act.facts)
        kind, name = facts.pop("subject_type", ""), facts.pop("pseudonym", "")
        subject_id = "" if act.kind == "consent" else act.subject_id
        entry = base.entry(
            Kind.ACT,
            act.step,
            act=Step(act.kind.value, subject_id, act.step, facts),
            subjects={kind: (name,)} if kind and name else {},
        )
        return self.log.append_sync(entry).index


def _subject(acts: Acts, doing: Doing) -> tuple[str, str, bytes, str]:
    """The subject that an act concerns: type, key, sealed key and pseudonym."""
    kind, key = _kind(acts, doing), doing.text("key", most=128)
    return kind, key, acts.sealer.seal(kind, key), acts.pseudonym(kind, key)


def _kind(acts: Acts, doing: Doing) -> str:
    """The type of a subject: one whose key identifies a person or a firm."""
    kind = doing.text("type", most=64)
    declared = [one for source in acts.catalogue.sources.values() for one in source.types]
    people = sorted(one.name for one in declared if one.subject is not None and one.subject == one.key)
    if kind not in people:
        raise Refusal(Code.ARGUMENT_INVALID, f"`type` takes one of {', '.join(people)}.")
    return kind


def _draft(acts: Acts, doing: Doing) -> str:
    wishes, roles = doing.told.get("wishes"), doing.told.get("roles")
    end, purpose = doing.moment("end"), doing.text("purpose", most=64)
    if end is None or not isinstance(wishes, tuple):
        raise Refusal(Code.ARGUMENT_INVALID, "`end` takes a moment, and `wishes` a list of texts.")
    if purpose not in acts.catalogue.purposes:
        raise Refusal(Code.PURPOSE_UNKNOWN, f"No such purpose. Known are {', '.join(acts.catalogue.purposes)}.")
    owner = doing.text("owner", most=64)
    if owner not in acts.catalogue.organisations or owner == doing.actor.organisation:
        raise Refusal(Code.ARGUMENT_INVALID, "`owner` takes another organisation of this exchange.")
    identifier = str(doing.told.get("id") or "")
    agreement = Agreement(
        id=identifier,
        asker=doing.actor.organisation,
        owner=owner,
        roles=tuple(str(role) for role in roles) if isinstance(roles, tuple) else (),
        wishes=tuple(_wish(str(one)) for one in wishes),
        rows=doing.text("rows", most=200),
        purpose=purpose,
        mode=str(doing.told.get("mode") or "ordinary"),
        basis=doing.text("basis"),
        start=doing.moment("start") or doing.at,
        end=end,
        origin="draft",
    )
    if problems := acts.problems(replace(agreement, id=identifier or "the draft")):
        raise Refusal(Code.ACT_REFUSED, f"This agreement could not act: {'; '.join(problems)}")
    return acts.registry.agreements.draft(doing.actor, doing.at, doing.record, agreement).id


def _wish(text: str) -> Wish:
    """A wish as one line: `read Resident.phone phone-partial`, `deliver Resident.identityNo eatwell`."""
    words = text.split()
    known = {Action.READ, Action.MATCH, Action.DERIVE, Action.DELIVER}
    if len(words) not in {2, 3} or words[0] not in known:
        raise Refusal(
            Code.ARGUMENT_INVALID,
            "A wish reads `read Resident.phone phone-partial`, `match Resident.identityNo` or "
            "`deliver Resident.identityNo eatwell`.",
        )
    action, pattern, last = Action(words[0]), words[1], words[2] if len(words) > 2 else ""  # noqa: PLR2004
    if action is Action.DELIVER:
        return Wish(pattern, action, "plain", last)
    return Wish(pattern, action, last or "plain")


def _step(name: str) -> Callable[[Acts, Doing], str]:
    def step(acts: Acts, doing: Doing) -> str:
        identifier = doing.text("id", most=64)
        getattr(acts.registry.agreements, name)(doing.actor, doing.at, doing.record, identifier)
        return identifier

    return step


def _declare_emergency(acts: Acts, doing: Doing) -> str:
    end = doing.moment("end")
    try:
        area = Area.parse(doing.text("area", most=15))
    except NotAnAreaError:
        raise Refusal(Code.ARGUMENT_INVALID, "`area` takes an area code, as 310115016.") from None
    if end is None:
        raise Refusal(Code.ARGUMENT_INVALID, "`end` takes a moment.")
    start, basis = doing.moment("start") or doing.at, doing.text("basis")
    emergencies = acts.registry.emergencies
    return emergencies.declare(doing.actor, doing.at, doing.record, area=area, basis=basis, start=start, end=end).id


def _confirm_emergency(acts: Acts, doing: Doing) -> str:
    identifier = doing.text("id", most=64)
    acts.registry.emergencies.confirm(doing.actor, doing.at, doing.record, identifier)
    return identifier


def _end_emergency(acts: Acts, doing: Doing) -> str:
    identifier = doing.text("id", most=64)
    acts.registry.emergencies.end_early(doing.actor, doing.at, doing.record, identifier)
    return identifier


def _break_glass(acts: Acts, doing: Doing) -> str:
    kind, _, sealed, pseudonym = _subject(acts, doing)
    return acts.registry.glass.break_glass(
        doing.actor,
        doing.at,
        doing.record,
        subject_type=kind,
        sealed_subject=sealed,
        pseudonym=pseudonym,
        reason=acts.sealer.seal_text(doing.text("reason")),
        minutes=acts.catalogue.limits.glass.minutes,
    ).id


def _review_glass(acts: Acts, doing: Doing) -> str:
    identifier, outcome = doing.text("id", most=64), doing.text("outcome", most=64)
    if outcome not in tuple(Outcome):
        raise Refusal(Code.ARGUMENT_INVALID, f"`outcome` takes {' or '.join(Outcome)}.")
    note = acts.sealer.seal_text(doing.text("note"))
    acts.registry.glass.review(doing.actor, doing.at, doing.record, identifier, outcome=Outcome(outcome), note=note)
    return identifier


def _lift_glass(acts: Acts, doing: Doing) -> str:
    identifier = doing.text("id", most=64)
    opening = acts.registry.glass.find(identifier)
    if opening is None:
        raise Refusal(Code.ACT_REFUSED, "No opening has this id. (UNKNOWN)")
    who = opening.actor
    acts.registry.glass.lift(doing.actor, doing.at, doing.record, person=who.person, organisation=who.organisation)
    return identifier


def _open_case(acts: Acts, doing: Doing) -> str:
    kind, _, sealed, pseudonym = _subject(acts, doing)
    organisation = doing.text("organisation", most=64)
    if organisation not in acts.catalogue.organisations:
        raise Refusal(Code.ARGUMENT_INVALID, "`organisation` takes one of this exchange.")
    return acts.registry.cases.open(
        doing.actor,
        doing.at,
        doing.record,
        kind=doing.text("kind", most=64),
        subject_type=kind,
        sealed_subject=sealed,
        pseudonym=pseudonym,
        person=doing.text("person", most=256),
        organisation=organisation,
    ).id


def _close_case(acts: Acts, doing: Doing) -> str:
    identifier = doing.text("id", most=64)
    acts.registry.cases.close(doing.actor, doing.at, doing.record, identifier)
    return identifier


def _set_consent(acts: Acts, doing: Doing) -> None:
    kind, key = _kind(acts, doing), doing.text("key", most=128)
    purpose, consent = doing.text("purpose", most=64), doing.text("consent", most=16)
    if doing.subject is not None and doing.subject != (kind, key):
        raise Refusal(Code.ACT_REFUSED, "A resident speaks for nobody else.")
    if purpose not in acts.catalogue.purposes:
        raise Refusal(Code.PURPOSE_UNKNOWN, f"No such purpose. Known are {', '.join(acts.catalogue.purposes)}.")
    if consent not in tuple(Consent):
        raise Refusal(Code.ARGUMENT_INVALID, f"`consent` takes {', '.join(Consent)}.")

    def record(act: Act) -> None:
        facts = {**act.facts, "subject_type": kind, "pseudonym": acts.pseudonym(kind, key)}
        doing.record(Act(act.kind, act.subject_id, act.step, act.actor, facts))

    acts.registry.consents.set(
        doing.actor,
        doing.at,
        record,
        pseudonym=acts.consent_name(kind, key),
        purpose=purpose,
        consent=Consent(consent),
    )


def _propose_policy(acts: Acts, doing: Doing) -> str:
    texts = {file: str(doing.told.get(name) or "") for name, file in _FILES.items()}
    try:
        acts.judge(texts)
        digest, text = epoch(texts)
    except PolicyError as error:
        raise Refusal(Code.ACT_REFUSED, f"This policy could not act: {error}") from None
    reason = acts.sealer.seal_text(doing.text("reason"))
    return acts.registry.changes.propose(
        doing.actor, doing.at, doing.record, digest=digest, text=text, reason=reason
    ).id


def _approve_policy(acts: Acts, doing: Doing) -> str:
    identifier = doing.text("id", most=64)
    acts.registry.changes.approve(doing.actor, doing.at, doing.record, identifier)
    return identifier


def _withdraw_policy(acts: Acts, doing: Doing) -> str:
    identifier = doing.text("id", most=64)
    acts.registry.changes.withdraw(doing.actor, doing.at, doing.record, identifier)
    return identifier


ACTS: Final[Mapping[str, Callable[[Acts, Doing], Value]]] = {
    "draftAgreement": _draft,
    "askAgreement": _step("ask"),
    "approveAgreement": _step("approve"),
    "refuseAgreement": _step("refuse"),
    "suspendAgreement": _step("suspend"),
    "resumeAgreement": _step("resume"),
    "revokeAgreement": _step("revoke"),
    "declareEmergency": _declare_emergency,
    "confirmEmergency": _confirm_emergency,
    "endEmergency": _end_emergency,
    "breakGlass": _break_glass,
    "reviewGlass": _review_glass,
    "liftGlass": _lift_glass,
    "openCase": _open_case,
    "closeCase": _close_case,
    "setConsent": _set_consent,
    "proposePolicy": _propose_policy,
    "approvePolicy": _approve_policy,
    "withdrawPolicy": _withdraw_policy,
}
"""By its name in the graph. What is declared and what stands here are the same; a test compares."""

CLOSING: Final = frozenset({"suspendAgreement", "revokeAgreement", "endEmergency", "approvePolicy"})
"""What may take something away that processes act on for a while without looking: the policy, for T at most."""
