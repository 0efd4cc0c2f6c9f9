from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from democity.identity_number import check_character, identity_number


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
