"""Decisions of one standing, made the simple way: all lines walked, every purpose decided. The compiled ones' oracle.

`policies/compile.py` gives the same decisions without the walk; the tests compare them, and the table says what the
difference buys. Meaning is not judged here but in `policies/reference.py`, which is written cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from policies.lines import ANY, Effect, Line, PolicyFacts, RoleLink, patterns
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING, Holds, InEmergency, RowRule, all_of


class Simple:
    """The lines that may concern one standing, found by going through them all."""

    def __init__(
        self, lines: Iterable[Line], links: Sequence[RoleLink], facts: PolicyFacts, standing: Standing
    ) -> None:
        subjects = _subjects(standing, links, facts)
        self._lines = [
            line
            for line in lines
            if line.subject in subjects
            and line.mode in (ANY, standing.mode)
            and line.agreement in ("", standing.agreement)
        ]
        self._facts = facts
        self._standing = standing

    def decide(self, coordinate: Coordinate, action: Action) -> Decision:
        """What the policy says about one coordinate."""
        if coordinate not in self._facts.coordinates:
            return Decision(coordinate, reason="unknown")
        decision = self._under(self._standing.purpose, coordinate, action)
        others = self._facts.purposes - {self._standing.purpose}
        if not decision.grants and any(not self._under(other, coordinate, action).reason for other in others):
            return replace(decision, reason="purpose")
        return decision

    def _under(self, purpose: str, coordinate: Coordinate, action: Action) -> Decision:
        """What it would say for a purpose."""
        lines = [
            line
            for line in self._lines
            if line.pattern in patterns(coordinate) and line.action == action and line.purpose in (ANY, purpose)
        ]
        if purpose not in self._facts.purposes:
            lines = []
        order = (PLAIN, *self._facts.coordinates[coordinate].chain)
        lines.sort(key=lambda line: (line.file, line.number, line.part, line.origin))
        allows = sorted((line for line in lines if line.effect is Effect.ALLOW), key=lambda one: order.index(one.shown))
        denies = tuple(Deny(line.rows, line.name) for line in lines if line.effect is Effect.DENY)
        needed = self._needed(coordinate, action)
        grants = tuple(Grant(all_of(line.rows, needed), line.shown, line.name) for line in allows)
        closed = any(deny.rows == EVERYTHING for deny in denies)
        return Decision(coordinate, grants, denies, "not-granted" if not grants else "denied" if closed else "")

    def _needed(self, coordinate: Coordinate, action: Action) -> RowRule:
        """The rows that every grant is narrowed to."""
        rules: list[RowRule] = [InEmergency()] if self._standing.mode is Mode.EMERGENCY else []
        if action is Action.READ:
            safeguards = self._facts.coordinates[coordinate].safeguards
            names = (*safeguards.get(ANY, ()), *safeguards.get(self._standing.purpose, ()))
            rules += [Holds(self._facts.conditions[name]) for name in names]
        return all_of(*rules)


def _subjects(standing: Standing, links: Sequence[RoleLink], facts: PolicyFacts) -> set[str]:
    """Everything by which lines may name a standing."""
    subjects = {ANY, f"org:{standing.organisation}", *(f"role:{role}" for role in standing.roles)}
    waiting = [f"role:{role}" for role in standing.roles & facts.roles]
    while waiting:
        holder = waiting.pop()
        held = {link.held for link in links if link.holder == holder} - subjects
        subjects |= held
        waiting += held
    return subjects
