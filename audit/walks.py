"""What is searched for, and how the projection is gone down to find it: newest first, by one index at a time.

A walk stops at the limit. Where a search needs several, as for two kinds, each gives its newest, so the newest of all
of them together are complete.
"""

from __future__ import annotations

import datetime as dt
import itertools
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from audit.projection import microseconds
from vocabulary.moment import day_of
from vocabulary.receipt import Kind

_EARLIEST: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LATEST: Final = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What entries are searched for: those that are as all of it says; what is None says nothing.

    `subjects` are pseudonyms, any of which the entry names; `under` is a mark that it rests on or is about; `since`
    and `until` are times: from the first on, and before the second; `first` and `before` are indexes, likewise.
    """

    subjects: frozenset[str] | None = None
    under: str | None = None
    persons: frozenset[str] | None = None
    organisations: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    first: int | None = None
    before: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether every entry is wanted that is older than `before`."""
        return self == Wanted(before=self.before)


@dataclass(frozen=True, slots=True)
class _Condition:
    sql: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Walk:
    """Down which table or index, by what, and how the table that has the order is called."""

    tables: str
    by: _Condition
    order: str = "e"
    bits: str = "0"


def hits(index: sqlite3.Connection, wanted: Wanted, limit: int) -> list[tuple[int, int]]:
    """Index and how (a sum of `projection.HOW`) of the newest entries that are as wanted."""
    found: dict[int, int] = {}
    rest = list(_filters(wanted))
    for walk in _walks(wanted):
        conditions = [walk.by, *rest, *_bounds(index, wanted, walk.order)]
        where = " AND ".join(one.sql for one in conditions)
        query = (
            f"SELECT e.idx, {walk.bits} FROM {walk.tables} WHERE {where} "  # noqa: S608  (no word of it is from outside)
            f"ORDER BY {walk.order}.idx DESC LIMIT ?"
        )
        given = [value for one in conditions for value in one.values]
        for number, bits in index.execute(query, (*given, limit)):
            found[number] = found.get(number, 0) | bits
        found = dict(sorted(found.items(), reverse=True)[:limit])
    return list(found.items())


def _walks(wanted: Wanted) -> Iterator[_Walk]:
    """The walks that together meet everything wanted: by whom it names, what it rests on, who asked, or its kind."""
    if wanted.subjects is not None:
        for subject in sorted(wanted.subjects):
            by = _Condition("a.pseudonym = ?", (subject,))
            yield _Walk("access a CROSS JOIN entry e ON e.idx = a.idx", by, order="a", bits="a.bits")
    elif wanted.under is not None:
        by = _Condition("m.mark = ?", (wanted.under,))
        yield _Walk("marked m CROSS JOIN entry e ON e.idx = m.idx", by, order="m")
    elif wanted.persons is not None or wanted.organisations is not None:
        column, who = (
            ("person", wanted.persons) if wanted.persons is not None else ("organisation", wanted.organisations)
        )
        for one, kind in itertools.product(sorted(who or ()), _kinds(wanted)):
            by = _Condition(f"e.{column} = ? AND e.kind = ?", (one, kind))
            yield _Walk(f"entry e INDEXED BY by_{column}", by)
    elif wanted.kinds is not None:
        for kind in _kinds(wanted):
            yield _Walk("entry e INDEXED BY by_kind", _Condition("e.kind = ?", (kind,)))
    else:
        yield _Walk("entry e", _Condition("TRUE", ()))


def _kinds(wanted: Wanted) -> list[str]:
    return [kind.value for kind in Kind if wanted.kinds is None or kind.value in wanted.kinds]


def _filters(wanted: Wanted) -> Iterator[_Condition]:
    """All that is wanted, also what the walk goes by: to be told twice does no harm, and nothing is forgotten."""
    if wanted.under is not None:
        yield _Condition("EXISTS (SELECT 1 FROM marked f WHERE f.mark = ? AND f.idx = e.idx)", (wanted.under,))
    for column, among in (
        ("kind", wanted.kinds),
        ("person", wanted.persons),
        ("organisation", wanted.organisations),
    ):
        if among is not None:
            yield _among(column, among)
    if wanted.since is not None:
        yield _Condition("e.at >= ?", (microseconds(max(wanted.since, _EARLIEST)),))
    if wanted.until is not None:
        yield _Condition("e.at < ?", (microseconds(min(wanted.until, _LATEST)),))


def _among(column: str, among: Collection[str]) -> _Condition:
    return _Condition(f"e.{column} IN ({', '.join('?' * len(among))})", tuple(sorted(among)))


def _bounds(index: sqlite3.Connection, wanted: Wanted, order: str) -> Iterator[_Condition]:
    """Between which entries to look: the clock may be set, so a day lies between its first and its last entry."""
    if wanted.before is not None:
        yield _Condition(f"{order}.idx < ?", (wanted.before,))
    if wanted.first is not None:
        yield _Condition(f"{order}.idx >= ?", (wanted.first,))
    if wanted.since is None and wanted.until is None:
        return
    since, until = wanted.since or _EARLIEST, wanted.until or _LATEST
    days = (day_of(min(max(at, _EARLIEST), _LATEST)).isoformat() for at in (since, until))
    ((first, last),) = index.execute("SELECT min(first), max(last) FROM day WHERE day BETWEEN ? AND ?", tuple(days))
    yield _Condition(f"{order}.idx BETWEEN ? AND ?", (first or 0, -1 if last is None else last))
