"""What is asked of declared sources: rows by keys, or pages of a collection; they are decided where they arrive.

What one source fails to answer costs its own fields; nothing waits for it longer than its timeout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import SystemRandom
from typing import Any

from connectors.contract import Connector
from connectors.errors import FailureKind, SourceError, UnsupportedError
from federation.document.operation import Question
from federation.errors import Code, InternalError, Refusal
from federation.execute.bind import DEFAULT_PAGE, resume
from federation.execute.coverage import Facts
from federation.execute.cursors import bound_to
from federation.execute.facts import About, facts_of
from federation.execute.failures import CODES, Failure
from federation.execute.held import Link, numbers
from federation.execute.receipts import Recorder
from federation.execute.representation import represented
from federation.execute.rows import Rows
from federation.execute.sending import Sending
from federation.execute.state import State
from federation.plan.nodes import FactsPlan, Lead
from federation.plan.places import Hop
from federation.schema.as_subgraph import ENTITIES
from vocabulary.coordinate import Coordinate
from vocabulary.fetch import NEVER, Fetch, Order, Table, Via
from vocabulary.receipt import Given
from vocabulary.values import Column, Value

_RANDOM = SystemRandom()
_LOOKS, _LOOK = 8, 256
"""How often a page looks on behind rows that were dropped on arrival, and at how many rows at least: a short page must
not tell of a handful of hidden rows by ending at its bound."""


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


class Sources:
    """Asks the declared sources of an exchange, by their connectors."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        recorder: Recorder,
        about: About,
        observe: Callable[[str, str], None],
    ) -> None:
        self._connectors = connectors
        self._recorder = recorder
        self._about = about
        self._observe = observe
        self._owners = {name: one.declaration.owner for name, one in connectors.items()}

    def sendings(self, hops: Sequence[Hop], state: State, question: Question) -> list[Sending]:
        """What the hops of a wave ask; those that ask one source the same thing are one request."""
        return [self._sending(request, state) for request in self._requests(hops, state, question)]

    def reach(self, hops: Sequence[Hop], state: State) -> None:
        """Say where each hop has led, now that its wave is in."""
        for hop in hops:
            if hop.parent is not None:
                self._reach(hop, state)

    def _sending(self, request: _Request, state: State) -> Sending:
        given, people = self._given(request, state)

        async def send(entry: int | None) -> Table | SourceError:
            request.entry = entry
            return await self._fetch(request, state)

        async def take(table: Table | SourceError) -> None:
            await self._arrive(request, table, state)

        return Sending(send, take, given, people)

    # ── what a wave asks ──────────────────────────────────────────────────────────────────────────────────────────

    def _requests(self, wave: Sequence[Hop], state: State, question: Question) -> list[_Request]:
        merged: dict[tuple[object, ...], _Request] = {}
        for hop in wave:
            if hop.parent is None:
                _begin(hop, state)
            if hop.fetch is None or hop.fetch.where == NEVER:
                continue
            if hop.lead is Lead.COLLECTION:
                page = self._page(hop, hop.fetch, state, question)
                merged.setdefault((page.source, page.fetch, page.limit), page).hops.append(hop)
                continue
            keys = self._first_keys(hop, state) if hop.parent is None else self._keys(hop, state)
            fresh = _Request(hop.source, hop.fetch, [], {}, unruled=replace(hop.fetch, where=hop.unruled))
            request = merged.setdefault((hop.source, hop.fetch), fresh)
            request.hops.append(hop)
            request.given[hop.place] = keys
            request.keys.update(dict.fromkeys(keys))
        return [request for request in merged.values() if request.limit is not None or request.keys]

    @staticmethod
    def _page(hop: Hop, fetch: Fetch, state: State, question: Question) -> _Request:
        page = hop.page
        if page is None:
            raise InternalError(f"the hop to {hop.place} lists a collection without a page")
        first = DEFAULT_PAGE if page.first is None else question.values[page.first]
        unruled = replace(fetch, where=hop.unruled)
        if page.after is not None:
            sealed = str(question.values[page.after])
            after = state.reader.sealer.open_cursor(state.owner, bound_to(page, question.values), sealed)
            if after is None or len(after) != len(page.order):
                raise Refusal(
                    Code.CURSOR_INVALID, "This cursor was not given to you for this question: start without `after`."
                )
            fetch = resume(fetch, page, after, state.bound, f"after{hop.place}")
            unruled = resume(unruled, page, after, state.bound, f"after{hop.place}")
        limit = first if isinstance(first, int) else DEFAULT_PAGE
        return _Request(hop.source, fetch, [], {}, limit=limit, unruled=unruled)

    @staticmethod
    def _first_keys(hop: Hop, state: State) -> list[Value]:
        """What a hop at the root starts from: ids that the asker was given, or what an act concerned."""
        if hop.lead is Lead.ACT:
            return [state.trail.acted[hop.place]] if hop.place in state.trail.acted else []
        given = state.values[hop.slot] if hop.slot is not None else None
        if hop.lead is Lead.ENTITIES:
            named = given if isinstance(given, tuple) else ()
            keys, searched = represented([str(one) for one in named], hop.type, hop.named, state.reader)
            state.named[hop.place] = keys
            state.searched[hop.place] = searched
        else:
            keys = [state.reader.sealer.open_id(state.reader.keeper, hop.type, str(given))]
        rows = state.rows[hop.type]
        found: list[Value] = [key for key in keys if key is not None]
        if found and rows.plan.subject == rows.plan.key and rows.kept.subject_type:
            state.trail.probed.setdefault(rows.kept.subject_type, {}).update((str(key), None) for key in found)
        return found

    @staticmethod
    def _keys(hop: Hop, state: State) -> list[Value]:
        """The keys to send for a relation or a reference: each once, and none whose answer is known already."""
        rows = state.above(hop)
        cells = rows.column(hop.given)
        known = rows.asked.get(hop.field, set()) if hop.lead is Lead.RELATION else state.rows[hop.type].positions
        followed = state.told_of(hop)
        return [key for key in dict.fromkeys(cells[row] for row in followed) if key is not None and key not in known]

    # ── what is given to others, on record before it leaves ───────────────────────────────────────────────────────

    def _given(self, request: _Request, state: State) -> tuple[list[Given], dict[str, dict[str, None]]]:
        """What other organisations are told, and whose data that is."""
        given: list[Given] = []
        subjects: dict[str, dict[str, None]] = {}
        for hop in request.hops:  # hops of one request may come from several owners, or from home
            keys = request.given.get(hop.place, [])
            if hop.deliver is None or not keys:
                continue
            line = ", ".join(grant.line for grant in hop.deliver.decision.grants)
            receiver, coordinate = hop.deliver.organisation, str(hop.deliver.coordinate)
            given.append(Given(receiver, request.source, coordinate, line, len(keys)))
            for kind, people in self._people(hop, frozenset(keys), state).items():
                subjects.setdefault(kind, {}).update(people)
        if self._connectors[request.source].NAMES_ASKER:
            given.append(self._naming(request))
        return given, subjects

    def _naming(self, request: _Request) -> Given:
        """That another exchange is told who asks, and for what."""
        receiver = self._owners[request.source]
        return Given(receiver, request.source, request.fetch.type, "passport", len(request.keys))

    @staticmethod
    def _people(hop: Hop, given: frozenset[Value], state: State) -> dict[str, dict[str, None]]:
        """Whose data these keys are: the subjects of the rows they come from, and of what they lead to."""
        rows = state.above(hop)
        people: dict[str, dict[str, None]] = {}
        if rows.plan.subject and rows.kept.subject_type:
            cells = rows.column(rows.plan.subject)
            keys = rows.column(hop.given)
            mine = {str(cells[row]): None for row in state.told_of(hop) if keys[row] in given}
            people[rows.kept.subject_type] = mine
        target = state.rows[hop.type]
        if hop.lead is Lead.REFERENCE and target.plan.subject == target.plan.key and target.kept.subject_type:
            people.setdefault(target.kept.subject_type, {}).update((str(key), None) for key in given)
        return people

    # ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _fetch(self, request: _Request, state: State) -> Table | SourceError:
        values = dict(state.bound)
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
        rows, facts = state.rows[request.fetch.type], await self._facts(table, request.fetch.type, state)
        placed = rows.take(table, facts, rows.visible(table, facts))
        if hop.lead is Lead.RELATION:
            self._link(request, hop, table.owners or [], placed, state)
        elif hop.parent is None:
            for one in request.hops:  # each its own: two that are asked for by id share one request
                self._found(one, request.given[one.place], state)

    @classmethod
    def _found(cls, hop: Hop, keys: Sequence[Value], state: State) -> None:
        """Where a hop at the root has led that began with keys."""
        rows = state.rows[hop.type]
        cls._forget(hop, state)
        found = [rows.positions.get(key) for key in state.named.get(hop.place, keys)]
        state.reached[hop.place] = [row for row in dict.fromkeys(found) if row is not None]
        _lead(hop, list(found) if hop.lead is Lead.ENTITIES else next(iter(found), None), state)

    @staticmethod
    def _forget(hop: Hop, state: State) -> None:
        """Let go of what was searched for by a pseudonym and may not be found so; nothing is asked about it either."""
        searched = state.searched.get(hop.place, ())
        if hop.named is None or not any(searched):
            return
        rows = state.rows[hop.type]
        covered = rows.decided.covered(hop.named.match.visible, state.reader.coverage)
        state.named[hop.place] = [
            key if not was_searched or ((at := rows.positions.get(key)) is not None and covered[at]) else None
            for key, was_searched in zip(state.named[hop.place], searched, strict=True)
        ]

    async def _facts(self, table: Table, type_name: str, state: State) -> Facts:
        """What the rules of a type rest on, for rows that have just arrived."""

        async def ask(facts: FactsPlan, keys: tuple[Value, ...]) -> Table | None:
            return await self._ask_facts(facts, keys, state)

        return await facts_of(table, state.rows[type_name], state, ask, self._about)

    async def _fill(self, request: _Request, limit: int, table: Table, state: State) -> None:
        """Fill a page: where rows were dropped on arrival, look on behind them, a bounded number of times.

        What the source can decide it has decided, so that a second look is rare. A page that is still short after the
        last look has a cursor behind everything that was looked at, and says nothing of how much that was.
        """
        page, base = request.hops[0].page, request.fetch
        if page is None:
            raise InternalError("a page is filled for hops that have none")
        rows, reached, more = state.rows[request.fetch.type], dict[int, None](), False
        examined: list[Value] | None = None
        for look in range(1, _LOOKS + 1):
            facts = await self._facts(table, request.fetch.type, state)
            visible = rows.visible(table, facts)
            wanted, found = limit - len(reached), sum(visible)
            more, is_last = found > wanted, table.count < max(limit + 1, request.least)
            kept = _up_to(visible, wanted) if more else table.count
            placed = rows.take(table.head(kept), facts.head(kept), visible[:kept])
            reached.update(dict.fromkeys(row for row in placed if row is not None))
            if more or is_last:
                examined = None
                break
            more, examined = True, [table.column(term.field)[-1] for term in page.order]
            if look < _LOOKS:
                request.fetch, request.least = resume(base, page, examined, state.bound, f"look{look}"), _LOOK
                answer = await self._fetch(request, state)
                if isinstance(answer, SourceError):
                    self._fail(request, answer, state)
                    return
                table = answer
        for hop in request.hops:
            state.pages[hop.place] = more
            state.reached[hop.place] = list(reached)
            _lead(hop, tuple(reached), state)
            if examined is not None:
                state.examined[hop.place] = examined

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
        above = state.above(hop)
        above.asked.setdefault(hop.field, set()).update(request.keys)
        found: dict[Value, list[int]] = {key: [] for key in request.keys}
        for key, row in zip(owners, placed, strict=True):
            if row is not None:
                found[key].append(row)
        links = above.links_of(hop.field)
        for key, rows in found.items():
            if (at := above.positions.get(key)) is None:
                continue
            if hop.many:
                _told_in_order(rows, hop.sort, state.rows[hop.type])
                links[at] = tuple(rows)
            else:
                links[at] = rows[0] if rows else None

    @staticmethod
    def _fail(request: _Request, error: SourceError, state: State) -> None:
        state.sources[request.source] = error.kind.value
        for hop in request.hops:
            state.failed.add(hop.place)
            if hop.lead is Lead.COLLECTION:
                _lead(hop, None, state)
            owner = state.above(hop).kept.type if hop.parent is not None else "Query"
            coordinate = str(Coordinate(owner, hop.field or (ENTITIES if hop.lead is Lead.ENTITIES else "node")))
            path = state.plan.paths[hop.place]
            state.failures.append(Failure(CODES[error.kind], request.source, coordinate, path))

    @staticmethod
    def _reach(hop: Hop, state: State) -> None:
        """Which rows a hop from other rows has reached."""
        rows, followed = state.above(hop), state.told_of(hop)
        links = rows.links_of(hop.field)
        if hop.lead is Lead.RELATION:
            if hop.many and hop.place not in state.failed:
                for row in followed:  # of one without a key, and where no row may be seen, nothing had to be asked
                    links[row] = links[row] if links[row] is not None else ()
        else:
            cells, positions = rows.column(hop.given), state.rows[hop.type].positions
            for row in followed:
                links[row] = positions.get(cells[row])
        state.reached[hop.place] = list(dict.fromkeys(number for row in followed for number in numbers(links[row])))


def _begin(hop: Hop, state: State) -> None:
    """What a field at the root leads to as long as nothing has arrived."""
    nothing: Link = None
    if hop.lead is Lead.COLLECTION:
        nothing = ()
    elif hop.lead is Lead.ENTITIES and hop.slot is not None:
        named = state.values[hop.slot]
        nothing = [None] * (len(named) if isinstance(named, tuple) else 0)
    _lead(hop, nothing, state)


def _lead(hop: Hop, link: Link, state: State) -> None:
    """Say what a field at the root leads to."""
    state.held[0].links[state.plan.places[hop.place].column] = [link]


def _told_in_order(found: list[int], order: tuple[Order, ...], rows: Rows) -> None:
    """Shuffle, then sort by what the reader sees: a source's order, ties included, rests on hidden columns too."""
    _RANDOM.shuffle(found)
    for term in reversed(order):
        cells = rows.column(term.field)

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
