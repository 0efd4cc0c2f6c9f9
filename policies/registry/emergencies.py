"""Emergencies: declared for an area by one officer, confirmed by another, and over by themselves.

Who is an officer, the caller knows; here two different people are needed to open, and one to close.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from policies.clock import Moment
from policies.registry.actor import Act, ActKind, Actor, Record
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.store import Row, Store, Writing
from policies.registry.times import from_rest, from_rest_or_none, to_rest
from vocabulary.area import Area

LONGEST: Final = dt.timedelta(days=30)
LAPSES_AFTER: Final = dt.timedelta(hours=1)
"""How long a declaration waits for the second officer."""
_COLUMNS: Final = "id, area, basis, starts, ends, declared_by, declared, confirmed_by, confirmed, ended"
_ALL: Final = f"SELECT {_COLUMNS} FROM emergency"  # noqa: S608  (names of columns)
CONFIRMED: Final = f"{_ALL} WHERE confirmed IS NOT NULL AND ended IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency, in `area` and all that lies in it. `end` is exclusive; `ended` says when it was ended early."""

    id: str
    area: Area
    basis: str
    start: dt.datetime
    end: dt.datetime
    declared_by: Actor
    confirmed_by: Actor | None
    ended: dt.datetime | None
    declared: dt.datetime
    confirmed: dt.datetime | None

    def is_in_force(self, moment: Moment) -> bool:
        """Whether it is confirmed, not ended, and the moment surely lies in it.

        One that was ended is not in force at any moment, so that a clock that lags behind the officer's opens nothing.
        """
        if self.confirmed is None or self.ended is not None:
            return False
        return moment.is_between(max(self.start, self.confirmed), self.end)


class Emergencies:
    """The emergencies of the registry. Every act raises what `Store.act` raises."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def declare(
        self,
        actor: Actor,
        at: dt.datetime,
        record: Record,
        *,
        area: Area,
        basis: str,
        start: dt.datetime,
        end: dt.datetime,
    ) -> Emergency:
        """Declare one. It opens nothing until another officer confirms it, within an hour.

        Raises:
            RegistryRefusedError: ENDS_BEFORE_START, TOO_LONG, EXPIRED.
        """
        if end <= start:
            raise RegistryRefusedError(Code.ENDS_BEFORE_START, "The emergency would end before it starts.")
        if end - start > LONGEST:
            raise RegistryRefusedError(Code.TOO_LONG, f"An emergency lasts {LONGEST.days} days at most.")
        if at >= end:
            raise RegistryRefusedError(Code.EXPIRED, "The emergency would have ended already.")
        with self._store.act(record) as writing:
            made = Emergency(writing.next_id("E", at), area, basis, start, end, actor, None, None, at, None)
            writing.run(
                "INSERT INTO emergency VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL)",
                *(made.id, area.code, basis, to_rest(start), to_rest(end), actor.text(), to_rest(at)),
            )
            _done(writing, actor, "declare", made)
        return made

    def confirm(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Be the second officer: it is in force from its start, or from now on where that has passed.

        Raises:
            RegistryRefusedError: UNKNOWN, SAME_PERSON, WRONG_STEP, EXPIRED.
        """
        with self._store.act(record) as writing:
            kept = _known(writing, identifier)
            if actor.is_same_person(kept.declared_by):
                raise RegistryRefusedError(Code.SAME_PERSON, "A second person confirms an emergency.")
            if kept.confirmed is not None or kept.ended is not None:
                raise RegistryRefusedError(Code.WRONG_STEP, "The emergency was confirmed or ended already.")
            if at >= min(kept.declared + LAPSES_AFTER, kept.end):
                raise RegistryRefusedError(Code.EXPIRED, "The declaration has lapsed: declare it again.")
            _set(writing, "confirmed_by = ?, confirmed = ?", actor, at, identifier)
            _done(writing, actor, "confirm", kept)

    def end_early(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """End it, or take the declaration back; at once, and by any one officer.

        Raises:
            RegistryRefusedError: UNKNOWN, WRONG_STEP.
        """
        with self._store.act(record) as writing:
            kept = _known(writing, identifier)
            if kept.ended is not None:
                raise RegistryRefusedError(Code.WRONG_STEP, "The emergency was ended already.")
            _set(writing, "ended_by = ?, ended = ?", actor, at, identifier)
            _done(writing, actor, "end", kept)

    def find(self, identifier: str) -> Emergency | None:
        """One emergency, or None."""
        rows = self._store.rows(f"{_ALL} WHERE id = ?", identifier)
        return read_emergency(rows[0]) if rows else None

    def in_force(self, moment: Moment) -> tuple[Emergency, ...]:
        """All that are in force at a moment, by id."""
        rows = self._store.rows(
            f"{_ALL} WHERE confirmed IS NOT NULL AND ended IS NULL AND ends > ? ORDER BY id", to_rest(moment.latest)
        )
        return tuple(each for each in map(read_emergency, rows) if each.is_in_force(moment))


def _known(writing: Writing, identifier: str) -> Emergency:
    row = writing.first(f"{_ALL} WHERE id = ?", identifier)
    if row is None:
        raise RegistryRefusedError(Code.UNKNOWN, "No emergency has this id.")
    return read_emergency(row)


def _set(writing: Writing, columns: str, actor: Actor, at: dt.datetime, identifier: str) -> None:
    statement = f"UPDATE emergency SET {columns} WHERE id = ?"  # noqa: S608  (written above)
    writing.run(statement, actor.text(), to_rest(at), identifier)


def _done(writing: Writing, actor: Actor, verb: str, emergency: Emergency) -> None:
    facts = {"area": emergency.area.code, "start": emergency.start.isoformat(), "end": emergency.end.isoformat()}
    writing.done(Act(ActKind.EMERGENCY, emergency.id, verb, actor, facts), "emergencies")


def read_emergency(row: Row) -> Emergency:
    """Read a row of one of the queries above."""
    identifier, area, basis, starts, ends, declared_by, declared, confirmed_by, confirmed, ended = row
    return Emergency(
        id=identifier,
        area=Area(area),
        basis=basis,
        start=from_rest(starts),
        end=from_rest(ends),
        declared_by=Actor.read(declared_by),
        confirmed_by=Actor.read_or_none(confirmed_by),
        ended=from_rest_or_none(ended),
        declared=from_rest(declared),
        confirmed=from_rest_or_none(confirmed),
    )
