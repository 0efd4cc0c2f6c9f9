from __future__ import annotations

import re

import pytest

from democity.plates import PLATES, plate


@pytest.mark.parametrize(
    ("energy", "shape"),
    [
        ("petrol", "沪[A-HJ-N][A-HJ-NP-Z][0-9]{4}"),
        ("electric", "沪[A-HJ-N]D[0-9]{5}"),
        ("hybrid", "沪[A-HJ-N]F[0-9]{5}"),
    ],
)
def test_plates_have_their_form_and_are_distinct(energy: str, shape: str) -> None:
    plates = [plate(energy, place) for place in (*range(5000), PLATES[energy] - 1)]
    assert len(set(plates)) == len(plates)
    assert all(re.fullmatch(shape, one) for one in plates)


def test_the_step_meets_every_plate() -> None:
    assert len({place * 1_000_003 % PLATES["hybrid"] for place in range(PLATES["hybrid"])}) == PLATES["hybrid"]


def test_there_are_no_more_than_there_are() -> None:
    with pytest.raises(ValueError, match="plates for hybrid"):
        plate("hybrid", PLATES["hybrid"])
