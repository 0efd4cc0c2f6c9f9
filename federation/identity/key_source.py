"""Keys that tokens are checked with (JWK, RFC 7517), and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import jwt

from federation.errors import Code, Unidentified
from federation.keys import KeyFileError

ALGORITHMS: Final = ("EdDSA", "ES256", "RS256")
"""Asymmetric ones only: who can check a token must not be able to make one."""
INVALID: Final = "The token is not one that this exchange trusts. Sign in again, or ask your administrator."
_MOST: Final = 100  # keys of one set


class KeyAbsent(Unidentified):
    """No key at hand for this token. `KeySource.renew` may bring it; until then the token is refused."""


class NotAKeySetError(ValueError):
    """Something that is no key set."""


class KeySource(Protocol):
    """Where keys come from. All three may be called by many requests at a time, from one event loop."""

    def key(self, kid: str) -> jwt.PyJWK:
        """The key of that id, from memory: no I/O. Unchanged, it is the same object each time.

        Raises:
            KeyAbsent: TOKEN_INVALID where there is none; PROVIDER_UNAVAILABLE where nobody can say any more.
        """

    async def renew(self) -> None:
        """Look for new keys because one is absent; does nothing where that was just done.

        Raises:
            Unidentified: PROVIDER_UNAVAILABLE, because too many wait for that already.
        """

    async def look_after(self) -> None:
        """Renew what is due. To be called every few seconds by whoever runs the process; it never raises."""


class LocalKeys:
    """A key set that was given at the start and stays.

    Raises:
        KeyFileError: it holds no key that a token can be checked with.
    """

    def __init__(self, key_set: Mapping[str, object]) -> None:
        try:
            self._keys = read_keys(key_set)
        except NotAKeySetError:
            self._keys = {}
        if not self._keys:
            raise KeyFileError("the key set holds no key that tokens can be checked with (JWKS, RFC 7517)")

    def key(self, kid: str) -> jwt.PyJWK:
        """The key of that id; KeyAbsent where there is none."""
        try:
            return self._keys[kid]
        except KeyError:
            raise KeyAbsent(Code.TOKEN_INVALID, INVALID) from None

    async def renew(self) -> None:
        """Do nothing: there is nowhere to look."""

    async def look_after(self) -> None:
        """Do nothing: what was given stays."""


def read_keys(key_set: object) -> dict[str, jwt.PyJWK]:
    """The keys of a set that can check a token, by their id; the first of several with one id.

    A key is left out if it has no id, is for something else than signatures, is of an algorithm that is not in
    ALGORITHMS, or can't be read: RFC 7517, section 5, has sets hold what their reader does not understand.

    Raises:
        NotAKeySetError: no set at all, or one of more than 100 keys.
    """
    keys = key_set.get("keys") if isinstance(key_set, Mapping) else None
    if not isinstance(keys, list) or len(keys) > _MOST:
        raise NotAKeySetError(f"no object with a list `keys` of at most {_MOST}")
    found: dict[str, jwt.PyJWK] = {}
    for one in keys:
        key = _read(one)
        if key is not None and isinstance(key.key_id, str):
            found.setdefault(key.key_id, key)
    return found


def _read(one: object) -> jwt.PyJWK | None:
    if not isinstance(one, dict) or one.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(one)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, LookupError):
        return None
    return key if key.algorithm_name in ALGORITHMS else None


def _conforms(local: LocalKeys) -> KeySource:
    """Proof for the type checker that local keys keep the contract."""
    return local
