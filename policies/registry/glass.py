"""Break-glass: one record opened by one person, for minutes, on their own word; reviewed by somebody else after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.clock import Moment
from policies.registry.actor import Act, ActKind, Actor, Record
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.store import Row, Store, Writing
from policies.registry.times import from_rest, to_rest
from vocabulary.moment import CITY_ZONE

LONGEST_MINUTES: Final = 60
MOST_PER_DAY: Final = 3
_COLUMNS: Final = (
    "id, person, organisation, application, subject_type, sealed_subject, pseudonym, reason, opened, until, outcome"
)
_ALL: Final = f"SELECT {_COLUMNS} FROM glass"  # noqa: S608  (names of columns)
_BLOCKED: Final = "SELECT glass FROM blocked WHERE organisation = ? AND person = ?"
_OPEN: Final = (
    f"{_ALL} WHERE organisation = ? AND person = ? AND opened <= ? AND until > ?"
    f" AND outcome IS NOT 'unjustified' AND NOT EXISTS ({_BLOCKED}) ORDER BY id"
)


class Outcome(StrEnum):
    """What a reviewer found."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@dataclass(frozen=True, slots=True)
class Glass:
    """One opening of the record that `sealed_subject` leads to, for `actor`, until `until` (exclusive)."""

    id: str
    actor: Actor
    subject_type: str
    sealed_subject: bytes
    pseudonym: str
    reason: bytes
    opened: dt.datetime
    until: dt.datetime
    outcome: Outcome | None


