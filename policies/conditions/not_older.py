"""The record is not older than some hours (时间窗口)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from policies.conditions.making import only, text, whole
from policies.errors import ConditionError
from vocabulary.condition import Condition
from vocabulary.fetch import Compare, Op, Predicate
from vocabulary.moment import day_of
from vocabulary.values import Value

_YEARS = 24 * 366 * 100  # hours


@dataclass(frozen=True, slots=True)
class NotOlderCondition(Condition):
    """`field` holds a moment of the last `hours`, or a day that was not over before they began.

    What lies ahead of the clock is not older either: systems' clocks differ.
    """

    kind: ClassVar[str] = "not-older"
    rests_on_time: ClassVar[bool] = True
    of: str
    hours: int
    is_day: bool

    @classmethod
    def make(cls, name: str, parameters: Mapping[str, object]) -> Self:
        """`field` with `hours` for a DateTime, or `days` for a Date (1: today)."""
        only(name, parameters, "field", "hours", "days")
        hours = whole(name, parameters, "hours", least=1, most=_YEARS)
        days = whole(name, parameters, "days", least=1, most=_YEARS // 24)
        if (hours is None) is (days is None):
            raise ConditionError(f"condition {name}: write hours for a DateTime, or days for a Date")
        is_day = days is not None
        return cls(name, text(name, parameters, "field"), hours or ((days or 1) - 1) * 24, is_day)

    @property
    def field(self) -> str:
        """Where the moment or the day stands."""
        return self.of

    def fits(self, scalar: str) -> bool:
        """Days or moments, as it was declared."""
        return scalar == ("Date" if self.is_day else "DateTime")

    def holds(self, value: Value, organisation: str, at: dt.datetime) -> bool | None:  # noqa: ARG002  (of every condition)
        """Whether it is late enough."""
        edge = self._edge(at)
        if isinstance(edge, dt.datetime):
            return value >= edge if isinstance(value, dt.datetime) and value.tzinfo is not None else None
        return value >= edge if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None

    def predicate(self, field: str) -> Predicate:
        """Not before the edge."""
        return Compare(field, Op.GE, f"{self.name}.edge")

    def bound(self, organisation: str, at: dt.datetime) -> Mapping[str, Value | tuple[Value, ...]]:  # noqa: ARG002
        """The edge."""
        return {f"{self.name}.edge": self._edge(at)}

    def _edge(self, at: dt.datetime) -> dt.date:
        start = at - dt.timedelta(hours=self.hours)
        return day_of(start) if self.is_day else start
