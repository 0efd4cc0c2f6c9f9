"""The keys that an exchange signs passports with, and the key set that other exchanges check them by (JWK, RFC 7517).

    keys/exchange.pem        signs; made at the first start
    keys/exchange-next.pem   will sign after the next rotation, and is published until then; made where it is absent
    keys/exchange-last.pem   signed before the last rotation, and is still published; may be missing

To rotate is to move each one place up and to start again (docs/operator.md). Whoever has read the key set since the
rotation before knows the new key already, and passports that were on their way are still checked by the old one.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from federation.keys import signing_key

WELL_KNOWN: Final = "/.well-known/tongguan/exchange-keys.json"  # RFC 8615
MEDIA_TYPE: Final = "application/jwk-set+json"  # RFC 7517, section 8.5.2
_SIGNS, _NEXT, _LAST = "exchange.pem", "exchange-next.pem", "exchange-last.pem"


class ExchangeKeys:
    """Signs with one key, and publishes the public halves of all.

    Raises:
        KeyFileError: a key can't be made or read, or can be read by others than its owner.
    """

    def __init__(self, keys: Path) -> None:
        self._key: Final = signing_key(keys / _SIGNS)
        self._kid: Final = str(_public(self._key)["kid"])
        published = [_public(self._key), _public(signing_key(keys / _NEXT))]
        if (keys / _LAST).exists():
            published.append(_public(signing_key(keys / _LAST)))
        self._published: Final = json.dumps({"keys": list({one["kid"]: one for one in published}.values())}).encode()

    @property
    def published(self) -> bytes:
        """The key set, as JSON; it holds no secret."""
        return self._published

    def sign(self, claims: dict[str, Any], *, kind: str) -> str:
        """A JWT of these claims; `kind` is its `typ` (RFC 8725, section 3.11)."""
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._kid, "typ": kind})


def _public(key: Ed25519PrivateKey) -> dict[str, str]:
    """The public half; its id is its thumbprint (RFC 7638), so that no two keys share one."""
    jwk = json.loads(OKPAlgorithm.to_jwk(key.public_key()))
    required = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"), sort_keys=True)
    kid = base64.urlsafe_b64encode(sha256(required.encode()).digest()).rstrip(b"=").decode()
    return {**jwk, "kid": kid, "use": "sig", "alg": "EdDSA"}
