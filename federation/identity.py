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
from vocabulary.area import Area, NotAnAreaError
from vocabulary.principal import Principal

ALGORITHMS = ("EdDSA", "ES256", "RS256")
"""Asymmetric ones only: who can check a token must not be able to make one."""
_REMEMBERED = 4_096
_INVALID = "The token is not one that this exchange trusts. Sign in again, or ask your administrator."


class Tokens:
    """Checks tokens of one issuer; remembers those that passed until they expire."""

    def __init__(
        self,
        keys: Mapping[str, Any],
        *,
        issuer: str,
        audience: str,
        organisations: frozenset[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = jwt.PyJWKSet.from_dict(dict(keys))
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
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, NotAnAreaError):
            raise Unidentified(Code.TOKEN_INVALID, _INVALID) from None

    def _read(self, claims: Mapping[str, Any]) -> Principal:
        roles, areas = claims.get("roles", []), claims.get("areas", [])
        lists = isinstance(roles, list) and isinstance(areas, list)
        if not lists or not all(isinstance(one, str) for one in (*roles, *areas)):
            raise ValueError("roles and areas are lists of texts")
        if claims["org"] not in self._organisations:
            raise ValueError("an organisation that the exchange does not know")
        return Principal(
            id=str(claims["sub"]),
            organisation=str(claims["org"]),
            application=str(claims.get("azp", "")),
            roles=frozenset(roles),
            areas=tuple(sorted({Area.parse(area) for area in areas})),
        )


def _expired() -> Unidentified:
    return Unidentified(Code.TOKEN_EXPIRED, "The token has expired. Sign in again for a new one.")
