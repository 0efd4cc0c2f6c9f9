"""The waves of a plan: the fetches of one wave run together, and what arrives is masked before anything else.

Before a wave gives subject data to another organisation's source, an entry of its own is durable (promise 2). What
one source fails to answer costs its own fields; nothing waits for it longer than its timeout.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import SystemRandom
from typing import Any

from connectors.contract import Connector
from connectors.errors import FailureKind, SourceError, UnsupportedError
from federation.document.operation import Question
from federation.errors import Code, InternalError, Refusal
from federation.execute.bind import DEFAULT_PAGE, resume
from federation.execute.coverage import Coverage
from federation.execute.cursors import bound_to
from federation.execute.receipts import Recorder, Trail
from federation.execute.rows import EntityRows
from federation.execute.state import Failure, State
from federation.plan.nodes import Hop, Lead
from vocabulary.catalogue import Organisation
from vocabulary.coordinate import Coordinate
from vocabulary.fetch import NEVER, Fetch, Order, Table
from vocabulary.receipt import Given
from vocabulary.values import Column, Value

_RANDOM = SystemRandom()

_CODES = {
    FailureKind.TIMEOUT: Code.SOURCE_TIMEOUT,
    FailureKind.UNAVAILABLE: Code.SOURCE_UNAVAILABLE,
    FailureKind.OVERLOADED: Code.SOURCE_OVERLOADED,
    FailureKind.INVALID: Code.SOURCE_INVALID,
    FailureKind.REFUSED: Code.SOURCE_REFUSED,
}


@dataclass(slots=True)
class _Request:
    """One request to one source, on behalf of every hop of the wave that asks the same."""

    source: str
    fetch: Fetch
    hops: list[Hop]
    keys: dict[Value, None]
    given: dict[int, list[Value]] = field(default_factory=dict)
    limit: int | None = None


class Waves:
    """Executes plans over the connectors of the exchange."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        organisations: Mapping[str, Organisation],
        recorder: Recorder,
        observe: Callable[[str, str], None],
    ) -> None:
        self._connectors = connectors
        self._receivers = {name: Coverage(one.areas) for name, one in organisations.items()}
        self._recorder = recorder
        self._observe = observe

    async def run(self, state: State, question: Question, trail: Trail) -> None:
        """Fetch everything the plan asks for into `state`."""
        for wave in state.plan.waves:
            requests = self._requests(wave, state, question, trail)
            await self._announce(requests, state, trail)
            fetches = [self._fetch(request, state) for request in requests]
            tables = [await fetches[0]] if len(fetches) == 1 else await asyncio.gather(*fetches)
            for request, table in zip(requests, tables, strict=True):
                self._arrive(request, table, state)
            for hop in wave:
                if hop.lead is not Lead.COLLECTION and hop.lead is not Lead.NODE:
                    self._reach(hop, state)

    # ── what a wave asks ──────────────────────────────────────────────────────────────────────────────────────────

    def _requests(self, wave: Sequence[Hop], state: State, question: Question, trail: Trail) -> list[_Request]:
        merged: dict[tuple[object, ...], _Request] = {}
        for hop in wave:
            if hop.fetch is None or hop.fetch.where == NEVER:
                continue
            if hop.lead is Lead.COLLECTION:
                page = self._page(hop, hop.fetch, state, question)
                merged.setdefault((page.source, page.fetch, page.limit), page).hops.append(hop)
                continue
            keys = self._node_keys(hop, state, question, trail) if hop.lead is Lead.NODE else self._keys(hop, state)
            request = merged.setdefault((hop.source, hop.fetch), _Request(hop.source, hop.fetch, [], {}))
            request.hops.append(hop)
            request.given[hop.id] = keys
            request.keys.update(dict.fromkeys(keys))
        return [request for request in merged.values() if request.limit is not None or request.keys]

    @staticmethod
    def _page(hop: Hop, fetch: Fetch, state: State, question: Question) -> _Request:
        page = hop.page
        if page is None:
            raise InternalError(f"hop {hop.id} lists a collection without a page")
        first = DEFAULT_PAGE if page.first is None else question.values[page.first]
        if page.after is not None:
            sealed = str(question.values[page.after])
            after = state.reader.sealer.open_cursor(state.owner, bound_to(page, question.values), sealed)
            if after is None or len(after) != len(page.order):
                raise Refusal(
                    Code.CURSOR_INVALID, "This cursor was not given to you for this question: start without `after`."
                )
            fetch = resume(fetch, page, after, state.values, f"after{hop.id}")
        limit = first if isinstance(first, int) else DEFAULT_PAGE
        return _Request(hop.source, fetch, [], {}, limit=limit)

    @staticmethod
    def _node_keys(hop: Hop, state: State, question: Question, trail: Trail) -> list[Value]:
        sealed = question.values[hop.slot] if hop.slot is not None else None
        key = state.reader.sealer.open_id(state.reader.recipient, hop.type, str(sealed))
        if key is None:
            return []
        plan = state.plan.entities[hop.type]
        if plan.subject == plan.key and plan.subject_type:
            trail.probed.setdefault(plan.subject_type, {})[str(key)] = None
        return [key]

    def _keys(self, hop: Hop, state: State) -> list[Value]:
        """The keys to send for a relation or a reference: each once, and none whose answer is known already."""
        rows, _ = state.parent(hop)
        cells = rows.raw(hop.given)
        if hop.lead is Lead.RELATION:
            known: Mapping[Value, object] = state.links.get((rows.plan.type, hop.field), {})
        else:
            known = state.entities[hop.type].positions
        followed = state.followed(hop, self._receivers)
        return [key for key in dict.fromkeys(cells[row] for row in followed) if key is not None and key not in known]

    # ── what is given to others, on record before it leaves ───────────────────────────────────────────────────────

    async def _announce(self, requests: Sequence[_Request], state: State, trail: Trail) -> None:
        given: list[Given] = []
        subjects: dict[str, dict[str, None]] = {}
        for request in requests:
            for hop in request.hops:  # hops of one request may come from several owners, or from home
                keys = request.given.get(hop.id, [])
                if hop.deliver is None or not keys:
                    continue
                line = ", ".join(grant.line for grant in hop.deliver.decision.grants)
                receiver, coordinate = hop.deliver.organisation, str(hop.deliver.coordinate)
                given.append(Given(receiver, request.source, coordinate, line, len(keys)))
                for kind, people in self._people(hop, frozenset(keys), state).items():
                    subjects.setdefault(kind, {}).update(people)
        if given:
            trail.waves.append(await self._recorder.wave(trail.record, tuple(given), subjects))

    def _people(self, hop: Hop, given: frozenset[Value], state: State) -> dict[str, dict[str, None]]:
        """Whose data these keys are: the subjects of the rows they come from, and of what they lead to."""
        rows, _ = state.parent(hop)
        people: dict[str, dict[str, None]] = {}
        if rows.plan.subject and rows.plan.subject_type:
            cells = rows.raw(rows.plan.subject)
            keys = rows.raw(hop.given)
            mine = {str(cells[row]): None for row in state.followed(hop, self._receivers) if keys[row] in given}
            people[rows.plan.subject_type] = mine
        target = state.plan.entities[hop.type]
        if hop.lead is Lead.REFERENCE and target.subject == target.key and target.subject_type:
            people.setdefault(target.subject_type, {}).update((str(key), None) for key in given)
        return people

    # ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _fetch(self, request: _Request, state: State) -> Table | SourceError:
        values = dict(state.values)
        if request.limit is not None:
            values["limit"] = request.limit + 1  # one more than shown, to know whether a page follows
        else:
            values["keys"] = tuple(request.keys)
        try:
            table = await self._connectors[request.source].fetch(request.fetch, values)
        except SourceError as error:
            self._observe(request.source, error.kind.value)
            return error
        except UnsupportedError:
            sentence = f"What is asked of {request.fetch.type} is more than its source can filter or order by."
            raise Refusal(Code.ARGUMENT_REFUSED, sentence) from None
        self._observe(request.source, "answered")
        return table

    def _arrive(self, request: _Request, table: Table | SourceError, state: State) -> None:
        if isinstance(table, SourceError):
            self._fail(request, table, state)
            return
        state.sources[request.source] = "answered"
        hop = request.hops[0]
        if request.limit is not None:
            more = table.count > request.limit
            state.pages.update((one.id, more) for one in request.hops)
            table = _head(table, request.limit) if more else table
        rows = state.entities[request.fetch.type]
        placed = rows.add(table, _areas(table, rows, state))
        if hop.lead is Lead.RELATION:
            self._link(request, hop, table.owners or [], placed, state)
        elif hop.lead in {Lead.COLLECTION, Lead.NODE}:
            for one in request.hops:
                state.reached[one.id] = list(dict.fromkeys(row for row in placed if row is not None))

    @staticmethod
    def _link(request: _Request, hop: Hop, owners: Column, placed: list[int | None], state: State) -> None:
        """Which rows each owner's key leads to; every key that was asked has an answer now, if only none."""
        owner, _ = state.parent(hop)
        links = state.links.setdefault((owner.plan.type, hop.field), {})
        for key in request.keys:
            links[key] = []
        for key, row in zip(owners, placed, strict=True):
            if row is not None:
                links[key].append(row)
        if hop.many:
            for key in request.keys:
                _told_in_order(links[key], hop.sort, state.entities[hop.type])

    @staticmethod
    def _fail(request: _Request, error: SourceError, state: State) -> None:
        state.sources[request.source] = error.kind.value
        for hop in request.hops:
            state.failed.add(hop.id)
            owner = state.hops[hop.parent].type if hop.parent is not None else "Query"
            root = hop
            while root.parent is not None:
                root = state.hops[root.parent]
            coordinate = str(Coordinate(owner, hop.field or "node"))
            state.failures.append(Failure(_CODES[error.kind], request.source, coordinate, root.field))

    def _reach(self, hop: Hop, state: State) -> None:
        """Which rows a hop has reached, now that the wave is in."""
        rows, _ = state.parent(hop)
        cells = rows.raw(hop.given)
        found: dict[int, None] = {}
        followed = state.followed(hop, self._receivers)
        state.ways[hop.id] = frozenset(followed)
        if hop.lead is Lead.RELATION:
            links = state.links.get((rows.plan.type, hop.field), {})
            for row in followed:
                found.update(dict.fromkeys(links.get(cells[row], ())))
        else:
            positions = state.entities[hop.type].positions
            for row in followed:
                if (position := positions.get(cells[row])) is not None:
                    found[position] = None
        state.reached[hop.id] = list(found)


def _told_in_order(found: list[int], order: tuple[Order, ...], rows: EntityRows) -> None:
    """Shuffle, then sort by what the reader sees: a source's order, ties included, rests on hidden columns too."""
    _RANDOM.shuffle(found)
    for term in reversed(order):
        cells = rows.raw(term.field)

        def rank(row: int, cells: Column = cells) -> tuple[bool, Any]:
            return (cells[row] is not None, cells[row])  # null is the smallest; two nulls never meet a value

        found.sort(key=rank, reverse=term.descending)


def _head(table: Table, count: int) -> Table:
    return replace(table, columns=tuple(column[:count] for column in table.columns), count=count)


def _areas(table: Table, rows: EntityRows, state: State) -> Column:
    """The area of each row, from the one source that knows it: the row's own, or its subject's."""
    plan = rows.plan
    if plan.area is not None:
        return table.column(plan.area)
    if plan.area_of is not None and plan.subject is not None:
        facts = state.entities.get(plan.area_of)
        if facts is not None:
            positions, areas = facts.positions, facts.areas
            return [
                areas[at] if (at := positions.get(subject)) is not None else None
                for subject in table.column(plan.subject)
            ]
    return [None] * table.count
