"""What is known so far while one plan is executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from federation.document.structure import Item
from federation.errors import Code, InternalError
from federation.execute.cells import Reader, recipient_of
from federation.execute.coverage import Coverage
from federation.execute.decided import Decided
from federation.execute.failures import Failure
from federation.execute.held import Held, Link, numbers
from federation.execute.masked import mask
from federation.execute.rows import Rows
from federation.execute.trail import Trail
from federation.identity.envoy import Vouch, nobody
from federation.plan.places import Hop, Kept, Plan, Representation
from vocabulary.fetch import Below, Fetch
from vocabulary.principal import Principal
from vocabulary.rows import EVERYTHING, Everything
from vocabulary.values import Column, Value


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one entity: its cells in the order of `FactsPlan.fields`, and its area."""

    cells: Sequence[Value]
    area: Value


@dataclass(frozen=True, slots=True)
class Released:
    """What an answer releases of one type: objects, and the keys of their subjects (of type `subject_type`)."""

    type: str
    source: str
    rows: int
    subject_type: str | None
    subjects: Column


def owner_of(principal: Principal) -> str:
    """Whose cursors something is: two organisations, or exchanges, may each have somebody of one name."""
    return f"{recipient_of(principal)}/{principal.id}"


@dataclass(slots=True)
class State:
    """One request's objects and failures. Lives as long as the request, and never outside memory.

    `values` are those of the question, `bound` those of the slots that hops are asked with. `receivers`: what each
    organisation's system may be told. `vouch`: how subgraphs that are told who asks are told. `held` is by place;
    `decided`, by place and type, has those that may be seen. `later` is told once everything is decided.

    Of rows, `rows` holds those of a type. By the place of a hop: `reached` are the rows that it leads to, `failed` says
    that it did not arrive, `pages` whether another page follows, and `examined` the order's values of the last row
    that a page looked at, where it ends behind rows that were dropped. `named` are the keys that another exchange
    names, `searched` whether by a pseudonym. `known` are facts that were asked for, `below` what another exchange
    withholds.
    """

    plan: Plan
    principal: Principal
    reader: Reader
    values: tuple[Item, ...]
    receivers: Mapping[str, Coverage]
    trail: Trail
    vouch: Vouch = nobody
    bound: dict[str, Item] = field(default_factory=dict)
    held: list[Held] = field(init=False)
    rows: dict[str, Rows] = field(init=False)
    hops: dict[int, Hop] = field(init=False)
    kept: dict[int, list[Kept]] = field(default_factory=dict)
    decided: dict[tuple[int, str], Decided] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    later: list[Callable[[], None]] = field(default_factory=list)
    reached: dict[int, list[int]] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)
    pages: dict[int, bool] = field(default_factory=dict)
    examined: dict[int, list[Value]] = field(default_factory=dict)
    named: dict[int, list[Value]] = field(default_factory=dict)
    searched: dict[int, list[bool]] = field(default_factory=dict)
    known: dict[tuple[str, tuple[str, ...]], dict[Value, Known]] = field(default_factory=dict)
    below: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = self.plan.places
        for one in self.plan.kept:
            self.kept.setdefault(one.place, []).append(one)
        stores = {one.place: Rows(places[one.place], one, self.reader) for one in self.plan.kept if one.rows}
        self.rows = {one.kept.type: one for one in stores.values()}
        self.decided.update({(place, one.kept.type): one.decided for place, one in stores.items()})
        self.held = [stores.get(one.store) or Held(one) for one in places]
        self.held[0].add(list(places[0].types), 1)
        self.hops = {one.place: one for wave in self.plan.waves for one in wave if isinstance(one, Hop)}

    @property
    def owner(self) -> str:
        """Whose cursors and limits these are: two organisations may each have somebody of one name."""
        return owner_of(self.principal)

    @property
    def masked(self) -> Mapping[str, tuple[str, ...]]:
        """`Type.field` → the masks that cells may be shown through: of the plan, and as other exchanges name theirs."""
        found = dict(self.plan.masked)
        for one in self.rows.values():
            for name, masks in one.veiled().items():
                coordinate = f"{one.kept.type}.{name}"
                theirs = (f"{one.kept.source}/{mask}" for mask in masks)
                found[coordinate] = tuple(dict.fromkeys((*found.get(coordinate, ()), *theirs)))
        return found

    def mask(self) -> None:
        """Mask every column of every type; nothing can be shown before."""
        mask(((self.held[place], one) for (place, _), one in self.decided.items()), self.reader)

    def released(self) -> Iterator[Released]:
        """What an answer releases, by type: how many objects, and of whom."""
        known: dict[int, list[int]] = {}
        for (place, type_name), one in self.decided.items():
            if place == 0 or not one.numbers:
                continue
            subjects = one.facts.subjects
            if isinstance(self.held[place], Rows):
                count, numbers = len(one.numbers), self._reached_at(place)
                if len(numbers) < count:  # some were found, and may not be found so
                    count, subjects = len(numbers), [subjects[number] for number in numbers] if subjects else []
            else:
                count = self.count(place, one.numbers, known)
            if count:
                yield Released(type_name, one.kept.source, count, one.kept.subject_type, subjects)

    def _reached_at(self, store: int) -> list[int]:
        """The rows of a store that some place has."""
        places = (one.id for one in self.plan.places if one.store == store)
        return sorted(set[int]().union(*(self.reached.get(one, ()) for one in places)))

    def hear(self, source: str, below: Below, fetch: Fetch) -> None:
        """Keep what another exchange says beside its rows."""
        self.trail.elsewhere.update(dict.fromkeys(below.receipts))
        self.below.update({(fetch.type, name): reason for name, reason in below.withheld.items()})
        if below.is_partial:
            failure = Failure(Code.SOURCE_ERROR, source, fetch.type, ())
            if failure not in self.failures:
                self.failures.append(failure)

    # ── how often objects occur ───────────────────────────────────────────────────────────────────────────────────

    def count(self, place: int, numbers: Sequence[int], known: dict[int, list[int]] | None = None) -> int:
        """How many objects these are: each as often as something that may be seen leads to it.

        `known`: how often those of each place occur, as far as that was found while nothing more was decided.
        """
        if not self.held[place].place.alike:
            return len(numbers)
        times = self._times(place, {} if known is None else known)
        return sum([times[number] for number in numbers])

    def _times(self, place: int, known: dict[int, list[int]]) -> list[int]:
        """How often each object of a place occurs, as far as those above it are decided."""
        times = known.get(place)
        if times is not None:
            return times
        held = self.held[place]
        parent = held.place.parent
        if parent is None or not (held.place.alike or self._is_passed_through(place)):
            times = [1] * held.count
        else:
            times, above, column = [0] * held.count, self._times(parent, known), held.place.column
            for number, link in self._leading(parent, column, held.place.of):
                count = above[number]
                for one in numbers(link):
                    times[one] += count
        known[place] = times
        return times

    def _is_passed_through(self, place: int) -> bool:
        """Whether nothing decides the objects of a place but those above them."""
        return not any((place, one.type) in self.decided for one in self.kept.get(place, ()))

    def _leading(self, place: int, column: str, types: Sequence[str]) -> Iterator[tuple[int, Link]]:
        """From which objects of some types a column leads on, and where to; of undecided ones, all."""
        links = self.held[place].link(column)
        kept = [one for one in self.kept.get(place, ()) if one.type in types and (place, one.type) in self.decided]
        if not kept or (len(kept) == 1 and kept[0].is_open and len(types) == 1):
            yield from enumerate(links)
            return
        for one in kept:
            if column in one.links:
                yield from zip(self._from(one, column), self.followed(one, column), strict=True)
            else:
                yield from ((number, links[number]) for number in self.decided[place, one.type].numbers)

    # ── where they lead ───────────────────────────────────────────────────────────────────────────────────────────

    def follows(self, kept: Kept, column: str) -> dict[int, Link]:
        """From which objects a field may be followed, and where it leads."""
        return dict(zip(self._from(kept, column), self.followed(kept, column), strict=True))

    def followed(self, kept: Kept, column: str) -> Sequence[Link]:
        """Where the objects lead to from which a field may be followed; all links of the column as they are, if all."""
        links, numbers = self.held[kept.place].link(column), self._from(kept, column)
        return links if len(numbers) == len(links) else [links[number] for number in numbers]

    def _from(self, kept: Kept, column: str) -> Sequence[int]:
        """The objects from which a field may be followed."""
        one, rule = self.decided.get((kept.place, kept.type)), kept.links.get(column)
        if one is None:
            raise InternalError(f"{kept.type} at {kept.place} is not decided")
        if rule is None:
            return ()
        if rule is kept.visible or isinstance(rule, Everything):
            return one.numbers
        covered = one.covered(rule, self.reader.coverage)
        return [number for number, seen in zip(one.numbers, covered, strict=True) if seen]

    # ── whom others may be told of ────────────────────────────────────────────────────────────────────────────────

    def told(self, kept: Kept, representation: Representation) -> range | list[int]:
        """The objects of which a subgraph is told: something of them is to be shown, and its organisation may know."""
        one = self.decided[kept.place, kept.type]
        left: range | list[int] = one.numbers
        if not representation.delivers and representation.rows == EVERYTHING:
            return left
        rules = [(each.decision.plain, self.receivers[each.organisation]) for each in representation.delivers]
        if representation.rows != EVERYTHING:
            rules.append((representation.rows, self.reader.coverage))
        for rule, coverage in rules:
            covered = one.covered(rule, coverage)
            among = {number for number, may in zip(one.numbers, covered, strict=True) if may}
            left = [number for number in left if number in among]
        return left

    def above(self, hop: Hop) -> Rows:
        """The rows that a hop leads from."""
        held = self.held[hop.parent or 0]
        if not isinstance(held, Rows):
            raise InternalError(f"the hop to {hop.place} starts at the root: it leads from no rows")
        return held

    def told_of(self, hop: Hop) -> list[int]:
        """The rows above a hop from which it is followed: its own rule, and what the receiver may be told."""
        rows = self.above(hop).decided
        ways = [] if hop.rows is None else [rows.covered(hop.rows, self.reader.coverage)]
        if hop.deliver is not None:
            ways.append(rows.covered(hop.deliver.decision.plain, self.receivers[hop.deliver.organisation]))
        reached = self.reached.get(hop.parent or 0, [])
        return [row for row in reached if all(covered[row] for covered in ways)]
