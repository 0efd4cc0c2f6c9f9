"""Who asks: a signed token (JWT, RFC 7519) checked against the key set that the exchange trusts (JWKS, RFC 7517).

Claims: `sub` the person or program, `org` its organisation, `roles`, `areas`, `azp` the application it came through.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import jwt

from federation.errors import Code, Unidentified
from federation.keys import KeyFileError
from vocabulary.area import Area
from vocabulary.principal import Principal

ALGORITHMS = ("EdDSA", "ES256", "RS256")
"""Asymmetric ones only: who can check a token must not be able to make one."""
_REMEMBERED = 4_096
_LONGEST = 16_384  # characters of a token; longer ones are refused unread
_NAME = 256  # characters of a claim that the log will name
_MOST = 100  # roles, and areas; a log entry names them all
_INVALID = "The token is not one that this exchange trusts. Sign in again, or ask your administrator."


class Tokens:
    """Checks tokens of one issuer; remembers those that passed until they expire.

    Raises:
        KeyFileError: the key set holds no usable key.
    """

    def __init__(
        self,
        keys: Mapping[str, Any],
        *,
        issuer: str,
        audience: str,
        organisations: frozenset[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        try:
            self._keys = jwt.PyJWKSet.from_dict(dict(keys))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, LookupError):
            raise KeyFileError("the key set holds no key that tokens can be checked with (JWKS, RFC 7517)") from None
        self._issuer = issuer
        self._audience = audience
        self._organisations = organisations
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    def principal(self, token: str | None) -> Principal:
        """The principal that a token names.

        Raises:
            Unidentified: no token, a forged or foreign one, or one that has expired.
        """
        if not token:
            raise Unidentified(
                Code.TOKEN_MISSING,
                "Send a token: `Authorization: Bearer …`. `tongguan token --help` makes one for the demo city.",
            )
        if len(token) > _LONGEST:
            raise Unidentified(Code.TOKEN_INVALID, _INVALID)
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._known[digest] = self._checked(token)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        expires, principal = known
        if expires <= self._clock():
            self._known.pop(digest, None)
            raise _expired()
        return principal

    def _checked(self, token: str) -> tuple[float, Principal]:
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys[str(header.get("kid"))]
            claims = jwt.decode(
                token,
                key=key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                options={"require": ["exp", "iat", "sub", "iss", "aud"]},
            )
            return float(claims["exp"]), self._read(claims)
        except jwt.ExpiredSignatureError:
            raise _expired() from None
        except (jwt.PyJWTError, LookupError, ValueError, TypeError, OverflowError, RecursionError):
            raise Unidentified(Code.TOKEN_INVALID, _INVALID) from None

    def _read(self, claims: Mapping[str, Any]) -> Principal:
        organisation = _name(claims["org"])
        if organisation not in self._organisations:
            raise ValueError("an organisation that the exchange does not know")
        person, application = _name(claims["sub"]), _name(claims.get("azp", ""))
        if not person:
            raise ValueError("a token names somebody")
        return Principal(
            id=person,
            organisation=organisation,
            application=application,
            roles=frozenset(_names(claims.get("roles", []))),
            areas=tuple(sorted({Area.parse(area) for area in _names(claims.get("areas", []))})),
        )


def _name(claim: object) -> str:
    """A claim that goes into entries of the log: text that UTF-8 can hold, of bounded length."""
    if not isinstance(claim, str) or len(claim) > _NAME:
        raise ValueError("a name is a text of bounded length")
    claim.encode()
    return claim


def _names(claim: object) -> list[str]:
    if not isinstance(claim, list) or len(claim) > _MOST:
        raise ValueError("roles and areas are lists of bounded length")
    return [_name(one) for one in claim]


def _expired() -> Unidentified:
    return Unidentified(Code.TOKEN_EXPIRED, "The token has expired. Sign in again for a new one.")
