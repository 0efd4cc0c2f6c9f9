"""The keys by which other exchanges know this one, and the key set that tells them (JWK, RFC 7517).

    keys/exchange.pem        signs passports; made at the first start
    keys/exchange-next.pem   will sign after the next rotation, and is published until then; made where it is absent
    keys/exchange-last.pem   signed before the last rotation, and is still published; may be missing
    keys/exchange-pair.pem   gives the secret that this exchange shares with each other one; made at the first start

To rotate what signs is to move each one place up and to start again (docs/operator.md). Whoever has read the key set
since the rotation before knows the new key already, and passports that were on their way are still checked by the old
one.

The pair key has no next one. Where it changes, every pair secret does, and with it every pseudonym of every pair: what
partners have stored joins with nothing any more. Until both exchanges have each other's sets anew, nothing opens.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from federation.identity import pairs
from federation.identity.okp import public_jwk
from federation.keys import agreement_key, signing_key

WELL_KNOWN: Final = "/.well-known/tongguan/exchange-keys.json"  # RFC 8615
MEDIA_TYPE: Final = "application/jwk-set+json"  # RFC 7517, section 8.5.2
_SIGNS, _NEXT, _LAST = "exchange.pem", "exchange-next.pem", "exchange-last.pem"
_PAIR: Final = "exchange-pair.pem"


class ExchangeKeys:
    """Signs with one key, shares secrets by another, and publishes the public halves of all.

    Raises:
        KeyFileError: a key can't be made or read, or can be read by others than its owner.
    """

    def __init__(self, keys: Path) -> None:
        self._key: Final = signing_key(keys / _SIGNS)
        self._kid: Final = str(_public(self._key)["kid"])
        self._pair: Final = agreement_key(keys / _PAIR)
        published = [_public(self._key), _public(signing_key(keys / _NEXT))]
        if (keys / _LAST).exists():
            published.append(_public(signing_key(keys / _LAST)))
        published.append(pairs.pair_jwk(self._pair.public_key()))
        self._published: Final = json.dumps({"keys": list({one["kid"]: one for one in published}.values())}).encode()

    @property
    def published(self) -> bytes:
        """The key set, as JSON; it holds no secret."""
        return self._published

    def sign(self, claims: dict[str, Any], *, kind: str) -> str:
        """A JWT of these claims; `kind` is its `typ` (RFC 8725, section 3.11)."""
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._kid, "typ": kind})

    def pair_secret(self, own: str, other: str, key: X25519PublicKey) -> bytes:
        """The 64 bytes that this exchange (`own`) shares with `other`, whose pair key is `key`; both derive the same.

        Raises:
            NotAPairError: the two are one, by their names or keys, or the key is one that gives everybody one secret.
        """
        return pairs.pair_secret(own, other, self._pair, key)


def _public(key: Ed25519PrivateKey) -> dict[str, str]:
    return {**public_jwk("Ed25519", key.public_key().public_bytes_raw()), "use": "sig", "alg": "EdDSA"}
