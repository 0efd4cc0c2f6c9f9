from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking import Setting
from masking.partial_identity import PartialIdentity

MASK = PartialIdentity().compile(Setting("a", "Resident.identityNo", bytes(32)))
NUMBERS = st.from_regex(r"\A[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]\Z")
OLD_NUMBERS = st.from_regex(r"\A[1-9][0-9]{7}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}\Z")


@given(NUMBERS | OLD_NUMBERS)
def test_only_the_division_is_shown(number: str) -> None:
    assert MASK([number]) == [number[:6] + "************"]


@given(NUMBERS, NUMBERS | OLD_NUMBERS)
def test_numbers_of_one_division_read_the_same_old_and_new(one: str, other: str) -> None:
    assert MASK([one]) == MASK([one[:6] + other[6:]])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "310115",
        "31011519800101001",
        "3101151980010100144",
        "310115198013010014",  # a thirteenth month
        "310115198001320014",  # a thirty-second day
        "010115198001010014",
        "6222021980010100144",  # a bank card
        "３１０１１５１９８００１０１００１４",
        "310115198001010014\n",
        " 310115198001010014",
        "31011519800101001Y",
        "310115198001010014;310115198001010022",
    ],
)
def test_what_is_no_number_is_not_shown_at_all(text: str) -> None:
    assert MASK([text]) == [None]


@given(st.text(st.characters()))
def test_never_more_than_six_digits(text: str) -> None:
    (shown,) = MASK([text])
    assert shown is None or (isinstance(shown, str) and shown[6:] == "*" * 12)
