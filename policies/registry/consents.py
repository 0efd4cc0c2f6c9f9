"""Consents: what each subject said about each purpose, for a city of 25 million.

They are data, not policy: they have a version of their own, and no policy epoch changes with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final, TypeAlias

from policies.registry.actor import Act, ActKind, Actor, Record
from policies.registry.pseudonyms import bytes_of
from policies.registry.store import Store, Writing

PARAMETERS: Final = 500
"""Parameters of one query: SQLite takes no more than 999 where it was built long ago."""
CHUNK: Final = 20_000
"""Rows of one transaction of an import: some tenths of a second, in which other acts wait."""


class Consent(StrEnum):
    """What is on record for a subject and a purpose."""

    GIVEN = "given"
    OBJECTED = "objected"
    NONE = "none"  # never said, or withdrawn


Said: TypeAlias = tuple[str, str, Consent]
"""A pseudonym, a purpose, and what was said."""


class Consents:
    """The consents of the registry. Acts raise what `Store.act` raises, and MALFORMED for what is no pseudonym."""

    def __init__(self, store: Store, chunk: int = CHUNK) -> None:
        self._store = store
        self._chunk = chunk

    def version(self) -> int:
        """A number that moves on with every change of any consent, in any process."""
        return self._store.versions()["consents"]

    def states(self, purpose: str, pseudonyms: Sequence[str]) -> dict[str, bool]:
        """Pseudonym → True where consent was given, False where they objected; absent where nothing is on record."""
        texts = {bytes_of(pseudonym): pseudonym for pseudonym in pseudonyms}
        stored, batch = list(texts), PARAMETERS - 1
        states: dict[str, bool] = {}
        for start in range(0, len(stored), batch):
            some = stored[start : start + batch]
            marks = ", ".join("?" * len(some))
            query = f"SELECT pseudonym, given FROM consent WHERE purpose = ? AND pseudonym IN ({marks})"  # noqa: S608  (placeholders only)
            for found, given in self._store.rows(query, purpose, *some):
                states[texts[found]] = given == 1
        return states

    def set(
        self, actor: Actor, at: dt.datetime, record: Record, *, pseudonym: str, purpose: str, consent: Consent
    ) -> None:
        """Put on record what one subject says about one purpose, in place of what they said before."""
        with self._store.act(record) as writing:
            _write(writing, [(pseudonym, purpose, consent)])
            facts = {"purpose": purpose, "consent": consent.value, "at": at.isoformat()}
            writing.done(Act(ActKind.CONSENT, pseudonym, "set", actor, facts), "consents")

    def load(self, actor: Actor, at: dt.datetime, record: Record, rows: Iterable[Said]) -> int:
        """Take over what is on record elsewhere, in place of what stands here for the same subjects; how many rows.

        In memory there is one chunk of rows at a time. Each chunk is an act with a receipt of its own: where the
        import breaks off, the chunks before are kept, and to begin again does no harm.
        """
        count, waiting = 0, iter(rows)
        while chunk := list(islice(waiting, self._chunk)):
            with self._store.act(record) as writing:
                _write(writing, chunk)
                facts = {"first": str(count), "rows": str(len(chunk)), "at": at.isoformat()}
                writing.done(Act(ActKind.CONSENT, "", "load", actor, facts), "consents")
            count += len(chunk)
        return count


def _write(writing: Writing, said: Sequence[Said]) -> None:
    """Write what was said, the last word of each subject and purpose."""
    last = {(purpose, bytes_of(pseudonym)): consent for pseudonym, purpose, consent in said}
    kept = sorted((*key, int(consent is Consent.GIVEN)) for key, consent in last.items() if consent is not Consent.NONE)
    gone = sorted(key for key, consent in last.items() if consent is Consent.NONE)
    # In the order of the key, so that an import walks through the table's pages and does not jump about in them.
    writing.run_many("REPLACE INTO consent VALUES (?, ?, ?)", list(kept))
    writing.run_many("DELETE FROM consent WHERE purpose = ? AND pseudonym = ?", list(gone))
