from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from masking.han import han_class


@given(st.characters(), st.text(st.characters(min_codepoint=0x3000, max_codepoint=0xA000), max_size=4))
def test_the_class_is_every_chinese_character_but_the_excluded(character: str, excluded: str) -> None:
    code = ord(character)
    chinese = code == 0x3007 or any(
        first <= code <= last
        for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
    )
    assert bool(re.fullmatch(han_class(excluded), character)) == (chinese and character not in excluded)


def test_the_ends_of_a_block_can_be_excluded() -> None:
    pattern = han_class("一鿿〇")
    assert not re.fullmatch(pattern, "一")
    assert not re.fullmatch(pattern, "鿿")
    assert not re.fullmatch(pattern, "〇")
    assert re.fullmatch(pattern, "丁")
