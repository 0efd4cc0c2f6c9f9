"""Row rules, evaluated on columns of facts for one asker: the fast form of `vocabulary.rows.covers`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from vocabulary.area import Area, NotAnAreaError
from vocabulary.rows import (
    OWN,
    AllOf,
    AnyOf,
    Asker,
    Everything,
    Holds,
    InEmergency,
    Leaf,
    Nothing,
    NotRows,
    RelatedArea,
    Relation,
    RowRule,
    TiedSubject,
    WithinArea,
    is_related,
)
from vocabulary.values import Column, Value

Answers: TypeAlias = Sequence[bool | None]


@dataclass(slots=True)
class Facts:
    """What rules rest on, a column each, all as long as `areas`. `values`: by the name of a condition, what it judges.

    `subjects` is empty for rows about nobody. `barred` are subjects of which nothing more may be told: their rows are
    as if they were not there.
    """

    areas: Column = field(default_factory=list)
    subject_type: str = ""
    subjects: Column = field(default_factory=list)
    values: Mapping[str, Column] = field(default_factory=dict)
    barred: frozenset[Value] = frozenset()

    def head(self, count: int) -> Facts:
        """Those of the first rows, at most `count`."""
        if count >= len(self.areas):
            return self
        values = {name: column[:count] for name, column in self.values.items()}
        return Facts(self.areas[:count], self.subject_type, self.subjects[:count], values, self.barred)


class Coverage:
    """Answers which rows a rule covers for somebody. One per request and asker."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self._own = tuple(area.code for area in asker.areas)

    def rows(self, rule: RowRule, facts: Facts) -> list[bool]:
        """Which rows the rule surely covers."""
        if isinstance(rule, Everything):
            return [True] * len(facts.areas)
        if rule == OWN:  # nearly every rule: not worth a call per row
            own = self._own
            return [isinstance(area, str) and area.startswith(own) for area in facts.areas]
        return [answer is True for answer in self._answers(rule, facts)]

    def _answers(self, rule: RowRule, facts: Facts) -> Answers:
        match rule:
            case Everything():
                return [True] * len(facts.areas)
            case Nothing():
                return [False] * len(facts.areas)
            case NotRows(part):
                return [None if answer is None else not answer for answer in self._answers(part, facts)]
            case AllOf(parts):
                return _joined([self._answers(part, facts) for part in parts], decisive=False)
            case AnyOf(parts):
                return _joined([self._answers(part, facts) for part in parts], decisive=True)
            case _:
                return self._leaf(rule, facts)

    def _leaf(self, leaf: Leaf, facts: Facts) -> Answers:
        match leaf:
            case RelatedArea(Relation.OWN):
                return _within(self._own, facts.areas)
            case RelatedArea(relation):
                return _each(lambda area: self._lies(relation, area), facts.areas)
            case WithinArea(area):
                return _within((area.code,), facts.areas)
            case InEmergency():
                return _within(tuple(area.code for area in self.asker.emergencies), facts.areas)
            case TiedSubject(tie):
                tied = self.asker.tied.get((tie, facts.subject_type), frozenset())
                if not facts.subjects:
                    return [None] * len(facts.areas)
                return [None if subject is None else subject in tied for subject in facts.subjects]
            case Holds(condition):
                values = facts.values.get(condition.name)
                if values is None:
                    return [None] * len(facts.areas)
                organisation, at = self.asker.organisation, self.asker.at
                return _each(lambda value: condition.holds(value, organisation, at), values)

    def _lies(self, relation: Relation, code: Value) -> bool | None:
        """An area as it is written, zero-padded or not, beside the asker's."""
        if not isinstance(code, str):
            return None
        try:
            area = Area.parse(code)
        except NotAnAreaError:
            return None
        return any(is_related(relation, area, own) for own in self.asker.areas)


def _within(prefixes: tuple[str, ...], areas: Column) -> Answers:
    return [area.startswith(prefixes) if isinstance(area, str) else None for area in areas]


def _each(test: Callable[[Value], bool | None], column: Column) -> Answers:
    """Each distinct value is judged once. True and 1 are two values here, as in the graph."""
    known: dict[tuple[type, Value], bool | None] = {}
    answers = []
    for value in column:
        key = (type(value), value)
        if key not in known:
            known[key] = test(value)
        answers.append(known[key])
    return answers


def _joined(columns: list[Answers], *, decisive: bool) -> Answers:
    """Kleene's and (`decisive` False) or or (True): a decisive part decides; else an unknown one leaves it unknown."""
    return [
        decisive if decisive in answers else None if None in answers else not decisive
        for answers in zip(*columns, strict=True)
    ]
