"""What is odd about lines that are each right: what never acts, what is said twice, what is left alone, what is wide.

The loader refuses what can't be meant; here stands what can be meant and rarely is. `dead` and `shadowed` are sound: to
remove such a line, or all of them, changes no cell of anybody. The others are for a person to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache

from policies.agreements import agreement_columns, cited, negative_columns
from policies.lines import ANY, Effect, Line, PolicyFacts, RoleLink
from policies.load import Matched, matched_by, read_line
from policies.text import Row
from vocabulary.agreement import Agreement, Negative
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Action, Mode
from vocabulary.rows import (
    EVERYTHING,
    NOTHING,
    OWN,
    AllOf,
    AnyOf,
    Holds,
    RelatedArea,
    Relation,
    RowRule,
    WithinArea,
    all_of,
)

EVERY = "*"


class Kind(StrEnum):
    """What is odd about a line."""

    DEAD = "dead"  # it never shows anything
    SHADOWED = "shadowed"  # another line says at least as much
    LONELY = "lonely"  # what it needs or leads to is granted to nobody
    WIDE = "wide"  # it opens everything
    IDLE = "idle"  # it opens without an agreement what that asks for
    WIDER = "wider"  # it opens more than its agreement


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd: the line by its name, the kind, what is the matter, and what to do. Never a value of a record."""

    line: str
    kind: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.line}: {self.kind}: {self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Shape:
    """How coordinates hang together. Lines can't say it, and without it less is found, and nothing wrong.

    `reveals`: what a plain value gives away. `companions`: what a field is computed from. `leads`: the type at the
    other side of a relation or reference. `nowhere`: types whose rows have no area.
    """

    reveals: Mapping[Coordinate, tuple[Coordinate, ...]] = field(default_factory=dict)
    companions: Mapping[Coordinate, Coordinate] = field(default_factory=dict)
    leads: Mapping[Coordinate, str] = field(default_factory=dict)
    nowhere: frozenset[str] = frozenset()


_Found = tuple[Line | RoleLink, Finding]


def check(
    lines: Sequence[Line],
    role_links: Sequence[RoleLink],
    facts: PolicyFacts,
    shape: Shape | None = None,
    agreements: Sequence[Agreement] | None = None,
) -> tuple[Finding, ...]:
    """Everything odd about lines that the loader has let through, in the order of the lines.

    `agreements`: those that there are; None where that is not known, and then lines are not compared with them.
    """
    looked = _Looked(tuple(lines), tuple(role_links), facts, shape or Shape(), agreements)
    found: list[_Found] = []
    useless: set[str] = set()
    for look in CHECKS:
        for place, finding in look(looked):
            if finding.kind in {Kind.DEAD, Kind.SHADOWED}:
                if finding.line in useless:
                    continue  # one reason to remove a line is enough
                useless.add(finding.line)
            found.append((place, finding))
    found.sort(key=lambda one: _order(one[0]))
    return tuple(finding for _, finding in found)


def implies(narrow: RowRule, wide: RowRule) -> bool:
    """Whether `wide` surely covers what `narrow` covers, and can't be ruled out where `narrow` is not.

    False where it can't be told from the rules alone.
    """
    if wide in (EVERYTHING, narrow) or narrow == NOTHING:
        return True
    if isinstance(narrow, AnyOf):
        return all(implies(part, wide) for part in narrow.parts)
    if isinstance(wide, AllOf):
        return all(implies(narrow, part) for part in wide.parts)
    if isinstance(wide, AnyOf) and any(implies(narrow, part) for part in wide.parts):
        return True
    if isinstance(narrow, AllOf):
        return any(implies(part, wide) for part in narrow.parts)
    return wide in _above(narrow)


def entry_lines(entry: Agreement | Negative, facts: PolicyFacts) -> list[Line]:
    """The lines that an entry of the lists gives; one that the loader would refuse gives none here."""
    return _entry_lines(entry, facts, matched_by(facts))


def _entry_lines(entry: Agreement | Negative, facts: PolicyFacts, matched: Matched) -> list[Line]:
    file, _, number = entry.origin.rpartition(":")
    place = (file, int(number)) if number.isdigit() else (entry.origin, 0)
    is_agreement = isinstance(entry, Agreement)
    columns = agreement_columns(entry) if isinstance(entry, Agreement) else negative_columns(entry, facts)
    found = []
    for part, one in enumerate(columns, start=1):
        line = read_line(Row(*place, one, []), facts, matched)
        if line is not None:
            found.append(replace(line, origin=cited(entry), agreement=entry.id if is_agreement else "", part=part))
    return found


@lru_cache(maxsize=65_536)
def _above(first: RowRule) -> tuple[RowRule, ...]:
    """The rules of one word that cover what this one covers, itself first."""
    match first:
        case WithinArea(area):
            areas = [area]
            while (parent := areas[-1].parent) is not None:
                areas.append(parent)
            return (*map(WithinArea, areas), EVERYTHING)
        case RelatedArea(Relation.WITHIN | Relation.EXACTLY):
            return first, OWN, EVERYTHING
        case _:
            return (first,) if first == EVERYTHING else (first, EVERYTHING)


@lru_cache(maxsize=65_536)
def _split(rows: RowRule) -> tuple[RowRule, frozenset[RowRule]]:
    """The first word of the column, and the conditions behind it."""
    parts = rows.parts if isinstance(rows, AllOf) else (rows,)
    conditions = frozenset[RowRule](part for part in parts if isinstance(part, Holds))
    return all_of(*(part for part in parts if part not in conditions)), conditions


def _above_pattern(pattern: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((pattern, f"{pattern.partition('.')[0]}.*" if "." in pattern else EVERY, EVERY)))


_When = tuple[str, str, str]
_Bucket = dict[_When, dict[RowRule, list[Line]]]


@dataclass(frozen=True)
class _Looked:
    """A policy with what is looked up in it; every look-up is by subject and pattern, never a scan of all lines."""

    lines: tuple[Line, ...]
    links: tuple[RoleLink, ...]
    facts: PolicyFacts
    shape: Shape
    agreements: Sequence[Agreement] | None

    def allows(self, *actions: Action) -> Iterator[Line]:
        """The lines that open something; of these actions, where some are named."""
        return (one for one in self.lines if one.effect is Effect.ALLOW and (not actions or one.action in actions))

    @cached_property
    def matched(self) -> Matched:
        """What each pattern names."""
        return matched_by(self.facts)

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        below: dict[str, list[str]] = {}
        for link in self.links:
            below.setdefault(link.holder, []).append(link.held)
        return below

    @cached_property
    def _over(self) -> dict[str, list[str]]:
        over: dict[str, list[str]] = {}
        for link in self.links:
            over.setdefault(link.held, []).append(link.holder)
        return over

    @cached_property
    def _index(self) -> dict[tuple[str, Action, Effect, str], _Bucket]:
        index: dict[tuple[str, Action, Effect, str], _Bucket] = {}
        for line in self.lines:
            bucket = index.setdefault((line.pattern, line.action, line.effect, line.subject), {})
            when = bucket.setdefault((line.purpose, line.mode, line.agreement), {})
            when.setdefault(_split(line.rows)[0], []).append(line)
        return index

    @cached_property
    def _place(self) -> dict[int, int]:
        return {id(line): place for place, line in enumerate(self.lines)}

    @cached_property
    def reads(self) -> frozenset[tuple[str, str]]:
        """Subject and type (or `*`), where some field of the type may be read; organisations count as `org:`."""
        return frozenset(
            ("org:" if one.subject.startswith("org:") else one.subject, one.pattern.partition(".")[0])
            for one in self.allows(Action.READ)
        )

    @cached_property
    def _held(self) -> dict[str, tuple[str, ...]]:
        return {}

    def held(self, subject: str) -> tuple[str, ...]:
        """The subjects whose lines are for this one too: itself, what it holds, anybody."""
        known = self._held.get(subject)
        if known is None:
            known = self._held[subject] = tuple(dict.fromkeys((*_reached(self._below, subject), ANY)))
        return known

    def wider(self, line: Line, effect: Effect) -> Iterator[Line]:
        """Every other line of this effect that is there whenever this one is, on at least its rows and fields."""
        first, conditions = _split(line.rows)
        # Through another exchange nothing opens but what is agreed on with it: a line of no agreement, or of another,
        # takes the place of none of those.
        agreements = (line.agreement,) if effect is Effect.ALLOW else ("", line.agreement)
        whens = [
            (purpose, mode, agreement)
            for purpose in dict.fromkeys((ANY, line.purpose))
            for mode in dict.fromkeys((ANY, line.mode))
            for agreement in dict.fromkeys(agreements)
        ]
        for pattern in _above_pattern(line.pattern):
            for subject in self.held(line.subject):
                bucket = self._index.get((pattern, line.action, effect, subject))
                for by_rows in (bucket[when] for when in whens if when in bucket) if bucket else ():
                    for rows in _above(first):
                        for other in by_rows.get(rows, ()):
                            if other is not line and _split(other.rows)[1] <= conditions:
                                yield other

    def is_before(self, one: Line, other: Line) -> bool:
        """Whether one of two lines stands before the other: of two that say the same, the first one stays."""
        return self._place[id(one)] < self._place[id(other)]

    def shows_as_much(self, wide: Line, narrow: Line) -> bool:
        """Whether `wide` shows no cell more strictly than `narrow`, where it covers what that covers."""
        if wide.shown == PLAIN != narrow.shown:
            # A plain grant gives way where it would give a sibling away, and then the mask below it shows.
            return self.shape.reveals.keys().isdisjoint(self.matched.get(narrow.pattern, {}))
        return self.is_as_lenient(wide, narrow)

    def is_as_lenient(self, wide: Line, narrow: Line) -> bool:
        """Whether `wide` shows through no stricter mask than `narrow`, on every coordinate that `narrow` names."""
        if wide.shown in {PLAIN, narrow.shown}:
            return True
        chains = [self.facts.coordinates[one].chain for one in self.matched.get(narrow.pattern, ())]
        return all(
            {wide.shown, narrow.shown} <= set(chain) and chain.index(wide.shown) < chain.index(narrow.shown)
            for chain in chains
        )

    def is_readable(self, subject: str, of: str) -> bool:
        """Whether whoever has this subject may read some field of a type; lenient, as people have several roles."""
        if not subject.startswith("role:"):
            return any(known in {of, EVERY} for _, known in self.reads)
        subjects = ["org:", *self.held(subject), *_reached(self._over, subject)]
        return any((one, name) in self.reads for one in subjects for name in (of, EVERY))


def _reached(links: Mapping[str, Sequence[str]], start: str) -> list[str]:
    """Where links lead from here, the start first; they never go in a circle, and may meet."""
    found = {start: None}
    waiting = [start]
    while waiting:
        for one in links.get(waiting.pop(), ()):
            if one not in found:
                found[one] = None
                waiting.append(one)
    return list(found)


def _order(place: Line | RoleLink) -> tuple[str, int, int]:
    return place.file, place.number, place.part if isinstance(place, Line) else 0


def _finding(place: Line | RoleLink, kind: Kind, problem: str, remedy: str) -> _Found:
    name = place.name if isinstance(place, Line) else f"{place.file}:{place.number}"
    return place, Finding(name, kind, problem, remedy)


def closed_by_a_deny(looked: _Looked) -> Iterator[_Found]:
    """A deny takes whatever the line gives."""
    for line in looked.allows():
        deny = next(looked.wider(line, Effect.DENY), None)
        if deny is not None:
            yield _finding(line, Kind.DEAD, f"{deny.name} closes all that it opens", "remove one of the two")


def for_nobody(looked: _Looked) -> Iterator[_Found]:
    """Nobody has the subject, the purpose or the agreement."""
    facts = looked.facts
    subjects = {ANY, *(f"role:{one}" for one in facts.roles), *(f"org:{one}" for one in facts.organisations)}
    known = None if looked.agreements is None else {"", *(one.id for one in looked.agreements)}
    for line in looked.lines:
        if line.subject not in subjects:
            yield _finding(line, Kind.DEAD, f"nobody is {line.subject}", "declare it, or remove the line")
        elif line.purpose not in {ANY, *facts.purposes}:
            yield _finding(line, Kind.DEAD, f"nobody asks for {line.purpose}", "declare it, or remove the line")
        elif known is not None and line.agreement not in known:
            yield _finding(line, Kind.DEAD, f"there is no agreement {line.agreement}", "remove the line")


def on_no_row(looked: _Looked) -> Iterator[_Found]:
    """The line opens rows by their area, and the rows have none."""
    for line in looked.allows():
        types = {one.type for one in looked.matched.get(line.pattern, ())}
        rests = line.mode == Mode.EMERGENCY or isinstance(_split(line.rows)[0], RelatedArea | WithinArea)
        if rests and types and types <= looked.shape.nowhere:
            yield _finding(line, Kind.DEAD, f"rows of {min(types)} have no area", "write any, in ordinary mode")


def masked_and_plain(looked: _Looked) -> Iterator[_Found]:
    """A less strict line shows all that the line would show through its mask."""
    for line in looked.allows(Action.READ):
        if line.shown != PLAIN:
            for other in looked.wider(line, Effect.ALLOW):
                if other.shown != line.shown and looked.shows_as_much(other, line):
                    problem = f"{other.name} shows {other.shown} whatever it would show through {line.shown}"
                    yield _finding(line, Kind.DEAD, problem, "remove it, or narrow the other")
                    break


def said_already(looked: _Looked) -> Iterator[_Found]:
    """Another line of the same or a held subject says at least as much. Of two equal lines, the first one stays."""
    for line in looked.lines:
        for other in looked.wider(line, line.effect):
            is_equal = _meaning(other) == _meaning(line)
            if other.shown == line.shown and (looked.is_before(other, line) or not is_equal):
                yield _finding(line, Kind.SHADOWED, f"{other.name} says at least as much", "remove it")
                break


def _meaning(line: Line) -> tuple[object, ...]:
    return line.subject, line.rows, line.pattern, line.action, line.purpose, line.mode, line.agreement, line.shown


def links_to_nothing(looked: _Looked) -> Iterator[_Found]:
    """A role is held that has no line, and holds none that has one."""
    with_lines = {line.subject for line in looked.lines}
    for link in looked.links:
        if with_lines.isdisjoint(one for one in looked.held(link.held) if one != ANY):
            problem = f"no line is for {link.held}, or for a role that it holds"
            yield _finding(link, Kind.DEAD, problem, "remove it, or write lines for what is held")


def companions_alone(looked: _Looked) -> Iterator[_Found]:
    """A companion is read, and nobody may feed it: neither a derive line nor a plain one is for its input."""
    feeds = {one.pattern for one in looked.allows(Action.DERIVE)}
    feeds |= {one.pattern for one in looked.allows(Action.READ) if one.shown == PLAIN}
    inputs = {str(one): str(of) for one, of in looked.shape.companions.items()}
    for line in looked.allows(Action.READ):
        of = inputs.get(line.pattern)
        if of is not None and feeds.isdisjoint(_above_pattern(of)):
            problem = f"{line.pattern} is computed from {of}, which nobody may derive from"
            yield _finding(line, Kind.LONELY, problem, f"write a derive line for {of}")


def ways_to_nothing(looked: _Looked) -> Iterator[_Found]:
    """A relation or reference may be followed, and nothing may be read at its end."""
    leads = {str(one): of for one, of in looked.shape.leads.items()}
    for line in looked.allows(Action.READ):
        of = leads.get(line.pattern)
        if of is not None and not looked.is_readable(line.subject, of):
            yield _finding(line, Kind.LONELY, f"{line.subject} may read no field of {of}", f"write read lines for {of}")


def searches_for_nothing(looked: _Looked) -> Iterator[_Found]:
    """Somebody may be searched for, and nothing of whoever is found may be read."""
    for line in looked.allows(Action.MATCH):
        of = line.pattern.partition(".")[0]
        if not looked.is_readable(line.subject, of):
            yield _finding(line, Kind.LONELY, f"{line.subject} may read no field of {of}", f"write read lines for {of}")


def opens_everything(looked: _Looked) -> Iterator[_Found]:
    """Every field, or every row, about people. A system that is told something is told it everywhere."""
    for line in looked.allows(Action.READ, Action.MATCH, Action.DERIVE):
        personal = sorted(
            one
            for one in looked.matched.get(line.pattern, ())
            if looked.facts.coordinates[one].personal
            and (line.pattern == EVERY or one.type not in looked.shape.nowhere)
        )
        if line.subject.startswith("org:") or not personal or (line.rows != EVERYTHING and line.pattern != EVERY):
            continue
        what = "every field" if line.pattern == EVERY else str(personal[0]) if len(personal) == 1 else line.pattern
        where = "every row" if line.rows == EVERYTHING else "its rows"
        yield _finding(line, Kind.WIDE, f"{line.subject} has {what} of people on {where}", "write own, and name fields")


def opens_without_agreement(looked: _Looked) -> Iterator[_Found]:
    """A line opens already what is agreed on, so that the agreement gives nothing, but to an exchange that calls."""
    for agreement in looked.agreements or ():
        for given in _entry_lines(agreement, looked.facts, looked.matched):
            for line in looked.wider(replace(given, agreement=""), Effect.ALLOW):
                if looked.is_as_lenient(line, given):
                    problem = f"it opens {given.pattern} without {agreement.id}, which asks for it"
                    yield _finding(line, Kind.IDLE, problem, "remove it, or end the agreement")


def opens_more_than_agreed(looked: _Looked) -> Iterator[_Found]:
    """A line under an agreement opens what the agreement does not ask for."""
    known = {one.id: one for one in looked.agreements or ()}
    given: dict[str, _Looked] = {}
    for line in looked.allows():
        agreement = known.get(line.agreement)
        if agreement is None:
            continue
        agreed = given.get(agreement.id)
        if agreed is None:
            lines = tuple(_entry_lines(agreement, looked.facts, looked.matched))
            agreed = given[agreement.id] = replace(looked, lines=lines, agreements=None)
        if not any(looked.is_as_lenient(one, line) for one in agreed.wider(line, Effect.ALLOW)):
            problem = f"it opens more than {agreement.id} asks for"
            yield _finding(line, Kind.WIDER, problem, "narrow it, or agree on it")


CHECKS: tuple[Callable[[_Looked], Iterable[_Found]], ...] = (
    for_nobody,
    closed_by_a_deny,
    on_no_row,
    masked_and_plain,
    said_already,
    links_to_nothing,
    companions_alone,
    ways_to_nothing,
    searches_for_nothing,
    opens_everything,
    opens_without_agreement,
    opens_more_than_agreed,
)
