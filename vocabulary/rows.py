"""Row rules: which rows of a type a grant covers, as a small expression over the row's area.

A rule names the principal's areas as `OwnAreas`, never by value, so that one compiled grant serves every
principal of a class. Evaluation is three-valued (Kleene): a row without an area answers None to `OwnAreas` and
`WithinArea`, and only True covers, so an unknown fact withholds, under `Not` too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from vocabulary.area import Area


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


@dataclass(frozen=True, slots=True)
class OwnAreas:
    """Rows whose area lies in one of the principal's areas."""

    def __str__(self) -> str:
        return "own"


@dataclass(frozen=True, slots=True)
class WithinArea:
    """Rows whose area lies in the one named."""

    area: Area

    def __str__(self) -> str:
        return f"within {self.area}"


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


RowRule: TypeAlias = Everything | Nothing | OwnAreas | WithinArea | AllOf | AnyOf | NotRows

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


def covers(rule: RowRule, area: Area | None, own: tuple[Area, ...]) -> bool | None:
    """Evaluate a rule for one row: True, False, or None where the row's area is not known."""
    match rule:
        case Everything():
            return True
        case Nothing():
            return False
        case OwnAreas():
            return None if area is None else any(mine.contains(area) for mine in own)
        case WithinArea(named):
            return None if area is None else named.contains(area)
        case NotRows(part):
            inner = covers(part, area, own)
            return None if inner is None else not inner
        case AllOf(parts):
            answers = [covers(part, area, own) for part in parts]
            return False if False in answers else None if None in answers else True
        case AnyOf(parts):
            answers = [covers(part, area, own) for part in parts]
            return True if True in answers else None if None in answers else False
