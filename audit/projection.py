"""The projection of the log beside it: which entries name whom, who asked, of which kind, and the nodes of the tree.

It lives in a file of its own, `index.sqlite`, and can be thrown away: what is missing is built again from the log.
Every reading first reads the log's tail, so it is complete up to the moment it began. No signature covers the
projection: where its keeper is in doubt, delete the file, and verify the log.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from audit.entry import MAX_ENTRY, decode
from audit.errors import LogUnavailableError, MalformedError, TamperedError
from audit.path import TILE, TILE_LEVEL
from audit.reader import Reader
from audit.tree import leaf_hash, root_of
from vocabulary.moment import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

INDEX_FILE: Final = "index.sqlite"
"""The name of the projection's file in the log's directory."""
HOW: Final = {"released": 1, "given": 2, "probed": 4, "named": 8}
"""How an entry names a subject, each a bit of `access.bits`."""
_BUSY_SECONDS: Final = 10.0  # another search may be building
_BATCH: Final = 2000  # entries of one transaction
_ROWS: Final = 256  # of one statement
_MOST_ACCESSES: Final = 20_000  # that are gathered before they are written
_SHAPE: Final = 3  # of the projection; one of another shape is made anew

# `at` is in microseconds since 1970; days are the city's. `next` is the first entry
# not read yet, `leaf` the hash of the one before it. `node` holds roots of perfect subtrees of 256, 65,536 … leaves.
_TABLES: Final = (
    "access (pseudonym TEXT, idx INTEGER, bits INTEGER NOT NULL, PRIMARY KEY (pseudonym, idx)) STRICT, WITHOUT ROWID",
    "marked (mark TEXT, idx INTEGER, PRIMARY KEY (mark, idx)) STRICT, WITHOUT ROWID",
    """entry (idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, person TEXT, organisation TEXT, at INTEGER NOT NULL,
    leaf BLOB NOT NULL) STRICT""",
    "day (day TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    """tally (day TEXT, kind TEXT, organisation TEXT, count INTEGER NOT NULL, PRIMARY KEY (day, kind, organisation))
    STRICT, WITHOUT ROWID""",
    "node (level INTEGER, position INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, position)) STRICT, WITHOUT ROWID",
    "progress (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL, leaf BLOB) STRICT",
)
_INDEXES: Final = (
    "by_person ON entry (person, kind)",  # and by idx, which every index ends with
    "by_organisation ON entry (organisation, kind)",
    "by_kind ON entry (kind)",
)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_T = TypeVar("_T")
_Row = tuple[str | int | bytes | None, ...]
_Hit = tuple[str, int]  # a pseudonym, and one of the bits of HOW


@dataclass(frozen=True, slots=True)
class _Read:
    """One entry as it is taken in."""

    number: int
    leaf: bytes
    fields: dict[str, Any]


class Projection:
    """The projection of the log in `directory`. May be shared between threads; each reading opens the file itself."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, reader: Reader, select: Callable[[sqlite3.Connection], _T]) -> _T:
        """What `select` reads from a projection that knows the whole log; it is made anew where it is damaged.

        Raises:
            LogUnavailableError: log or projection can't be read.
            TamperedError: an entry is none.
        """
        try:
            try:
                return self._read(reader, select)
            except sqlite3.OperationalError:
                raise  # locked, full, unreadable: throwing it away would not help
            except sqlite3.DatabaseError:  # no database, or a damaged one
                for suffix in ("-journal", ""):  # in this order: a journal left alone would be played into the new file
                    (self._directory / f"{INDEX_FILE}{suffix}").unlink(missing_ok=True)
                return self._read(reader, select)
        except (sqlite3.Error, OSError) as error:
            raise LogUnavailableError(f"the index of the log cannot be used: {error}") from error

    def _read(self, reader: Reader, select: Callable[[sqlite3.Connection], _T]) -> _T:
        path = self._directory / INDEX_FILE
        with contextlib.suppress(FileExistsError):  # made for its owner's eyes alone, before SQLite opens it
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)) as index:
            if not _is_of_shape(index):
                _make_anew(index)
            while _take_in(index, reader):
                pass
            return select(index)


