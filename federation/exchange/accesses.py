"""The connector of the exchange's own source: accesses on record, found by the pseudonym of the person concerned.

An identity number comes in as the value of a `match`, becomes a pseudonym here, and goes no further.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from audit.errors import AuditError
from audit.pseudonym import SubjectPseudonyms
from audit.search import Search
from connectors.contract import Capabilities, Connector, Rows
from connectors.errors import FailureKind, GapKind, SourceError, UnsupportedError
from federation.exchange.declaration import ACCESS, GIVEN, RELEASED
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import And, Compare, Fetch, IsNull, Not, Op, Or, Order, Predicate, Values
from vocabulary.values import Column, Value

_CAPABILITIES: Final = Capabilities(
    operators=frozenset({Op.EQ, Op.IN, Op.LT}), boolean=True, collections=True, order=True, max_keys=1_000
)
_LISTS: Final = {RELEASED: "shown", GIVEN: "given"}


class AccessConnector(Connector):
    """Searches the log of this exchange. `subject_types` are the types whose key identifies a person or firm."""

    def __init__(
        self,
        declaration: SourceDeclaration,
        search: Search,
        pseudonyms: SubjectPseudonyms,
        subject_types: Sequence[str],
    ) -> None:
        super().__init__(declaration, _CAPABILITIES)
        self._search = search
        self._pseudonyms = pseudonyms
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
        if request.via is None:
            if request.order != (Order("entry", descending=True),):
                raise UnsupportedError(self.declaration.name, GapKind.NOT_YET, "the log is listed newest first")
            limit = values["limit"] if request.limit else 0
            found = list(self._listed(request.where, values, limit if isinstance(limit, int) else 0))
            rows = [_row(index, entry) for index, entry in found]
        else:
            rows = [row for key in _keys(values) for row in self._by_entry(request.type, key)]
        keys: Column | None = None if request.via is None else [row["entry"] for row in rows]
        return Rows([[row.get(field) for row in rows] for field in request.fields], len(rows), keys)

    def _listed(self, where: Predicate, values: Values, limit: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Entries that satisfy `where`, newest first."""
        subjects: list[str] | None = None
        after: int | None = None
        mark: str | None = None
        for term in self._terms(where):
            value = values[term.slot]
            if term.field == "subject" and term.op in {Op.EQ, Op.IN}:
                asked = {str(one) for one in (value if isinstance(value, tuple) else (value,))}
                subjects = sorted(asked if subjects is None else asked & set(subjects))
            elif term.field == "under" and term.op is Op.EQ and mark is None:
                mark = str(value)
            elif term.field == "entry" and term.op is Op.LT and isinstance(value, int):
                after = value
            else:
                raise UnsupportedError(
                    self.declaration.name, GapKind.NOT_YET, f"{term.field} {term.op} is not searched by"
                )
        if mark is not None and subjects is not None:
            raise UnsupportedError(self.declaration.name, GapKind.NOT_YET, "a person under an id is not searched by")
        if mark is not None:
            yield from self._search.under(mark, after=after, limit=limit)
            return
        if subjects is None:
            yield from self._search.recent(after, limit)
            return
        found: dict[int, dict[str, Any]] = {}
        for kind in self._subject_types:
            for pseudonym in self._pseudonyms.of(kind, subjects):
                found.update(self._search.accesses(pseudonym, after=after, limit=limit))
        yield from sorted(found.items(), reverse=True)[:limit]

    def _terms(self, where: Predicate) -> Iterator[Compare]:
        """The comparisons of a conjunction; a term of a keyset that can't hold here (a null index) falls away."""
        match where:
            case And(parts):
                for part in parts:
                    yield from self._terms(part)
            case Or(parts) if len(some := [part for part in parts if not isinstance(part, IsNull)]) == 1:
                yield from self._terms(some[0])
            case Compare():
                yield where
            case Or() | Not() | IsNull() | _:
                raise UnsupportedError(self.declaration.name, GapKind.NOT_YET, "only a conjunction is searched by")

    def _by_entry(self, type_name: str, index: int) -> Iterator[dict[str, Value]]:
        entry = self._search.entry(index)
        if entry is None:
            return
        if type_name == ACCESS:
            yield _row(index, entry)
            return
        for item in entry.get(_LISTS[type_name], ()):
            yield {**item, "entry": index}


def _row(index: int, entry: Mapping[str, Any]) -> dict[str, Value]:
    who, act = entry.get("who", {}), entry.get("act", {})
    under = [entry.get("agreement"), *entry.get("emergencies", ()), *entry.get("glass", ()), act.get("id")]
    return {
        "entry": index,
        "at": dt.datetime.fromisoformat(entry["at"]),
        "how": ", ".join(entry.get("how", ())) or None,
        "act": f"{act['step']} {act['what']}" if act else None,
        "under": ", ".join(dict.fromkeys(mark for mark in under if mark)) or None,
        **{name: entry.get(name) for name in ("kind", "outcome", "purpose", "mode", "document", "epoch")},
        **{name: who.get(name) for name in ("person", "organisation", "application")},
    }


def _keys(values: Values) -> tuple[int, ...]:
    keys = values["keys"]
    return tuple(key for key in keys if isinstance(key, int)) if isinstance(keys, tuple) else ()
