"""Row rules: which rows of a type a grant covers, as a small expression over facts of the row.

A rule names what belongs to the asker by a word (`own`, `case`), never by value, so that one compiled grant serves
every principal of a class. Evaluation is three-valued (Kleene): where the fact that a rule rests on is not known the
answer is None, and only True covers, so an unknown fact withholds, under `Not` too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from vocabulary.area import Area
from vocabulary.condition import Condition
from vocabulary.values import Value


@dataclass(frozen=True, slots=True)
class Everything:
    """Every row, those without an area too."""

    def __str__(self) -> str:
        return "any"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No row."""

    def __str__(self) -> str:
        return "none"


class Relation(StrEnum):
    """How the area of a row may lie to the asker's areas. `own` is `exactly` or `within`."""

    OWN = "own"  # one of them, or below one of them
    WITHIN = "within"  # below one of them
    EXACTLY = "exactly"  # one of them
    PARENT = "parent"  # the one right above one of them


@dataclass(frozen=True, slots=True)
class RelatedArea:
    """Rows whose area lies so to one of the principal's areas."""

    relation: Relation

    def __str__(self) -> str:
        return self.relation.value


OWN = RelatedArea(Relation.OWN)


@dataclass(frozen=True, slots=True)
class WithinArea:
    """Rows whose area lies in the one named."""

    area: Area

    def __str__(self) -> str:
        return f"within {self.area}"


@dataclass(frozen=True, slots=True)
class InEmergency:
    """Rows whose area lies in one for which an emergency is in force."""

    def __str__(self) -> str:
        return "emergency"


class Tie(StrEnum):
    """What may tie the asker to the subject of a row."""

    SELF = "self"  # the row is about the asker
    CASE = "case"  # a case about the subject is assigned to the asker
    GLASS = "glass"  # the asker has broken the glass for the subject


@dataclass(frozen=True, slots=True)
class TiedSubject:
    """Rows whose subject is tied to the asker."""

    tie: Tie

    def __str__(self) -> str:
        return self.tie.value


@dataclass(frozen=True, slots=True)
class Holds:
    """Rows on which a declared condition holds."""

    condition: Condition

    def __str__(self) -> str:
        return self.condition.name


@dataclass(frozen=True, slots=True)
class AllOf:
    """Rows that every part covers. Build it with `all_of`."""

    parts: tuple[RowRule, ...]

    def __str__(self) -> str:
        return "(" + " and ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Rows that some part covers. Build it with `any_of`."""

    parts: tuple[RowRule, ...]

    def __str__(self) -> str:
        return "(" + " or ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class NotRows:
    """Rows that the part surely does not cover. Build it with `negate`."""

    part: RowRule

    def __str__(self) -> str:
        return f"not {self.part}"


Leaf: TypeAlias = RelatedArea | WithinArea | InEmergency | TiedSubject | Holds
RowRule: TypeAlias = Everything | Nothing | Leaf | AllOf | AnyOf | NotRows

_NEVER = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
EVERYTHING = Everything()
NOTHING = Nothing()


def any_of(*rules: RowRule) -> RowRule:
    """The union, simplified and in a canonical order: equal unions are equal values."""
    parts: set[RowRule] = set()
    for rule in rules:
        parts.update(rule.parts if isinstance(rule, AnyOf) else (rule,))
    parts.discard(NOTHING)
    if EVERYTHING in parts:
        return EVERYTHING
    if not parts:
        return NOTHING
    return parts.pop() if len(parts) == 1 else AnyOf(tuple(sorted(parts, key=str)))


def all_of(*rules: RowRule) -> RowRule:
    """The intersection, simplified and in a canonical order."""
    parts: set[RowRule] = set()
    for rule in rules:
        parts.update(rule.parts if isinstance(rule, AllOf) else (rule,))
    parts.discard(EVERYTHING)
    if NOTHING in parts:
        return NOTHING
    if not parts:
        return EVERYTHING
    return parts.pop() if len(parts) == 1 else AllOf(tuple(sorted(parts, key=str)))


def negate(rule: RowRule) -> RowRule:
    """The complement: rows that the rule surely does not cover."""
    match rule:
        case Everything():
            return NOTHING
        case Nothing():
            return EVERYTHING
        case NotRows(part):
            return part
        case _:
            return NotRows(rule)


def leaves(rule: RowRule) -> frozenset[Leaf]:
    """What a rule rests on."""
    match rule:
        case Everything() | Nothing():
            return frozenset()
        case NotRows(part):
            return leaves(part)
        case AllOf(parts) | AnyOf(parts):
            return frozenset[Leaf]().union(*map(leaves, parts))
        case _:
            return frozenset((rule,))


@dataclass(frozen=True, slots=True)
class Asker:
    """What belongs to whoever asks: what the words of row rules are bound to, for one request.

    `tied` has the keys of the subjects tied to the asker, by tie and type of subject. `at` is aware.
    """

    organisation: str
    areas: tuple[Area, ...]
    emergencies: tuple[Area, ...] = ()
    tied: Mapping[tuple[Tie, str], frozenset[Value]] = field(default_factory=dict, hash=False)
    at: dt.datetime = _NEVER


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What rules may rest on, of one row. `values`: by the name of a condition, the value that it judges."""

    area: Area | None = None
    subject_type: str = ""
    subject: Value = None
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)


def covers(rule: RowRule, row: RowFacts, asker: Asker) -> bool | None:  # noqa: C901  (a case per kind of rule)
    """Evaluate a rule for one row: True, False, or None where a fact is not known. The definition, for reading."""
    match rule:
        case Everything():
            return True
        case Nothing():
            return False
        case RelatedArea(relation):
            return None if row.area is None else any(is_related(relation, row.area, one) for one in asker.areas)
        case WithinArea(named):
            return None if row.area is None else named.contains(row.area)
        case InEmergency():
            return None if row.area is None else any(one.contains(row.area) for one in asker.emergencies)
        case TiedSubject(tie):
            return None if row.subject is None else row.subject in asker.tied.get((tie, row.subject_type), ())
        case Holds(condition):
            return condition.holds(row.values.get(condition.name), asker.organisation, asker.at)
        case NotRows(part):
            inner = covers(part, row, asker)
            return None if inner is None else not inner
        case AllOf(parts):
            answers = [covers(part, row, asker) for part in parts]
            return False if False in answers else None if None in answers else True
        case AnyOf(parts):
            answers = [covers(part, row, asker) for part in parts]
            return True if True in answers else None if None in answers else False


def is_related(relation: Relation, area: Area, own: Area) -> bool:
    """Whether `area` lies to `own` as the relation says."""
    match relation:
        case Relation.OWN:
            return own.contains(area)
        case Relation.WITHIN:
            return own != area and own.contains(area)
        case Relation.EXACTLY:
            return own == area
        case Relation.PARENT:
            return own.parent == area
