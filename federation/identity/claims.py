"""Claims of a JWT (RFC 7519), read as nothing but what they have to be; ValueError says that one is not."""

from __future__ import annotations

import math
from typing import Final

_LONGEST: Final = 256  # characters of a claim that the log will name
_MOST: Final = 100  # roles, and areas; a log entry names them all


def moment(claim: object) -> float:
    """A NumericDate (RFC 7519, section 2): seconds since 1970 as a JSON number."""
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not math.isfinite(claim):
        raise ValueError("a moment is a number of seconds")
    return float(claim)


def name(claim: object) -> str:
    """A claim that goes into entries of the log: text that UTF-8 can hold, of bounded length."""
    if not isinstance(claim, str) or len(claim) > _LONGEST:
        raise ValueError("a name is a text of bounded length")
    claim.encode()
    return claim


def names(claim: object) -> list[str]:
    """A list of them, of bounded length."""
    if not isinstance(claim, list) or len(claim) > _MOST:
        raise ValueError("roles and areas are lists of bounded length")
    return [name(one) for one in claim]
