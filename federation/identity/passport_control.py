"""The passports that other exchanges show (`passport.py`), checked: each claim of its own form, and nothing beside."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import jwt

from federation.errors import Code, Unavailable, Unidentified
from federation.identity.claims import moment, name, names
from federation.identity.key_source import KeyAbsent, KeySource
from federation.identity.passport import LONGEST, LONGEST_LIFE, TYPE, Passport, Reference
from federation.identity.seen import FullError, Seen
from vocabulary.area import Area
from vocabulary.principal import Mode

if TYPE_CHECKING:
    from jwt.types import Options  # for the type checker: older releases that serve as well lack it

_SKEW: Final = 5.0  # seconds by which the clocks of two exchanges may differ
_ALGORITHM: Final = "EdDSA"
_ALWAYS: Final = frozenset(
    {"iss", "aud", "iat", "exp", "jti", "sub", "org", "roles", "areas", "purpose", "agreement", "mode"}
)
_OPTIONS: Final[Options] = {
    "strict_aud": True,  # ours, and nobody else's beside
    "verify_exp": False,  # all times are checked here, by our own clock and skew
    "verify_iat": False,
    "verify_nbf": False,
}
_PSEUDONYM: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_MOST_ENTRIES: Final = 2**53  # what JSON holds exactly everywhere
_INVALID: Final = "The passport is not one that this exchange takes. Ask the operators of both exchanges."
_EXPIRED: Final = "The passport has expired. Send one that was just made; is the clock right?"


class PassportControl:
    """Checks the passports that are shown to one source or exchange, which others know by the name `audience`.

    `exchanges` are those that may ask, each with the keys that it signs with. Shown twice, a passport is refused for as
    long as it could hold; so is one from before this process began, which may have been shown to the one before.
    Several processes each remember their own: a passport is good for one request to each.
    """

    def __init__(
        self, audience: str, exchanges: Mapping[str, KeySource], clock: Callable[[], float] = time.time
    ) -> None:
        self._audience = audience
        self._exchanges = exchanges
        self._clock = clock
        self._began = clock()
        # Of each exchange by itself: one that shows a great many shuts out itself alone.
        self._seen: Final = {exchange: Seen(LONGEST_LIFE + 2 * _SKEW) for exchange in exchanges}

    def check(self, token: str) -> Passport:
        """What a passport says, by the keys at hand; it never waits for anything, and takes each passport once.

        Raises:
            Unidentified: it is forged, foreign, for another, expired or shown before; `KeyAbsent` where other keys than
                those at hand may say more.
            Unavailable: OVERLOADED, because its exchange has shown more than can be remembered.
        """
        if len(token) > LONGEST:
            raise Unidentified(Code.TOKEN_INVALID, _INVALID)
        try:
            claims = self._verified(token)
            passport = _read(claims)
            number = _matching(_NUMBER, claims["jti"])
            self._require_in_time(claims)
        except (jwt.PyJWTError, LookupError, ValueError, TypeError, OverflowError, RecursionError):
            raise Unidentified(Code.TOKEN_INVALID, _INVALID) from None
        try:
            is_first = self._seen[passport.exchange].first(number, self._clock())
        except FullError:
            sentence = "This exchange was shown more passports than it can remember. Ask again in a minute."
            raise Unavailable(Code.OVERLOADED, sentence) from None
        if not is_first:
            raise Unidentified(Code.TOKEN_INVALID, _INVALID)
        return passport

    async def renewed(self, token: str) -> Passport:
        """The same, and where its key is not at hand, once more after the source of keys has looked for new ones."""
        try:
            return self.check(token)
        except KeyAbsent:
            _, exchange = _says(token)
            await self._exchanges[exchange].renew()
        return self.check(token)

    def _verified(self, token: str) -> dict[str, Any]:
        """The claims of a token that was signed for us by the exchange that it says."""
        header, exchange = _says(token)
        kid = header.get("kid")
        if header != {"typ": TYPE, "alg": _ALGORITHM, "kid": kid} or not isinstance(kid, str):
            raise ValueError("no passport, or one with more to mind (RFC 7515, section 4.1.11)")
        key = self._exchanges[exchange].key(kid)
        if key.algorithm_name != _ALGORITHM:
            raise ValueError("a key for something else")
        return jwt.decode(
            token, key=key, algorithms=[_ALGORITHM], audience=self._audience, issuer=exchange, options=_OPTIONS
        )

    def _require_in_time(self, claims: Mapping[str, Any]) -> None:
        now, made, ends = self._clock(), moment(claims["iat"]), moment(claims["exp"])
        if made > now + _SKEW or not 0 < ends - made <= LONGEST_LIFE:
            raise ValueError("not yet valid, or for too long")
        if ends + _SKEW <= now or made < self._began:
            raise Unidentified(Code.TOKEN_EXPIRED, _EXPIRED)


def _says(token: str) -> tuple[dict[str, Any], str]:
    """The header of a token and the exchange that it says it is from, both unchecked."""
    read = jwt.decode_complete(token, options={"verify_signature": False})
    said = read["payload"].get("iss")
    if not isinstance(said, str):
        raise TypeError("an exchange is named by a text")
    return read["header"], said


def _read(claims: Mapping[str, Any]) -> Passport:
    if claims.keys() - {"receipt"} != _ALWAYS:
        raise ValueError("a claim is missing, or one that may narrow the rest is not understood")
    roles = names(claims["roles"])
    if not all(roles):
        raise ValueError("a role has a name")
    return Passport(
        exchange=_some(claims["iss"]),
        person=_matching(_PSEUDONYM, claims["sub"]),
        organisation=_some(claims["org"]),
        roles=frozenset(roles),
        areas=tuple(sorted({Area.parse(area) for area in names(claims["areas"])})),
        purpose=_some(claims["purpose"]),
        agreement=name(claims["agreement"]),
        mode=Mode(name(claims["mode"])),
        receipt=_reference(claims["receipt"]) if "receipt" in claims else None,
    )


def _reference(claim: object) -> Reference:
    if not isinstance(claim, dict) or claim.keys() != {"log", "entry"}:
        raise ValueError("a receipt is an entry of a log")
    entry = claim["entry"]
    if type(entry) is not int or not 0 <= entry < _MOST_ENTRIES:
        raise ValueError("an entry has an index")
    return Reference(_some(claim["log"]), entry)


def _some(claim: object) -> str:
    if not (said := name(claim)):
        raise ValueError("a name says something")
    return said


def _matching(pattern: re.Pattern[str], claim: object) -> str:
    if not isinstance(claim, str) or pattern.fullmatch(claim) is None:
        raise ValueError("of another form")
    return claim
