"""Why a coordinate is shown as it is: every line that names it, why each counts or does not, and what would help.

No text here holds a value of a row: an area of somebody's records is compared, and never named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Protocol

from policies.check import Shape
from policies.diff import Decides, described, worded
from policies.lines import ANY, Effect, Line, PolicyFacts, PolicyLines, patterns, written
from policies.reference import WITHHELD
from policies.trial import shown_on, standing_for
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import (
    NOTHING,
    AllOf,
    Asker,
    Holds,
    RelatedArea,
    RowFacts,
    RowRule,
    TiedSubject,
    WithinArea,
    covers,
)

_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained. Without a row it is about rows in general, and no line fails by its rows."""

    standing: Standing
    coordinate: Coordinate
    action: Action
    asker: Asker
    row: RowFacts | None = None


class Requires(Protocol):
    """What a supergraph asks of whoever is shown a field: all the roles of one of these groups, or to be `known`.

    `word` is the reason where that is lacking.
    """

    @property
    def word(self) -> str:
        """The reason."""

    @property
    def groups(self) -> tuple[frozenset[str], ...]:
        """Of one of them, all."""

    @property
    def known(self) -> bool:
        """Whether it asks for no role, but for somebody who has shown a credential."""

    def is_met(self, roles: frozenset[str]) -> bool:
        """Whether an asker with these roles has what is asked for."""


