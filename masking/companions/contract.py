"""The contract of a companion: frozen data, compiled for a day to a function from column to column of another type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from masking.contract import ColumnMask
    from vocabulary.fetch import Op


@dataclass(frozen=True, slots=True)
class Interval:
    """Dates after `after` (None: however early), up to and with `until`."""

    after: dt.date | None
    until: dt.date

    def contains(self, day: dt.date) -> bool:
        """Say whether the day lies in it."""
        return day <= self.until and (self.after is None or day > self.after)


@dataclass(frozen=True)
class Companion(ABC):
    """One kind of companion, with its parameters.

    A compiled companion is pure, returns a new list of the same length and never raises; None, a wrong type and
    what has no place in its labels become None.
    """

    kind: ClassVar[str]
    takes: ClassVar[str]
    """The GraphQL scalar that it is computed from."""
    gives: ClassVar[str]
    """The GraphQL scalar of its field."""

    @classmethod
    @abstractmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """Read the parameters of a declaration; MaskParametersError says what to write."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """Every text that it may show, in order."""

    @abstractmethod
    def compile(self, today: dt.date) -> ColumnMask:
        """The function that computes a column, as of a day."""

    @abstractmethod
    def rewrite(self, op: Op, value: object, today: dt.date) -> tuple[Interval, ...]:
        """The dates of the field it is computed from whose label satisfies `op value`: disjoint, latest first.

        Exact: a date lies in one of them if and only if its label satisfies the predicate. None: no date does.

        Raises:
            NotAnEdgeError: labels alone cannot decide the predicate; the text lists what they can.
        """
