"""Areas: nodes of the city's tree, written as administrative division codes (行政区划代码).

Source of the code structure: GB/T 2260 (city, district) and the statistical division codes of the National
Bureau of Statistics (street, committee); the grid (网格) is three digits below the committee.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Tier(IntEnum):
    """The level of an area; the value is the length of its code in digits."""

    CITY = 2
    DISTRICT = 6
    STREET = 9
    COMMITTEE = 12
    GRID = 15


_LENGTHS = frozenset(tier.value for tier in Tier)
_PARENT_LENGTH = {15: 12, 12: 9, 9: 6, 6: 2}


class NotAnAreaError(ValueError):
    """A text that is no area code."""


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """One area, by its shortest code: `31`, `310115`, `310115016`, `310115016003`, `310115016003001`.

    Build it with `parse`, which normalises zero-padded codes (`310115000000` is district `310115`).
    """

    code: str

    @classmethod
    def parse(cls, text: str) -> Area:
        """Read a code as people and registers write it.

        Raises:
            NotAnAreaError: not ASCII digits, a length that no tier has (`3101`), or a level of zeros
                between two others (`310115000003`).
        """
        code = text.strip()
        if not (code.isascii() and code.isdigit()):
            raise NotAnAreaError(f"{text!r} is no area code: digits only, as in 310115016")
        if len(code) == 12 and code.endswith("0000000000"):  # noqa: PLR2004  (a city padded to twelve digits)
            code = code[:2]
        while (shorter := _PARENT_LENGTH.get(len(code))) is not None and not code[shorter:].strip("0"):
            code = code[:shorter]
        if len(code) not in _LENGTHS or code == "00":
            raise NotAnAreaError(
                f"{text!r} is no area code: city 2 digits, district 6, street 9, committee 12, grid 15"
            )
        for start, end in ((2, 6), (6, 9), (9, 12), (12, 15)):
            if len(code) >= end and not code[start:end].strip("0"):
                raise NotAnAreaError(f"{text!r} is no area code: digits {start + 1} to {end} are a level of zeros")
        if len(code) >= Tier.DISTRICT and code[4:6] == "00":
            raise NotAnAreaError(
                f"{text!r} is no area code: {code[:4]} is a level that a city of districts does not have"
            )
        return cls(code)

    @property
    def tier(self) -> Tier:
        """The level of this area."""
        return Tier(len(self.code))

    @property
    def parent(self) -> Area | None:
        """The area right above; None above a city."""
        length = _PARENT_LENGTH.get(len(self.code))
        return None if length is None else Area(self.code[:length])

    @property
    def upper_bound(self) -> str:
        """The smallest string of digits above every code in this area, for a range scan.

        Shorter than the code where that ends in nines: 310115016003999 + 1 padded to its length would let in
        310115016004, which sorts before 310115016004000 and lies elsewhere.
        """
        stem = self.code.rstrip("9")
        return stem[:-1] + chr(ord(stem[-1]) + 1) if stem else ":"  # the character after the last digit

    def contains(self, other: Area) -> bool:
        """Say whether `other` is this area or lies in it."""
        return other.code.startswith(self.code)

    def __str__(self) -> str:
        return self.code
