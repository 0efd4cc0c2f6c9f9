"""One mistake in `exchange.yaml`, and the words for it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_WORD: Final = 60  # characters shown; finding the nearest known word is quadratic in this length
_MOST_WORDS: Final = 30


@dataclass(frozen=True, slots=True, order=True)
class DeclarationProblem:
    """What is wrong on a line (counted from 1), and what to write instead.

    Neither text shows a value that stands under `options`: passwords live there, and problems are logged.
    """

    line: int
    problem: str
    remedy: str


def quoted(text: str) -> str:
    """The text in backticks, shortened, and on one line whatever it holds: it may go into a log."""
    shown = text if len(text) <= _LONGEST_WORD else text[:_LONGEST_WORD] + "…"
    return f"`{''.join(c if c.isprintable() else c.encode('unicode_escape').decode('ascii') for c in shown)}`"


def choice(word: str, known: Iterable[str]) -> str:
    """The remedy for a word that is not one of those known: the nearest of them, and all."""
    words = sorted(known)
    if not words:
        return "write its declaration first: nothing of this kind is declared"
    near = difflib.get_close_matches(word, words, 1) if len(word) <= _LONGEST_WORD else []
    more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
    listed = ", ".join(map(quoted, words[:_MOST_WORDS])) + more
    return f"write {quoted(near[0])} if that is meant (known: {listed})" if near else f"write one of {listed}"
