"""`partial-name`: a surname or initials, the rest as stars.

The chain `ends` → `surname` → `redact` only narrows: what `surname` shows can be computed from what `ends` shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self, cast

from masking.contract import ColumnMask, Mask, Setting
from masking.han import han_class
from masking.parameters import choice, take_only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vocabulary.values import Column

COMPOUND_SURNAMES: Final = frozenset(
    re.findall(
        "..",
        "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
        "仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐"
        "段干百里呼延东郭南门羊舌微生梁丘左丘东门西门南荣第五歐陽司馬諸葛東方獨孤南宮",
    )
)
"""Surnames of two characters: those of the Hundred Family Surnames (百家姓), and a few in traditional characters."""

_CHINESE: Final = re.compile(f"{han_class()}{{1,6}}")
_ALL_CHINESE: Final = re.compile(f"{han_class()}*")
_WORD: Final = re.compile(r"[^\W\d_]+")
_WORDS: Final = re.compile(r"(?=.{1,80}\Z)[^\W\d_]+(?:(?:[ \-'’·•]|\. ?)[^\W\d_]+)*\.?")
_INITIALS_AT_LEAST: Final = 2


@dataclass(frozen=True)
class PartialName(Mask):
    """Shows part of a person's name.

    `keep: ends` shows the surname and the last character (张三明 → 张*明, 张明 → 张*, 欧阳娜娜 → 欧阳*娜), of names in
    words each initial (John Smith → J*** S****). `keep: surname` shows the surname (张**, 欧阳**), of names in words
    only the first initial (J*** *****): which word is the surname cannot be known. A single character is a star.
    Anything that does not look like a name (digits, symbols, more than eighty characters) becomes None.
    """

    kind: ClassVar[str] = "partial-name"
    fits: ClassVar[frozenset[str]] = frozenset({"String"})

    keep: Literal["ends", "surname"]

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """`keep`: `ends` or `surname`."""
        take_only(parameters, "keep")
        return cls(cast('Literal["ends", "surname"]', choice(parameters, "keep", ("ends", "surname"))))

    def compile(self, setting: Setting) -> ColumnMask:  # noqa: ARG002  (the same for everyone)
        """Nothing depends on the setting."""
        return _column_of_ends if self.keep == "ends" else lambda column: _each(column, _surname)


def _each(column: Column, cell: Callable[[str], str | None]) -> Column:
    return [cell(value) if type(value) is str else None for value in column]


def _column_of_ends(column: Column) -> Column:
    """`_ends` of each cell, at a third of the cost where all are Chinese, which one look at all of them tells."""
    try:
        chinese = _ALL_CHINESE.fullmatch("".join(filter(None, column)))  # type: ignore[arg-type]  # texts, or TypeError
    except TypeError:
        chinese = None
    if chinese is None:
        return _each(column, _ends)
    return [_short(name) if name else None for name in column]  # type: ignore[arg-type]  # texts, or nothing was joined


def _short(name: str) -> str | None:
    """`_ends` of a name known to be Chinese, without a look at its characters for the usual lengths."""
    match len(name):
        case 3 if name[:2] not in COMPOUND_SURNAMES:
            return f"{name[0]}*{name[2]}"
        case 2:
            return f"{name[0]}*"
        case _:
            return _ends(name)


def _surname_length(name: str) -> int:
    """Two characters count as a compound surname only where a given name follows: 东方 may be Mr Dong."""
    return 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1  # noqa: PLR2004  (a compound has two)


def _ends(name: str) -> str | None:
    if not _CHINESE.fullmatch(name):
        return _words(name, initials=True)
    shown = _surname_length(name)
    given = len(name) - shown
    if given == 0:
        return "*"
    return name[:shown] + "*" if given == 1 else name[:shown] + "*" * (given - 1) + name[-1]


def _surname(name: str) -> str | None:
    if not _CHINESE.fullmatch(name):
        return _words(name, initials=False)
    shown = _surname_length(name)
    given = len(name) - shown
    return name[:shown] + "*" * given if given else "*"


def _words(name: str, *, initials: bool) -> str | None:
    if not _WORDS.fullmatch(name):
        return None
    first = True

    def stars(match: re.Match[str]) -> str:
        nonlocal first
        word, shown = match[0], initials or first
        first = False
        # An initial is shown only of a longer word: of a word of one letter it would be the word.
        return word[0] + "*" * (len(word) - 1) if shown and len(word) >= _INITIALS_AT_LEAST else "*" * len(word)

    return _WORD.sub(stars, name)
