"""`age-band`: in which band of ages a person of this birth date is today.

Source of the age: Civil Code of the PRC, article 200 (periods are counted by the Gregorian calendar) and article 202
(where the last month has no corresponding day, the period ends with that month's last day). A year of age is full on
the birthday; of someone born on 29 February it is full, in a common year, once 28 February is over: on 1 March.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from masking.companions.contract import Companion, Interval
from masking.errors import MaskParametersError, NotAnEdgeError
from masking.parameters import is_int, take_only
from vocabulary.fetch import Op

if TYPE_CHECKING:
    from collections.abc import Mapping

    from masking.contract import ColumnMask
    from vocabulary.values import Column

_OLDEST: Final = 150
_NARROWEST: Final = 2


@dataclass(frozen=True)
class AgeBand(Companion):
    """Bands of full years that begin at 0 and at each of `edges`: [18, 70] gives 0-17, 18-69 and 70+.

    Every band spans two years or more: `73-73` would be the age itself (promise 8).
    """

    kind: ClassVar[str] = "age-band"
    takes: ClassVar[str] = "Date"
    gives: ClassVar[str] = "String"

    edges: tuple[int, ...]

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """`edges`: ages at which a band begins, rising, from 2 to 150, two years or more apart."""
        take_only(parameters, "edges")
        edges = parameters["edges"]
        if not isinstance(edges, list | tuple) or not edges or not all(map(is_int, edges)):
            raise MaskParametersError(f"edges: {edges!r} is no list of whole years; write [18, 60, 70]")
        for before, edge in zip((0, *edges), edges, strict=False):
            if edge - before < _NARROWEST:
                raise MaskParametersError(f"edges: {edge} follows {before}; edges rise, by two years or more")
        if edges[-1] > _OLDEST:
            raise MaskParametersError(f"edges: {edges[-1]} is above {_OLDEST}")
        return cls(tuple(edges))

    @property
    def labels(self) -> tuple[str, ...]:
        """From the youngest band to the oldest."""
        starts = (0, *self.edges)
        return (
            *(f"{start}-{end - 1}" for start, end in zip(starts, self.edges, strict=False)),
            f"{self.edges[-1]}+",
        )

    def compile(self, today: dt.date) -> ColumnMask:
        """Labels as of `today`; a birth date after it has none."""
        # Cuts rise with the birth date, so the oldest band comes first; past the last cut nobody is born yet.
        cuts = self._cuts(today)[::-1]
        labels = (*self.labels[::-1], None)

        def mask(column: Column) -> Column:
            return [labels[bisect_left(cuts, born)] if type(born) is dt.date else None for born in column]

        return mask

    def rewrite(self, op: Op, value: object, today: dt.date) -> tuple[Interval, ...]:
        """Birth dates for `gte`, `gt`, `lte`, `lt` with an age, and for `eq`, `ne`, `in` with labels."""
        cuts = self._cuts(today)
        bands = self._bands(op, value)
        intervals: list[Interval] = []
        for band in sorted(bands):
            after = cuts[band + 1] if band + 1 < len(cuts) else None
            if band - 1 in bands:  # neighbours make one interval
                intervals[-1] = Interval(after, intervals[-1].until)
            else:
                intervals.append(Interval(after, cuts[band]))
        return tuple(intervals)

    def _cuts(self, today: dt.date) -> list[dt.date]:
        """For each band, the latest birth date of someone old enough for it."""
        return [today, *(_latest_birth(edge, today) for edge in self.edges)]

    def _bands(self, op: Op, value: object) -> set[int]:
        """Which bands, by their place in `labels`, satisfy the predicate."""
        everything = set(range(len(self.labels)))
        match op:
            case Op.GE | Op.LT:
                younger = set(range(self._edge(value, op, step=0)))
                return younger if op is Op.LT else everything - younger
            case Op.GT | Op.LE:
                younger = set(range(self._edge(value, op, step=1)))
                return younger if op is Op.LE else everything - younger
            case Op.EQ:
                return {self._label(value)}
            case Op.NE:
                return everything - {self._label(value)}
            case Op.IN if isinstance(value, list | tuple):
                return {self._label(item) for item in value}
            case _:
                raise NotAnEdgeError(f"{op.value} cannot be asked of a band; write eq or in with {self._choices()}")

    def _edge(self, value: object, op: Op, *, step: int) -> int:
        """The band that begins at age `value + step`: whole years, so `gt: 69` is `gte: 70`."""
        starts = (0, *self.edges)
        if isinstance(value, int) and is_int(value) and value + step in starts:
            return starts.index(value + step)
        choices = ", ".join(str(start - step) for start in starts if start >= step)
        raise NotAnEdgeError(f"{op.value}: {value!r} is no edge of a band; write one of {choices}")

    def _label(self, value: object) -> int:
        if isinstance(value, str) and value in self.labels:
            return self.labels.index(value)
        raise NotAnEdgeError(f"{value!r} is no band; write one of {self._choices()}")

    def _choices(self) -> str:
        return ", ".join(self.labels)


def _latest_birth(age: int, today: dt.date) -> dt.date:
    """The last day on which someone was born who is `age` full years old today."""
    year = today.year - age
    try:
        return dt.date(year, today.month, today.day)
    except ValueError:  # today is 29 February and that year had none: whoever was born on the 28th is old enough
        return dt.date(year, 2, 28)
