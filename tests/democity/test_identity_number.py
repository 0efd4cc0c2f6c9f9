from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from democity.divisions import DISTRICTS
from democity.identity_number import SEQUENCES, Numbers, check_character, identity_number


@pytest.mark.parametrize(
    "number",
    # The standard's own examples (GB 11643-1999, annex A).
    ["11010519491231002X", "440524188001010014"],
)
def test_the_examples_of_the_standard(number: str) -> None:
    assert check_character(number[:17]) == number[17]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)), st.integers(0, 999))
def test_a_number_satisfies_mod_11_2(born: dt.date, sequence: int) -> None:
    number = identity_number("310115", born, sequence)
    # ISO 7064, the recursive method: another way than the weights of the code.
    product = 0
    for digit in number[:17]:
        product = (product + int(digit)) * 2 % 11
    assert (product + (10 if number[17] == "X" else int(number[17]))) % 11 == 1
    assert number[6:14] == born.strftime("%Y%m%d")
    assert int(number[14:17]) == sequence


def test_no_number_is_given_twice_until_none_is_left() -> None:
    numbers, random, born = Numbers(("310101", "310104")), Random(1), dt.date(1960, 2, 29)
    given = [numbers.give(random, "310101", born, sex) for _ in range(SEQUENCES // 2) for sex in "男女"]
    assert len(set(given)) == SEQUENCES
    assert {(int(number[16]) % 2 == 1) for number in given} == {True, False}
    assert all(number[17] == check_character(number[:17]) and number[6:14] == "19600229" for number in given)


def test_two_in_three_were_registered_where_they_live() -> None:
    numbers, random = Numbers(tuple(DISTRICTS)), Random(1)
    days = [dt.date(1950, 1, 1) + dt.timedelta(days=day) for day in range(3000)]
    local = sum(numbers.give(random, "310115", day, "女").startswith("310115") for day in days)
    assert 0.62 < local / len(days) < 0.75
