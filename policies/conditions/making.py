"""How a kind of condition is made from its declaration: strictly, every parameter named and none left over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from policies.errors import ConditionError
from vocabulary.condition import Condition


class Makes(Protocol):
    """A kind of condition."""

    kind: str

    def make(self, name: str, parameters: Mapping[str, object]) -> Condition:
        """The condition of these parameters; ConditionError where they don't fit."""


def only(name: str, parameters: Mapping[str, object], *known: str) -> None:
    """Refuse a parameter that the kind does not have."""
    for word in parameters:
        if word not in known:
            takes = ", ".join(known) or "nothing"
            raise ConditionError(f"condition {name}: {word!r} is no parameter of its kind, which takes {takes}")


def text(name: str, parameters: Mapping[str, object], word: str) -> str:
    """A parameter that is a text."""
    value = parameters.get(word)
    if not isinstance(value, str) or not value:
        raise ConditionError(f"condition {name}: write {word}, a text")
    return value


def whole(name: str, parameters: Mapping[str, object], word: str, *, least: int, most: int) -> int | None:
    """A parameter that is a whole number within bounds, or None where it is not written."""
    value = parameters.get(word)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ConditionError(f"condition {name}: write {word}, a whole number from {least} to {most}")
    return value
