"""The secret that two exchanges share, each from its own pair key and the other's published one.

X25519 (RFC 7748) gives both the same point, HKDF-SHA256 (RFC 5869) makes 64 bytes of it. Names and public keys of both
are bound into it, so that neither a key that somebody copied nor a name that somebody took leads to a secret of others.
Nothing is sent for it, and nothing of it is stored: it is the same as long as both pair keys are.

It keys what one of them shows the other by pairwise pseudonym (`masking/pairwise.py`). Whoever reads one of the two
private keys can open all pseudonyms of that exchange, those made before too.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from federation.identity.key_source import NotAKeySetError
from federation.identity.okp import public_jwk

_CURVE: Final = "X25519"
_LABEL: Final = b"tongguan exchange pair 1"
_LENGTH: Final = 64  # a key of AES-256-SIV, RFC 5297
_PRIME: Final = 2**255 - 19


class NotAPairError(ValueError):
    """Two exchanges that can share no secret. Internal: the text names exchanges, and no key."""


def pair_jwk(key: X25519PublicKey) -> dict[str, str]:
    """A pair key as it is published (RFC 8037); being for encryption, it is none that a passport is checked by."""
    return {**public_jwk(_CURVE, key.public_bytes_raw()), "use": "enc"}


def read_pair_key(key_set: object) -> X25519PublicKey | None:
    """The pair key of an exchange, of the key set that it publishes; None where it publishes none.

    What is there must be as `pair_jwk` writes it, named by its thumbprint, and one: what could be read in two ways
    would be read otherwise by the other side. Points of low order are refused, since with them everybody has the same
    secret (RFC 7748, section 6.1), and so are numbers that are none of the field, which name a key a second time.

    Raises:
        NotAKeySetError: no set at all, or one whose pair key is not to be used.
    """
    keys = key_set.get("keys") if isinstance(key_set, Mapping) else None
    if not isinstance(keys, list):
        raise NotAKeySetError("no object with a list `keys`")
    found = [one for one in keys if isinstance(one, dict) and (one.get("crv"), one.get("use")) == (_CURVE, "enc")]
    if not found:
        return None
    if len(found) > 1:
        raise NotAKeySetError("more than one X25519 key for encryption; an exchange has one pair key")
    key = _read(found[0])
    if key is None:
        raise NotAKeySetError("its X25519 key is not one that a secret can be shared by")
    return key


def pair_secret(own: str, other: str, private: X25519PrivateKey, key: X25519PublicKey) -> bytes:
    """The 64 bytes that exchange `own`, whose pair key is `private`, shares with `other`, whose public one is `key`.

    Raises:
        NotAPairError: the two are one, by their names or keys, or `key` is of low order.
    """
    mine, theirs = private.public_key().public_bytes_raw(), key.public_bytes_raw()
    if own == other or mine == theirs:
        raise NotAPairError(f"{own} and {other} are one exchange, by name or by pair key")
    try:
        shared = private.exchange(key)
    except ValueError:
        raise NotAPairError(f"the pair key of {other} is of low order") from None
    parts = [_LABEL, *(part for name, raw in sorted([(own, mine), (other, theirs)]) for part in (name.encode(), raw))]
    info = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return HKDF(SHA256(), _LENGTH, salt=None, info=info).derive(shared)


def _read(jwk: dict[str, object]) -> X25519PublicKey | None:
    x = jwk.get("x")
    try:
        raw = urlsafe_b64decode(x.encode("ascii") + b"=" * (-len(x) % 4)) if isinstance(x, str) else b""
        key = X25519PublicKey.from_public_bytes(raw)
        X25519PrivateKey.generate().exchange(key)  # whatever the other key, a point of low order gives zero
    except ValueError:
        return None
    is_of_the_field = int.from_bytes(raw, "little") < _PRIME
    written = pair_jwk(key)
    # A set with the private half `d` tells everybody the secrets of its exchange.
    is_as_written = "d" not in jwk and all(jwk.get(name) == value for name, value in written.items())
    return key if is_of_the_field and is_as_written else None
