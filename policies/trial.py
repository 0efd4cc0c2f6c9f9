"""Cases that a policy must pass: who asks for what, on which row, and how it has to be shown.

Every case is decided twice, by the compiled policy and by the reference evaluator. A case that fails speaks of the
policy; a disagreement of the two speaks of this program, and nothing that it says may be trusted until it is mended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product
from typing import ClassVar, TypeVar

from policies.compile import Policy
from policies.diff import Decides
from policies.lines import Line, PolicyFacts, RoleLink, patterns
from policies.reference import WITHHELD, cell
from vocabulary.area import Area, Tier
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import AllOf, Asker, Holds, Leaf, RowFacts, RowRule, Tie, TiedSubject, WithinArea, covers, leaves
from vocabulary.values import Value

MOST_ROWS = 4_096
"""Rows that are tried for a case that names none."""
_SOMEBODY = "somebody"
_T = TypeVar("_T")
_CITIES = ("99", "98", "97")


@dataclass(frozen=True, slots=True)
class Expected:
    """How one coordinate has to be shown: `plain`, a mask, or `withheld`. `line` is its line in the file of cases."""

    line: int
    coordinate: Coordinate
    action: Action
    shown: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """The row of a case. `holds` and `fails` are conditions by name; what is not named is not known."""

    area: Area | None = None
    tied: frozenset[Tie] = frozenset()
    holds: frozenset[str] = frozenset()
    fails: frozenset[str] = frozenset()

    @property
    def facts(self) -> RowFacts:
        """What rules rest on."""
        values: dict[str, Value] = {**dict.fromkeys(self.holds, True), **dict.fromkeys(self.fails, False)}
        return RowFacts(self.area, "", _SOMEBODY, values)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. Without a row it is about every row: what is expected is the most that is shown on any of them."""

    name: str
    standing: Standing
    areas: tuple[Area, ...]
    row: CaseRow | None
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that the policy does not pass. `by_lines` is what lines alone say, before anything narrows it.

    `reason` is what narrowed all of it away, in a word: what siblings hide, or what the supergraph requires.
    """

    case: str
    expected: Expected
    shown: str
    by_lines: str
    line: str
    reason: str = ""

    def __str__(self) -> str:
        what, decided = self.expected, f" [{self.line or self.reason or 'no line grants it'}]"
        alone = "" if self.by_lines == self.shown else f", by the lines alone {self.by_lines}"
        return (
            f"line {what.line}: {self.case}: {what.coordinate} {what.action}: "
            f"expected {what.shown}, is {self.shown}{alone}{decided}"
        )


@dataclass(frozen=True, slots=True)
class Disagreement(Failure):
    """Compiled policy and reference say two things of one cell, `shown` and `by_lines`: a mistake of this program."""

    def __str__(self) -> str:
        what = self.expected
        return (
            f"line {what.line}: {self.case}: {what.coordinate} {what.action}: THE PROGRAM IS WRONG: "
            f"compiled {self.shown}, reference {self.by_lines}; trust nothing that it says of this policy"
        )


@dataclass(frozen=True, slots=True)
class Undecided(Failure):
    """A case without a row, where rules tell too many kinds of rows apart."""

    def __str__(self) -> str:
        what = self.expected
        return f"line {what.line}: {self.case}: {what.coordinate} {what.action}: too many kinds of rows; write a row"


def run(
    cases: Iterable[Case],
    lines: Sequence[Line],
    role_links: Sequence[RoleLink],
    facts: PolicyFacts,
    narrowed: Callable[[Policy], Decides],
) -> tuple[Failure, ...]:
    """Every case that fails, in their order. `narrowed` makes of the compiled policy what is shown to whole standings.

    Raises:
        PolicyBuildError: lines and links that can't be one policy.
    """
    stubs, known = stubbed(lines, facts)
    policy = Policy.build(stubs, role_links, known)
    trial = _Trial(stubs, role_links, known, policy, narrowed(policy))
    return tuple(failure for case in cases for failure in trial.failures(case))


@dataclass(frozen=True, slots=True)
class StubCondition(Condition):
    """A condition of which the row itself says whether it holds: the value that it judges is the answer."""

    kind: ClassVar[str] = "stub"

    @property
    def field(self) -> None:
        """No field."""
        return

    def fits(self, scalar: str) -> bool:  # noqa: ARG002  (of every condition)
        """No field."""
        return False

    def holds(self, value: Value, organisation: str, at: dt.datetime) -> bool | None:  # noqa: ARG002  (of every condition)
        """The answer itself."""
        return value if isinstance(value, bool) else None

    def predicate(self, field: str) -> None:  # noqa: ARG002  (of every condition)
        """No source."""
        return

    def bound(self, organisation: str, at: dt.datetime) -> Mapping[str, Value | tuple[Value, ...]]:  # noqa: ARG002
        """Nothing."""
        return {}


def stubbed(lines: Iterable[Line], facts: PolicyFacts) -> tuple[list[Line], PolicyFacts]:
    """The same lines and facts, with conditions that a row answers by name."""
    stubs: dict[str, Condition] = {name: StubCondition(name) for name in facts.conditions}

    def of(rule: RowRule) -> RowRule:
        match rule:
            case AllOf(parts):
                return AllOf(tuple(map(of, parts)))
            case Holds(condition):
                return Holds(stubs[condition.name])
            case _:
                return rule

    return [replace(line, rows=of(line.rows)) for line in lines], replace(facts, conditions=stubs)


def shown_on(decision: Decision, row: RowFacts, asker: Asker) -> tuple[str, str]:
    """How a decision shows one cell (`plain`, a mask or `withheld`), and the line that says so; empty: none does."""
    for deny in decision.denies:
        if covers(deny.rows, row, asker) is not False:
            return WITHHELD, deny.line
    for grant in decision.grants:
        if covers(grant.rows, row, asker) is True:
            return grant.shown, grant.line
    return WITHHELD, ""


def standing_for(standing: Standing, action: Action) -> Standing:
    """Whom lines are compared with: what is told is told to an organisation, which has no roles, whoever called."""
    return replace(standing, roles=frozenset(), through=None) if action is Action.DELIVER else standing


@dataclass(frozen=True, slots=True)
class _Trial:
    lines: Sequence[Line]
    role_links: Sequence[RoleLink]
    facts: PolicyFacts
    policy: Policy
    shown: Decides

    def failures(self, case: Case) -> Iterator[Failure]:
        for expected in case.expected:
            failure = self._failure(case, expected)
            if failure is not None:
                yield failure

    def _failure(self, case: Case, expected: Expected) -> Failure | None:
        coordinate, action = expected.coordinate, expected.action
        standing = standing_for(case.standing, action)
        by_lines = self.policy.decide(standing, coordinate, action)
        as_shown = self.shown.decide(case.standing, coordinate, action)
        named = patterns(coordinate)
        concerned = [line for line in self.lines if line.action is action and line.pattern in named]
        rows = [case.row] if case.row is not None else _rows(case.areas, concerned, as_shown)
        if rows is None:
            return Undecided(case.name, expected, WITHHELD, WITHHELD, "")
        order = (PLAIN, *self.facts.coordinates[coordinate].chain, WITHHELD)
        most: tuple[str, str, str] | None = None
        for row in rows:
            asker = _asker(case, row)
            alone, _ = shown_on(by_lines, row.facts, asker)
            reference = cell(
                concerned,
                self.role_links,
                asker,
                standing,
                self.facts,
                coordinate=coordinate,
                action=action,
                row=row.facts,
            )
            if alone != reference:
                return Disagreement(case.name, expected, alone, reference, "")
            shown, line = shown_on(as_shown, row.facts, asker)
            if most is None or order.index(shown) < order.index(most[0]):
                most = shown, alone, line
        shown, alone, line = most or (WITHHELD, WITHHELD, "")
        if shown == expected.shown:
            return None
        return Failure(case.name, expected, shown, alone, line, "" if by_lines.reason else as_shown.reason)


def _asker(case: Case, row: CaseRow) -> Asker:
    """Who asks about that row; an emergency is declared for where it lies."""
    is_emergency = case.standing.mode is Mode.EMERGENCY and row.area is not None
    return Asker(
        case.standing.organisation,
        case.areas,
        emergencies=(row.area,) if is_emergency and row.area is not None else (),
        tied={(tie, ""): frozenset((_SOMEBODY,)) for tie in row.tied},
    )


def _rows(own: Sequence[Area], lines: Sequence[Line], decision: Decision) -> list[CaseRow] | None:
    """A row of each kind that these rules tell apart; None where those are too many.

    Nothing is gained by a condition that is not known: an allow needs it to hold, a deny to fail.
    """
    rules = [line.rows for line in lines]
    rules += [one.rows for one in decision.grants]
    rules += [one.rows for one in decision.denies]
    found = frozenset[Leaf]().union(*map(leaves, rules))
    named = {leaf.area for leaf in found if isinstance(leaf, WithinArea)}
    areas: set[Area | None] = {None, *own, *named, _elsewhere({*own, *named})}
    areas |= {below for area in (*own, *named) if (below := _below(area, named)) is not None}
    areas |= {area.parent for area in own}
    ties: list[Tie] = sorted({leaf.tie for leaf in found if isinstance(leaf, TiedSubject)})
    conditions = sorted({leaf.condition.name for leaf in found if isinstance(leaf, Holds)})
    if len(areas) * 2 ** (len(ties) + len(conditions)) > MOST_ROWS:
        return None
    return [
        CaseRow(area, frozenset(tied), frozenset(holds), frozenset(conditions) - frozenset(holds))
        for area, tied, holds in product(areas, _subsets(ties), _subsets(conditions))
    ]


def _subsets(words: Sequence[_T]) -> list[tuple[_T, ...]]:
    return list(chain.from_iterable(combinations(words, size) for size in range(len(words) + 1)))


def _below(area: Area, named: set[Area]) -> Area | None:
    """An area right below, of which no rule speaks; None below a grid, and where rules speak of all."""
    if area.tier is Tier.GRID:
        return None
    between = "01" if area.tier is Tier.CITY else ""
    numbers = (f"{between}{number:0{2 if between else 3}}" for number in range(99, 0, -1))
    below = (Area(area.code + number) for number in numbers)
    return next((one for one in below if not any(one.contains(other) for other in named)), None)


def _elsewhere(known: set[Area]) -> Area | None:
    """A city that no rule and nobody's area speaks of."""
    cities = map(Area, _CITIES)
    return next((one for one in cities if not any(one.contains(other) for other in known)), None)
