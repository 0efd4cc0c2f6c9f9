"""Which media type a request is written in, and which one its answer is to have.

Sources: GraphQL over HTTP (draft of May 2025), "Media Types", "Request > POST" and "Response > Body"; RFC 9110,
sections 8.3 (`Content-Type`) and 12.5.1 (`Accept`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
RESPONSE: Final = "application/graphql-response+json"
_OURS: Final = (JSON, RESPONSE)  # in the order in which they are taken where a sender does not mind
_UTF_8: Final = frozenset({"", "utf-8", "utf8"})  # named or not: both types are UTF-8 unless they say otherwise
_QUALITY: Final = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")  # RFC 9110, section 12.4.2
_ANY: Final = "*/*"
_USUAL, _KNOWN = 200, 256
"""A header of at most so many characters is remembered with what it means, and so many of them."""


@dataclass(frozen=True, slots=True)
class _Media:
    """A media type or range with the parameters that count here; `quality` is None where it is malformed."""

    name: str
    charset: str
    quality: float | None


def is_json(content_type: str) -> bool:
    """Whether a body so declared is read: JSON, in UTF-8. Anything that a form of another site could send is not."""
    return _known_is_json(content_type) if len(content_type) <= _USUAL else _is_json(content_type)


def _is_json(content_type: str) -> bool:
    media = _read(content_type)
    return media.name == JSON and media.charset in _UTF_8


_known_is_json: Final = lru_cache(maxsize=_KNOWN)(_is_json)


def choose(accept: str) -> str | None:
    """The media type of the answer to whoever sends this `Accept`; None where no type of ours will do.

    Each type has the quality of the most specific range that covers it. The highest wins; between equals one that is
    named goes before one that a wildcard covers, then the one that is named first, and then `application/json`.
    """
    return _known_choice(accept) if len(accept) <= _USUAL else _choice(accept)


def _choice(accept: str) -> str | None:
    if not accept.strip():
        return JSON
    ranges = [media for media in map(_read, accept.split(",")) if media.quality is not None and media.charset in _UTF_8]
    ranked = [(_rank(name, ranges), name) for name in _OURS]
    rank, name = max(ranked, key=lambda one: one[0])  # the first of equals
    return name if rank[0] > 0 else None


_known_choice: Final = lru_cache(maxsize=_KNOWN)(_choice)


def _rank(name: str, ranges: list[_Media]) -> tuple[float, int, int]:
    """Quality, how specific the range that decides is, and how early it stands."""
    for specific, wanted in ((2, name), (1, name.partition("/")[0] + "/*"), (0, _ANY)):
        for place, media in enumerate(ranges):
            if media.name == wanted:
                return media.quality or 0.0, specific, -place
    return 0.0, 0, 0


def _read(text: str) -> _Media:
    """Read one type or range. A comma or semicolon within quotes is not looked for: no parameter of ours has one."""
    name, *parameters = (part.strip() for part in text.split(";"))
    given: dict[str, str] = {}
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        given.setdefault(key.strip().lower(), value.strip().lower())
    quality = given.get("q", "1")
    return _Media(
        name=name.lower(),
        charset=given.get("charset", "").strip('"'),
        quality=float(quality) if _QUALITY.fullmatch(quality) else None,
    )
