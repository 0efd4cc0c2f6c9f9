"""Serial numbers that say nothing: distinct, and in no order that anybody could read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

_HALF: Final = 15  # bits: the numbers have twice as many, and so fit a GraphQL Int
_MASK: Final = 2**_HALF - 1
_ROUNDS: Final = 4
MOST: Final = 2 ** (2 * _HALF)
"""How many there are, from 1 on."""


class Serials:
    """A permutation of 0 to `MOST` - 1, shifted by one: a Feistel network whose rounds are tables drawn at random.

    Distinct places have distinct numbers, whatever the tables are, so that nobody needs to remember which were given.
    (Luby and Rackoff, 1988: four rounds of random functions can't be told from a random permutation.)
    """

    def __init__(self, random: Random) -> None:
        size = 2 * 2**_HALF
        self._rounds = tuple(memoryview(random.randbytes(size)).cast("H") for _ in range(_ROUNDS))

    def __getitem__(self, place: int) -> int:
        left, right = place >> _HALF, place & _MASK
        for table in self._rounds:
            left, right = right, left ^ (table[right] & _MASK)
        return (left << _HALF | right) + 1
