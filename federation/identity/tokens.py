"""A person's token: a signed JWT (RFC 7519), checked with the keys of the issuer that the exchange trusts.

Claims: `sub` the person or program, `org` its organisation, `roles`, `areas`, `azp` the application it came through;
for a resident who asks for own records, `subject_type` and `subject_key` instead of areas.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import jwt

from federation.errors import Code, Unidentified
from federation.identity.claims import moment, name, names
from federation.identity.key_source import ALGORITHMS, INVALID, KeyAbsent, KeySource, LocalKeys
from vocabulary.area import Area
from vocabulary.principal import Principal

if TYPE_CHECKING:
    from jwt.types import Options  # for the type checker: older releases that serve as well lack it

_REMEMBERED = 4_096
_LONGEST: Final = 16_384  # characters of a token; longer ones are refused unread
_SUBJECT: Final = 128  # characters of the type, and of the key, of a data subject
_SKEW: Final = 5.0  # seconds for which the issuer's clock may be ahead of ours; none for the end of a token
_OPTIONS: Final[Options] = {
    "require": ["exp", "iat", "sub", "iss", "aud"],
    "enforce_minimum_key_length": True,
    "verify_exp": False,  # all three times are checked here, by our own clock and skew
    "verify_iat": False,
    "verify_nbf": False,
}
_TYPES: Final = frozenset({"jwt", "at+jwt"})  # RFC 7519, section 5.1, and RFC 9068, section 2.1


@dataclass(frozen=True, slots=True)
class _Checked:
    """A token that passed, with the very key that it passed by."""

    principal: Principal
    expires: float
    kid: str
    key: jwt.PyJWK


class Tokens:
    """Checks tokens of one issuer; remembers those that passed until they expire or their key is gone.

    `keys` is a source of keys, or a key set as it was read; `clock` counts seconds since 1970.

    Raises:
        KeyFileError: the key set holds no usable key.
    """

    def __init__(
        self,
        keys: KeySource | Mapping[str, Any],
        *,
        issuer: str,
        audience: str,
        organisations: frozenset[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys: KeySource = LocalKeys(keys) if isinstance(keys, Mapping) else keys
        self._issuer = issuer
        self._audience = audience
        self._organisations = organisations
        self._clock = clock
        self._known: OrderedDict[bytes, _Checked] = OrderedDict()

    def principal(self, token: str | None) -> Principal:
        """The principal that a token names, by the keys at hand; never waits for anything.

        Raises:
            Unidentified: no token, a forged or foreign one, or one that has expired; `KeyAbsent` where other keys than
                those at hand may say more.
        """
        if not token:
            raise Unidentified(
                Code.TOKEN_MISSING,
                "Send a token: `Authorization: Bearer …`. `tongguan token --help` makes one for the demo city.",
            )
        if len(token) > _LONGEST:
            raise Unidentified(Code.TOKEN_INVALID, INVALID)
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        checked = self._known.get(digest)
        if checked is None or not self._still_stands(checked):
            self._known.pop(digest, None)
            checked = self._known[digest] = self._check(token)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if checked.expires <= self._clock():
            self._known.pop(digest, None)
            raise _expired()
        return checked.principal

    @property
    def keys(self) -> KeySource:
        """Where its keys are from."""
        return self._keys

    def ends(self, token: str) -> float:
        """When a token that passes expires, in seconds since 1970; Unidentified as `principal`."""
        self.principal(token)
        return self._known[sha256(token.encode("utf-8", "surrogatepass")).digest()].expires

    async def renewed(self, token: str | None) -> Principal:
        """The same, and where its key is not at hand, once more after the source has looked for new ones."""
        try:
            return self.principal(token)
        except KeyAbsent:
            await self._keys.renew()
        return self.principal(token)

    async def look_after(self) -> None:
        """Look after the source of keys."""
        await self._keys.look_after()

    def _still_stands(self, checked: _Checked) -> bool:
        """Whether the source would still check the token with that key: not where it was taken back or replaced."""
        try:
            return self._keys.key(checked.kid) is checked.key
        except KeyAbsent:
            return False

    def _check(self, token: str) -> _Checked:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            if not isinstance(kid, str):
                raise Unidentified(Code.TOKEN_INVALID, INVALID)
            key = self._keys.key(kid)
            read = jwt.decode_complete(
                token,
                key=key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                options=_OPTIONS,
            )
            _require_type(read["header"])
            claims = read["payload"]
            expires = self._in_time(claims)
            return _Checked(self._read(claims), expires, kid, key)
        except (jwt.PyJWTError, LookupError, ValueError, TypeError, OverflowError, RecursionError):
            raise Unidentified(Code.TOKEN_INVALID, INVALID) from None

    def _in_time(self, claims: Mapping[str, Any]) -> float:
        """When the token expires; Unidentified where that is over, ValueError where its time has not come."""
        now, expires = self._clock(), moment(claims["exp"])
        if moment(claims["iat"]) > now + _SKEW or moment(claims.get("nbf", 0)) > now + _SKEW:
            raise ValueError("not yet valid")
        if expires <= now:
            raise _expired()
        return expires

    def _read(self, claims: Mapping[str, Any]) -> Principal:
        organisation = name(claims["org"])
        if organisation not in self._organisations:
            raise ValueError("an organisation that the exchange does not know")
        person, application = name(claims["sub"]), name(claims.get("azp", ""))
        if not person:
            raise ValueError("a token names somebody")
        areas = tuple(sorted({Area.parse(area) for area in names(claims.get("areas", []))}))
        subject = _subject(claims)
        if subject is not None and areas:
            raise ValueError("a resident asks for own records, not for those of an area")
        return Principal(
            id=person,
            organisation=organisation,
            application=application,
            roles=frozenset(names(claims.get("roles", []))),
            areas=areas,
            subject=subject,
        )


def _require_type(header: Mapping[str, Any]) -> None:
    """Refuse a JWT that was made for something else than to be shown here, such as a logout token.

    RFC 8725, section 3.11. A token that says nothing passes: RFC 7519 leaves `typ` out where it is clear.
    """
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in _TYPES:
        raise ValueError("a JWT of another type")


def _subject(claims: Mapping[str, Any]) -> tuple[str, str] | None:
    kind, key = claims.get("subject_type"), claims.get("subject_key")
    if kind is None and key is None:
        return None
    for one in (kind, key):
        if not name(one) or len(name(one)) > _SUBJECT:
            raise ValueError("a data subject has a type and a key, texts of bounded length")
    return name(kind), name(key)


def _expired() -> Unidentified:
    return Unidentified(Code.TOKEN_EXPIRED, "The token has expired. Sign in again for a new one.")