def mark_of(what: str) -> str:
    """The mark under which all acts about something stand."""
    return f"every {what}"


def microseconds(at: dt.datetime) -> int:
    """A time as `entry.at` holds it."""
    return (at - _EPOCH) // dt.timedelta(microseconds=1)


def decoded(number: int, body: bytes) -> dict[str, Any]:
    """The fields of an entry; TamperedError where it is none."""
    try:
        return decode(body)
    except MalformedError as error:
        raise TamperedError(f"entry {number} cannot be read, run `tongguan audit verify`: {error}") from error


def time_of(number: int, fields: dict[str, Any]) -> dt.datetime:
    """When an entry was made; TamperedError where it does not say so."""
    try:
        at = dt.datetime.fromisoformat(fields["at"])
    except ValueError:
        raise TamperedError(f"entry {number} bears no time, run `tongguan audit verify`") from None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _is_of_shape(index: sqlite3.Connection) -> bool:
    ((shape,),) = index.execute("PRAGMA user_version")
    return bool(shape == _SHAPE)


def _make_anew(index: sqlite3.Connection) -> None:
    """All at once and by one search alone: another one must not find the tables gone, or drop those just made."""
    index.execute("BEGIN IMMEDIATE")
    if not _is_of_shape(index):
        for (name,) in index.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            index.execute(f'DROP TABLE "{name}"')
        for table in _TABLES:
            index.execute(f"CREATE TABLE {table}")
        for name in _INDEXES:
            index.execute(f"CREATE INDEX {name}")
        index.execute("INSERT INTO progress VALUES (1, 0, NULL)")
        index.execute(f"PRAGMA user_version = {_SHAPE}")
    index.execute("COMMIT")


def _take_in(index: sqlite3.Connection, reader: Reader) -> bool:
    """Take in what follows of the log, in one transaction; whether there may be more.

    Where it stands is read under the lock, so that of two searches neither counts an entry again, nor goes on behind
    one that the other has dropped.
    """
    index.execute("BEGIN IMMEDIATE")
    ((first, leaf),) = index.execute("SELECT next, leaf FROM progress")
    if first and _leaf_of(reader, first - 1) != leaf:  # another log, restored or rewritten: nothing here is of it
        for name in ("access", "marked", "entry", "day", "tally", "node"):
            index.execute(f"DELETE FROM {name}")  # noqa: S608  (names of our own)
        first = 0
    taken = _Taken()
    for group in _groups(reader, first):
        taken.add(group)
        if taken.next - first >= _BATCH:
            break
        if taken.is_plenty:
            taken.keep(index)
    taken.keep(index)
    if taken.next:
        index.execute("UPDATE progress SET next = ?, leaf = ?", (taken.next, taken.leaf))
    index.execute("COMMIT")
    return bool(taken.next - first >= _BATCH)


def _groups(reader: Reader, first: int) -> Iterator[list[_Read]]:
    """Entries in their order, each closing entry behind the chunks that belong to it."""
    group: list[_Read] = []
    for number, body in reader.entries(first, MAX_ENTRY + 1):
        group.append(_Read(number, leaf_hash(body), decoded(number, body)))
        if group[-1].fields["kind"] != "subjects":
            yield group
            group = []


