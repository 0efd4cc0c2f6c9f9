"""Agreements and the steps they go through: the demand list (需求清单) as people make it.

    draft → asked → approved ⇄ suspended → revoked
              └──→ refused

The asker's people draft and ask; the owner's people approve, refuse, suspend and resume; either side revokes what was
asked for. Nobody approves what they drafted or asked for, be they of both organisations.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from policies.clock import Moment
from policies.registry.actor import Act, ActKind, Actor, Record
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.store import Row, Store, Writing
from policies.registry.times import from_rest, to_rest
from vocabulary.agreement import Agreement, Status, Wish
from vocabulary.principal import Action

_COLUMNS: Final = (
    "id, asker, owner, roles, wishes, row_rule, purpose, mode, basis, starts, ends, step, since,"
    " drafted_by, asked_by, approved_by"
)
_ALL: Final = f"SELECT {_COLUMNS} FROM agreement"  # noqa: S608  (names of columns)
EVER_APPROVED: Final = f"{_ALL} WHERE approved_by IS NOT NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class KeptAgreement:
    """An agreement with its stored step, the time of that step, and who brought it there."""

    agreement: Agreement
    step: Status
    since: dt.datetime
    drafted_by: Actor
    asked_by: Actor | None
    approved_by: Actor | None

    def status_at(self, moment: Moment) -> Status:
        """Where it stands then, by people and clock."""
        return status_at(self.step, self.agreement.start, self.agreement.end, moment)


def status_at(stored: Status, start: dt.datetime, end: dt.datetime, moment: Moment) -> Status:
    """What a stored step means at a moment.

    Approved is in force between start and end, expired after it, and approved before. Suspended expires too. A moment
    that may lie on either side of start or end is never in force.
    """
    if stored in {Status.APPROVED, Status.SUSPENDED} and moment.is_past(end):
        return Status.EXPIRED
    if stored is Status.APPROVED and moment.is_between(start, end):
        return Status.IN_FORCE
    return stored


@dataclass(frozen=True, slots=True)
class _Move:
    """A step: its verb, where it leads, from where, and whose people may take it."""

    verb: str
    to: Status
    after: tuple[Status, ...]
    asker: bool
    owner: bool


_ASK = _Move("ask", Status.ASKED, (Status.DRAFT,), asker=True, owner=False)
_APPROVE = _Move("approve", Status.APPROVED, (Status.ASKED,), asker=False, owner=True)
_REFUSE = _Move("refuse", Status.REFUSED, (Status.ASKED,), asker=False, owner=True)
_SUSPEND = _Move("suspend", Status.SUSPENDED, (Status.APPROVED,), asker=False, owner=True)
_RESUME = _Move("resume", Status.APPROVED, (Status.SUSPENDED,), asker=False, owner=True)
_REVOKE = _Move("revoke", Status.REVOKED, (Status.ASKED, Status.APPROVED, Status.SUSPENDED), asker=True, owner=True)


class Agreements:
    """The agreements of the registry. Every act raises what `Store.act` raises."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def draft(self, actor: Actor, at: dt.datetime, record: Record, agreement: Agreement) -> Agreement:
        """Write a draft down. Without an id it is a new one; with the id of a draft, it replaces that, by its drafter.

        The answer has its id and its origin.

        Raises:
            RegistryRefusedError: NOT_ASKER, ENDS_BEFORE_START; replacing: UNKNOWN, WRONG_STEP, NOT_DRAFTER.
        """
        if actor.organisation != agreement.asker:
            raise RegistryRefusedError(Code.NOT_ASKER, "Only people of the asking organisation may draft this.")
        if agreement.end <= agreement.start:
            raise RegistryRefusedError(Code.ENDS_BEFORE_START, "The agreement would end before it starts.")
        with self._store.act(record) as writing:
            if agreement.id:
                _check_replaceable(actor, _known(writing, agreement.id))
            identifier = agreement.id or writing.next_id("A", at)
            kept = replace(agreement, id=identifier, origin=_origin(identifier))
            columns = (*_written(kept), Status.DRAFT.value, to_rest(at), actor.text(), None, None)
            values = ", ".join("?" * len(columns))
            writing.run(f"REPLACE INTO agreement VALUES ({values})", *columns)  # noqa: S608  (placeholders only)
            writing.done(_act(actor, "draft", kept), "agreements")
        return kept

    def ask(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Put a draft before its owner. RegistryRefusedError: UNKNOWN, NOT_ASKER, WRONG_STEP."""
        self._move(actor, at, record, identifier, _ASK)

    def approve(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Agree. RegistryRefusedError: UNKNOWN, NOT_OWNER, WRONG_STEP, OWN_REQUEST, EXPIRED."""
        self._move(actor, at, record, identifier, _APPROVE)

    def refuse(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Turn it down, for good. RegistryRefusedError: UNKNOWN, NOT_OWNER, WRONG_STEP."""
        self._move(actor, at, record, identifier, _REFUSE)

    def suspend(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Hold it until it is resumed. RegistryRefusedError: UNKNOWN, NOT_OWNER, WRONG_STEP."""
        self._move(actor, at, record, identifier, _SUSPEND)

    def resume(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Let it act again. RegistryRefusedError: UNKNOWN, NOT_OWNER, WRONG_STEP, EXPIRED."""
        self._move(actor, at, record, identifier, _RESUME)

    def revoke(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """End it for good, also while it is asked for. RegistryRefusedError: UNKNOWN, WRONG_STEP."""
        self._move(actor, at, record, identifier, _REVOKE)

    def find(self, identifier: str) -> KeptAgreement | None:
        """One agreement, or None."""
        rows = self._store.rows(f"{_ALL} WHERE id = ?", identifier)
        return read_agreement(rows[0]) if rows else None

    def status(self, identifier: str) -> Status:
        """Its stored step; RegistryRefusedError where there is none of this id."""
        kept = self.find(identifier)
        if kept is None:
            raise _unknown()
        return kept.step

    def in_registry(self) -> tuple[Agreement, ...]:
        """All that are approved or suspended, also those that start later or have ended, by id.

        A suspended one permits nothing: ask `statuses`.
        """
        return tuple(kept.agreement for kept in self._kept())

    def statuses(self, moment: Moment) -> Mapping[str, Status]:
        """Id → where it stands then, for all of `in_registry`. Only what is IN_FORCE permits anything."""
        return {kept.agreement.id: kept.status_at(moment) for kept in self._kept()}

    def _kept(self) -> list[KeptAgreement]:
        rows = self._store.rows(f"{_ALL} WHERE step IN ('approved', 'suspended') ORDER BY id")
        return [read_agreement(row) for row in rows]

    def _move(self, actor: Actor, at: dt.datetime, record: Record, identifier: str, move: _Move) -> None:
        with self._store.act(record) as writing:
            kept = _known(writing, identifier)
            _check(actor, at, kept, move)
            asked_by = actor.text() if move is _ASK else None
            approved_by = actor.text() if move is _APPROVE else None
            writing.run(
                "UPDATE agreement SET step = ?, since = ?, asked_by = ifnull(?, asked_by),"
                " approved_by = ifnull(?, approved_by) WHERE id = ?",
                *(move.to.value, to_rest(at), asked_by, approved_by, identifier),
            )
            writing.done(_act(actor, move.verb, kept.agreement), "agreements")


def _check(actor: Actor, at: dt.datetime, kept: KeptAgreement, move: _Move) -> None:
    """Refuse what may not be done, in the order that says least to strangers."""
    agreement = kept.agreement
    is_party = (move.asker and actor.organisation == agreement.asker) or (
        move.owner and actor.organisation == agreement.owner
    )
    if actor.organisation not in {agreement.asker, agreement.owner}:
        raise _unknown()  # which agreements others have is nobody else's business
    if not is_party:
        code = Code.NOT_ASKER if move.asker else Code.NOT_OWNER
        raise RegistryRefusedError(code, "Your organisation has no say in this step of the agreement.")
    if kept.step not in move.after:
        raise RegistryRefusedError(Code.WRONG_STEP, f"The agreement is {kept.step.value}: this step does not follow.")
    if move is _APPROVE and (actor.is_same_person(kept.drafted_by) or actor.is_same_person(kept.asked_by)):
        raise RegistryRefusedError(Code.OWN_REQUEST, "Nobody approves what they asked for: somebody else must.")
    if move.to is Status.APPROVED and at >= agreement.end:
        raise RegistryRefusedError(Code.EXPIRED, "The agreement has ended.")


def _check_replaceable(actor: Actor, old: KeptAgreement) -> None:
    if not actor.is_same_person(old.drafted_by):
        raise RegistryRefusedError(Code.NOT_DRAFTER, "Only the one who drafted it may change it.")
    if old.step is not Status.DRAFT:
        raise RegistryRefusedError(Code.WRONG_STEP, f"The agreement is {old.step.value}: it is no draft any more.")


def _known(writing: Writing, identifier: str) -> KeptAgreement:
    row = writing.first(f"{_ALL} WHERE id = ?", identifier)
    if row is None:
        raise _unknown()
    return read_agreement(row)


def _unknown() -> RegistryRefusedError:
    return RegistryRefusedError(Code.UNKNOWN, "No agreement has this id.")


def _act(actor: Actor, verb: str, agreement: Agreement) -> Act:
    facts = {"asker": agreement.asker, "owner": agreement.owner, "purpose": agreement.purpose, "mode": agreement.mode}
    return Act(ActKind.AGREEMENT, agreement.id, verb, actor, facts)


def _origin(identifier: str) -> str:
    return f"registry:{identifier}"


def _written(agreement: Agreement) -> Row:
    wishes = [[wish.pattern, wish.action.value, wish.shown, wish.to] for wish in agreement.wishes]
    return (
        *(agreement.id, agreement.asker, agreement.owner),
        *(json.dumps(agreement.roles, ensure_ascii=False), json.dumps(wishes, ensure_ascii=False)),
        *(agreement.rows, agreement.purpose, agreement.mode, agreement.basis),
        *(to_rest(agreement.start), to_rest(agreement.end)),
    )


def read_agreement(row: Row) -> KeptAgreement:
    """Read a row of one of the queries above."""
    identifier, asker, owner, roles, wishes, rows, purpose, mode, basis, starts, ends, step, since, *actors = row
    agreement = Agreement(
        id=identifier,
        asker=asker,
        owner=owner,
        roles=tuple(json.loads(roles)),
        wishes=tuple(Wish(pattern, Action(action), shown, to) for pattern, action, shown, to in json.loads(wishes)),
        rows=rows,
        purpose=purpose,
        mode=mode,
        basis=basis,
        start=from_rest(starts),
        end=from_rest(ends),
        origin=_origin(identifier),
    )
    drafted_by, asked_by, approved_by = actors
    return KeptAgreement(
        agreement,
        Status(step),
        from_rest(since),
        Actor.read(drafted_by),
        Actor.read_or_none(asked_by),
        Actor.read_or_none(approved_by),
    )
