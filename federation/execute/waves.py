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
from federation.execute.coverage import Coverage, Facts
from federation.execute.cursors import bound_to
from federation.execute.facts import About, facts_of
from federation.execute.receipts import Recorder
from federation.execute.representation import represented
from federation.execute.rows import EntityRows
from federation.execute.state import Failure, State
from federation.plan.nodes import FactsPlan, Hop, Lead, Plan
from federation.plan.record import delivers
from federation.schema.as_subgraph import ENTITIES
from vocabulary.catalogue import Organisation
from vocabulary.coordinate import Coordinate
from vocabulary.fetch import NEVER, Fetch, Order, Table, Via
from vocabulary.receipt import Given
from vocabulary.rows import Asker
from vocabulary.values import Column, Value

_RANDOM = SystemRandom()
_LOOKS, _LOOK = 8, 256
"""How often a page looks on behind rows that were dropped on arrival, and at how many rows at least: a short page must
not tell of a handful of hidden rows by ending at its bound."""

CODES = {
    FailureKind.TIMEOUT: Code.SOURCE_TIMEOUT,
    FailureKind.UNAVAILABLE: Code.SOURCE_UNAVAILABLE,
    FailureKind.OVERLOADED: Code.SOURCE_OVERLOADED,
    FailureKind.INVALID: Code.SOURCE_INVALID,
    FailureKind.REFUSED: Code.SOURCE_REFUSED,
    FailureKind.UNDECIDED: Code.SOURCE_UNDECIDED,
    FailureKind.ARGUMENT: Code.SOURCE_ARGUMENT_REFUSED,
    FailureKind.PURPOSE: Code.SOURCE_PURPOSE_REFUSED,
    FailureKind.LIMIT: Code.SOURCE_LIMIT_EXCEEDED,
}


@dataclass(slots=True)
class _Request:
    """One request to one source, on behalf of every hop of the wave that asks the same.

    `unruled` is the same without the row rule, for a source that can't apply it. `entry`: what the log has of it, where
    the source is told who asks.
    """

    source: str
    fetch: Fetch
    hops: list[Hop]
    keys: dict[Value, None]
    given: dict[int, list[Value]] = field(default_factory=dict)
    limit: int | None = None
    unruled: Fetch | None = None
    least: int = 0
    entry: int | None = None