class _Taken:
    """What is taken in together. `next` is the entry behind the last of it, and `leaf` the hash of that one.

    Each call into SQLite gives up the interpreter's lock, which a busy exchange then keeps for a while: where every row
    was a call, this fell behind the log.
    """

    def __init__(self) -> None:
        self.next, self.leaf = 0, b""
        self._clear()

    def _clear(self) -> None:
        self._numbers: list[int] = []
        self._entries: list[_Row] = []
        self._days: dict[str, tuple[int, int]] = {}
        self._tallies: Counter[tuple[str, str, str]] = Counter()
        self._accesses: Counter[tuple[str, int]] = Counter()
        self._marks: list[_Row] = []

    @property
    def is_plenty(self) -> bool:
        """Whether it should be kept before more is added."""
        return len(self._entries) >= _ROWS or len(self._accesses) >= _MOST_ACCESSES

    def add(self, group: list[_Read]) -> None:
        """Take in a closing entry and its chunks; TamperedError where one bears no time."""
        for one in group:
            self._add_entry(one)
        closing = group[-1]
        kind = closing.fields["kind"]
        hits = [(name, bit or _bit_of(kind)) for chunk in group[:-1] for name, bit in _hits(chunk.fields, "")]
        for pseudonym, bit in (*hits, *_hits(closing.fields, kind)):
            self._accesses[pseudonym, closing.number] |= bit
        self._marks += [(mark, closing.number) for mark in _marks(closing.fields)]
        self.next, self.leaf = closing.number + 1, closing.leaf

    def _add_entry(self, one: _Read) -> None:
        who, at = one.fields.get("who", {}), time_of(one.number, one.fields)
        kind, organisation, day = one.fields["kind"], who.get("organisation"), day_of(at).isoformat()
        self._numbers.append(one.number)
        self._entries.append((one.number, kind, who.get("person"), organisation, microseconds(at), one.leaf))
        first, _ = self._days.get(day, (one.number, one.number))
        self._days[day] = first, one.number
        self._tallies[day, kind, organisation or ""] += 1

    def keep(self, index: sqlite3.Connection) -> None:
        """Write it, and begin anew."""
        _insert(index, "entry", self._entries)
        spans = "ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)"
        _insert(index, "day", [(day, *span) for day, span in self._days.items()], spans)
        counts = "ON CONFLICT DO UPDATE SET count = count + excluded.count"
        _insert(index, "tally", [(*key, count) for key, count in self._tallies.items()], counts)
        bits = "ON CONFLICT DO UPDATE SET bits = bits | excluded.bits"
        _insert(index, "access", [(*key, found) for key, found in self._accesses.items()], bits)
        _insert(index, "marked", self._marks)
        for number in self._numbers:
            _keep_nodes(index, number)
        self._clear()


def _insert(index: sqlite3.Connection, table: str, rows: Sequence[_Row], conflict: str = "") -> None:
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        values = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
        query = f"INSERT INTO {table} VALUES {values} {conflict}"  # noqa: S608  (names of our own)
        index.execute(query, list(chain.from_iterable(some)))


def _keep_nodes(index: sqlite3.Connection, last: int) -> None:
    """The roots of the subtrees of whole tiles that end with the leaf `last`."""
    below, level, position = "SELECT leaf FROM entry WHERE idx BETWEEN ? AND ? ORDER BY idx", 0, last
    while position % TILE == TILE - 1:
        children = [child for (child,) in index.execute(below, (position - TILE + 1, position))]
        if len(children) != TILE:
            return  # entries are gone from the log: what rests on them can't be proven
        level, position = level + TILE_LEVEL, position // TILE
        index.execute("INSERT INTO node VALUES (?, ?, ?)", (level, position, root_of(children)))
        below = f"SELECT hash FROM node WHERE level = {level} AND position BETWEEN ? AND ? ORDER BY position"  # noqa: S608


def _marks(fields: dict[str, Any]) -> set[str]:
    """What an entry rests on, and what it is about."""
    named = [fields.get("agreement"), *fields.get("emergencies", ()), *fields.get("glass", ())]
    act = fields.get("act", {})
    named += [act.get("id"), mark_of(str(act["what"])) if "what" in act else None]
    return {mark for mark in named if isinstance(mark, str) and mark}


def _hits(fields: dict[str, Any], kind: str) -> Iterator[_Hit]:
    """Whom an entry names, and how. In a chunk (`kind` empty) the closing entry says how, which is not known yet: 0."""
    for name, bit in (("subjects", _bit_of(kind) if kind else 0), ("probed", HOW["probed"])):
        for pseudonyms in fields.get(name, {}).values():
            for pseudonym in pseudonyms:
                yield pseudonym, bit


def _bit_of(kind: str) -> int:
    return HOW[{"release": "released", "wave": "given"}.get(kind, "named")]


def _leaf_of(reader: Reader, number: int) -> bytes | None:
    return None if (body := reader.entry(number)) is None else leaf_hash(body)
