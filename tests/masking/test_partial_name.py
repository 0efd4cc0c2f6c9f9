from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masking import Setting
from masking.partial_name import COMPOUND_SURNAMES, PartialName

SETTING = Setting("a", "Resident.name", bytes(32))
ENDS = PartialName("ends").compile(SETTING)
SURNAME = PartialName("surname").compile(SETTING)

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=6)
COMPOUND = st.builds(str.__add__, st.sampled_from(sorted(COMPOUND_SURNAMES)), CHINESE)
WORDS = st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=9), min_size=1, max_size=4).map(" ".join)
NAMES = CHINESE | COMPOUND | WORDS | st.text(st.characters())


@pytest.mark.parametrize(
    ("name", "ends", "surname"),
    [
        ("张三明", "张*明", "张**"),
        ("张明", "张*", "张*"),
        ("王", "*", "*"),
        ("张三明天", "张**天", "张***"),
        ("欧阳娜娜", "欧阳*娜", "欧阳**"),
        ("欧阳娜", "欧阳*", "欧阳*"),
        ("欧阳", "欧*", "欧*"),
        ("諸葛孔明", "諸葛*明", "諸葛**"),
        ("\U00020bb7野家", "\U00020bb7*家", "\U00020bb7**"),
        ("阿卜杜拉·买买提", "阿***·买**", "阿***·***"),
        ("John Smith", "J*** S****", "J*** *****"),
        ("Madonna", "M******", "M******"),
        ("J. Smith", "*. S****", "*. *****"),
        ("Anne-Marie O'Neil", "A***-M**** *'N***", "A***-***** *'****"),
        ("김철수", "김**", "김**"),
        ("", None, None),
        (" ", None, None),
        ("张三2", None, None),
        ("张*明", None, None),
        ("a@b", None, None),
        ("张三\n明", None, None),
        ("张三明\n", None, None),
        ("x" * 81, None, None),
        (7, None, None),
    ],
)
def test_examples(name: str | int, ends: str | None, surname: str | None) -> None:
    assert ENDS([name]) == [ends]
    assert SURNAME([name]) == [surname]


@given(NAMES)
def test_a_name_keeps_its_length_shows_only_its_own_letters_and_hides_some(name: str) -> None:
    for mask in (ENDS, SURNAME):
        (shown,) = mask([name])
        if shown is None:
            continue
        assert isinstance(shown, str)
        assert len(shown) == len(name)
        assert "*" in shown
        assert all(new in {old, "*"} for old, new in zip(name, shown, strict=True))


@given(CHINESE | COMPOUND)
def test_of_a_chinese_name_at_most_a_surname_and_one_character_are_shown(name: str) -> None:
    (ends,) = ENDS([name])
    (surname,) = SURNAME([name])
    assert isinstance(ends, str)
    assert isinstance(surname, str)
    assert len(ends.replace("*", "")) <= 3
    assert set(surname[2:]) <= {"*"}
    assert surname.endswith("*")


@given(NAMES, st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF))
def test_the_stricter_mask_tells_nothing_that_the_other_hides(name: str, other: str) -> None:
    # Change what `ends` hides: `surname` must not move.
    (ends,) = ENDS([name])
    if not isinstance(ends, str):
        return
    twin = "".join(
        other if new == "*" and "\u4e00" <= old <= "\u9fff" else old for old, new in zip(name, ends, strict=True)
    )
    if ENDS([twin]) == [ends]:
        assert SURNAME([twin]) == SURNAME([name])


names = st.text("王欧阳明三张丽a1· 𠮷", max_size=7)


@settings(max_examples=300)
@given(st.lists(st.one_of(st.none(), names, st.just(7)), max_size=6))
def test_a_column_is_masked_like_its_cells(column: list[Any]) -> None:

    assert ENDS(column) == [ENDS([cell, "a1"])[0] for cell in column]
