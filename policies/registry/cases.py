"""Cases: the subjects that are assigned to a person, who may see the rows of those for as long as the case is open.

Who may assign, and whether to oneself, the caller's policy says; the receipt names both.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from policies.clock import Moment
from policies.registry.actor import Act, ActKind, Actor, Record
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.store import Row, Store
from policies.registry.times import from_rest, from_rest_or_none, to_rest

MOST_OPEN: Final = 1000
"""Open cases of one person: they are bound as parameters of every question that the person asks."""
_COLUMNS: Final = "id, kind, subject_type, sealed_subject, pseudonym, organisation, person, opened, closed"
_ALL: Final = f"SELECT {_COLUMNS} FROM assigned"  # noqa: S608  (names of columns)


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a kind, about one subject, assigned to a person of an organisation."""

    id: str
    kind: str
    subject_type: str
    sealed_subject: bytes
    pseudonym: str
    organisation: str
    person: str
    opened: dt.datetime
    closed: dt.datetime | None


class Cases:
    """The cases of the registry. Every act raises what `Store.act` raises."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(
        self,
        actor: Actor,
        at: dt.datetime,
        record: Record,
        *,
        kind: str,
        subject_type: str,
        sealed_subject: bytes,
        pseudonym: str,
        person: str,
        organisation: str,
    ) -> Case:
        """Assign a subject to a person. RegistryRefusedError: TOO_MANY."""
        with self._store.act(record) as writing:
            query = "SELECT count(*) FROM assigned WHERE organisation = ? AND person = ? AND closed IS NULL"
            ((count,),) = writing.rows(query, organisation, person)
            if count >= MOST_OPEN:
                raise RegistryRefusedError(Code.TOO_MANY, f"A person has {MOST_OPEN} open cases at most.")
            identifier = writing.next_id("C", at)
            made = Case(identifier, kind, subject_type, sealed_subject, pseudonym, organisation, person, at, None)
            writing.run(
                "INSERT INTO assigned VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                *(made.id, kind, subject_type, sealed_subject, pseudonym, organisation, person),
                *(actor.text(), to_rest(at)),
            )
            writing.done(_act(actor, "open", made))
        return made

    def close(self, actor: Actor, at: dt.datetime, record: Record, identifier: str) -> None:
        """Close a case, at once. RegistryRefusedError: UNKNOWN, WRONG_STEP."""
        with self._store.act(record) as writing:
            row = writing.first(f"{_ALL} WHERE id = ?", identifier)
            if row is None:
                raise RegistryRefusedError(Code.UNKNOWN, "No case has this id.")
            kept = _read(row)
            if kept.closed is not None:
                raise RegistryRefusedError(Code.WRONG_STEP, "The case was closed already.")
            statement = "UPDATE assigned SET closed_by = ?, closed = ? WHERE id = ?"
            writing.run(statement, actor.text(), to_rest(at), identifier)
            writing.done(_act(actor, "close", kept))

    def assigned(self, person: str, organisation: str, moment: Moment) -> tuple[Case, ...]:
        """The open cases of a person that were surely opened by then, by id."""
        rows = self._store.rows(
            f"{_ALL} WHERE organisation = ? AND person = ? AND closed IS NULL AND opened <= ? ORDER BY id",
            *(organisation, person, to_rest(moment.earliest)),
        )
        return tuple(_read(row) for row in rows)


def _act(actor: Actor, verb: str, case: Case) -> Act:
    facts = {
        "kind": case.kind,
        "subject_type": case.subject_type,
        "pseudonym": case.pseudonym,
        "person": case.person,
        "organisation": case.organisation,
    }
    return Act(ActKind.CASE, case.id, verb, actor, facts)


def _read(row: Row) -> Case:
    identifier, kind, subject_type, sealed_subject, pseudonym, organisation, person, opened, closed = row
    return Case(
        id=identifier,
        kind=kind,
        subject_type=subject_type,
        sealed_subject=sealed_subject,
        pseudonym=pseudonym,
        organisation=organisation,
        person=person,
        opened=from_rest(opened),
        closed=from_rest_or_none(closed),
    )
