"""The connector of the exchange's own source: accesses on record, found by whom they concern, who asked, and when.

An identity number comes in as the value of a `match`, becomes a pseudonym here, and goes no further.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from audit.errors import AuditError
from audit.pseudonym import SubjectPseudonyms, canonical
from audit.search import MOST_DAYS, Found, Search, Tally, Wanted
from connectors.contract import Capabilities, Connector, Rows
from connectors.errors import FailureKind, SourceError
from federation.exchange.declaration import COUNT, GIVEN, PAGE_BY, RELEASED
from federation.exchange.sought import Term, terms_of, unsupported
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import Fetch, Op, Order, Values
from vocabulary.values import Column, Value

_CAPABILITIES: Final = Capabilities(
    operators=frozenset({Op.EQ, Op.IN, Op.LT, Op.LE, Op.GT, Op.GE}),
    boolean=True,
    collections=True,
    order=True,
    max_keys=1_000,
)
_LISTS: Final = {RELEASED: "shown", GIVEN: "given"}
_TICK: Final = dt.timedelta(microseconds=1)
_LAST: Final = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)
_DAY: Final = dt.timedelta(days=1)
_LAST_DAY: Final = dt.date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class LogReader:
    """What of the log this source reads: its search, the pseudonyms of subjects, and its head, signed."""

    search: Search
    pseudonyms: SubjectPseudonyms
    checkpoint: Callable[[], str]


class AccessConnector(Connector):
    """Searches the log of this exchange. `subject_types` are the types whose key identifies a person or firm."""

    def __init__(self, declaration: SourceDeclaration, log: LogReader, subject_types: Sequence[str]) -> None:
        super().__init__(declaration, _CAPABILITIES)
        self._log = log
        self._subject_types = tuple(subject_types)

    async def check(self) -> None:
        """The log is opened before this source is; nothing else can be missing."""

    async def close(self) -> None:
        """Nothing stays open between searches."""

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (SQLite's own)
        try:
            return await asyncio.to_thread(self._rows, request, values)
        except AuditError as error:
            raise SourceError(self.declaration.name, FailureKind.UNAVAILABLE, "the log can't be read") from error

    def _rows(self, request: Fetch, values: Values) -> Rows:
        if request.type in _LISTS:
            rows = [row for found in self._by_keys(values) for row in _items(request.type, found)]
        elif request.type == COUNT:
            rows = [_count(tally) for tally in self._tallies(request, values)]
        else:
            found = list(self._by_keys(values)) if request.via else self._listed(request, values)
            rows = self._accesses(found, request.fields)
        keys: Column | None = None if request.via is None else [row["entry"] for row in rows]
        return Rows([[row.get(field) for row in rows] for field in request.fields], len(rows), keys)

    def _listed(self, request: Fetch, values: Values) -> list[Found]:
        """Entries that satisfy `where`, newest first."""
        terms = self._terms(request, values)
        if not all(term.values for term in terms):
            return []
        wanted = Wanted()
        for term in terms:
            wanted = self._wanted(wanted, term)
        return self._log.search.find(wanted, _limit(request, values))

    def _wanted(self, wanted: Wanted, term: Term) -> Wanted:
        """What is wanted, with one more term."""
        if term.field == "subject" and term.op is Op.IN:
            people = sorted({canonical(str(one)) for one in term.values})
            named = frozenset(name for kind in self._subject_types for name in self._log.pseudonyms.of(kind, people))
            return replace(wanted, subjects=_common(wanted.subjects, named))
        asked = frozenset(map(str, term.values))
        if term.field == "person" and term.op is Op.IN:
            return replace(wanted, persons=_common(wanted.persons, asked))
        if term.field == "organisation" and term.op is Op.IN:
            return replace(wanted, organisations=_common(wanted.organisations, asked))
        if term.field == "kind" and term.op is Op.IN:
            return replace(wanted, kinds=_common(wanted.kinds, asked))
        if term.field == "under" and term.op is Op.IN and len(asked) == 1 and wanted.under is None:
            return replace(wanted, under=min(asked))
        if term.field == "at" and len(term.values) == 1:
            return _at(wanted, term)
        if term.field == "entry" and len(term.values) == 1:
            return _index(wanted, term)
        raise unsupported(f"{term.field} {term.op} is not searched by")

    def _tallies(self, request: Fetch, values: Values) -> list[Tally]:
        """Counts that satisfy `where`, the newest day first."""
        first, last = dt.date.min, dt.date.max
        among: dict[str, frozenset[str]] = {}
        before: str | None = None
        for term in self._terms(request, values):
            value = term.values[0] if len(term.values) == 1 else None
            if term.field == "day" and isinstance(value, dt.date):
                since, until = _days(term.op, value)
                first, last = max(first, since), min(last, until)
            elif term.field == PAGE_BY[COUNT] and term.op is Op.LT:
                before = str(value)
            elif term.field in {"organisation", "kind"} and term.op is Op.IN:
                asked = frozenset(map(str, term.values))
                among[term.field] = _common(among.get(term.field), asked)
            else:
                raise unsupported(f"{term.field} {term.op} is not counted by")
        if dt.date.min == first or last == dt.date.max or (last - first).days >= MOST_DAYS:
            raise unsupported(f"days are counted between two of them, at most {MOST_DAYS}")
        found = [
            tally
            for tally in self._log.search.tallies(first, last)
            if (before is None or _bucket(tally) < before)
            and all(getattr(tally, name) in names - {""} for name, names in among.items())
        ]
        return sorted(found, key=_bucket, reverse=True)[: _limit(request, values)]

    def _terms(self, request: Fetch, values: Values) -> list[Term]:
        page_by = PAGE_BY[request.type]
        if request.order != (Order(page_by, descending=True),):
            raise unsupported("the log is listed newest first")
        return list(terms_of(request.where, values, page_by))

    def _by_keys(self, values: Values) -> Iterator[Found]:
        for key in _keys(values):
            if (found := self._log.search.entry(key)) is not None:
                yield found

    def _accesses(self, found: Sequence[Found], fields: Iterable[str]) -> list[dict[str, Value]]:
        """Entries as rows; all proofs of one answer rest on one checkpoint."""
        rows = [_row(one) for one in found]
        if "proof" in fields and found:
            proofs = self._log.search.prove([one.index for one in found], self._log.checkpoint())
            for row, one in zip(rows, found, strict=True):
                row["proof"] = proofs[one.index].format()
        return rows


def _common(known: frozenset[str] | None, asked: frozenset[str]) -> frozenset[str]:
    return asked if known is None else known & asked


def _at(wanted: Wanted, term: Term) -> Wanted:
    at = term.value
    if not isinstance(at, dt.datetime):
        raise unsupported("a time is compared with times")
    at = min(at if at.tzinfo else at.replace(tzinfo=dt.UTC), _LAST)
    since, until = wanted.since, wanted.until
    if term.op in {Op.GT, Op.GE, Op.IN}:
        start = at + _TICK if term.op is Op.GT else at
        since = start if since is None else max(since, start)
    if term.op in {Op.LT, Op.LE, Op.IN}:
        end = at if term.op is Op.LT else at + _TICK
        until = end if until is None else min(until, end)
    return replace(wanted, since=since, until=until)


def _index(wanted: Wanted, term: Term) -> Wanted:
    index = term.value
    if not isinstance(index, int):
        raise unsupported("an index is compared with numbers")
    first, before = wanted.first, wanted.before
    if term.op in {Op.GT, Op.GE, Op.IN}:
        start = index + 1 if term.op is Op.GT else index
        first = start if first is None else max(first, start)
    if term.op in {Op.LT, Op.LE, Op.IN}:
        end = index if term.op is Op.LT else index + 1
        before = end if before is None else min(before, end)
    return replace(wanted, first=first, before=before)


def _days(op: Op, day: dt.date) -> tuple[dt.date, dt.date]:
    """From which day to which a comparison holds."""
    day = min(day, _LAST_DAY)
    first = day + _DAY if op is Op.GT else day
    last = day - _DAY if op is Op.LT and day > dt.date.min else day
    return (first if op in {Op.GT, Op.GE, Op.IN} else dt.date.min, last if op in {Op.LT, Op.LE, Op.IN} else dt.date.max)


def _items(type_name: str, found: Found) -> Iterator[dict[str, Value]]:
    """What belongs to an entry: how a field was shown, or what was given."""
    for item in found.fields.get(_LISTS[type_name], ()):
        yield {**item, "entry": found.index}


def _row(found: Found) -> dict[str, Value]:
    entry: Mapping[str, object] = found.fields
    who, act = found.fields.get("who", {}), found.fields.get("act", {})
    under = [
        entry.get("agreement"),
        *found.fields.get("emergencies", ()),
        *found.fields.get("glass", ()),
        act.get("id"),
    ]
    return {
        "entry": found.index,
        "at": found.at,
        "how": ", ".join(found.how) or None,
        "act": f"{act['step']} {act['what']}" if act else None,
        "under": ", ".join(dict.fromkeys(mark for mark in under if mark)) or None,
        "receipt": found.body.decode(),
        **{name: found.fields.get(name) for name in ("kind", "outcome", "purpose", "mode", "document", "epoch")},
        **{name: who.get(name) for name in ("person", "organisation", "application")},
    }


def _count(tally: Tally) -> dict[str, Value]:
    return {
        PAGE_BY[COUNT]: _bucket(tally),
        "day": tally.day,
        "organisation": tally.organisation or None,
        "kind": tally.kind,
        "count": tally.count,
    }


def _bucket(tally: Tally) -> str:
    """What counts are paged by: in the order of days, and unique."""
    return f"{tally.day.isoformat()}/{tally.kind}/{tally.organisation}"


def _limit(request: Fetch, values: Values) -> int:
    limit = values["limit"] if request.limit else 0
    return limit if isinstance(limit, int) else 0


def _keys(values: Values) -> tuple[int, ...]:
    keys = values["keys"]
    return tuple(key for key in keys if isinstance(key, int)) if isinstance(keys, tuple) else ()
