from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking import Setting
from masking.partial_phone import PartialPhone

SETTING = Setting("a", "Resident.phone", bytes(32))
DIGITS = st.text("0123456789", max_size=16)
PHONES = st.one_of(
    st.from_regex(r"\A(\+86 ?|0086)?1[3-9][0-9]{9}\Z"),
    st.from_regex(r"\A0(21|555)-?[0-9]{7,8}\Z"),
    st.builds("+{}".format, DIGITS),
    DIGITS,
    st.text("0123456789+- *", max_size=20),
)


def masked(phone: str | int, keep: int) -> object:
    (shown,) = PartialPhone(keep).compile(SETTING)([phone])
    return shown


@pytest.mark.parametrize(
    ("phone", "four", "none"),
    [
        ("13812345678", "138****5678", "138********"),
        ("138 1234 5678", "138****5678", "138********"),
        ("138-1234-5678", "138****5678", "138********"),
        ("+8613812345678", "+86 138****5678", "+86 138********"),
        ("0086 13812345678", "+86 138****5678", "+86 138********"),
        ("021-58881234", "021-****1234", "021-********"),
        ("02158881234", "021-****1234", "021-********"),
        ("0555-5881234", "0555-****234", "0555-*******"),
        ("+44 20 7946 0958", "+********0958", "+************"),
        ("+4930123", None, None),
        ("+1234567890123456", None, None),
        ("12812345678", None, None),
        ("1381234567", None, None),
        ("138123456789", None, None),
        ("１３８１２３４５６７８", None, None),
        ("1381234567²", None, None),
        ("13812345678\n", None, None),
        ("13812345678 (妻)", None, None),
        ("", None, None),
        (13812345678, None, None),
    ],
)
def test_examples(phone: str | int, four: str | None, none: str | None) -> None:
    assert masked(phone, 4) == four
    assert masked(phone, 0) == none


@given(PHONES, st.integers(0, 4))
def test_at_least_four_digits_are_hidden_and_no_more_than_keep_shown_at_the_end(phone: str, keep: int) -> None:
    shown = masked(phone, keep)
    if shown is None:
        return
    assert isinstance(shown, str)
    head, stars, tail = shown.partition("*" * shown.count("*"))
    assert len(stars) >= 4, "one run of stars, of four digits or more"
    assert len(tail) <= keep
    digits = "".join(filter(str.isdigit, phone))
    assert digits.endswith(tail)
    assert sum(map(str.isdigit, head)) <= 5
