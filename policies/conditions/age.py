"""The subject has reached an age, or has not (年龄; PIPL art. 28 and 31: under fourteen)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from policies.conditions.making import only, text, whole
from policies.errors import ConditionError
from vocabulary.condition import Condition
from vocabulary.fetch import And, Compare, Op, Predicate
from vocabulary.moment import day_of
from vocabulary.values import Value

_OLDEST = 150


@dataclass(frozen=True, slots=True)
class AgeCondition(Condition):
    """`field` holds the birth date of somebody of `at_least` full years, and `below` so many, as far as they are given.

    Who is born on 29 February reaches an age on 1 March of a year without one.
    """

    kind: ClassVar[str] = "age"
    rests_on_time: ClassVar[bool] = True
    of: str
    at_least: int | None
    below: int | None

    @classmethod
    def make(cls, name: str, parameters: Mapping[str, object]) -> Self:
        """`field`, and `atLeast` or `below` or both."""
        only(name, parameters, "field", "atLeast", "below")
        at_least = whole(name, parameters, "atLeast", least=1, most=_OLDEST)
        below = whole(name, parameters, "below", least=1, most=_OLDEST)
        if at_least is None and below is None:
            raise ConditionError(f"condition {name}: write atLeast or below, in years")
        if at_least is not None and below is not None and below <= at_least:
            raise ConditionError(f"condition {name}: nobody is at least {at_least} and below {below}")
        return cls(name, text(name, parameters, "field"), at_least, below)

    @property
    def field(self) -> str:
        """Where the birth date stands."""
        return self.of

    def fits(self, scalar: str) -> bool:
        """Days."""
        return scalar == "Date"

    def holds(self, value: Value, organisation: str, at: dt.datetime) -> bool | None:  # noqa: ARG002  (of every condition)
        """Whether whoever is born then has the age at `at`, by the city's calendar."""
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            return None
        today = day_of(at)
        reached = self.at_least is None or value <= _years_before(today, self.at_least)
        return reached and (self.below is None or value > _years_before(today, self.below))

    def predicate(self, field: str) -> Predicate:
        """Born by the one day, and after the other."""
        parts: list[Predicate] = []
        if self.at_least is not None:
            parts.append(Compare(field, Op.LE, f"{self.name}.atLeast"))
        if self.below is not None:
            parts.append(Compare(field, Op.GT, f"{self.name}.below"))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def bound(self, organisation: str, at: dt.datetime) -> Mapping[str, Value | tuple[Value, ...]]:  # noqa: ARG002
        """The days."""
        today = day_of(at)
        edges = {"atLeast": self.at_least, "below": self.below}
        return {f"{self.name}.{word}": _years_before(today, years) for word, years in edges.items() if years}


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February in a year without one
        return dt.date(day.year - years, 2, 28)
