"""`partial-identity`: of a resident identity number, the division that first registered the person.

Source of the shape: GB 11643-1999, citizen identification number: six digits of division (GB/T 2260), eight of birth
date, three of sequence (odd: male, even: female) and a check character; before 1999 fifteen digits, a short year and
no check character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from masking.contract import ColumnMask, Mask, Setting
from masking.parameters import take_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vocabulary.values import Column

_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_NUMBER: Final = re.compile(
    rf"[1-9][0-9]{{5}}(?:(?:18|19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9Xx]|[0-9]{{2}}{_DAY}[0-9]{{3}})"
)
_STARS: Final = "*" * 12


@dataclass(frozen=True)
class PartialIdentity(Mask):
    """Shows the first six digits and twelve stars: nothing of birth date, sex or check character.

    Numbers of fifteen digits get twelve stars too: their length alone would say that the person was born before 1999.
    Whatever has not the shape of a number becomes None. Takes no parameters.
    """

    kind: ClassVar[str] = "partial-identity"
    fits: ClassVar[frozenset[str]] = frozenset({"String"})

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """No parameters."""
        take_only(parameters)
        return cls()

    def compile(self, setting: Setting) -> ColumnMask:  # noqa: ARG002  (the same for everyone)
        """Nothing depends on the setting."""
        return _divisions


def _divisions(column: Column) -> Column:
    shaped = _NUMBER.fullmatch
    return [value[:6] + _STARS if type(value) is str and shaped(value) else None for value in column]
