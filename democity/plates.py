"""Vehicle plates of Shanghai, as GA 36-2018 forms them: five characters behind the letter, or six on new-energy ones.

A small new-energy car has D (electric) or F (plug-in hybrid) first. I and O stand on no plate.
"""

from __future__ import annotations

from typing import Final

_OFFICES: Final = "ABDEFGHJKLMN"
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_NEW_ENERGY: Final = {"electric": "D", "hybrid": "F"}
_STEP: Final = 1_000_003  # a prime that divides no count of plates below: each place has a plate of its own
PLATES: Final = {
    "petrol": len(_OFFICES) * len(_LETTERS) * 10**4,
    "electric": len(_OFFICES) * 10**5,
    "hybrid": len(_OFFICES) * 10**5,
}
"""How many there are, by what the vehicle runs on."""


def plate(energy: str, place: int) -> str:
    """The plate of the vehicle with this place among those that run on the same; distinct places, distinct plates.

    Raises:
        ValueError: there are no more.
    """
    count = PLATES[energy]
    if place >= count:
        raise ValueError(f"there are {count} plates for {energy}")
    number, office = divmod(place * _STEP % count, len(_OFFICES))
    if energy in _NEW_ENERGY:
        return f"沪{_OFFICES[office]}{_NEW_ENERGY[energy]}{number:05}"
    digits, letter = divmod(number, len(_LETTERS))
    return f"沪{_OFFICES[office]}{_LETTERS[letter]}{digits:04}"
