"""What is known so far while one plan over a federated graph is executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from federation.document.structure import Item
from federation.errors import InternalError
from federation.execute.cells import Reader, masked, through
from federation.execute.coverage import Coverage, Facts
from federation.execute.federated.held import Held, Link, numbers
from federation.execute.state import Failure, Released, owner_of
from federation.execute.trail import Trail
from federation.identity.envoy import Vouch, nobody
from federation.plan.federated.places import Federated, Kept, Representation
from federation.plan.nodes import ColumnPlan
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Principal
from vocabulary.rows import EVERYTHING, Everything, RowRule
from vocabulary.values import Column


@dataclass(eq=False, slots=True)
class Decided:
    """The objects of one type at one place that may be seen: their numbers, and the facts that they are decided by.

    `known`: what was found, by the identities of a rule and a coverage, which are kept with it: an identity is good for
    as long as what it is of.
    """

    kept: Kept
    numbers: range | list[int]
    facts: Facts
    known: dict[tuple[int, int], tuple[list[bool], RowRule, Coverage]] = field(default_factory=dict)

    def covered(self, rule: RowRule, coverage: Coverage) -> list[bool]:
        """Which of them a rule covers for whomever the coverage is of; not to be written to."""
        key = (id(rule), id(coverage))
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = coverage.rows(rule, self.facts), rule, coverage
        return found[0]


@dataclass(slots=True)
class FederatedState:
    """One request's objects and failures. Lives as long as the request, and never outside memory.

    `decided`: by place and type, those that may be seen.
    `receivers`: what each organisation's system may be told, for this request. `vouch`: how subgraphs that are told who
    asks are told.
    """

    plan: Federated
    principal: Principal
    reader: Reader
    values: tuple[Item, ...]
    receivers: Mapping[str, Coverage]
    trail: Trail
    vouch: Vouch = nobody
    held: list[Held] = field(init=False)
    kept: dict[int, list[Kept]] = field(default_factory=dict)
    decided: dict[tuple[int, str], Decided] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.held = [Held(place) for place in self.plan.places]
        self.held[0].add(list(self.held[0].place.types), 1)
        for one in self.plan.kept:
            self.kept.setdefault(one.place, []).append(one)

    @property
    def owner(self) -> str:
        """Whose limits these are: two organisations may each have somebody of one name."""
        return owner_of(self.principal)

    @property
    def masked(self) -> Mapping[str, tuple[str, ...]]:
        """`Type.field` → the masks that some of its cells may be shown through."""
        return self.plan.masked

    def mask(self) -> None:
        """Mask every column of every type; nothing can be shown before.

        Columns of one coordinate that are all shown through one mask go through it together, wherever they stand.
        """
        together: dict[tuple[str, Coordinate], list[tuple[Decided, ColumnPlan, Column]]] = {}
        for (place, _), one in self.decided.items():
            held = self.held[place]
            whole = len(one.numbers) == held.count
            for column in one.kept.columns:
                cells = held.column(column.source)
                mine: Column = cells if whole else [cells[number] for number in one.numbers]
                way = column.way
                if way is None and len(column.decision.grants) == 1 and not column.decision.denies:
                    (grant,) = column.decision.grants  # a cell that it does not cover is null before any mask sees it
                    seen, way = one.covered(grant.rows, self.reader.coverage), grant.shown
                    mine = mine if all(seen) else [cell if may else None for cell, may in zip(mine, seen, strict=True)]
                if way is None or column.companion is not None:
                    covered = partial(one.covered, coverage=self.reader.coverage)
                    self._show(one, column, masked(column, mine, self.reader, covered))
                elif way == PLAIN:
                    self._show(one, column, mine)  # nobody writes to a column from here on
                else:
                    together.setdefault((way, column.decision.coordinate), []).append((one, column, mine))
        for (way, coordinate), columns in together.items():
            shown = iter(through([mine for _, _, mine in columns], way, coordinate, self.reader))
            for one, column, _ in columns:
                self._show(one, column, next(shown))

    def _show(self, one: Decided, column: ColumnPlan, cells: Column) -> None:
        held = self.held[one.kept.place]
        if len(cells) != held.count:
            spread: Column = [None] * held.count
            for number, cell in zip(one.numbers, cells, strict=True):
                spread[number] = cell
            cells = spread
        held.shown[one.kept.type, column.field] = cells

    def released(self) -> Iterator[Released]:
        """What an answer releases, by type: how many objects, and of whom."""
        known: dict[int, list[int]] = {}
        for (place, type_name), one in self.decided.items():
            if place == 0 or not one.numbers:
                continue
            count = self.count(place, one.numbers, known)
            yield Released(type_name, one.kept.source, count, one.kept.subject_type, one.facts.subjects)

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
