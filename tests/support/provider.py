"""An identity provider on loopback that signs people in: authorization codes, PKCE, and tokens of its own keys."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.federation.identity.making import CONFIGURATION, KEY_SET, Provider

CLIENT, SECRET = "tongguan-pages", "a secret with / and %"


@dataclass
class Grant:
    """One code: what it was asked with, and whom it is for."""

    asked: Mapping[str, str]
    claims: Mapping[str, Any]
    used: bool = False


@dataclass
class SigningIn(Provider):
    """`identity` and `access` go before the claims of the tokens that it gives; `extra` before its description."""

    identity: dict[str, Any] = field(default_factory=dict)
    access: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    """Who signs in where a browser itself comes to the provider."""

    def __post_init__(self) -> None:
        super().__init__()
        self.grants: dict[str, Grant] = {}
        self.seen: list[dict[str, str]] = []

    @property
    def base(self) -> str:
        return self.issuer.partition("/realms/")[0]

    def answer(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        if path == CONFIGURATION:
            endpoints = {
                "jwks_uri": f"{self.base}{KEY_SET}",
                "authorization_endpoint": f"{self.base}/authorize?tenant=city",
                "token_endpoint": f"{self.base}/token",
            }
            return 200, {}, json.dumps({"issuer": self.issuer, **endpoints, **self.extra}).encode()
        if path.startswith("/authorize?"):
            back = self.authorize(self.base + path, **self.person)
            asked = self.grants[back["code"]].asked
            return 302, {"Location": f"{asked['redirect_uri']}?{urlencode(back)}"}, b""
        return super().answer(path)

    def authorize(self, url: str, **claims: Any) -> dict[str, str]:
        """Somebody signs in at the address that the browser was sent to; what the browser comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(asked, claims)
        return {"code": code, "state": asked["state"]}

    def redeem(self, authorization: str, sent: bytes) -> tuple[int, bytes]:
        form = {name: values[0] for name, values in parse_qs(sent.decode()).items()}
        self.seen.append({**form, "authorization": authorization})
        grant = self.grants.get(form.get("code", ""))
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if (
            grant is None
            or grant.used
            or grant.asked["code_challenge"] != challenge
            or grant.asked["code_challenge_method"] != "S256"
            or grant.asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return 400, b'{"error": "invalid_grant"}'
        grant.used = True
        now = time.time()
        identity = {"aud": CLIENT, "nonce": grant.asked["nonce"], **grant.claims, **self.identity}
        access = {**grant.claims, **self.access}
        given = {
            "token_type": "Bearer",
            "access_token": self.signers[0].token(self.issuer, now, **access),
            "id_token": self.signers[0].token(self.issuer, now, **identity),
        }
        return 200, json.dumps(given).encode()


@contextmanager
def signing_in() -> Iterator[SigningIn]:
    provider = SigningIn()
    try:
        yield provider
    finally:
        provider.down()
