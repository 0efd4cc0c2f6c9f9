"""Chinese and English: which of them a reader gets, and texts by their keys.

A choice of one's own goes before what the browser asks for (`Accept-Language`, RFC 9110, section 12.5.4); else Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vocabulary.catalogue import Words

LANGUAGES: Final = ("zh", "en")
TAGS: Final = {"zh": "zh-Hans", "en": "en"}
_BETWEEN: Final = " · "  # between the languages of a description in the schema


def choose(chosen: str | None, accepts: str) -> str:
    """The language for a reader who chose, or whose browser accepts these."""
    if chosen in LANGUAGES:
        return chosen
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepts.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        name = tag.partition("-")[0].lower()
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if name in LANGUAGES and weight > 0:
            wanted.append((-weight, place, name))
    return min(wanted)[2] if wanted else LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Say:
    """Texts in one language. A key that there is not raises KeyError: a page is never shown half."""

    language: str
    texts: Mapping[str, Words]

    def __call__(self, key: str, **given: object) -> str:
        """The text of a key, filled in."""
        text = self.of(self.texts[key])
        return text.format(**given) if given else text

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.texts

    def of(self, words: Words) -> str:
        """The one of both languages."""
        return words.zh if self.language == "zh" else words.en

    def code(self, code: str) -> str:
        """A refusal as a plain sentence; one that nobody has words for is told as something of ours."""
        return self(f"code.{code}") if self.has(f"code.{code}") else self("code.INTERNAL")

    def part(self, text: str) -> str:
        """The reader's part of a description as it stands in the schema, Chinese before English."""
        zh, between, en = text.partition(_BETWEEN)
        return (zh if self.language == "zh" else en) if between else text

    def join(self, parts: tuple[str, ...] | list[str]) -> str:
        """A list, as the language writes one."""
        return ("、" if self.language == "zh" else ", ").join(parts)

    @property
    def tag(self) -> str:
        """The language for `lang`."""
        return TAGS[self.language]
