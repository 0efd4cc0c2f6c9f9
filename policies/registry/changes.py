"""Changes of the policy, by two people: one proposes a whole text, another approves it, and it is the one in force.

    proposed → approved → superseded
        └────→ withdrawn

There is one approved policy at a time. To go back to an old text is a change like any other, approved anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.registry.actor import Act, ActKind, Actor, Record
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.store import Row, Store, Writing
from policies.registry.times import from_rest, to_rest

_COLUMNS: Final = "id, digest, text, reason, step, proposed_by, proposed, settled_by"
_ALL: Final = f"SELECT {_COLUMNS} FROM change"  # noqa: S608  (names of columns)


class Step(StrEnum):
    """Where a change stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Change:
    """A policy that somebody proposed: its canonical text, the SHA-256 of that in hex, and the sealed reason.

    `settled_by` approved or withdrew it. The first policy of an exchange has no reason, and nobody settled it.
    """

    id: str
    digest: str
    text: str
    reason: bytes
    step: Step
    proposed_by: Actor
    proposed: dt.datetime
    settled_by: Actor | None


class Changes:
    """The policy changes of the registry. Every act raises what `Store.act` raises."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def propose(
        self, actor: Actor, at: dt.datetime, record: Record, *, digest: str, text: str, reason: bytes
    ) -> Change:
        """Propose a policy, whole; `reason` is sealed. RegistryRefusedError: NOT_ITS_DIGEST."""
        with self._store.act(record) as writing:
            _check_digest(digest, text)
            made = Change(writing.next_id("P", at), digest, text, reason, Step.PROPOSED, actor, at, None)
            _insert(writing, made)
            _done(writing, actor, "propose", made)
        return made

    def approve(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Be the second person: this is the policy from now on.

        Raises:
            RegistryRefusedError: UNKNOWN, OWN_REQUEST, WRONG_STEP.
        """
        with self._store.act(record) as writing:
            kept = _proposed(writing, identifier, but_not_by=actor)
            writing.run("UPDATE change SET step = 'superseded' WHERE step = 'approved'")
            _settle(writing, actor, at, kept, Step.APPROVED)
            _done(writing, actor, "approve", kept)

    def withdraw(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Take a proposal off the table, one's own or another's. RegistryRefusedError: UNKNOWN, WRONG_STEP."""
        with self._store.act(record) as writing:
            kept = _proposed(writing, identifier)
            _settle(writing, actor, at, kept, Step.WITHDRAWN)
            _done(writing, actor, "withdraw", kept)

    def trust_first(self, actor: Actor, at: dt.datetime, record: Record, *, digest: str, text: str) -> None:
        """Take the policy that a new exchange starts with, whole, for approved, where none ever was. Once.

        Where it is the approved one already, nothing happens and nothing is recorded: several processes may start.

        Raises:
            RegistryRefusedError: NOT_THE_FIRST, NOT_ITS_DIGEST.
        """
        try:
            with self._store.act(record) as writing:
                _check_first(writing)
                _check_digest(digest, text)
                made = Change(writing.next_id("P", at), digest, text, b"", Step.APPROVED, actor, at, None)
                _insert(writing, made)
                _done(writing, actor, "trust-first", made)
        except RegistryRefusedError:
            if not self.is_approved(digest):
                raise

    def approved_digest(self) -> str | None:
        """The digest of the one policy that is approved now; None in a new exchange."""
        rows = self._store.rows("SELECT digest FROM change WHERE step = 'approved'")
        return next((digest for (digest,) in rows), None)

    def approved_text(self) -> str | None:
        """The text of that policy."""
        rows = self._store.rows("SELECT text FROM change WHERE step = 'approved'")
        return next((text for (text,) in rows), None)

    def is_approved(self, digest: str) -> bool:
        """Whether it is the one."""
        return self.approved_digest() == digest

    def find(self, identifier: str) -> Change | None:
        """One change with its text, or None."""
        rows = self._store.rows(f"{_ALL} WHERE id = ?", identifier)
        return _read(rows[0]) if rows else None


def _proposed(writing: Writing, identifier: str, but_not_by: Actor | None = None) -> Change:
    row = writing.first(f"{_ALL} WHERE id = ?", identifier)
    if row is None:
        raise RegistryRefusedError(Code.UNKNOWN, "No change has this id.")
    kept = _read(row)
    if kept.proposed_by.is_same_person(but_not_by):
        raise RegistryRefusedError(Code.OWN_REQUEST, "Nobody approves what they proposed: a second person must.")
    if kept.step is not Step.PROPOSED:
        raise RegistryRefusedError(Code.WRONG_STEP, f"The change is {kept.step.value} already.")
    return kept


def _check_digest(digest: str, text: str) -> None:
    """What the second person reads must be what they approve."""
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise RegistryRefusedError(Code.NOT_ITS_DIGEST, "The digest is not the SHA-256 of the text.")


def _check_first(writing: Writing) -> None:
    if writing.first("SELECT 1 FROM change WHERE step IN ('approved', 'superseded')"):
        raise RegistryRefusedError(Code.NOT_THE_FIRST, "A policy was approved here before: propose a change.")


def _insert(writing: Writing, change: Change) -> None:
    writing.run(
        "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        *(change.id, change.digest, change.text, change.reason, change.step.value),
        *(change.proposed_by.text(), to_rest(change.proposed)),
    )


def _settle(writing: Writing, actor: Actor, at: dt.datetime, change: Change, step: Step) -> None:
    statement = "UPDATE change SET step = ?, settled_by = ?, settled = ? WHERE id = ?"
    writing.run(statement, step.value, actor.text(), to_rest(at), change.id)


def _done(writing: Writing, actor: Actor, verb: str, change: Change) -> None:
    writing.done(Act(ActKind.CHANGE, change.id, verb, actor, {"digest": change.digest}), "changes")


def _read(row: Row) -> Change:
    identifier, digest, text, reason, step, proposed_by, proposed, settled_by = row
    return Change(
        *(identifier, digest, text, reason, Step(step)),
        *(Actor.read(proposed_by), from_rest(proposed), Actor.read_or_none(settled_by)),
    )
