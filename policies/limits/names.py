"""What stands in the store in place of principals and charges: keyed hashes that no one can go back from.

HMAC-SHA256 (RFC 2104) under a key of the exchange's own, cut to 16 bytes, as 22 characters of base64url. Each part is
preceded by its length, so that no two lists of parts are the same bytes. A day is part of a principal's name: what is
left in the store says nothing of who came back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final

from policies.limits.errors import MalformedChargeError
from policies.limits.rules import day_of
from vocabulary.limits import Charge

MIN_KEY: Final = 32
"""Bytes of the shortest key: no less than the hash gives (RFC 2104 section 3)."""
MARK: Final = 16
"""Bytes of a mark."""
_LENGTH: Final = 22
_BYTES: Final = 16
_PSEUDONYM: Final = re.compile(
    r"[A-Za-z0-9_-]{21}[AQgw]", re.ASCII
)  # the last character holds two bits of sixteen bytes


class Names:
    """Gives the names, always the same ones under the same key. May be shared between threads.

    Whoever changes the key begins every principal's day anew; the budgets of subjects are not touched by it.
    """

    def __init__(self, key: bytes) -> None:
        """Take the key; MalformedChargeError where it has fewer than 32 bytes."""
        if len(key) < MIN_KEY:
            raise MalformedChargeError(f"the key of the limits needs at least {MIN_KEY} random bytes")
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)

    def counter(self, day: int, purpose: str, principal: str) -> str:
        """Of a principal's counter for a purpose on one day."""
        return self._of("counter", str(day), purpose, principal)

    def contents(self, charge: Charge) -> str:
        """Of all that a charge counts, without its time: a retry may come later."""
        counts = (str(charge.rows), str(charge.probes))
        return self._of("charge", charge.principal, charge.purpose, *counts, *sorted(set(charge.subjects)))

    def _of(self, *parts: str) -> str:
        mac = self._keyed.copy()
        mac.update(b"".join(_framed(parts)))
        return short(mac.digest()[:_BYTES])


def short(value: bytes) -> str:
    """Sixteen bytes as they stand in the store: 22 characters of base64url."""
    return base64.urlsafe_b64encode(value).decode()[:_LENGTH]


def require_sound(charge: Charge) -> None:
    """Raise MalformedChargeError for a charge that would count backwards, or leave an identifier in the store."""
    if charge.rows < 0 or charge.probes < 0:
        raise MalformedChargeError("a charge counts rows and probes from 0 up")
    day_of(charge.at)
    if len(charge.mark) != MARK:
        raise MalformedChargeError(f"the mark of a charge is {MARK} random bytes")
    require_pseudonyms(charge.subjects)


def require_pseudonyms(subjects: Iterable[str]) -> None:
    """Raise MalformedChargeError where one of them is not in the form of a pseudonym."""
    if not all(map(_PSEUDONYM.fullmatch, subjects)):
        raise MalformedChargeError(f"a subject is charged by its keyed pseudonym: {_LENGTH} characters of base64url")


def _framed(parts: Iterable[str]) -> Iterable[bytes]:
    for part in parts:
        written = part.encode("utf-8", "surrogatepass")
        yield len(written).to_bytes(4, "big")
        yield written
