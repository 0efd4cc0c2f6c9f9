"""Unified social credit codes of firms, as GB 32100-2015 forms them.

Registering authority, kind of organisation, division, organisation code (GB 11714-1997, with a check of its own), and
the check character. The letters I, O, S, V and Z do not stand in them.
"""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_ENTERPRISE: Final = "91"
"""Registered by the market regulator (9) as an enterprise (1)."""


def credit_code(division: str, serial: int) -> str:
    """The code of the enterprise with this serial number (0 to 31**7 - 1), registered in a division."""
    organisation = f"M{_digits(serial, 7)}"
    body = f"{_ENTERPRISE}{division}{organisation}{organisation_check(organisation)}"
    return body + check_character(body)


def check_character(body: str) -> str:
    """The last character of a code, of the seventeen before it: MOD 31."""
    total = sum(weight * _VALUES[character] for weight, character in zip(_WEIGHTS, body, strict=True))
    return ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """The ninth character of an organisation code, of the eight before it: MOD 11, where letters go on from 10."""
    total = sum(weight * int(character, 36) for weight, character in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    return "0123456789X"[-total % 11]


def _digits(number: int, count: int) -> str:
    digits = []
    for _ in range(count):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
