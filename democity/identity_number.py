"""Resident identity numbers, as GB 11643-1999 forms them: division, birth date, sequence, check character."""

from __future__ import annotations

import datetime as dt
from array import array
from typing import TYPE_CHECKING, Final

from democity.chance import chance

if TYPE_CHECKING:
    from random import Random

_WEIGHTS: Final = tuple(2 ** (17 - place) % 11 for place in range(17))
_CHECKS: Final = "10X98765432"
SEQUENCES: Final = 1000
"""How many numbers one division can give to those born on one day: odd ones to men, even ones to women."""

_STRIDE: Final = 137  # coprime to half of SEQUENCES: each is met once
_FIRST_DAY: Final = dt.date(1900, 1, 1).toordinal()
_DAYS: Final = dt.date(2030, 1, 1).toordinal() - _FIRST_DAY
_SAME_DISTRICT: Final = 0.67


def identity_number(division: str, born: dt.date, sequence: int) -> str:
    """The number of the `sequence`-th person (0 to 999) registered in a division for a birth date."""
    body = f"{division}{born.year}{born.month:02}{born.day:02}{sequence:03}"
    return body + check_character(body)


def check_character(body: str) -> str:
    """The check character of seventeen digits, by ISO 7064 MOD 11-2."""
    return _CHECKS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


class Numbers:
    """Gives each person a number that nobody else has, and remembers no number: it counts them (7 MB, however many).

    Of one division, day and sex the sequences are taken in an order that jumps.
    """

    def __init__(self, divisions: tuple[str, ...]) -> None:
        self._divisions = divisions
        self._places = {division: place for place, division in enumerate(divisions)}
        self._given = array("H", bytes(2 * len(divisions) * _DAYS * 2))

    def give(self, random: Random, division: str, born: dt.date, sex: str) -> str:
        """A number for somebody who lives in a division; two in three were first registered there."""
        while True:
            registered = division if chance(random, _SAME_DISTRICT) else random.choice(self._divisions)
            man = sex == "男"
            cell = (self._places[registered] * _DAYS + born.toordinal() - _FIRST_DAY) * 2 + man
            given = self._given[cell]
            if given < SEQUENCES // 2:
                self._given[cell] = given + 1
                return identity_number(registered, born, 2 * ((7919 * cell + _STRIDE * given) % (SEQUENCES // 2)) + man)
