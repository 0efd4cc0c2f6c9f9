"""The row rule and the three masks of the governed question, written by hand for this benchmark's data.

`docs/benchmarks.md` writes them as a policy. What they know and the exchange cannot: that every name is one of Latin
words of two letters or more, and that no cell is null. The tests compare them with the exchange's own masks.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

REGISTERED: Final = frozenset({1_234_567_890})
"""The values of `User.birthday` on which the row rule holds: those of all users, which each row has to be asked for."""
NAME, USERNAME, BODY = "User.name", "User.username", "Review.body"

Cell: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the two pseudonyms, each of one recipient and coordinate (`scoped`)."""

    username: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Masks:
    """What becomes of a user's row and of each cell, for one answer."""

    is_covered: Callable[[Mapping[str, Any]], bool]
    name: Cell
    username: Cell
    body: Cell


def masks_for_one_answer(keys: Keys) -> Masks:
    """The masks. What they remember lasts one answer: a lasting table of texts and marks would give everyone away."""
    return Masks(
        lambda user: user["birthday"] in REGISTERED, _name, _remembering(keys.username), _remembering(keys.body)
    )


def plain() -> Masks:
    """Every row, every cell as it is."""
    return Masks(lambda _: True, _same, _same, _same)


def masked(answer: bytes, keys: Keys) -> bytes:
    """The right answer as the masks leave it: every row is covered, and each cell is masked where it stands."""
    masks = masks_for_one_answer(keys)
    return orjson.dumps(_masked(orjson.loads(answer), masks))


def scoped(secret: bytes, recipient: str, coordinate: str) -> bytes:
    """The key under which the exchange's `pseudonym` marks a coordinate for a recipient, whose secret this is."""
    parts = (recipient.encode(), coordinate.encode())
    scope = b"tongguan pseudonym 1\0" + b"".join(len(part).to_bytes(4) + part for part in parts)
    return hmac.digest(secret, scope, "sha256")


def _masked(part: Any, masks: Masks) -> Any:
    if isinstance(part, list):
        return [_masked(one, masks) for one in part]
    if not isinstance(part, dict):
        return part
    is_user = "username" in part
    cells = {"username": masks.username, "body": masks.body} | ({"name": masks.name} if is_user else {})
    return {name: cells[name](cell) if name in cells else _masked(cell, masks) for name, cell in part.items()}


def _same(cell: str) -> str:
    return cell


def _name(name: str) -> str:
    """`partial-name`, `keep: ends`: of each word the initial."""
    return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split(" "))


def _remembering(key: bytes) -> Cell:
    marks: dict[str, str] = {}

    def mark(text: str) -> str:
        found = marks.get(text)
        if found is None:
            digest = hmac.digest(key, text.encode(), "sha256")[:16]
            found = marks[text] = "p_" + urlsafe_b64encode(digest)[:-2].decode()
        return found

    return mark
