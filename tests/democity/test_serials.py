from __future__ import annotations

from itertools import pairwise
from random import Random

from democity.serials import MOST, Serials


def test_each_place_has_a_number_of_its_own_that_says_nothing_about_it() -> None:
    serials = Serials(Random(1))
    numbers = [serials[place] for place in range(20_000)]
    assert len(set(numbers)) == len(numbers)
    assert all(1 <= number <= MOST < 2**31 for number in numbers)
    rising = sum(one < other for one, other in pairwise(numbers))
    assert 0.45 < rising / len(numbers) < 0.55


def test_the_seed_alone_decides() -> None:
    assert Serials(Random(1))[5] == Serials(Random(1))[5] != Serials(Random(2))[5]


def test_the_last_place_has_a_number_too() -> None:
    assert 1 <= Serials(Random(1))[MOST - 1] <= MOST
