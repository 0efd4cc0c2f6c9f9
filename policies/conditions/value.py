"""The record has one of the values named (记录属性)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from policies.conditions.making import only, text
from policies.errors import ConditionError
from vocabulary.condition import Condition
from vocabulary.fetch import Compare, Op, Or, Predicate
from vocabulary.values import SCALARS, Value

_MOST = 100


@dataclass(frozen=True, slots=True)
class ValueCondition(Condition):
    """`field` holds one of `values`, all of one type."""

    kind: ClassVar[str] = "value"
    of: str
    values: tuple[str | int | bool, ...]

    @classmethod
    def make(cls, name: str, parameters: Mapping[str, object]) -> Self:
        """`field` and `values`."""
        only(name, parameters, "field", "values")
        values = parameters.get("values")
        if not isinstance(values, list) or not 0 < len(values) <= _MOST or len({type(one) for one in values}) != 1:
            raise ConditionError(f"condition {name}: write values, a list of 1 to {_MOST} of one type")
        if not all(isinstance(one, str | int) for one in values):
            raise ConditionError(f"condition {name}: values are texts, whole numbers, or true and false")
        return cls(name, text(name, parameters, "field"), tuple(values))

    @property
    def field(self) -> str:
        """Where the value stands."""
        return self.of

    def fits(self, scalar: str) -> bool:
        """Whatever type the values are of."""
        return SCALARS.get(scalar) is type(self.values[0])

    def holds(self, value: Value, organisation: str, at: dt.datetime) -> bool | None:  # noqa: ARG002  (of every condition)
        """Whether it is one of them."""
        return value in self.values if type(value) is type(self.values[0]) else None

    def predicate(self, field: str) -> Predicate:
        """Equality with one of them."""
        parts = tuple(Compare(field, Op.EQ, f"{self.name}.{at}") for at in range(len(self.values)))
        return parts[0] if len(parts) == 1 else Or(parts)

    def bound(self, organisation: str, at: dt.datetime) -> Mapping[str, Value | tuple[Value, ...]]:  # noqa: ARG002
        """The values."""
        return {f"{self.name}.{at_}": value for at_, value in enumerate(self.values)}
