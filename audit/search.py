"""Who looked at whom, and under what: a projection of the log beside it, from pseudonyms and marks to entries.

A mark is the id of an agreement, an emergency, a broken glass or whatever else an act is about.

It lives in a file of its own, `index.sqlite`, and can be thrown away: what is missing is built again from the log.
Every search first reads the log's tail, so it is complete up to the moment it began. No signature covers the
projection: where its keeper is in doubt, delete the file, and verify the log.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Final, TypeVar

from audit.entry import MAX_ENTRY, decode
from audit.errors import LogUnavailableError, MalformedError, TamperedError
from audit.reader import Reader
from audit.tree import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INDEX_FILE: Final = "index.sqlite"
"""The name of the projection's file in the log's directory."""
_NEWEST: Final = 2**63 - 1
_BUSY_SECONDS: Final = 10.0  # another search may be building
_BATCH: Final = 2000  # entries of one transaction
_SHAPE: Final = 2  # of the projection; one of another shape is made anew
_BITS: Final = {"released": 1, "given": 2, "probed": 4, "named": 8}

# `bits` says how: a sum of _BITS. `next` is the first entry not read yet, `leaf` the hash of the one before it.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS access (
    pseudonym TEXT, idx INTEGER, bits INTEGER NOT NULL, PRIMARY KEY (pseudonym, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marked (mark TEXT, idx INTEGER, PRIMARY KEY (mark, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL, leaf BLOB) STRICT;
INSERT INTO progress VALUES (1, 0, NULL) ON CONFLICT DO NOTHING;
"""

_T = TypeVar("_T")
_Hit = tuple[str, int]  # a pseudonym, and one of _BITS


class Search:
    """Searches the log in `directory`. May be shared between threads; each call opens what it reads.

    Every method raises LogUnavailableError where log or projection cannot be read, and TamperedError where an entry
    is none: an incomplete answer is never given for a complete one.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def accesses(self, pseudonym: str, *, after: int | None, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """At most `limit` entries that name this subject, newest first, older than entry `after` where that is given.

        Subjects in chunks lead to their closing entry. Each decoded entry has one more key, `how`: a list of
        `released` (data went to the principal), `given` (data went to another organisation's source), `probed`
        (searched for by an identifier), or `named` (in an entry of another kind).
        """

        def select(index: sqlite3.Connection) -> list[tuple[int, int]]:
            query = "SELECT idx, bits FROM access WHERE pseudonym = ? AND idx < ? ORDER BY idx DESC LIMIT ?"
            return index.execute(query, (pseudonym, _before(after), max(limit, 0))).fetchall()

        with Reader(self._directory) as reader:
            return [
                (number, {**_read(reader, number), "how": [name for name, bit in _BITS.items() if bits & bit]})
                for number, bits in self._caught_up(reader, select)
            ]

    def under(self, mark: str, *, after: int | None, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """At most `limit` entries that rest on what the mark names, newest first, older than `after` where given."""

        def select(index: sqlite3.Connection) -> list[tuple[int]]:
            query = "SELECT idx FROM marked WHERE mark = ? AND idx < ? ORDER BY idx DESC LIMIT ?"
            return index.execute(query, (mark, _before(after), max(limit, 0))).fetchall()

        with Reader(self._directory) as reader:
            return [(number, _read(reader, number)) for (number,) in self._caught_up(reader, select)]

    def entry(self, index: int) -> dict[str, Any] | None:
        """The decoded entry of this index, or None where the log has none."""
        with Reader(self._directory) as reader:
            return None if (body := reader.entry(index)) is None else _decode(index, body)

    def recent(self, after: int | None, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """At most `limit` entries of any kind, newest first, older than entry `after` where that is given."""
        with Reader(self._directory) as reader:
            return [(index, _decode(index, body)) for index, body in reader.before(_before(after), max(limit, 0))]

    def catch_up(self) -> None:
        """Read the log's tail into the projection, so that the next search finds little left to do."""
        with Reader(self._directory) as reader:
            self._caught_up(reader, lambda _: None)

    def _caught_up(self, reader: Reader, select: Callable[[sqlite3.Connection], _T]) -> _T:
        """What `select` reads from a projection that knows the whole log; it is made anew where it is damaged."""
        try:
            try:
                return self._select(reader, select)
            except sqlite3.OperationalError:
                raise  # locked, full, unreadable: throwing it away would not help
            except sqlite3.DatabaseError:  # no database, or a damaged one
                for suffix in ("-journal", ""):  # in this order: a journal left alone would be played into the new file
                    (self._directory / f"{INDEX_FILE}{suffix}").unlink(missing_ok=True)
                return self._select(reader, select)
        except (sqlite3.Error, OSError) as error:
            raise LogUnavailableError(f"the index of the log cannot be used: {error}") from error

    def _select(self, reader: Reader, select: Callable[[sqlite3.Connection], _T]) -> _T:
        path = self._directory / INDEX_FILE
        with contextlib.suppress(FileExistsError):  # made for its owner's eyes alone, before SQLite opens it
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)) as index:
            if not _is_of_shape(index):
                _make_anew(index)
            _catch_up(index, reader)
            return select(index)


