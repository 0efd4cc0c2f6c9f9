"""Times at rest: whole microseconds since 1970 in UTC, which compare as the moments do and lose nothing."""

from __future__ import annotations

import datetime as dt
from typing import Final

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


def to_rest(at: dt.datetime) -> int:
    """Microseconds of an aware moment; ValueError for a naive one, which is a mistake in the code that calls."""
    if at.tzinfo is None:
        raise ValueError("a moment without an offset says nothing: give an aware one")
    return (at - _EPOCH) // _MICROSECOND


def from_rest(microseconds: int) -> dt.datetime:
    """The moment, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND


def from_rest_or_none(microseconds: int | None) -> dt.datetime | None:
    """The moment, where there is one."""
    return None if microseconds is None else from_rest(microseconds)