class Waves:
    """Executes plans over the connectors of the exchange."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        organisations: Mapping[str, Organisation],
        recorder: Recorder,
        about: About,
        observe: Callable[[str, str], None],
    ) -> None:
        self._connectors = connectors
        self._organisations = organisations
        self._recorder = recorder
        self._about = about
        self._observe = observe
        self._owners = {name: one.declaration.owner for name, one in connectors.items()}

    def receivers(self, plan: Plan, asker: Asker) -> dict[str, Coverage]:
        """For each organisation that the plan may tell something: which rows its system may be told of, now."""
        told = [hop.deliver for wave in plan.waves for hop in wave if hop.deliver is not None]
        told += [deliver for entity in plan.entities.values() for deliver in delivers(entity)]
        return {
            one.organisation: Coverage(
                Asker(one.organisation, self._organisations[one.organisation].areas, asker.emergencies, {}, asker.at)
            )
            for one in told
        }

    async def run(self, state: State, question: Question) -> None:
        """Fetch everything the plan asks for into `state`."""
        for wave in state.plan.waves:
            requests = self._requests(wave, state, question)
            await self._announce(requests, state)
            fetches = [self._fetch(request, state) for request in requests]
            tables = [await fetches[0]] if len(fetches) == 1 else await asyncio.gather(*fetches)
            for request, table in zip(requests, tables, strict=True):
                await self._arrive(request, table, state)
            for hop in wave:
                if hop.parent is not None:
                    self._reach(hop, state)

    # ── what a wave asks ──────────────────────────────────────────────────────────────────────────────────────────

    def _requests(self, wave: Sequence[Hop], state: State, question: Question) -> list[_Request]:
        merged: dict[tuple[object, ...], _Request] = {}
        for hop in wave:
            if hop.fetch is None or hop.fetch.where == NEVER:
                continue
            if hop.lead is Lead.COLLECTION:
                page = self._page(hop, hop.fetch, state, question)
                merged.setdefault((page.source, page.fetch, page.limit), page).hops.append(hop)
                continue
            keys = self._first_keys(hop, state, question) if hop.parent is None else self._keys(hop, state)
            fresh = _Request(hop.source, hop.fetch, [], {}, unruled=replace(hop.fetch, where=hop.unruled))
            request = merged.setdefault((hop.source, hop.fetch), fresh)
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
        unruled = replace(fetch, where=hop.unruled)
        if page.after is not None:
            sealed = str(question.values[page.after])
            after = state.reader.sealer.open_cursor(state.owner, bound_to(page, question.values), sealed)
            if after is None or len(after) != len(page.order):
                raise Refusal(
                    Code.CURSOR_INVALID, "This cursor was not given to you for this question: start without `after`."
                )
            fetch = resume(fetch, page, after, state.values, f"after{hop.id}")
            unruled = resume(unruled, page, after, state.values, f"after{hop.id}")
        limit = first if isinstance(first, int) else DEFAULT_PAGE
        return _Request(hop.source, fetch, [], {}, limit=limit, unruled=unruled)

    @staticmethod
    def _first_keys(hop: Hop, state: State, question: Question) -> list[Value]:
        """What a hop at the root starts from: ids that the asker was given, or what an act concerned."""
        if hop.lead is Lead.ACT:
            return [state.trail.acted[hop.id]] if hop.id in state.trail.acted else []
        given = question.values[hop.slot] if hop.slot is not None else None
        if hop.lead is Lead.ENTITIES:
            named = given if isinstance(given, tuple) else ()
            keys, searched = represented([str(one) for one in named], hop.type, hop.named, state.reader)
            state.named[hop.id] = keys
            state.searched[hop.id] = searched
        else:
            keys = [state.reader.sealer.open_id(state.reader.keeper, hop.type, str(given))]
        plan = state.plan.entities[hop.type]
        found: list[Value] = [key for key in keys if key is not None]
        if found and plan.subject == plan.key and plan.subject_type:
            state.trail.probed.setdefault(plan.subject_type, {}).update((str(key), None) for key in found)
        return found

    def _keys(self, hop: Hop, state: State) -> list[Value]:
        """The keys to send for a relation or a reference: each once, and none whose answer is known already."""
        rows, _ = state.parent(hop)
        cells = rows.raw(hop.given)
        if hop.lead is Lead.RELATION:
            known: Mapping[Value, object] = state.links.get((rows.plan.type, hop.field), {})
        else:
            known = state.entities[hop.type].positions
        followed = state.followed(hop)
        return [key for key in dict.fromkeys(cells[row] for row in followed) if key is not None and key not in known]

    # ── what is given to others, on record before it leaves ───────────────────────────────────────────────────────

    async def _announce(self, requests: Sequence[_Request], state: State) -> None:
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
            if self._connectors[request.source].NAMES_ASKER:
                given.append(self._naming(request))
        if given:
            entry = await self._recorder.wave(state.trail.record, tuple(given), subjects)
            state.trail.waves.append(entry)
            for request in requests:
                request.entry = entry

    def _naming(self, request: _Request) -> Given:
        """That another exchange is told who asks, and for what."""
        receiver = self._owners[request.source]
        return Given(receiver, request.source, request.fetch.type, "passport", len(request.keys))

    def _people(self, hop: Hop, given: frozenset[Value], state: State) -> dict[str, dict[str, None]]:
        """Whose data these keys are: the subjects of the rows they come from, and of what they lead to."""
        rows, _ = state.parent(hop)
        people: dict[str, dict[str, None]] = {}
        if rows.plan.subject and rows.plan.subject_type:
            cells = rows.raw(rows.plan.subject)
            keys = rows.raw(hop.given)
            mine = {str(cells[row]): None for row in state.followed(hop) if keys[row] in given}
            people[rows.plan.subject_type] = mine
        target = state.plan.entities[hop.type]
        if hop.lead is Lead.REFERENCE and target.subject == target.key and target.subject_type:
            people.setdefault(target.subject_type, {}).update((str(key), None) for key in given)
        return people

    # ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _fetch(self, request: _Request, state: State) -> Table | SourceError:
        values = dict(state.values)
        if request.limit is not None:
            values["limit"] = max(request.limit + 1, request.least)  # one more than shown: does a page follow?
        else:
            values["keys"] = tuple(request.keys)
        connector = self._connectors[request.source]
        if connector.NAMES_ASKER:
            if request.entry is None:
                raise InternalError(f"{request.source} would be told who asks before that is on record")
            connector = connector.on_behalf_of(state.vouch(request.source, request.entry))
        try:
            try:
                table = await connector.fetch(request.fetch, values)
            except UnsupportedError:
                if request.unruled is None or request.unruled == request.fetch:
                    raise
                if any(hop.lead is Lead.RELATION and not hop.many for hop in request.hops):
                    # It would pick one row for each owner, before anybody knows whether that may be seen: a hidden row
                    # would show by displacing another.
                    sentence = "it can't tell which row may be seen"
                    return SourceError(request.source, FailureKind.UNDECIDED, sentence)
                # The source can't apply the row rule: the rows are decided where they arrive all the same.
                request.fetch, request.unruled = request.unruled, None
                table = await connector.fetch(request.fetch, values)
        except SourceError as error:
            self._observe(request.source, error.kind.value)
            return error
        except UnsupportedError:
            if request.limit is None:
                # Keys are data, of another source's: one that this source has no form for, as text with a U+0000, is
                # no fault of whoever asks, and costs these fields alone.
                self._observe(request.source, FailureKind.INVALID.value)
                return SourceError(request.source, FailureKind.INVALID, "it has no form for a key that it was asked by")
            sentence = f"What is asked of {request.fetch.type} is more than its source can filter or order by."
            raise Refusal(Code.ARGUMENT_REFUSED, sentence) from None
        self._observe(request.source, "answered")
        state.hear(request.source, table.below, request.fetch)
        return table

    async def _arrive(self, request: _Request, table: Table | SourceError, state: State) -> None:
        if isinstance(table, SourceError):
            self._fail(request, table, state)
            return
        state.sources[request.source] = "answered"
        hop = request.hops[0]
        if request.limit is not None:
            await self._fill(request, request.limit, table, state)
            return
        rows, facts = state.entities[request.fetch.type], await self._facts(table, request.fetch.type, state)
        placed = rows.add(table, facts, rows.visible(table, facts))
        if hop.lead is Lead.RELATION:
            self._link(request, hop, table.owners or [], placed, state)
        elif hop.lead in {Lead.NODE, Lead.ACT, Lead.ENTITIES}:
            for one in request.hops:  # each its own: two that are asked for by id share one request
                self._forget(one, state)
                found = (rows.positions.get(key) for key in state.named.get(one.id, request.given[one.id]))
                state.reached[one.id] = [row for row in dict.fromkeys(found) if row is not None]

    @staticmethod
    def _forget(hop: Hop, state: State) -> None:
        """Let go of what was searched for by a pseudonym and may not be found so; nothing is asked about it either."""
        searched = state.searched.get(hop.id, ())
        if hop.named is None or not any(searched):
            return
        rows = state.entities[hop.type]
        covered = rows.covered(hop.named.match.visible, state.reader.coverage)
        state.named[hop.id] = [
            key if not was_searched or ((at := rows.positions.get(key)) is not None and covered[at]) else None
            for key, was_searched in zip(state.named[hop.id], searched, strict=True)
        ]

    async def _facts(self, table: Table, type_name: str, state: State) -> Facts:
        """What the rules of a type rest on, for rows that have just arrived."""

        async def ask(facts: FactsPlan, keys: tuple[Value, ...]) -> Table | None:
            return await self._ask_facts(facts, keys, state)

        return await facts_of(table, state.entities[type_name], state, ask, self._about)

    async def _fill(self, request: _Request, limit: int, table: Table, state: State) -> None:
        """Fill a page: where rows were dropped on arrival, look on behind them, a bounded number of times.

        What the source can decide it has decided, so that a second look is rare. A page that is still short after the
        last look has a cursor behind everything that was looked at, and says nothing of how much that was.
        """
        page, base = request.hops[0].page, request.fetch
        if page is None:
            raise InternalError("a page is filled for hops that have none")
        rows, reached, more = state.entities[request.fetch.type], dict[int, None](), False
        examined: list[Value] | None = None
        for look in range(1, _LOOKS + 1):
            facts = await self._facts(table, request.fetch.type, state)
            visible = rows.visible(table, facts)
            wanted, found = limit - len(reached), sum(visible)
            more, is_last = found > wanted, table.count < max(limit + 1, request.least)
            kept = _up_to(visible, wanted) if more else table.count
            placed = rows.add(table.head(kept), facts.head(kept), visible[:kept])
            reached.update(dict.fromkeys(row for row in placed if row is not None))
            if more or is_last:
                examined = None
                break
            more, examined = True, [table.column(term.field)[-1] for term in page.order]
            if look < _LOOKS:
                request.fetch, request.least = resume(base, page, examined, state.values, f"look{look}"), _LOOK
                answer = await self._fetch(request, state)
                if isinstance(answer, SourceError):
                    self._fail(request, answer, state)
                    return
                table = answer
        for hop in request.hops:
            state.pages[hop.id] = more
            state.reached[hop.id] = list(reached)
            if examined is not None:
                state.examined[hop.id] = examined

    async def _ask_facts(self, facts: FactsPlan, keys: tuple[Value, ...], state: State) -> Table | None:
        """Facts of entities from their home, hidden; what may not be told to it stays unknown."""
        if facts.deliver is not None:
            # The area of these rows is what is being asked for: only a line for rows of any area lets it be told.
            unknown = Facts([None])
            if state.receivers[facts.deliver.organisation].rows(facts.deliver.decision.plain, unknown) != [True]:
                return None
            line = ", ".join(grant.line for grant in facts.deliver.decision.grants)
            receiver, coordinate = facts.deliver.organisation, str(facts.deliver.coordinate)
            given = (Given(receiver, facts.source, coordinate, line, len(keys)),)
            subjects = {facts.type: [str(key) for key in keys]} if facts.personal else {}
            state.trail.waves.append(await self._recorder.wave(state.trail.record, given, subjects))
        fetch = Fetch(facts.type, facts.fields, via=Via(facts.type, facts.fields[0]))
        request = _Request(facts.source, fetch, [], dict.fromkeys(keys))
        if self._connectors[facts.source].NAMES_ASKER:
            request.entry = await self._recorder.wave(state.trail.record, (self._naming(request),), {})
            state.trail.waves.append(request.entry)
        found = await self._fetch(request, state)
        if isinstance(found, SourceError):
            state.sources[facts.source] = found.kind.value
            return None
        state.sources.setdefault(facts.source, "answered")
        return found

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
            coordinate = str(Coordinate(owner, hop.field or (ENTITIES if hop.lead is Lead.ENTITIES else "node")))
            state.failures.append(
                Failure(CODES[error.kind], request.source, coordinate, (root.field,) if root.field else ())
            )

    def _reach(self, hop: Hop, state: State) -> None:
        """Which rows a hop has reached, now that the wave is in."""
        rows, _ = state.parent(hop)
        cells = rows.raw(hop.given)
        found: dict[int, None] = {}
        followed = state.followed(hop)
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


def _up_to(visible: Sequence[bool], count: int) -> int:
    """How many rows to take so that `count` visible ones are among them."""
    for at, seen in enumerate(visible):
        count -= seen
        if count == 0:
            return at + 1
    return 0 if count else len(visible)