class BreakGlass:
    """The glass of the registry; a person breaks `most_per_day` a day. Every act raises what `Store.act` raises."""

    def __init__(self, store: Store, most_per_day: int = MOST_PER_DAY) -> None:
        self._store = store
        self._most_per_day = most_per_day

    def break_glass(
        self,
        actor: Actor,
        at: dt.datetime,
        record: Record,
        *,
        subject_type: str,
        sealed_subject: bytes,
        pseudonym: str,
        reason: bytes,
        minutes: int,
    ) -> Glass:
        """Open one record for `minutes`. `reason` is sealed, as the subject is.

        A day is one of the city's calendar. What was opened later than that day counts too, so that a clock set back
        gives nobody a new day.

        Raises:
            RegistryRefusedError: ENDS_BEFORE_START (no minute), TOO_LONG, BLOCKED, TOO_MANY.
        """
        if minutes < 1:
            raise RegistryRefusedError(Code.ENDS_BEFORE_START, "Glass is broken for a minute at least.")
        if minutes > LONGEST_MINUTES:
            raise RegistryRefusedError(Code.TOO_LONG, f"Glass is broken for {LONGEST_MINUTES} minutes at most.")
        until = at + dt.timedelta(minutes=minutes)
        with self._store.act(record) as writing:
            self._check_may_break(writing, actor, at)
            identifier = writing.next_id("G", at)
            made = Glass(identifier, actor, subject_type, sealed_subject, pseudonym, reason, at, until, None)
            writing.run(
                "INSERT INTO glass VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL)",
                *(made.id, actor.person, actor.organisation, actor.application),
                *(subject_type, sealed_subject, pseudonym, reason, to_rest(at), to_rest(until)),
            )
            facts = {"subject_type": subject_type, "pseudonym": pseudonym, "until": until.isoformat()}
            writing.done(Act(ActKind.GLASS, made.id, "break", actor, facts))
        return made

    def review(
        self, actor: Actor, at: dt.datetime, record: Record, identifier: str, *, outcome: Outcome, note: bytes
    ) -> None:
        """Judge an opening, once; `note` is sealed.

        Unjustified: the person breaks no glass until `lift`, and what they have open is closed.

        Raises:
            RegistryRefusedError: UNKNOWN, SAME_PERSON, WRONG_STEP.
        """
        with self._store.act(record) as writing:
            row = writing.first(f"{_ALL} WHERE id = ?", identifier)
            if row is None:
                raise RegistryRefusedError(Code.UNKNOWN, "No opening has this id.")
            kept = _read(row)
            if actor.is_same_person(kept.actor):
                raise RegistryRefusedError(Code.SAME_PERSON, "Somebody else reviews what a person opened.")
            if kept.outcome is not None:
                raise RegistryRefusedError(Code.WRONG_STEP, "The opening was reviewed already.")
            writing.run(
                "UPDATE glass SET reviewed_by = ?, reviewed = ?, outcome = ?, note = ? WHERE id = ?",
                *(actor.text(), to_rest(at), outcome.value, note, identifier),
            )
            if outcome is Outcome.UNJUSTIFIED:
                writing.run(
                    "INSERT INTO blocked VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    *(kept.actor.organisation, kept.actor.person, identifier, to_rest(at)),
                )
            facts = {"outcome": outcome.value, "pseudonym": kept.pseudonym, "subject_type": kept.subject_type}
            writing.done(Act(ActKind.GLASS, identifier, "review", actor, facts))

    def lift(self, actor: Actor, at: dt.datetime, record: Record, *, person: str, organisation: str) -> None:
        """Let a person break glass again. What a review found unjustified stays closed.

        Raises:
            RegistryRefusedError: UNKNOWN (nobody of this name is blocked), SAME_PERSON.
        """
        with self._store.act(record) as writing:
            row = writing.first(_BLOCKED, organisation, person)
            if row is None:
                raise RegistryRefusedError(Code.UNKNOWN, "Nobody of this name is blocked.")
            if (actor.person, actor.organisation) == (person, organisation):
                raise RegistryRefusedError(Code.SAME_PERSON, "Somebody else lifts what a person is blocked for.")
            writing.run("DELETE FROM blocked WHERE organisation = ? AND person = ?", organisation, person)
            facts = {"person": person, "organisation": organisation, "at": at.isoformat()}
            writing.done(Act(ActKind.GLASS, row[0], "lift", actor, facts))

    def find(self, identifier: str) -> Glass | None:
        """One opening, or None."""
        rows = self._store.rows(f"{_ALL} WHERE id = ?", identifier)
        return _read(rows[0]) if rows else None

    def open_at(self, person: str, organisation: str, moment: Moment) -> tuple[Glass, ...]:
        """What this person may look into at a moment, by id. Nothing while they are blocked."""
        moments = (to_rest(moment.earliest), to_rest(moment.latest))
        rows = self._store.rows(_OPEN, organisation, person, *moments, organisation, person)
        return tuple(_read(row) for row in rows)

    def is_blocked(self, person: str, organisation: str) -> bool:
        """Whether this person breaks no glass until an officer lifts it."""
        return bool(self._store.rows(_BLOCKED, organisation, person))

    def unreviewed(self, limit: int = 1000) -> tuple[Glass, ...]:
        """What nobody has reviewed yet, the oldest first."""
        rows = self._store.rows(f"{_ALL} WHERE outcome IS NULL ORDER BY opened, id LIMIT ?", limit)
        return tuple(_read(row) for row in rows)

    def _check_may_break(self, writing: Writing, actor: Actor, at: dt.datetime) -> None:
        person = (actor.organisation, actor.person)
        if writing.first(_BLOCKED, *person):
            raise RegistryRefusedError(Code.BLOCKED, "An opening of yours was found unjustified: ask an officer.")
        day = at.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        query = "SELECT count(*) FROM glass WHERE organisation = ? AND person = ? AND opened >= ?"
        ((broken,),) = writing.rows(query, *person, to_rest(day))
        if broken >= self._most_per_day:
            raise RegistryRefusedError(Code.TOO_MANY, f"Glass is broken {self._most_per_day} times a day at most.")


def _read(row: Row) -> Glass:
    identifier, person, organisation, application, *about, opened, until, outcome = row
    subject_type, sealed_subject, pseudonym, reason = about
    return Glass(
        id=identifier,
        actor=Actor(person, organisation, application),
        subject_type=subject_type,
        sealed_subject=sealed_subject,
        pseudonym=pseudonym,
        reason=reason,
        opened=from_rest(opened),
        until=from_rest(until),
        outcome=None if outcome is None else Outcome(outcome),
    )