def _is_of_shape(index: sqlite3.Connection) -> bool:
    ((shape,),) = index.execute("PRAGMA user_version")
    return bool(shape == _SHAPE)


def _make_anew(index: sqlite3.Connection) -> None:
    """All at once and by one search alone: another one must not find the tables gone, or drop those just made."""
    index.execute("BEGIN IMMEDIATE")
    if not _is_of_shape(index):
        for statement in f"DROP TABLE IF EXISTS access; DROP TABLE IF EXISTS progress; {_SCHEMA}".split(";"):
            index.execute(statement)
        index.execute(f"PRAGMA user_version = {_SHAPE}")
    index.execute("COMMIT")


def _catch_up(index: sqlite3.Connection, reader: Reader) -> None:
    index.execute("BEGIN IMMEDIATE")
    ((first, leaf),) = index.execute("SELECT next, leaf FROM progress")
    if first and _leaf_of(reader, first - 1) != leaf:  # another log, restored or rewritten: nothing here is of it
        index.execute("DELETE FROM access")
        index.execute("DELETE FROM marked")
        first = 0
    waiting: list[_Hit] = []  # of chunks whose closing entry comes next
    for number, body in reader.entries(first, MAX_ENTRY + 1):
        fields = _decode(number, body)
        if fields["kind"] == "subjects":
            waiting += _hits(fields, "")
            continue
        hits = [(pseudonym, bit or _bit_of(fields["kind"])) for pseudonym, bit in waiting]
        _keep(index, number, hits + list(_hits(fields, fields["kind"])))
        waiting.clear()
        marks = [(mark, number) for mark in _marks(fields)]
        index.executemany("INSERT INTO marked VALUES (?, ?) ON CONFLICT DO NOTHING", marks)
        index.execute("UPDATE progress SET next = ?, leaf = ?", (number + 1, leaf_hash(body)))
        if number % _BATCH == 0:
            index.execute("COMMIT")
            index.execute("BEGIN IMMEDIATE")
    index.execute("COMMIT")


def _keep(index: sqlite3.Connection, number: int, hits: list[_Hit]) -> None:
    query = "INSERT INTO access VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bits = bits | excluded.bits"
    index.executemany(query, [(pseudonym, number, bit) for pseudonym, bit in hits])


def mark_of(what: str) -> str:
    """The mark under which all acts about something stand."""
    return f"every {what}"


def _marks(fields: dict[str, Any]) -> set[str]:
    """What an entry rests on, and what it is about."""
    named = [fields.get("agreement"), *fields.get("emergencies", ()), *fields.get("glass", ())]
    act = fields.get("act", {})
    named += [act.get("id"), mark_of(str(act["what"])) if "what" in act else None]
    return {mark for mark in named if isinstance(mark, str) and mark}


def _hits(fields: dict[str, Any], kind: str) -> Iterator[_Hit]:
    """Whom an entry names, and how. In a chunk (`kind` empty) the closing entry says how, which is not known yet: 0."""
    for name, bit in (("subjects", _bit_of(kind) if kind else 0), ("probed", _BITS["probed"])):
        for pseudonyms in fields.get(name, {}).values():
            for pseudonym in pseudonyms:
                yield pseudonym, bit


def _bit_of(kind: str) -> int:
    return _BITS[{"release": "released", "wave": "given"}.get(kind, "named")]


def _leaf_of(reader: Reader, number: int) -> bytes | None:
    return None if (body := reader.entry(number)) is None else leaf_hash(body)


def _read(reader: Reader, number: int) -> dict[str, Any]:
    body = reader.entry(number)
    if body is None:
        raise TamperedError(f"entry {number} is gone from the log: run `tongguan audit verify`")
    return _decode(number, body)


def _decode(number: int, body: bytes) -> dict[str, Any]:
    try:
        return decode(body)
    except MalformedError as error:
        raise TamperedError(f"entry {number} cannot be read, run `tongguan audit verify`: {error}") from error


def _before(after: int | None) -> int:
    return _NEWEST if after is None else after