@dataclass(frozen=True, slots=True)
class LineSaid:
    """A line that names the coordinate and the action. `reason`: the first why it does not count; empty: it does."""

    line: str
    says: str
    reason: str

    def __str__(self) -> str:
        return f"{self.line}: {self.says}: {f'does not count: {self.reason}' if self.reason else 'counts'}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """`decision` is as it is shown, `safeguards` what every grant needs besides, `taken` what siblings took from it.

    `required` is what the supergraph itself asks for, and whether the asker has it.
    `cell` is how the row's cell is shown, where a row was given. `changes` are single changes that would show it.
    """

    asked: Asked
    decision: Decision
    cell: str
    lines: tuple[LineSaid, ...]
    safeguards: tuple[str, ...]
    required: tuple[str, ...]
    taken: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def is_shown(self) -> bool:
        """Whether anything is shown: of the row, or of some row."""
        return self.cell != WITHHELD if self.cell else _is_open(self.decision)

    def __str__(self) -> str:
        asked, reason = self.asked, f" ({self.decision.reason})" if self.decision.reason else ""
        text = [
            f"{asked.coordinate} · {asked.action} · {described(standing_for(asked.standing, asked.action))}",
            f"  {worded(self.decision)}{reason}",
        ]
        text += [f"  on this row: {self.cell}"] if self.cell else []
        for title, said in (
            ("lines", self.lines),
            ("safeguards", self.safeguards),
            ("the supergraph requires", self.required),
            ("taken", self.taken),
            ("would show it", self.changes),
        ):
            if said:
                text += [title, *(f"  {one}" for one in said)]
        return "\n".join(text)


def explain(
    asked: Asked,
    said: PolicyLines,
    facts: PolicyFacts,
    *,
    by_lines: Decides,
    shown: Decides,
    shape: Shape | None = None,
    requires: Sequence[Requires] = (),
) -> Explanation:
    """Explain one decision of the policy of `said`: `by_lines` as it is compiled, `shown` as it is narrowed.

    `shown` is asked for the whole standing, also where something is told and lines look at the receiver alone: what the
    supergraph `requires`, it requires of whoever asks.
    """
    question = _Question(asked, said, facts, shown, requires)
    decision = question.decision(asked.standing)
    alone = by_lines.decide(standing_for(asked.standing, asked.action), asked.coordinate, asked.action)
    return Explanation(
        asked=asked,
        decision=decision,
        cell="" if asked.row is None else shown_on(decision, asked.row, asked.asker)[0],
        lines=tuple(LineSaid(one.name, _says(one), question.reason(one)) for one in question.naming),
        safeguards=tuple(_safeguards(asked, facts)),
        required=tuple(_required(one, asked.standing.roles) for one in requires),
        taken=() if question.lacking else tuple(_taken(alone, decision, shape or Shape())),
        changes=() if question.shows(asked.standing, asked.asker) else tuple(question.changes()),
    )


@dataclass(frozen=True, slots=True)
class _Question:
    asked: Asked
    said: PolicyLines
    facts: PolicyFacts
    shown: Decides
    requires: Sequence[Requires]

    @property
    def lacking(self) -> list[Requires]:
        """What is required, and the asker does not have."""
        return [one for one in self.requires if not one.is_met(self.asked.standing.roles)]

    @property
    def naming(self) -> list[Line]:
        """The lines that name the coordinate and the action, in their order."""
        named = patterns(self.asked.coordinate)
        return [one for one in self.said.lines if one.action is self.asked.action and one.pattern in named]

    def decision(self, standing: Standing) -> Decision:
        return self.shown.decide(standing, self.asked.coordinate, self.asked.action)

    def shows(self, standing: Standing, asker: Asker) -> bool:
        """Whether that would show the row's cell; without a row, any."""
        decision = self.decision(standing)
        if self.asked.row is None:
            return _is_open(decision)
        return shown_on(decision, self.asked.row, asker)[0] != WITHHELD

    def reason(self, line: Line) -> str:
        """The first reason for which a line does not count."""
        standing = standing_for(self.asked.standing, self.asked.action)
        if line.purpose not in {ANY, standing.purpose}:
            return f"it is for another purpose, {line.purpose}"
        if line.mode not in {ANY, standing.mode}:
            return f"it is for another mode, {line.mode}"
        if line.agreement not in {"", standing.agreement}:
            return f"it needs another agreement, {line.agreement}"
        held = {name for role in standing.roles for name in self._held(f"role:{role}")}
        if line.subject not in {ANY, f"org:{standing.organisation}", *held}:
            return f"it is for another subject, {line.subject}"
        return "" if self.asked.row is None else self._reason_of_row(line, self.asked.row)

    def changes(self) -> Iterator[str]:
        """Single changes, each tried: a credential, another purpose, agreement, mode, role or area."""
        asked = self.asked
        area = None if asked.row is None else asked.row.area
        declared = asked.asker if area is None else replace(asked.asker, emergencies=(area,))
        told = set[str]()
        for what, standing in self._other_standings():
            # Without an emergency there is no such mode: one is declared where the row lies.
            begins = standing.mode is Mode.EMERGENCY is not asked.standing.mode
            if what not in told and self.shows(standing, declared if begins else asked.asker):
                told.add(what)
                yield what
        if area is not None and self.shows(asked.standing, replace(asked.asker, areas=(area,))):
            yield "have an area in which the row lies"
        if area is not None and asked.standing.mode is Mode.EMERGENCY and self.shows(asked.standing, declared):
            yield "declare an emergency where the row lies"

    def _other_standings(self) -> Iterator[tuple[str, Standing]]:
        standing, facts = self.asked.standing, self.facts
        naming = self.naming
        for purpose in sorted(facts.purposes - {standing.purpose}):
            yield f"ask for {purpose}", replace(standing, purpose=purpose)
        for agreement in sorted({one.agreement for one in naming} - {"", standing.agreement}):
            yield f"ask under agreement {agreement}", replace(standing, agreement=agreement)
        for mode in Mode:
            if mode is not standing.mode:
                yield f"ask in {mode} mode", replace(standing, mode=mode)
        yield from self._required_standings()
        subjects = {one.subject for one in naming if one.effect is Effect.ALLOW}
        if self.asked.action is Action.DELIVER:
            organisations = sorted(one.removeprefix("org:") for one in subjects if one.startswith("org:"))
            for organisation in organisations[:_MOST_NAMED]:
                yield f"tell {organisation}", replace(standing, organisation=organisation)
            return
        roles = [role for role in sorted(facts.roles) if not subjects.isdisjoint(self._held(f"role:{role}"))]
        for role in roles:
            if role not in standing.roles:
                yield f"have the role {role}", replace(standing, roles=standing.roles | {role})

    def _required_standings(self) -> Iterator[tuple[str, Standing]]:
        """The standing with what the supergraph requires of it: roles together, or a credential."""
        standing = self.asked.standing
        for one in self.lacking:
            if one.known:
                known = frozenset(role for role in standing.roles if one.is_met(frozenset((role,))))
                yield "show a credential", replace(standing, roles=known)
        by_roles = [one.groups for one in self.lacking if not one.known]
        for groups in islice(product(*by_roles), _MOST_NAMED) if by_roles else ():
            roles = standing.roles.union(*groups)
            yield f"have {_roles(roles - standing.roles)}", replace(standing, roles=roles)

    def _held(self, role: str) -> set[str]:
        held, waiting = {role}, [role]
        while waiting:
            holder = waiting.pop()
            fresh = {link.held for link in self.said.role_links if link.holder == holder} - held
            held |= fresh
            waiting += fresh
        return held

    def _reason_of_row(self, line: Line, row: RowFacts) -> str:
        """Why a line does not take hold of the row: an allow must cover it surely, a deny must be able to."""
        asker = self.asked.asker
        for part in _parts(line.rows):
            answer = covers(part, row, asker)
            if answer is False or (answer is None and line.effect is Effect.ALLOW):
                return _why_not(part, answer, asker)
        return ""


