"""Passports: who asks and why, as one exchange tells another in a signed JWT (RFC 7519) that lives a minute at most.

The exchange that was asked makes it, for one request to one source; the caller's own token and headers stay where they
are. Who checks it (`passport_control.py`) learns that the calling exchange says so, and no more: it intersects what the
person may with what it has agreed with that exchange, so that no tier can speak for anyone it likes.

| claim | says |
|---|---|
| `iss`, `aud` | the calling exchange, and the source that it asks, each by the name that both agreed on |
| `iat`, `exp` | when it was made, and until when it holds: 60 s at most |
| `jti` | a number of its own: it is good for one request |
| `sub` | the person or program, by a pseudonym for this source alone (OpenID Connect Core 1.0, section 8.1) |
| `org`, `roles`, `areas` | as in the person's own token |
| `purpose`, `agreement`, `mode` | why, under which agreement (empty: none), and in which mode |
| `receipt` | the entry of the caller's log that the request rests on: `log`, its origin, and `entry`, its index |

The pseudonym is stable, for limits and for the log of the source, which thus names nobody in clear. Who it is, the
entry of the calling exchange says to its own security officer. A resident's own key is in none: who asks for own
records is not told to another exchange as the person that they are.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from federation.errors import InternalError
from federation.identity.exchange_keys import ExchangeKeys
from federation.keys import KeyRing
from vocabulary.area import Area
from vocabulary.principal import Mode, Principal

HEADER: Final = "X-Passport"
TYPE: Final = "tongguan-passport+jwt"
"""No token of a person has it, and none of this type passes for a person's (RFC 8725, section 3.11)."""
LONGEST: Final = 32_768
"""Characters of a passport. A hundred roles and areas fit."""
LONGEST_LIFE: Final = 60.0
"""Seconds."""
_LIFETIME: Final = 30.0  # of those that are made here


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of an exchange's log: the origin of the log, and the index of the entry."""

    log: str
    entry: int


@dataclass(frozen=True, slots=True)
class Passport:
    """What a calling exchange says of who asks. `person` is a pseudonym, and nobody without `exchange` beside it."""

    exchange: str
    person: str
    organisation: str
    roles: frozenset[str]
    areas: tuple[Area, ...]
    purpose: str
    agreement: str
    mode: Mode
    receipt: Reference | None


class PassportOffice:
    """Makes the passports of one exchange, which others know by the name `exchange`."""

    def __init__(
        self, exchange: str, keys: ExchangeKeys, ring: KeyRing, clock: Callable[[], float] = time.time
    ) -> None:
        self._exchange = exchange
        self._keys = keys
        self._clock = clock
        self._secret = lru_cache(1_024)(lambda source: ring.derive("passports", "persons", source))

    def issue(
        self,
        principal: Principal,
        *,
        source: str,
        purpose: str,
        agreement: str,
        mode: Mode,
        receipt: Reference | None = None,
    ) -> str:
        """A passport for one request to `source`; for the next one, also the same once more, make another.

        `receipt` is the entry of the wave that the request belongs to, if it has one.

        Raises:
            InternalError: it would be too long to be taken anywhere.
        """
        now = self._clock()
        claims: dict[str, Any] = {
            "iss": self._exchange,
            "aud": source,
            "iat": now,
            "exp": now + _LIFETIME,
            "jti": secrets.token_urlsafe(16),
            "sub": self._pseudonym(principal, source),
            "org": principal.organisation,
            "roles": sorted(principal.roles),
            "areas": [area.code for area in principal.areas],
            "purpose": purpose,
            "agreement": agreement,
            "mode": mode.value,
        }
        if receipt is not None:
            claims["receipt"] = {"log": receipt.log, "entry": receipt.entry}
        passport = self._keys.sign(claims, kind=TYPE)
        if len(passport) > LONGEST:
            raise InternalError("a passport would be too long")
        return passport

    def _pseudonym(self, principal: Principal, source: str) -> str:
        who = orjson.dumps([principal.exchange, principal.organisation, principal.id])
        digest = hmac.digest(self._secret(source), who, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
