"""`degree-band`: between which degrees something stands, for one axis of a position.

A position that is rounded reads as an exact one, so the mask is a companion and shows both edges: 121.54–121.55. A
hundredth of a degree is 1.1 km from south to north, and 0.95 km from west to east at Shanghai's latitude (ISO 6709
writes degrees so). Both axes have to be banded; one of them alone leaves a line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, Never, Self

from masking.companions.contract import Companion
from masking.errors import MaskParametersError, NotAnEdgeError
from masking.parameters import take_only

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from masking.contract import ColumnMask
    from vocabulary.fetch import Op
    from vocabulary.values import Column

_PARTS: Final = {1.0: 1, 0.5: 2, 0.2: 5, 0.1: 10, 0.05: 20, 0.02: 50, 0.01: 100}
"""How many bands one degree has, by the width of a band. Narrower ones would tell houses apart."""
_HALF_TURN: Final = 180


@dataclass(frozen=True)
class DegreeBand(Companion):
    """Bands of one width, from the lower edge up to, and without, the upper one."""

    kind: ClassVar[str] = "degree-band"
    takes: ClassVar[str] = "Float"
    gives: ClassVar[str] = "String"

    step: float

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """`step`: the width of a band in degrees."""
        take_only(parameters, "step")
        step = parameters["step"]
        if not isinstance(step, float | int) or isinstance(step, bool) or float(step) not in _PARTS:
            raise MaskParametersError(f"step: {step!r} is none of {', '.join(map(str, _PARTS))}")
        return cls(float(step))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """From west to east, or from south to north."""
        edge = _HALF_TURN * _PARTS[self.step]
        return tuple(map(self._label, range(-edge, edge)))

    def compile(self, today: dt.date) -> ColumnMask:  # noqa: ARG002  (where something stands does not age)
        """Labels; what is no degree has none."""
        parts = _PARTS[self.step]

        def mask(column: Column) -> Column:
            return [
                self._label(math.floor(value * parts))
                if type(value) is float and -_HALF_TURN <= value < _HALF_TURN
                else None
                for value in column
            ]

        return mask

    def rewrite(self, op: Op, value: object, today: dt.date) -> Never:  # noqa: ARG002
        """No comparison yet: intervals are of dates (`contract.Interval`)."""
        raise NotAnEdgeError(f"{op.value} can't be asked of a band of degrees; filter by area")

    def _label(self, band: int) -> str:
        parts, digits = _PARTS[self.step], max(0, len(f"{self.step:g}") - 2)
        return f"{band / parts:.{digits}f}–{(band + 1) / parts:.{digits}f}"
