from __future__ import annotations

import pytest

from portal.language import Say, choose
from portal.texts import TEXTS


@pytest.mark.parametrize(
    ("chosen", "accepts", "language"),
    [
        ("", "", "zh"),
        (None, "en", "en"),
        ("zh", "en", "zh"),
        ("en", "zh-CN", "en"),
        ("fr", "en-GB,en;q=0.9", "en"),
        ("", "fr,de;q=0.8", "zh"),
        ("", "zh-CN;q=0.5,en;q=0.9", "en"),
        ("", "en;q=0, zh", "zh"),
        ("", "EN-us", "en"),
        ("", "en;q=much", "zh"),
        ("", "," * 10_000, "zh"),
        ("", "*", "zh"),
    ],
)
def test_a_choice_goes_before_the_browser_and_chinese_is_spoken_else(
    chosen: str | None, accepts: str, language: str
) -> None:
    assert choose(chosen, accepts) == language


def test_the_readers_part_of_a_description() -> None:
    assert Say("zh", TEXTS).part("姓名 · Full name") == "姓名"
    assert Say("en", TEXTS).part("姓名 · Full name") == "Full name"
    assert Say("en", TEXTS).part("A text of one language") == "A text of one language"


def test_a_text_that_there_is_not_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Say("en", TEXTS)("nothing.like.it")


def test_a_code_that_nobody_knows_is_told_as_ours() -> None:
    assert Say("en", TEXTS).code("NEW_CODE") == Say("en", TEXTS)("code.INTERNAL")
