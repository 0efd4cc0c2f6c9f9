"""Keys of an identity provider that is found by its issuer (OpenID Connect Discovery 1.0).

`<issuer>/.well-known/openid-configuration` names the key set (`jwks_uri`); keys come and go there (rotation). The
provider is asked by this exchange's own schedule: every ten minutes, and in between at most once in ten seconds for
the sake of tokens with an unknown key id, of which anybody can send any number.

    Exception
    └── ProviderError           what the provider did; for the operator's log, never with a text of the provider's
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Final

import httpx
import jwt
import orjson

from federation.errors import Code, Unidentified
from federation.identity.addresses import is_confidential
from federation.identity.key_source import INVALID, KeyAbsent, KeySource, NotAKeySetError, read_keys

REFRESH: Final = 600.0  # seconds between looks in the background
APART: Final = 10.0  # seconds between looks that tokens with unknown key ids ask for
MAX_STALE: Final = 3_600.0  # seconds for which keys count that the provider can't confirm
PATIENCE: Final = 3.0  # seconds for one document
LARGEST: Final = 256 * 1024  # bytes of one document
MOST_WAITING: Final = 16  # requests that wait for one look; a slow provider must not hold all places of the exchange
_PATH: Final = "/.well-known/openid-configuration"
_UNAVAILABLE: Final = "The identity provider can't be reached, so tokens can't be checked now. Try again later."
_LOGGER = logging.getLogger("tongguan.identity")


class ProviderError(Exception):
    """The provider's keys could not be read, or its address is none that may be trusted."""


class DiscoveredKeys:
    """The keys that a provider publishes now; `clock` counts seconds.

    What was read last counts for `max_stale` seconds while the provider can't be asked; after that nobody gets in. A
    key that is no longer in the set is gone with the next look.

    Raises:
        ProviderError: an issuer that is neither https nor on loopback.
    """

    def __init__(
        self, issuer: str, *, max_stale: float = MAX_STALE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not is_confidential(issuer):
            raise ProviderError("keys are discovered from an https issuer, or from one on loopback")
        self._issuer = issuer
        self._max_stale = max_stale
        self._clock = clock
        self._trust = ssl.create_default_context()  # the machine's own list of CAs: a city's provider has a city's CA
        self._keys: dict[str, jwt.PyJWK] = {}
        self._key_set_url: str | None = None
        self._heard = self._discovered = self._looked = self._renewed = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._waiting = 0

    def key(self, kid: str) -> jwt.PyJWK:
        """The key of that id; KeyAbsent where there is none, or where the provider was not heard for too long."""
        if self._clock() - self._heard > self._max_stale:
            raise KeyAbsent(Code.PROVIDER_UNAVAILABLE, _UNAVAILABLE)
        try:
            return self._keys[kid]
        except KeyError:
            raise KeyAbsent(Code.TOKEN_INVALID, INVALID) from None

    async def renew(self) -> None:
        """Look at the key set once for all who wait, at most every ten seconds.

        Raises:
            Unidentified: PROVIDER_UNAVAILABLE, because too many wait for that already.
        """
        if self._looking is None or self._looking.done():
            if self._clock() - self._renewed < APART:
                return
            self._renewed = self._clock()
            self._looking = asyncio.create_task(self._look(discover=self._key_set_url is None))
        if self._waiting >= MOST_WAITING:
            raise Unidentified(Code.PROVIDER_UNAVAILABLE, _UNAVAILABLE)
        self._waiting += 1
        try:
            await asyncio.shield(self._looking)  # who gives up waiting does not end it for the others
        finally:
            self._waiting -= 1

    async def look_after(self) -> None:
        """Discover again where ten minutes have passed since that went well, and ten seconds since it was tried.

        Apart from `renew` and its ten seconds: what anybody can ask for must not put this off.
        """
        now = self._clock()
        if now - self._discovered < REFRESH or now - self._looked < APART:
            return
        self._looked = now
        await self._look(discover=True)

    async def _look(self, *, discover: bool) -> None:
        """Read the key set, and before it where it is; what can't be read is told and changes nothing."""
        began = self._clock()
        try:
            async with client(self._trust) as http:
                url = self._key_set_url
                if discover or url is None:
                    url = await self._discover(http)
                keys = read_keys(await _fetch(http, url))
        except ProviderError as error:
            _LOGGER.warning("the identity provider's keys can't be read: it %s", error)
            return
        except NotAKeySetError:
            _LOGGER.warning("the identity provider's keys can't be read: its key set is none (JWKS, RFC 7517)")
            return
        if began < self._heard:
            return  # a look that began later has ended earlier: what it found is newer
        self._keys = {kid: self._unchanged(kid, key) for kid, key in keys.items()}
        self._key_set_url, self._heard = url, began
        if discover:
            self._discovered = began

    def _unchanged(self, kid: str, key: jwt.PyJWK) -> jwt.PyJWK:
        """The object that stood for this key before, so that tokens that it signed stay remembered."""
        before = self._keys.get(kid)
        return before if before is not None and _fingerprint(before) == _fingerprint(key) else key

    async def _discover(self, http: httpx.AsyncClient) -> str:
        url = (await describe(http, self._issuer)).get("jwks_uri")
        if not isinstance(url, str) or not is_confidential(url):
            raise ProviderError("names no key set that is https or on loopback")
        return url


async def describe(http: httpx.AsyncClient, issuer: str) -> dict[str, object]:
    """What a provider says of itself; ProviderError where it can't be asked, or speaks of another issuer."""
    # Discovery 1.0, section 4.1: a slash at the end of the issuer goes before the path is added.
    document = await _fetch(http, issuer.removesuffix("/") + _PATH)
    if not isinstance(document, dict) or document.get("issuer") != issuer:  # section 4.3
        raise ProviderError("describes another issuer than TONGGUAN_ISSUER")
    return document


def client(trust: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    """A client for one look: no proxy or password file of the environment, no redirect, nothing compressed."""
    return httpx.AsyncClient(
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        verify=trust or ssl.create_default_context(),
        trust_env=False,
        follow_redirects=False,
        timeout=PATIENCE,
    )


async def read_json(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    data: Mapping[str, str] | None = None,
    auth: httpx.Auth | None = None,
    patience: float = PATIENCE,
) -> object:
    """One JSON document; ProviderError for anything else."""
    body = bytearray()
    try:
        async with asyncio.timeout(patience), http.stream(method, url, data=data, auth=auth) as response:
            if response.status_code != httpx.codes.OK:
                raise ProviderError(f"answered with status {response.status_code}")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise ProviderError("answered with something compressed")
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST:
                    raise ProviderError(f"answered with more than {LARGEST} bytes")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        raise ProviderError(f"can't be reached, or did not answer within {patience:g} s") from None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ProviderError("answered with what is no JSON") from None


async def _fetch(http: httpx.AsyncClient, url: str) -> object:
    return await read_json(http, "GET", url)


def _fingerprint(key: jwt.PyJWK) -> tuple[str, object]:
    """What a key is, apart from the object: its algorithm and its public numbers."""
    return key.algorithm_name, key.key


def _conforms(discovered: DiscoveredKeys) -> KeySource:
    """Proof for the type checker that discovered keys keep the contract."""
    return discovered
