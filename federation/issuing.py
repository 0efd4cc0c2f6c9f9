"""Development tokens: an issuer key of the exchange's own, for the demo city and for tests.

A city's exchange trusts its identity provider's key set instead (`keys/jwks.json`) and has no issuer key; whoever
holds this one is everybody. The gateway says so, loudly, at every start with it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import jwt
from jwt.algorithms import OKPAlgorithm

from federation.keys import KeyFileError, signing_key, write_whole

ISSUER_KEY = "issuer.pem"
KEY_SET = "jwks.json"
_KEY_ID = "development"


class NoIssuerError(Exception):
    """There is no development issuer here."""


def make_issuer(keys: Path) -> None:
    """Make an issuer key, and the key set with its public half, where there are none.

    A key set that stands is left alone: no exchange comes to trust a development issuer by the way.

    Raises:
        KeyFileError: a key can't be made or read.
    """
    public = json.loads(OKPAlgorithm.to_jwk(signing_key(keys / ISSUER_KEY).public_key()))
    key_set = json.dumps({"keys": [{**public, "kid": _KEY_ID, "use": "sig"}]})
    try:
        if not (keys / KEY_SET).exists():
            write_whole(keys / KEY_SET, key_set.encode(), os.replace)
    except OSError as error:
        raise KeyFileError(f"{keys / KEY_SET} can't be made: {error.strerror}") from None


def issue(
    keys: Path,
    *,
    person: str,
    organisation: str,
    roles: Sequence[str],
    areas: Sequence[str],
    application: str,
    issuer: str,
    audience: str,
    seconds: int,
    subject: tuple[str, str] | None = None,
) -> str:
    """A signed token, valid for `seconds` from now; with `subject`, of a resident: the type and key of own records.

    Raises:
        NoIssuerError: this exchange has no development issuer.
        KeyFileError: its key can't be read, or is none.
    """
    path = keys / ISSUER_KEY
    if not path.exists():
        raise NoIssuerError(f"{path} is not there: tokens come from your identity provider")
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": person,
        "org": organisation,
        "roles": list(roles),
        "areas": list(areas),
        "azp": application,
        "iat": now,
        "exp": now + seconds,
        **({"subject_type": subject[0], "subject_key": subject[1]} if subject else {}),
    }
    return jwt.encode(claims, signing_key(path), algorithm="EdDSA", headers={"kid": _KEY_ID})
