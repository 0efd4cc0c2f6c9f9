"""The three lists (三清单) against what there is, and against one another.

It judges agreements whatever their origin, a line of `lists.yaml` or the registry. What an agreement's lines mean, as
which rows `own adult` are and which masks a field takes, is judged by `policies.load`, like that of every line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from policies.errors import PolicyFileError
from policies.lines import ANY, PolicyFacts, patterns
from vocabulary.agreement import Agreement, Lists, Negative, Responsibility, Wish
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Action, Mode

EVERYWHERE = "*"
_SHOWN = 3

_Index = Mapping[str, tuple[Coordinate, ...]]


def hidden_from(lists: Lists, organisation: str, known: Iterable[Coordinate]) -> frozenset[Coordinate]:
    """Those of the known coordinates that the negative list keeps from an organisation: it could never ask for them.

    An entry that names no organisation keeps them from everybody, from whoever answers for them too.
    """
    kept = {pattern for one in lists.negatives if _keeps_from(one, organisation) for pattern in one.patterns}
    return frozenset(coordinate for coordinate in known if not kept.isdisjoint(patterns(coordinate)))


def check_lists(lists: Lists, facts: PolicyFacts) -> list[PolicyFileError]:
    """Every mistake of the lists, by file and line: empty where nothing is wrong with them.

    A problem's place is the origin of its entry; an origin without one, as `registry:A-1`, counts as line 1.
    """
    check = _Check.of(lists, facts)
    found = [
        *check.responsibilities(),
        *(problem for negative in lists.negatives for problem in check.negative(negative)),
        *check.ids(),
        *(problem for agreement in lists.demands for problem in check.agreement(agreement)),
    ]
    return sorted(found, key=lambda problem: (problem.file, problem.line))


def _index(known: Iterable[Coordinate]) -> _Index:
    """Every pattern that matches something, with what it matches."""
    matched: dict[str, list[Coordinate]] = {}
    for coordinate in sorted(known):
        for pattern in patterns(coordinate):
            matched.setdefault(pattern, []).append(coordinate)
    return {pattern: tuple(coordinates) for pattern, coordinates in matched.items()}


def _covered(wanted: Iterable[str], index: _Index) -> list[Coordinate]:
    """What any of the patterns matches, each once."""
    return sorted({coordinate for pattern in wanted for coordinate in index.get(pattern, ())})


def _keeps_from(negative: Negative, organisation: str) -> bool:
    return not negative.organisations or organisation in negative.organisations


@dataclass(frozen=True, slots=True)
class _Check:
    """The lists with what there is, looked up once: who answers for a coordinate, and which entries close it."""

    lists: Lists
    facts: PolicyFacts
    index: _Index
    answering: Mapping[Coordinate, frozenset[str]]
    closing: Mapping[Coordinate, tuple[Negative, ...]]

    @classmethod
    def of(cls, lists: Lists, facts: PolicyFacts) -> _Check:
        index = _index(facts.coordinates)
        answering: dict[Coordinate, frozenset[str]] = {}
        for entry in lists.responsibilities:
            for one in _covered(entry.patterns, index):
                answering[one] = answering.get(one, frozenset()) | {entry.organisation}
        closing: dict[Coordinate, tuple[Negative, ...]] = {}
        for negative in lists.negatives:
            for one in _covered(negative.patterns, index):
                closing[one] = (*closing.get(one, ()), negative)
        return cls(lists, facts, index, answering, closing)

    def responsibilities(self) -> Iterator[PolicyFileError]:
        """One organisation answers for a coordinate, in one class of openness."""
        first: dict[Coordinate, Responsibility] = {}
        for entry in self.lists.responsibilities:
            at = entry.origin
            yield from self._declared(at, "organisation", entry.organisation, self.facts.organisations)
            yield from self._patterns(at, entry.patterns)
            covered = _covered(entry.patterns, self.index)
            twice = [one for one in covered if first.setdefault(one, entry) is not entry]
            if twice:
                before = first[twice[0]]
                problem = f"{before.organisation} answers for {_named(twice)} already, by {before.origin}"
                yield _problem(at, "coordinates", problem, "write each coordinate in one entry")

    def negative(self, negative: Negative) -> Iterator[PolicyFileError]:
        """It closes something that there is, to somebody that there is."""
        for organisation in negative.organisations:
            yield from self._declared(negative.origin, "organisations", organisation, self.facts.organisations)
        yield from self._patterns(negative.origin, negative.patterns)

    def ids(self) -> Iterator[PolicyFileError]:
        """Receipts cite entries by their ids, so no two have one."""
        first: dict[str, str] = {}
        entries: tuple[Negative | Agreement, ...] = (*self.lists.negatives, *self.lists.demands)
        for entry in entries:
            if entry.id == ANY:
                yield _problem(entry.origin, None, f"{ANY} names every agreement, and none", "write another id")
            before = first.get(entry.id)
            if before is not None:
                yield _problem(entry.origin, None, f"{entry.id} is an id already, at {before}", "write another id")
            first.setdefault(entry.id, entry.origin)

    def agreement(self, agreement: Agreement) -> Iterator[PolicyFileError]:
        """What one agreement names is there, and is its owner's to give."""
        at = agreement.origin
        for column, name in (("asker", agreement.asker), ("owner", agreement.owner)):
            yield from self._declared(at, column, name, self.facts.organisations)
        for role in agreement.roles:
            yield from self._declared(at, "roles", role, self.facts.roles)
        yield from self._declared(at, "purpose", agreement.purpose, self.facts.purposes)
        yield from self._declared(at, "mode", agreement.mode, (ANY, *Mode))
        if agreement.asker == agreement.owner:
            problem = f"in {agreement.id}, {agreement.asker} asks itself"
            yield _problem(at, "owner", problem, "write the organisation that answers for the data")
        if agreement.end <= agreement.start:
            problem = f"{agreement.id} ends before it starts"
            yield _problem(at, "end", problem, "write an end that lies behind the start")
        if not agreement.wishes:
            yield _problem(at, "wishes", f"{agreement.id} asks for nothing", "write what is asked for")
        for wish in agreement.wishes:
            yield from self._wish(agreement, wish)

    def _wish(self, agreement: Agreement, wish: Wish) -> Iterator[PolicyFileError]:
        at = agreement.origin
        if wish.pattern == EVERYWHERE:
            problem = f"{agreement.id} asks for everything"
            yield _problem(at, "wishes", problem, "write a wish per field, or all of a type as Test.*")
            return
        yield from self._patterns(at, (wish.pattern,), "wishes")
        if wish.shown != PLAIN:
            yield from self._declared(at, "wishes", wish.shown, self.facts.masks)
        receiver = agreement.asker
        if wish.action is Action.DELIVER:
            yield from self._declared(at, "wishes", wish.to, self.facts.organisations)
            receiver = wish.to
        elif wish.to:
            problem = f"{agreement.id} has a receiver, {wish.to}, beside {wish.action}, which gives to nobody else"
            yield _problem(at, "wishes", problem, "write deliver, or no receiver")
        covered = self.index.get(wish.pattern, ())
        yield from self._answers(agreement, covered)
        hidden = [one for one in covered if any(_keeps_from(entry, receiver) for entry in self.closing.get(one, ()))]
        if hidden:
            problem = f"{agreement.id} asks for {_named(hidden)}, which the negative list keeps from {receiver}"
            yield _problem(at, "wishes", problem, "write a wish per field, without those")

    def _answers(self, agreement: Agreement, covered: Iterable[Coordinate]) -> Iterator[PolicyFileError]:
        """The owner alone answers for all that a wish covers. Without a responsibility list nobody can know."""
        if not self.lists.responsibilities:
            return
        others: dict[tuple[str, ...], list[Coordinate]] = {}
        for coordinate in covered:
            answer = self.answering.get(coordinate, frozenset())
            if answer != {agreement.owner}:
                others.setdefault(tuple(sorted(answer)), []).append(coordinate)
        for organisations, coordinates in others.items():
            what = f"{agreement.id} asks {agreement.owner} for {_named(coordinates)}"
            if not organisations:
                problem = f"{what}, for which nobody answers"
                remedy = "write it into the responsibility list first"
            elif len(organisations) > 1:
                problem = f"{what}, for which {' and '.join(organisations)} answer"
                remedy = "write it in one entry of the responsibility list"
            else:
                problem = f"{what}, for which {organisations[0]} answers"
                remedy = f"write {organisations[0]} as its owner"
            yield _problem(agreement.origin, "owner", problem, remedy)

    def _patterns(self, origin: str, wanted: Iterable[str], column: str = "coordinates") -> Iterator[PolicyFileError]:
        for pattern in wanted:
            if pattern not in self.index:
                problem = f"{pattern!r} matches no coordinate"
                yield _problem(origin, column, problem, _nearest(pattern, self.index))

    def _declared(self, origin: str, column: str, name: str, declared: Collection[str]) -> Iterator[PolicyFileError]:
        if name not in declared:
            yield _problem(origin, column, f"{name!r} is not declared", _nearest(name, declared))


def _problem(origin: str, column: str | None, problem: str, remedy: str) -> PolicyFileError:
    file, _, line = origin.rpartition(":")
    if file and line.isascii() and line.isdecimal():
        return PolicyFileError(file, int(line), column, problem, remedy)
    return PolicyFileError(origin, 1, column, problem, remedy)


def _nearest(name: str, declared: Collection[str]) -> str:
    if not declared:
        return "declare it first: nothing of this kind is"
    close = get_close_matches(name, declared, n=1)
    return f"write {close[0]}" if close else f"write one of {', '.join(sorted(declared)[:8])}"


def _named(coordinates: Collection[Coordinate]) -> str:
    """Some of them by name, for a sentence."""
    names = list(map(str, sorted(coordinates)))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
