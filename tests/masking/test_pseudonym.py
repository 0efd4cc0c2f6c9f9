from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from masking import Setting
from masking.pseudonym import Pseudonym

KEY = bytes(range(32))
MASK = Pseudonym().compile(Setting("a", "Resident.identityNo", KEY))
TEXTS = st.text(st.characters())


@given(st.lists(TEXTS))
def test_equal_texts_have_equal_marks_and_different_texts_different_ones(texts: list[str]) -> None:
    marks = MASK([*texts, *texts])
    assert marks[: len(texts)] == marks[len(texts) :]
    assert len(set(marks)) == len(set(texts))
    assert all(isinstance(mark, str) and re.fullmatch(r"p_[A-Za-z0-9_-]{22}", mark) for mark in marks)


@given(TEXTS)
def test_nothing_links_two_recipients_two_domains_or_two_keys(text: str) -> None:
    settings = [
        Setting("a", "Resident.identityNo", KEY),
        Setting("b", "Resident.identityNo", KEY),
        Setting("a", "Resident.phone", KEY),
        Setting("a", "Resident.identityNo", KEY[::-1]),
        # The same characters in another place are another setting.
        Setting("aResident", ".identityNo", KEY),
    ]
    assert len({Pseudonym().compile(setting)([text])[0] for setting in settings}) == len(settings)


def test_the_construction_does_not_move() -> None:
    # Frozen: a change of the construction would silently break every pseudonym that a recipient has stored.
    frozen = ["p_e2Guh75zhTkG9A6dnmb5yA", None, "p_EFclsc-GthFwTZ3MqhfaVw"]
    assert MASK(["310115198001010014", None, ""]) == frozen
