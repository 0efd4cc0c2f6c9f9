"""Who looked at whom, under what, and how often: searches of the log, by way of its projection.

Every search is complete up to the moment it began, and gives at most as many entries as it is asked for.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from audit.checkpoint import Checkpoint
from audit.errors import MalformedError, TamperedError
from audit.path import path_of, root_by
from audit.projection import HOW, INDEX_FILE, Projection, decoded, mark_of, time_of
from audit.proof import Proof
from audit.reader import Reader
from audit.tree import leaf_hash
from audit.walks import Wanted, hits

__all__ = ["INDEX_FILE", "MOST_DAYS", "Found", "Search", "Tally", "Wanted", "mark_of"]
_NEWEST: Final = 2**63 - 1
MOST_DAYS: Final = 400
"""Days that counts are given of at a time."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry: its index, its bytes as stored, what they say, and how it names the subjects that were searched for.

    `how` is of `released` (data went to the principal), `given` (data went to another organisation's source), `probed`
    (searched for by an identifier), `named` (in an entry of another kind).
    """

    index: int
    body: bytes
    fields: dict[str, Any]
    how: tuple[str, ...] = ()

    @property
    def at(self) -> dt.datetime:
        """When it was made; TamperedError where it does not say so."""
        return time_of(self.index, self.fields)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries of a kind an organisation has on a day of the city; `organisation` empty: nobody's."""

    day: dt.date
    kind: str
    organisation: str
    count: int


class Search:
    """Searches the log in `directory`. May be shared between threads; each call opens what it reads.

    Every method raises LogUnavailableError where log or projection cannot be read, and TamperedError where an entry
    is none: an incomplete answer is never given for a complete one.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._projection = Projection(directory)

    def find(self, wanted: Wanted, limit: int) -> list[Found]:
        """At most `limit` entries that are as wanted, newest first. Subjects in chunks lead to their closing entry."""
        with Reader(self._directory) as reader:
            if wanted.is_everything:  # the log itself is in this order
                listed = reader.before(_NEWEST if wanted.before is None else wanted.before, max(limit, 0))
                return [Found(number, body, decoded(number, body)) for number, body in listed]
            found = self._projection.read(reader, lambda index: hits(index, wanted, max(limit, 0)))
            return [
                _found(reader, number, tuple(name for name, bit in HOW.items() if bits & bit)) for number, bits in found
            ]

    def recent(self, after: int | None, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """At most `limit` entries of any kind, newest first, older than entry `after` where that is given."""
        return [(one.index, one.fields) for one in self.find(Wanted(before=after), limit)]

    def entry(self, index: int) -> Found | None:
        """The entry of this index, or None where the log has none."""
        with Reader(self._directory) as reader:
            body = reader.entry(index)
        return None if body is None else Found(index, body, decoded(index, body))

    def tallies(self, first: dt.date, last: dt.date) -> list[Tally]:
        """Counts of the days from `first` to `last`, newest day first; MalformedError for more than MOST_DAYS of them.

        Every entry of the log counts once, on the day of the city in which the time that it bears falls.
        """
        if (last - first).days >= MOST_DAYS:
            raise MalformedError(f"counts are given of at most {MOST_DAYS} days at a time")
        query = "SELECT day, kind, organisation, count FROM tally WHERE day BETWEEN ? AND ? ORDER BY day DESC"
        given = (first.isoformat(), last.isoformat())
        with Reader(self._directory) as reader:
            rows = self._projection.read(reader, lambda index: index.execute(query, given).fetchall())
        return [Tally(dt.date.fromisoformat(day), kind, organisation, count) for day, kind, organisation, count in rows]

    def prove(self, indexes: Iterable[int], checkpoint: str) -> dict[int, Proof]:
        """Proofs that these entries stand in the log of which `checkpoint` is the signed head, by index.

        An index beyond the checkpoint has none. TamperedError where an entry is not what the checkpoint counts.
        """
        text, _, _ = checkpoint.partition("\n\n")
        head = Checkpoint.parse(text + "\n")
        with Reader(self._directory) as reader:

            def select(index: sqlite3.Connection) -> dict[int, Proof]:
                nodes = partial(_nodes, index)
                return {
                    number: Proof(number, path_of(number, head.size, nodes), checkpoint)
                    for number in indexes
                    if 0 <= number < head.size
                }

            try:
                proofs = self._projection.read(reader, select)
                roots = {
                    root_by(leaf_hash(_found(reader, number, ()).body), number, head.size, proof.path)
                    for number, proof in proofs.items()
                }
            except MalformedError:
                roots = {b""}
        if roots - {head.root}:
            raise TamperedError(
                f"the log or its {INDEX_FILE} is not what the checkpoint counts: run `tongguan audit verify`, and "
                f"where the log is consistent, delete {INDEX_FILE}"
            )
        return proofs

    def catch_up(self) -> None:
        """Read the log's tail into the projection, so that the next search finds little left to do."""
        with Reader(self._directory) as reader:
            self._projection.read(reader, lambda _: None)


def _found(reader: Reader, number: int, how: tuple[str, ...]) -> Found:
    body = reader.entry(number)
    if body is None:
        raise TamperedError(f"entry {number} is gone from the log: run `tongguan audit verify`")
    return Found(number, body, decoded(number, body), how)


def _nodes(index: sqlite3.Connection, level: int, first: int, count: int) -> list[bytes]:
    """Nodes of the tree as `path.Nodes` asks for them: leaves, or roots of whole tiles."""
    if level:
        query = "SELECT hash FROM node WHERE level = ? AND position BETWEEN ? AND ? ORDER BY position"
        return [node for (node,) in index.execute(query, (level, first, first + count - 1))]
    query = "SELECT leaf FROM entry WHERE idx BETWEEN ? AND ? ORDER BY idx"
    return [leaf for (leaf,) in index.execute(query, (first, first + count - 1))]
