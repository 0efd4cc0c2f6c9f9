"""Entries of the log in plain words: kinds, outcomes, times, ways of showing. What has no word stands as it is."""

from __future__ import annotations

import datetime as dt
from typing import Final

from portal.language import Say
from portal.masks import mask_words
from portal.visit import Opening, Visit
from vocabulary.moment import CITY_ZONE

_AS_IT_STANDS: Final = ("person", "entry", "document", "epoch", "under", "application", "receipt", "proof")


class LogWords:
    """Says what fields of an entry mean, in one language."""

    def __init__(self, visit: Visit, opening: Opening) -> None:
        self._say: Say = visit.say
        self._site = visit.site
        self._label = visit.labels(opening)

    def label(self, coordinate: str) -> str:
        """What a coordinate is called; those of the log by short names of the pages' own."""
        key = f"access.{coordinate.removeprefix('Access.')}"
        return self._say(key) if self._say.has(key) else self._label(coordinate)

    def of(self, field: str, value: str) -> str:
        """The value of a field of `Access` or `AccessCount` as one reads it."""
        match field:
            case "at":
                return self.moment(value)
            case "organisation":
                return self.organisation(value)
            case "purpose":
                return self.purpose(value)
            case "how":
                return self._say.join([self._word("how", one) for one in value.split(", ")])
            case "outcome":
                return self.outcome(value)
            case _ if field in _AS_IT_STANDS:
                return str(value)
            case _:
                return self._word(field, value)

    def moment(self, text: str) -> str:
        """A time on the city's clock, to the second."""
        return dt.datetime.fromisoformat(text).astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M:%S")

    def organisation(self, name: str | None) -> str:
        """An organisation by its name; None is nobody known."""
        if not name:
            return self._say("officer.nobody")
        known = self._site.organisations.get(name)
        return name if known is None else self._say.of(known.name)

    def purpose(self, name: str) -> str:
        """A purpose by its words."""
        return self._say.of(self._site.purposes[name]) if name in self._site.purposes else name

    def outcome(self, word: str) -> str:
        """What came of it; a refusal's code with its sentence."""
        if self._say.has(f"outcome.{word}"):
            return self._say(f"outcome.{word}")
        return f"{word} · {self._say.code(word)}" if self._say.has(f"code.{word}") else word

    def shown(self, way: str) -> str:
        """How a field was shown: `plain`, a mask's name, `withheld`, `filter`, or `deliver eatwell`."""
        word, _, to = way.partition(" ")
        if to and self._say.has(f"shown.{word}"):
            return self._say(f"shown.{word}", organisation=self.organisation(to))
        if self._say.has(f"shown.{way}"):
            return self._say(f"shown.{way}")
        return mask_words(self._say, way, self._site.masks)

    def rows(self, way: str, rows: str) -> str:
        """On which rows; for what was withheld, why."""
        if way == "withheld":
            return self._say(f"reason.{rows}") if self._say.has(f"reason.{rows}") else rows
        return self._word("rows", rows)

    def _word(self, kind: str, value: str) -> str:
        return self._say(f"{kind}.{value}") if self._say.has(f"{kind}.{value}") else value
