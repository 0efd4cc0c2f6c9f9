"""Resident identity numbers, as GB 11643-1999 forms them: division, birth date, sequence, check character."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

_WEIGHTS: Final = tuple(2 ** (17 - place) % 11 for place in range(17))
_CHECKS: Final = "10X98765432"
SEQUENCES: Final = 1000
"""How many numbers one division can give to those born on one day: odd ones to men, even ones to women."""


def identity_number(division: str, born: dt.date, sequence: int) -> str:
    """The number of the `sequence`-th person (0 to 999) registered in a division for a birth date."""
    body = f"{division}{born:%Y%m%d}{sequence:03}"
    return body + check_character(body)


def check_character(body: str) -> str:
    """The check character of seventeen digits, by ISO 7064 MOD 11-2."""
    return _CHECKS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]
