"""Sign-in of people on the pages: OpenID Connect Core 1.0, authorization code flow, with PKCE (RFC 7636, S256).

The provider is found by discovery, as its keys are. What the browser keeps between going and coming back (state, nonce,
verifier) is sealed, so that no other site can finish a sign-in in it (RFC 6819, section 4.4.1.8), and is good for ten
minutes. The access token is what the exchange trusts everywhere else: it is checked at the one door of identity; the ID
token proves that it was made for this sign-in.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import httpx
import jwt
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from federation.identity.addresses import is_confidential
from federation.identity.discovery import PATIENCE, ProviderError, client, describe, read_json
from federation.identity.key_source import ALGORITHMS, KeyAbsent, KeySource

_GOOD_FOR: Final = 600.0  # seconds between going to the provider and coming back
_SKEW: Final = 5.0  # seconds for which the provider's clock may be ahead of ours
_FRESH: Final = 600.0  # seconds for which its description counts
_NONCE: Final = 12
_LONGEST: Final = 4_096  # characters of anything that comes back in an address


class SignInError(Exception):
    """A sign-in that is not to be trusted, or a provider that can't be asked; for the operator, in our own words."""


@dataclass(frozen=True, slots=True)
class Client:
    """The pages, as the provider knows them. `secret` is empty for a public client."""

    issuer: str
    id: str
    redirect: str
    scopes: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Provider:
    """What the provider says of itself (Discovery 1.0, section 3; RFC 9207)."""

    authorize: str
    token: str
    names_itself: bool
    read_at: float


class SignIn:
    """Begins and finishes sign-ins of one client. `keys` are the provider's, which ID tokens are checked with."""

    def __init__(self, one: Client, keys: KeySource, seal: bytes, *, clock: Callable[[], float] = time.time) -> None:
        self._client = one
        self._keys = keys
        self._cipher = AESGCM(seal)
        self._clock = clock
        self._provider: _Provider | None = None

    async def begin(self) -> tuple[str, str]:
        """Where the browser is to go, and what it keeps meanwhile, sealed.

        Raises:
            SignInError: the provider can't be asked, or describes itself in a way that can't be trusted.
        """
        provider = await self._described()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = _base64url(sha256(verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": self._client.redirect,
            "scope": self._client.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        url = str(httpx.URL(provider.authorize).copy_merge_params(query))
        return url, self._seal([state, nonce, verifier, self._clock() + _GOOD_FOR])

    async def finish(self, kept: str, returned: Mapping[str, str]) -> str:
        """The access token for what the browser came back with.

        Raises:
            SignInError: it did not begin in this browser, or too long ago; the provider refused; or what it gave was
                not made for this sign-in.
        """
        state, nonce, verifier = self._unseal(kept)
        if not hmac.compare_digest(returned.get("state", "").encode(), state.encode()):
            raise SignInError("came back with a state that this browser did not begin with")
        provider = await self._described()
        if (provider.names_itself or "iss" in returned) and returned.get("iss") != self._client.issuer:
            raise SignInError("came back from another provider than it went to")  # RFC 9207, section 2.4
        code = returned.get("code", "")
        if "error" in returned or not code or len(code) > _LONGEST:
            raise SignInError("was refused by the provider")
        given = await self._redeem(provider, code, verifier)
        access, identity = given.get("access_token"), given.get("id_token")
        if not (isinstance(access, str) and isinstance(identity, str)):
            raise SignInError("got no tokens from the provider")
        await self._check(identity, nonce, access)
        return access

    async def _described(self) -> _Provider:
        if self._provider is not None and self._clock() - self._provider.read_at < _FRESH:
            return self._provider
        try:
            async with client() as http:
                document = await describe(http, self._client.issuer)
        except ProviderError as error:
            raise SignInError(f"can't begin: the provider {error}") from None
        authorize, token = document.get("authorization_endpoint"), document.get("token_endpoint")
        for one in (authorize, token):
            if not isinstance(one, str) or not is_confidential(one):
                raise SignInError("can't begin: the provider names an endpoint that is neither https nor on loopback")
        methods = document.get("code_challenge_methods_supported", ["S256"])
        if not isinstance(methods, list) or "S256" not in methods:
            raise SignInError("can't begin: the provider does not know PKCE with S256")
        names_itself = document.get("authorization_response_iss_parameter_supported") is True
        self._provider = _Provider(str(authorize), str(token), names_itself, self._clock())
        return self._provider

    async def _redeem(self, provider: _Provider, code: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect,
            "code_verifier": verifier,
        }
        # RFC 6749, section 2.3.1: a client with a secret shows it, a public one its name.
        quoted = [str(httpx.QueryParams({"a": one}))[2:] for one in (self._client.id, self._client.secret)]
        basic = httpx.BasicAuth(*quoted) if self._client.secret else None
        if basic is None:
            form["client_id"] = self._client.id
        try:
            async with client() as http:
                document = await read_json(http, "POST", provider.token, data=form, auth=basic, patience=PATIENCE)
        except ProviderError as error:
            raise SignInError(f"got no tokens: the provider {error}") from None
        if not isinstance(document, dict) or str(document.get("token_type", "")).lower() != "bearer":
            raise SignInError("got no tokens from the provider")
        return document

    async def _check(self, token: str, nonce: str, access: str) -> None:
        """An ID token of this sign-in (Core 1.0, section 3.1.3.7), about the same person as the access token."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid")))
            claims = jwt.decode(
                token,
                key=key,
                algorithms=list(ALGORITHMS),
                audience=self._client.id,
                issuer=self._client.issuer,
                leeway=_SKEW,
                options={"require": ["exp", "iat", "sub", "iss", "aud"], "enforce_minimum_key_length": True},
            )
            about = jwt.decode(access, options={"verify_signature": False}).get("sub")
        except (jwt.PyJWTError, KeyAbsent, ValueError, TypeError, RecursionError):
            raise SignInError("got an ID token that does not hold") from None
        said = claims.get("nonce")
        if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
            raise SignInError("got an ID token of another sign-in")
        audiences = claims["aud"]
        if isinstance(audiences, list) and len(audiences) > 1 and claims.get("azp") != self._client.id:
            raise SignInError("got an ID token for another client")
        if claims["sub"] != about:
            raise SignInError("got tokens of two people")

    async def _key(self, kid: str) -> jwt.PyJWK:
        try:
            return self._keys.key(kid)
        except KeyAbsent:
            await self._keys.renew()
        return self._keys.key(kid)

    def _seal(self, content: list[object]) -> str:
        nonce = os.urandom(_NONCE)
        return _base64url(nonce + self._cipher.encrypt(nonce, orjson.dumps(content), b"sign-in"))

    def _unseal(self, kept: str) -> tuple[str, str, str]:
        try:
            sealed = base64.urlsafe_b64decode(kept.encode("ascii") + b"=" * (-len(kept) % 4))
            state, nonce, verifier, until = orjson.loads(
                self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], b"sign-in")
            )
        except (InvalidTag, ValueError, UnicodeError):
            raise SignInError("did not begin in this browser") from None
        if self._clock() >= until:
            raise SignInError("took longer than ten minutes")
        return state, nonce, verifier


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
