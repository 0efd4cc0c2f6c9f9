"""The record is of the asker's own organisation (本单位)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from policies.conditions.making import only, text
from vocabulary.condition import Condition
from vocabulary.fetch import Compare, Op, Predicate
from vocabulary.values import Value


@dataclass(frozen=True, slots=True)
class OrganisationCondition(Condition):
    """`field` holds the id of the asker's organisation."""

    kind: ClassVar[str] = "organisation"
    rests_on_organisation: ClassVar[bool] = True
    of: str

    @classmethod
    def make(cls, name: str, parameters: Mapping[str, object]) -> Self:
        """`field`."""
        only(name, parameters, "field")
        return cls(name, text(name, parameters, "field"))

    @property
    def field(self) -> str:
        """Where the organisation stands."""
        return self.of

    def fits(self, scalar: str) -> bool:
        """Texts."""
        return scalar == "String"

    def holds(self, value: Value, organisation: str, at: dt.datetime) -> bool | None:  # noqa: ARG002  (of every condition)
        """Whether it is the asker's."""
        return value == organisation if isinstance(value, str) else None

    def predicate(self, field: str) -> Predicate:
        """Equality."""
        return Compare(field, Op.EQ, f"{self.name}.own")

    def bound(self, organisation: str, at: dt.datetime) -> Mapping[str, Value | tuple[Value, ...]]:  # noqa: ARG002
        """The asker's organisation."""
        return {f"{self.name}.own": organisation}
