"""Two policies compared by what they decide, not by how they are written: who would see more, and who less.

Decisions are compared in a form without what other grants of the same decision cover anyway, so that a line that is
moved, split up or said twice makes no difference. What can't be told from the rules alone counts as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Protocol

from policies.check import implies
from policies.lines import ANY, CoordinateFacts, Line, PolicyFacts, PolicyLines
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.principal import Action, Mode, Standing, Through
from vocabulary.rows import EVERYTHING, NOTHING

MOST = 2_000
"""Standings that are compared, unless the caller says otherwise: some seconds of work."""
_NAMED = 3
_ACTIONS = (Action.READ, Action.MATCH, Action.DERIVE, Action.DELIVER, Action.WRITE)


class Decides(Protocol):
    """A policy that can be asked: as it is compiled, or with its `read` decisions narrowed as planning narrows them."""

    def decide(self, standing: Standing, coordinate: Coordinate, action: Action) -> Decision:
        """The decision on one coordinate; never an error."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One coordinate that is decided otherwise, for all of these standings alike.

    `sign`: `+` where nobody sees less, `-` where nobody sees more, `±` else. `old` and `new` are decisions as text.
    """

    standings: tuple[Standing, ...]
    coordinate: Coordinate
    action: Action
    sign: str
    old: str
    new: str

    def __str__(self) -> str:
        who = " | ".join(map(described, self.standings[:_NAMED]))
        more = len(self.standings) - _NAMED
        who += f" | and {more} more" if more > 0 else ""
        what = str(self.coordinate) if self.action is Action.READ else f"{self.coordinate} {self.action}"
        return f"{self.sign} {who} · {what}: {self.old} → {self.new}"


@dataclass(frozen=True, slots=True)
class Distinguished:
    """The standings that lines tell apart, and how many of them were left out."""

    standings: tuple[Standing, ...]
    left_out: int


def diff(
    old: Decides, new: Decides, standings: Iterable[Standing], coordinates: Mapping[Coordinate, CoordinateFacts]
) -> tuple[Difference, ...]:
    """Every decision that differs, standings with the same difference together, in the order of the coordinates.

    `deliver` is decided for an organisation without roles, so it is compared for standings that have none and ask here.
    """
    grouped: dict[tuple[object, ...], list[Standing]] = {}
    for standing in standings:
        for one in _of_standing(old, new, standing, coordinates):
            key = (one.coordinate, one.action, one.sign, one.old, one.new)
            grouped.setdefault(key, []).append(standing)
    differences = (Difference(tuple(who), *key) for key, who in grouped.items())  # type: ignore[arg-type]  # as made above
    return tuple(sorted(differences, key=lambda one: (one.coordinate, _ACTIONS.index(one.action), str(one))))


def difference(
    old: Decides,
    new: Decides,
    standing: Standing,
    coordinate: Coordinate,
    action: Action,
    *,
    chain: tuple[str, ...] = (),
) -> Difference | None:
    """The difference of one decision, or None where both say the same; `chain`: the masks from the least strict."""
    before, after = old.decide(standing, coordinate, action), new.decide(standing, coordinate, action)
    return compared(before, after, standing, action, chain=chain)


def compared(
    before: Decision, after: Decision, standing: Standing, action: Action, *, chain: tuple[str, ...] = ()
) -> Difference | None:
    """The difference of two decisions on one coordinate, or None where both say the same."""
    was, will = _reduced(before), _reduced(after)
    order = (PLAIN, *chain)
    grows, shrinks = _shows_as_much(will, was, order), _shows_as_much(was, will, order)
    if grows and shrinks:
        return None
    sign = "+" if grows else "-" if shrinks else "±"
    return Difference((standing,), before.coordinate, action, sign, worded(was), worded(will))


def distinguished(old: PolicyLines, new: PolicyLines, facts: PolicyFacts, most: int = MOST) -> Distinguished:
    """Combinations of one role or none, organisation, purpose, mode and agreement that some line tells apart.

    Then those of people who ask through the exchange of an organisation with which there is one agreement.

    Where the role links are the same, only roles that a changed line is for are looked at, and those that hold them:
    whoever no changed line is for is decided as before. A changed line that is for no role bears on all of them. What
    no line names is represented by one of its kind.
    """
    lines = (*old.lines, *new.lines)
    links = {(one.holder, one.held) for one in (*old.role_links, *new.role_links)}
    same_links = {(one.holder, one.held) for one in old.role_links} == {
        (one.holder, one.held) for one in new.role_links
    }
    if same_links:
        changed = {_said(one) for one in old.lines} ^ {_said(one) for one in new.lines}
        subjects = {columns[0] for columns in changed}
        if not all(one.startswith("role:") for one in subjects):
            # A deny or a derivation that is everybody's makes a difference to whoever has a grant, by whatever role.
            subjects |= {one.subject for one in lines}
    else:
        changed = {("", "")}
        subjects = {one.subject for one in lines} | {name for link in links for name in link}
    if not changed:
        return Distinguished((), 0)
    grown = True
    while grown:
        holders = {holder for holder, held in links if held in subjects} - subjects
        subjects |= holders
        grown = bool(holders)
    roles = sorted(one.removeprefix("role:") for one in subjects if one.startswith("role:"))
    who: Sequence[frozenset[str]] = [frozenset(), *(frozenset((role,)) for role in roles)]
    named = {one.subject.removeprefix("org:") for one in lines if one.subject.startswith("org:")}
    axes = (
        _with_another(named, facts.organisations),
        _with_another({one.purpose for one in lines} - {ANY}, facts.purposes),
        [Mode.ORDINARY, *([Mode.EMERGENCY] if any(one.mode != Mode.ORDINARY for one in lines) else [])],
        sorted({"", *(one.agreement for one in lines)}),
    )
    when = [one for one in product(*axes) if not one[-1] or any(_is_under(line, *one) for line in lines)]
    kinds: list[tuple[str, str, Mode, str, Through | None]] = [(*one, None) for one in when]
    kinds += [
        (organisation, purpose, mode, "", Through(exchange, frozenset((agreement,))))
        for exchange, purpose, mode, agreement in when
        if agreement
        for organisation in axes[0]
    ]
    made = (Standing(role, *one) for one in kinds for role in who)
    kept = tuple(islice(made, most))
    return Distinguished(kept, len(kinds) * len(who) - len(kept))


def worded(decision: Decision) -> str:
    """A decision as a person reads it: `phone-partial where own [policy.csv:7]`, or `withheld`."""
    shown = "; ".join(f"{one.shown} where {one.rows} [{one.line}]" for one in decision.grants)
    denies = "; ".join(f"{one.rows} [{one.line}]" for one in decision.denies)
    if not shown:
        return f"withheld [{decision.denies[0].line}]" if decision.denies else "withheld"
    return f"{shown}, never where {denies}" if denies else shown


def described(standing: Standing) -> str:
    """Who asks, and why, as a person reads it."""
    roles = " ".join(f"role:{role}" for role in sorted(standing.roles)) or "anybody"
    under = f", under {standing.agreement}" if standing.agreement else ""
    through = f", through the exchange of {standing.through.organisation}" if standing.through else ""
    return f"{roles} of {standing.organisation}, {standing.purpose}, {standing.mode}{under}{through}"


def _of_standing(
    old: Decides, new: Decides, standing: Standing, coordinates: Mapping[Coordinate, CoordinateFacts]
) -> Iterator[Difference]:
    for coordinate, known in coordinates.items():
        for action in _ACTIONS:
            if action is not Action.DELIVER or not (standing.roles or standing.through):
                found = difference(old, new, standing, coordinate, action, chain=known.chain)
                if found is not None:
                    yield found


def _reduced(decision: Decision) -> Decision:
    """The same without grants and denies that others of the decision cover; of equal ones the first stays."""
    denies: list[Deny] = []
    for deny in decision.denies:
        if not any(implies(deny.rows, other.rows) for other in denies):
            denies = [other for other in denies if not implies(other.rows, deny.rows)] + [deny]
    grants: list[Grant] = []
    for grant in decision.grants:  # from the least strict
        covered = any(implies(grant.rows, other.rows) for other in grants)
        if not covered and grant.rows != NOTHING and not any(implies(grant.rows, deny.rows) for deny in denies):
            same = [one for one in grants if one.shown == grant.shown and implies(one.rows, grant.rows)]
            grants = [one for one in grants if one not in same] + [grant]
    if any(deny.rows == EVERYTHING for deny in denies):
        denies = [deny for deny in denies if deny.rows == EVERYTHING]
    return Decision(decision.coordinate, tuple(grants), tuple(denies), decision.reason)


def _shows_as_much(more: Decision, less: Decision, order: Sequence[str]) -> bool:
    """Whether every cell that `less` shows, `more` shows no more strictly. Both are reduced."""

    def is_as_lenient(mine: Grant, theirs: Grant) -> bool:
        known = mine.shown in order and theirs.shown in order
        return mine.shown == theirs.shown or (known and order.index(mine.shown) < order.index(theirs.shown))

    covered = all(
        any(is_as_lenient(mine, theirs) and implies(theirs.rows, mine.rows) for mine in more.grants)
        for theirs in less.grants
    )
    if not less.grants:
        return True
    return covered and all(any(implies(deny.rows, other.rows) for other in less.denies) for deny in more.denies)


def _is_under(line: Line, organisation: str, purpose: str, mode: Mode, agreement: str) -> bool:
    """Whether a line of the agreement could be for a question of that kind: nobody else asks under it."""
    is_for = not line.subject.startswith("org:") or line.subject == f"org:{organisation}"
    return line.agreement == agreement and is_for and line.purpose in {ANY, purpose} and line.mode in {ANY, mode}


def _said(line: Line) -> tuple[str, ...]:
    return (*line.columns, line.agreement)


def _with_another(named: set[str], declared: frozenset[str]) -> list[str]:
    """What lines name, and one that none names."""
    known = sorted(named & declared)
    return [*known, *sorted(declared - named)[:1]]


__all__ = [
    "Decides",
    "Difference",
    "Distinguished",
    "compared",
    "described",
    "diff",
    "difference",
    "distinguished",
    "worded",
]
