"""Public keys of one coordinate as JWK (`kty` OKP, RFC 8037), named by their thumbprints."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256


def public_jwk(crv: str, raw: bytes) -> dict[str, str]:
    """The JWK of a public key of this curve; its id is its thumbprint (RFC 7638), so that no two keys share one."""
    required = {"crv": crv, "kty": "OKP", "x": _base64url(raw)}  # in the order of RFC 7638, section 3.3
    digest = sha256(json.dumps(required, separators=(",", ":")).encode()).digest()
    return {**required, "kid": _base64url(digest)}


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
