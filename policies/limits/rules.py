"""Which limit applies to a purpose, what is left under it, and on which day a moment lies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from policies.limits.errors import MalformedChargeError
from vocabulary import moment
from vocabulary.limits import ANY_PURPOSE, Left, Measure, PrincipalLimit, SubjectBudget

MEASURES: Final[tuple[Measure, ...]] = ("rows", "subjects", "probes")
_NO_BOUND: Final = PrincipalLimit(ANY_PURPOSE)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted: for one principal, purpose and day, or for one charge."""

    rows: int = 0
    subjects: int = 0
    probes: int = 0

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(self.rows + other.rows, self.subjects + other.subjects, self.probes + other.probes)


class Rules:
    """The declared limits and the declared budget. Without any, nothing is counted anywhere.

    A purpose has its own limit or, without one, that of `any`. Of two for one purpose the stricter bounds hold.
    """

    def __init__(self, limits: Iterable[PrincipalLimit], budget: SubjectBudget | None) -> None:
        self.budget: Final = budget
        self._limits: dict[str, PrincipalLimit] = {}
        for limit in limits:
            known = self._limits.get(limit.purpose, limit)
            self._limits[limit.purpose] = PrincipalLimit(
                limit.purpose,
                _smaller(known.rows, limit.rows),
                _smaller(known.subjects, limit.subjects),
                _smaller(known.probes, limit.probes),
            )

    def of(self, purpose: str) -> PrincipalLimit:
        """The limit of a purpose; one without bounds where none was declared."""
        return self._limits.get(purpose) or self._limits.get(ANY_PURPOSE, _NO_BOUND)

    def bounds(self, purpose: str) -> bool:
        """Whether a principal's own use has to be counted for this purpose."""
        limit = self.of(purpose)
        return any(getattr(limit, measure) is not None for measure in MEASURES)

    def is_needed(self, purpose: str) -> bool:
        """Whether an answer for this purpose has to be charged at all."""
        return self.budget is not None or self.bounds(purpose)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to count for any purpose."""
        return self.budget is None and not any(map(self.bounds, self._limits))


def exceeded(limit: PrincipalLimit, used: Tally, more: Tally) -> Measure | None:
    """The first measure that `more` would carry past its bound; what it adds nothing to is not its fault."""
    for measure in MEASURES:
        bound, added = getattr(limit, measure), getattr(more, measure)
        if bound is not None and added and getattr(used, measure) + added > bound:
            return measure
    return None


def left_under(limit: PrincipalLimit, used: Tally) -> Left:
    """What a limit leaves after what was used."""
    return Left(
        _rest(limit.rows, used.rows),
        _rest(limit.subjects, used.subjects),
        _rest(limit.probes, used.probes),
    )


def day_of(at: dt.datetime) -> int:
    """The number of the city's calendar day on which a moment lies (`datetime.date.toordinal`).

    Raises:
        MalformedChargeError: the moment is naive.
    """
    if at.tzinfo is None:
        raise MalformedChargeError("the time of a charge is aware")
    return moment.day_of(at).toordinal()


def _smaller(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _rest(bound: int | None, used: int) -> int | None:
    return None if bound is None else max(0, bound - used)  # a bound may have been lowered since