def _is_open(decision: Decision) -> bool:
    return not decision.reason and decision.visible != NOTHING


def _parts(rows: RowRule) -> Sequence[RowRule]:
    """Areas and ties first, then conditions, as they are written."""
    parts = rows.parts if isinstance(rows, AllOf) else (rows,)
    return sorted(parts, key=lambda part: isinstance(part, Holds))


def _why_not(part: RowRule, answer: bool | None, asker: Asker) -> str:  # noqa: FBT001  (None has a meaning here)
    match part:
        case Holds(condition):
            return f"the condition {condition.name} {'fails' if answer is False else 'is not known'}"
        case TiedSubject(tie):
            return f"nothing ties the asker to the row's subject ({tie})" if answer is False else "the row is of nobody"
        case _ if answer is None:
            return "the row's area is not known"
        case RelatedArea() if not asker.areas:
            return "the asker has no area"
        case RelatedArea(relation):
            return f"the row's area does not lie so to the asker's ({relation})"
        case WithinArea(area):
            return f"the row does not lie in {area}"
        case _:
            return f"the row is not one of {part}"


def _says(line: Line) -> str:
    """What a line opens or closes, in its own words."""
    shown = line.shown if line.effect is Effect.ALLOW else "deny"
    return f"{shown} where {written(line.rows)}, for {line.subject}, {line.purpose}, {line.mode}"


def _safeguards(asked: Asked, facts: PolicyFacts) -> Iterator[str]:
    """What every grant on a coordinate of its category needs, for this purpose."""
    known = facts.coordinates.get(asked.coordinate)
    if known is None or asked.action is not Action.READ:
        return
    for name in dict.fromkeys((*known.safeguards.get(ANY, ()), *known.safeguards.get(asked.standing.purpose, ()))):
        answer = None
        if asked.row is not None:
            condition = facts.conditions[name]
            answer = condition.holds(asked.row.values.get(name), asked.asker.organisation, asked.asker.at)
        said = {True: " (holds)", False: " (fails)", None: " (is not known)"}[answer] if asked.row is not None else ""
        yield f"every grant needs {name}{said}"


def _taken(by_lines: Decision, shown: Decision, shape: Shape) -> Iterator[str]:
    """What `restrain` took: grants that are narrowed, or gone, since they would give away what is hidden."""
    gives = shape.reveals.get(by_lines.coordinate, ())
    of = shape.companions.get(by_lines.coordinate)
    why = (
        f"it would give {_listed(gives)} away"
        if gives
        else f"it is computed from {of}"
        if of
        else "a sibling is hidden"
    )
    kept = {(one.line, one.shown): one.rows for one in shown.grants}
    for grant in by_lines.grants:
        rows = kept.get((grant.line, grant.shown), NOTHING)
        if rows != grant.rows:
            yield f"{grant.line}: {grant.shown} {'on no row' if rows == NOTHING else f'only where {rows}'}: {why}"


def _required(one: Requires, roles: frozenset[str]) -> str:
    """What is required, and whether that is met."""
    what = "a credential" if one.known else ", or ".join(map(_roles, one.groups)) or "what nobody has"
    return f"{one.word}: {what} ({'met' if one.is_met(roles) else 'not met'})"


def _roles(roles: Iterable[str]) -> str:
    names = sorted(roles)
    return f"the role{'s' if len(names) > 1 else ''} {' and '.join(names)}"


def _listed(coordinates: Iterable[Coordinate]) -> str:
    return " and ".join(sorted(one.field for one in coordinates))
