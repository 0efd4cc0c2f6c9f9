"""The `part` of a field: what is taken of a column that holds several values."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

import orjson

from connectors.drivers.contract import NoFormError
from connectors.form import MismatchError
from connectors.tables import READERS, Reader
from vocabulary.values import Column, Value

AXES: Final = {"longitude": 180.0, "latitude": 90.0}
"""The two parts of a point, in degrees of WGS 84, and the largest that each can be."""

SYSTEMS: Final = (0, 4326)
"""Spatial reference identifiers of what is read as degrees: not stated, and WGS 84."""

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_LIKE_AN_INDEX: Final = re.compile(r"[-+]?[0-9]+")


def pointer(part: str) -> tuple[str, ...]:
    """The tokens of a JSON pointer (RFC 6901); `/0` may be an element of an array or a member.

    Raises:
        MismatchError: it is none, or has a token that databases read otherwise than the standard does.
    """
    if not part.startswith("/") or re.search(r"~(?![01])", part):
        raise MismatchError("its part is no JSON pointer; write one that begins with /, as /owner/phone or /0")
    tokens = tuple(token.replace("~1", "/").replace("~0", "~") for token in part[1:].split("/"))
    for token in tokens:
        if token == "" or "\x00" in token or (_LIKE_AN_INDEX.fullmatch(token) and not is_index(token)):
            raise MismatchError("its part has a step that is no name and no index; write /name or /0 for each step")
    return tokens


def is_index(token: str) -> bool:
    """Whether a step may be an index of an array."""
    return _INDEX.fullmatch(token) is not None


def degrees(axis: str) -> Reader:
    """Read coordinates; what is not on the globe was measured in something else than degrees."""
    largest = AXES[axis]

    def read(cells: list[Any]) -> Column:
        column = READERS["Float"](cells)
        if any(abs(cell) > largest for cell in column if isinstance(cell, float)):
            raise ValueError
        return column

    return read


def documents(scalar: str | None) -> Reader:
    """Read cells that are JSON texts of one value each, as JSON gives its scalars."""
    read = READERS[scalar]

    def parsed(cells: list[Any]) -> Column:
        return read([None if cell is None else orjson.loads(cell) for cell in cells])

    return parsed


def iso_day(value: Value) -> object:
    """A date as JSON texts have it."""
    return value.isoformat() if isinstance(value, dt.date) else value


def no_nul(value: Value) -> object:
    """Refuse a text with U+0000 before it is sent.

    Raises:
        NoFormError: the database has no form for it.
    """
    if isinstance(value, str) and "\x00" in value:
        raise NoFormError
    return value
