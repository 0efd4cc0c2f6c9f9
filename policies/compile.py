"""Compiled grants: the lines of a policy, turned once per standing into decisions.

A decision depends on role set, organisation, purpose, mode, agreement and calling exchange, and on nothing else: what
belongs to the asker stays words (`own`, `case`) in its row rules, so that one compiled decision serves everybody of a
class. Steady state is two dictionary look-ups.

The first decision of a standing walks over the lines for its coordinate and its subjects, never over the policy; and
where the same lines decided for another standing, theirs is used again. docs/benchmarks.md says what that buys.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

from policies.errors import PolicyBuildError
from policies.lines import ANY, CoordinateFacts, Effect, Line, PolicyFacts, RoleLink, patterns
from policies.meet import for_others, met
from policies.model import LINE, enforcer_of, subjects_of
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING, Holds, InEmergency, RowRule, all_of

STANDINGS = 1024
"""How many standings stay compiled. A city has far fewer combinations of roles, organisation and purpose in use."""
REMEMBERED = 200_000
"""How much stays compiled in all: look-ups of standings, and grants and denies of their decisions. Some 50 MB."""

_BySubject: TypeAlias = Mapping[str, Sequence[Line]]


class Policy:
    """A policy that can be asked. Immutable, and safe to ask from many threads.

    For `deliver` ask with a standing that has no roles, the receiving organisation, and no exchange through which it
    asks: what is told to an organisation does not depend on who called.
    """

    def __init__(self, enforcer: Any, index: _Index, facts: PolicyFacts) -> None:
        self.enforcer = enforcer
        self.facts = facts
        self._index = index
        self._held = {role: _held(enforcer, f"role:{role}") for role in facts.roles}
        self._standing = lru_cache(maxsize=STANDINGS)(self._compile)
        self._made: dict[tuple[object, ...], Decision] = {}
        self._remembered = 0
        self._lock = threading.Lock()

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
        enforcer = enforcer_of(named.values(), role_links, facts)
        return cls(enforcer, _Index(named[rule[LINE]] for rule in enforcer.get_policy()), facts)

    def decide(self, standing: Standing, coordinate: Coordinate, action: Action) -> Decision:
        """What this standing may do with a coordinate. Never an error: what is not known is decided against.

        Through another exchange: what the person would be shown, met with what is agreed on with that exchange.
        """
        compiled = self._standing(standing)
        decision = compiled.decisions.get((coordinate, action))
        return self._decide(compiled, coordinate, action) if decision is None else decision

    def _compile(self, standing: Standing) -> _Compiled:
        held = frozenset[str]().union(*(self._held.get(role, frozenset()) for role in standing.roles))
        own = frozenset(("", standing.agreement))
        person, agreed = _Party(held.union((ANY, *subjects_of(standing))), own, own), None
        if (through := standing.through) is not None:
            named = held.union((ANY, *subjects_of(replace(standing, organisation=through.organisation))))
            agreements = through.agreements - {""}  # which would be every line of no agreement
            agreed = _Party(named, agreements, agreements | {""})
        return _Compiled(standing, person, agreed, self.facts)

    def _decide(self, compiled: _Compiled, coordinate: Coordinate, action: Action) -> Decision:
        """Decide and remember, except what is not known: there is no end of coordinates that don't exist."""
        known = self.facts.coordinates.get(coordinate)
        if known is None:
            return Decision(coordinate, reason="unknown")
        lines = compiled.concerned(self._index, coordinate, action, compiled.person)
        under = _under(lines, compiled.purpose, self.facts)
        granted = any(line.effect is Effect.ALLOW for line in under)
        elsewhere = not granted and _other_purpose(lines, self.facts.purposes - {compiled.purpose})
        needed = compiled.needed(known, action)
        agreed: list[Line] | None = None
        if compiled.agreed is not None:
            agreed = compiled.concerned(self._index, coordinate, action, compiled.agreed)
            agreed = _under(agreed, compiled.purpose, self.facts)
        # Everything that a decision is made of, so that equal ones of many standings are one value. A line is named by
        # where it lies in memory, which is its own for as long as the policy lives, and so for as long as this.
        met_with = None if agreed is None else (compiled.is_for_others, *map(id, agreed))
        made_of = (coordinate, needed, elsewhere, met_with, *map(id, under))
        decision = self._made.get(made_of)
        is_new = decision is None
        if decision is None:
            decision = _decision(coordinate, under, known.chain, needed)
            if elsewhere:
                decision = Decision(coordinate, denies=decision.denies, reason="purpose")
            if agreed is not None:
                given = _decision(coordinate, agreed, known.chain, needed)
                decision = met(decision, for_others(given) if compiled.is_for_others else given, known.chain)
        self._remember(compiled, action, decision, made_of if is_new else ())
        return decision

    def _remember(self, compiled: _Compiled, action: Action, decision: Decision, made_of: tuple[object, ...]) -> None:
        """Keep a decision; where that is too much, everything is forgotten, and made again when asked for."""
        with self._lock:
            self._remembered += 1 + (len(decision.grants) + len(decision.denies) if made_of else 0)
            if self._remembered > REMEMBERED:
                self._standing.cache_clear()
                self._made.clear()
                self._remembered = 0
            if made_of:
                self._made[made_of] = decision
            compiled.decisions[decision.coordinate, action] = decision


