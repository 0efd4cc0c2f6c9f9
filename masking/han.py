"""Chinese characters, for patterns."""

from __future__ import annotations

from typing import Final

_RANGES: Final = ((0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
"""〇, which names use, and the blocks of CJK unified and compatibility ideographs (Unicode 15)."""


def han_class(excluded: str = "") -> str:
    """A regular expression's character class: every Chinese character but `excluded`."""
    holes = sorted(map(ord, excluded))
    parts: list[str] = []
    for first, last in _RANGES:
        start = first
        for hole in (*(code for code in holes if first <= code <= last), last + 1):
            if start < hole:
                parts.append(f"{chr(start)}-{chr(hole - 1)}")
            start = hole + 1
    return f"[{''.join(parts)}]"
