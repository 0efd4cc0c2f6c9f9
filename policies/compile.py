"""Compiled grants: the lines of a policy, turned once per standing into decisions.

A decision depends on role set, organisation, purpose and mode, and on nothing else: areas stay words (`own`) in its
row rules, so that one compiled decision serves everybody of a class. Steady state is two dictionary look-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from policies.errors import PolicyBuildError
from policies.lines import ANY, Effect, Line, PolicyFacts, RoleLink, patterns
from policies.model import LINE, SUBJECT, enforcer_of, subjects_of
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.principal import Action, Standing
from vocabulary.rows import EVERYTHING

STANDINGS = 1024
"""How many standings stay compiled. A city has far fewer combinations of roles, organisation and purpose in use."""


class Policy:
    """A policy that can be asked. Immutable, and safe to ask from many threads.

    For `deliver` ask with a standing that has no roles and the receiving organisation.
    """

    def __init__(self, enforcer: Any, by_subject: Mapping[str, list[Line]], facts: PolicyFacts) -> None:
        self.enforcer = enforcer
        self.facts = facts
        self._by_subject = by_subject
        self._held = {role: _held(enforcer, f"role:{role}") for role in facts.roles}
        self._standing = lru_cache(maxsize=STANDINGS)(self._compile)

    @classmethod
    def build(cls, lines: Iterable[Line], role_links: Iterable[RoleLink], facts: PolicyFacts) -> Policy:
        """Put lines and role links into Casbin's store and make it answer for `facts`.

        Raises:
            PolicyBuildError: two lines of one name, or roles nested deeper than Casbin follows.
        """
        named: dict[str, Line] = {}
        for line in lines:
            if named.setdefault(line.name, line) is not line:
                raise PolicyBuildError(f"two lines are called {line.name}: give each policy file a name of its own")
        enforcer = enforcer_of(named.values(), role_links)
        by_subject: dict[str, list[Line]] = {}
        for rule in enforcer.get_policy():
            by_subject.setdefault(rule[SUBJECT], []).append(named[rule[LINE]])
        return cls(enforcer, by_subject, facts)

    def decide(self, standing: Standing, coordinate: Coordinate, action: Action) -> Decision:
        """What this standing may do with a coordinate. Never an error: what is not known is decided against."""
        compiled = self._standing(standing)
        decision = compiled.decisions.get((coordinate, action))
        return compiled.decide(coordinate, action) if decision is None else decision

    def _compile(self, standing: Standing) -> _Compiled:
        subjects = {ANY, *subjects_of(standing)}
        for role in standing.roles:
            subjects |= self._held.get(role, frozenset())
        lines = [
            line
            for subject in subjects
            for line in self._by_subject.get(subject, ())
            if line.mode in (ANY, standing.mode)
        ]
        return _Compiled(lines, standing.purpose, self.facts)


class _Compiled:
    """The lines that may concern one standing, and the decisions made from them so far."""

    def __init__(self, lines: Iterable[Line], purpose: str, facts: PolicyFacts) -> None:
        self.decisions: dict[tuple[Coordinate, Action], Decision] = {}
        self._purpose = purpose
        self._facts = facts
        self._lines: defaultdict[tuple[str, Action], list[Line]] = defaultdict(list)
        for line in lines:
            self._lines[line.pattern, line.action].append(line)

    def decide(self, coordinate: Coordinate, action: Action) -> Decision:
        """Decide and remember, except what is not known: there is no end of coordinates that don't exist."""
        known = self._facts.coordinates.get(coordinate)
        if known is None:
            return Decision(coordinate, reason="unknown")
        lines = [line for pattern in patterns(coordinate) for line in self._lines.get((pattern, action), ())]
        decision = _decision(coordinate, _under(lines, self._purpose, self._facts), known.chain)
        if not decision.grants and self._other_purpose(coordinate, lines):
            decision = Decision(coordinate, denies=decision.denies, reason="purpose")
        self.decisions[coordinate, action] = decision
        return decision

    def _other_purpose(self, coordinate: Coordinate, lines: Sequence[Line]) -> bool:
        """Say whether another purpose would show something."""
        others = self._facts.purposes - {self._purpose}
        return any(not _decision(coordinate, _under(lines, other, self._facts)).reason for other in others)


def _held(enforcer: Any, role: str) -> frozenset[str]:
    """Every role that `role` holds, as Casbin's role manager has it."""
    held = frozenset(enforcer.get_implicit_roles_for_user(role))
    lost = [below for below in sorted(held) if not enforcer.get_role_manager().has_link(role, below)]
    if lost:
        raise PolicyBuildError(f"{role} holds {lost[0]} more links away than Casbin follows")
    return held


def _under(lines: Iterable[Line], purpose: str, facts: PolicyFacts) -> list[Line]:
    """The lines for a purpose; none for one that nobody declared, not even those for any purpose."""
    return [line for line in lines if line.purpose in (ANY, purpose)] if purpose in facts.purposes else []


def _decision(coordinate: Coordinate, lines: Iterable[Line], chain: tuple[str, ...] = ()) -> Decision:
    """The decision that lines for this very coordinate, action, purpose and mode make together."""
    strictness = {shown: index for index, shown in enumerate((PLAIN, *chain))}
    ordered = sorted(lines, key=_place)
    denies = tuple(Deny(line.area, line.name) for line in ordered if line.effect is Effect.DENY)
    allows = [line for line in ordered if line.effect is Effect.ALLOW]
    allows.sort(key=lambda line: strictness.get(line.shown, len(strictness)))
    grants = tuple(Grant(line.area, line.shown, line.name) for line in allows)
    closed = any(deny.rows == EVERYTHING for deny in denies)
    return Decision(coordinate, grants, denies, "not-granted" if not grants else "denied" if closed else "")


def _place(line: Line) -> tuple[str, int]:
    return line.file, line.number