class _Index:
    """The lines of a policy by pattern and action; those of one pattern by subject, from when they are asked for.

    Most are not before the policy changes again, so that a change of the policy does not wait for it.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: defaultdict[tuple[str, Action], list[Line]] = defaultdict(list)
        for line in lines:
            self._lines[line.pattern, line.action].append(line)
        self._split: dict[tuple[str, Action], _BySubject] = {}

    def by_subject(self, pattern: str, action: Action) -> _BySubject:
        """The lines of one pattern and action. Two threads may make the same at once, which does no harm."""
        split = self._split.get((pattern, action))
        if split is None:
            made: defaultdict[str, list[Line]] = defaultdict(list)
            for line in self._lines.get((pattern, action), ()):
                made[line.subject].append(line)
            split = self._split[pattern, action] = dict(made)
        return split


@dataclass(frozen=True, slots=True)
class _Party:
    """Whom lines are about: the subjects that name them, and the agreements of lines that count (empty: of none)."""

    subjects: frozenset[str]
    opens_under: frozenset[str]
    closes_under: frozenset[str]

    def named(self, by_subject: _BySubject) -> list[Sequence[Line]]:
        """The lines of those subjects that this one is. Whichever are fewer are gone through."""
        if len(by_subject) < len(self.subjects):
            return [lines for subject, lines in by_subject.items() if subject in self.subjects]
        return [by_subject[subject] for subject in self.subjects if subject in by_subject]

    def counts(self, line: Line) -> bool:
        """Whether the agreement of a line, or that it is of none, lets it count here."""
        return line.agreement in (self.opens_under if line.effect is Effect.ALLOW else self.closes_under)


class _Compiled:
    """One standing: whom lines may name for it, and the decisions looked up so far.

    `agreed` is the party of the agreements with a calling exchange; None: the person asks here. `is_for_others`: the
    person is said to be of another organisation than the one that runs that exchange.
    """

    def __init__(self, standing: Standing, person: _Party, agreed: _Party | None, facts: PolicyFacts) -> None:
        self.decisions: dict[tuple[Coordinate, Action], Decision] = {}
        self.person = person
        self.agreed = agreed
        self.is_for_others = standing.through is not None and standing.through.organisation != standing.organisation
        self.purpose = standing.purpose
        # In an emergency, grants cover its area alone; what is closed stays closed everywhere.
        self._within: RowRule = InEmergency() if standing.mode is Mode.EMERGENCY else EVERYTHING
        self._modes = (ANY, standing.mode)
        self._facts = facts

    def concerned(self, index: _Index, coordinate: Coordinate, action: Action, party: _Party) -> list[Line]:
        """The lines that concern a party of this standing, for any purpose, in the order of their places."""
        lines = [
            line
            for pattern in patterns(coordinate)
            for those in party.named(index.by_subject(pattern, action))
            for line in those
            if line.mode in self._modes and party.counts(line)
        ]
        return sorted(lines, key=_place)

    def needed(self, known: CoordinateFacts, action: Action) -> RowRule:
        """The rows that every grant is narrowed to: by an emergency, and by what a sensitive category needs."""
        if action is not Action.READ or not known.safeguards:
            return self._within
        names = {name for purpose in (ANY, self.purpose) for name in known.safeguards.get(purpose, ())}
        return all_of(self._within, *(Holds(self._facts.conditions[name]) for name in names))


def _other_purpose(lines: Iterable[Line], others: frozenset[str]) -> bool:
    """Say whether some other purpose would show something: one that a line allows, and none closes for all rows."""
    allowed: set[str] = set()
    closed: set[str] = set()
    for line in lines:
        if line.effect is Effect.ALLOW:
            allowed.add(line.purpose)
        elif line.rows == EVERYTHING:
            closed.add(line.purpose)
    if ANY in closed:
        return False
    return bool((others if ANY in allowed else others & allowed) - closed)


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


def _decision(
    coordinate: Coordinate, lines: Iterable[Line], chain: tuple[str, ...] = (), needed: RowRule = EVERYTHING
) -> Decision:
    """The decision that lines for this very coordinate, action, purpose and mode make together.

    `needed` are the rows that every grant is narrowed to.
    """
    strictness = {shown: index for index, shown in enumerate((PLAIN, *chain))}
    ordered = sorted(lines, key=_place)
    denies = tuple(Deny(line.rows, line.name) for line in ordered if line.effect is Effect.DENY)
    allows = [line for line in ordered if line.effect is Effect.ALLOW]
    allows.sort(key=lambda line: strictness.get(line.shown, len(strictness)))
    grants = tuple(Grant(all_of(line.rows, needed), line.shown, line.name) for line in allows)
    closed = any(deny.rows == EVERYTHING for deny in denies)
    return Decision(coordinate, grants, denies, "not-granted" if not grants else "denied" if closed else "")


def _place(line: Line) -> tuple[str, int, int, str]:
    return line.file, line.number, line.part, line.origin
