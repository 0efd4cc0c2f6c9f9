"""What a request shows of who sends it, read from its headers; nothing of it is believed yet.

| header | holds |
|---|---|
| `Authorization: Bearer …` | a person's token |
| `Authorization: ApiKey <id>.<secret>` | an application's key |
| `X-Application-Key: <id>.<secret>` | the same, beside a person's token |
| `Client-Cert`, `Client-Cert-Chain` | an application's certificate, as a TLS proxy forwards it (RFC 9440) |
| `X-Passport` | what another exchange says of who asks (`passport.py`) |
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from federation.errors import Code, Unidentified

_AUTHORIZATION: Final = "authorization"
_APPLICATION_KEY: Final = "x-application-key"
_CERTIFICATE: Final = "client-cert"
_CHAIN: Final = "client-cert-chain"
_PASSPORT: Final = "x-passport"
_OURS: Final = frozenset({_AUTHORIZATION, _APPLICATION_KEY, _CERTIFICATE, _CHAIN, _PASSPORT})
_LONGEST: Final = 65_536  # characters of one such header
_MOST: Final = 8  # certificates of a chain


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything that was shown; `certificate` and `chain` are DER, `peer` the address that the request came from.

    `shown`: some header with credentials is there, be it one that holds nothing or is written in a way unknown here.
    """

    token: str | None = field(default=None, repr=False)
    application_key: str | None = field(default=None, repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    peer: str = ""
    passport: str | None = field(default=None, repr=False)
    shown: bool = field(default=False, repr=False, compare=False)

    @property
    def is_nothing(self) -> bool:
        """Whether no credential was shown at all."""
        return not self.shown and not any((self.token, self.application_key, self.certificate, self.passport))


def read_credentials(headers: Mapping[str, str], peer: str) -> Credentials:
    """Read the headers of a request; their names may be written in any case.

    Raises:
        Unidentified: CREDENTIAL_INVALID for a header that stands twice, an application key in two headers, or
            certificates that are not written as RFC 9440 says.
    """
    given = _once(headers)
    scheme, _, rest = given.get(_AUTHORIZATION, "").partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else None
    key = rest.strip() if scheme.lower() == "apikey" else None
    if (beside := given.get(_APPLICATION_KEY)) is not None:
        if key is not None:
            raise _malformed("Send the application's key once: in `Authorization`, or in `X-Application-Key`.")
        key = beside.strip()
    if _CHAIN in given and _CERTIFICATE not in given:  # RFC 9440, section 2.3
        raise _malformed("`Client-Cert-Chain` stands beside a `Client-Cert` only.")
    passport = given.get(_PASSPORT)
    if passport is not None and len(given) > 1:
        raise _malformed("`X-Passport` is shown alone, without a token, an application's key or its certificate.")
    certificate = _bytes(given[_CERTIFICATE]) if _CERTIFICATE in given else None
    chain = given[_CHAIN].split(",") if given.get(_CHAIN, "").strip() else []
    if len(chain) > _MOST:
        raise _malformed(f"`Client-Cert-Chain` has more than {_MOST} certificates.")
    presented = tuple(_bytes(one) for one in chain)
    return Credentials(token or None, key, certificate, presented, peer, passport, bool(given))


def _once(headers: Mapping[str, str]) -> dict[str, str]:
    """Our headers, by their names in lower case.

    One that stands twice is refused: a proxy that adds its own `Client-Cert` behind a forged one would otherwise vouch
    for the forged one. `items()` of Starlette's headers has both.
    """
    given: dict[str, str] = {}
    for name, value in headers.items():
        if (lower := name.lower()) not in _OURS:
            continue
        if lower in given or len(value) > _LONGEST:
            raise _malformed("A header with credentials stands twice, or is too long.")
        given[lower] = value
    return given


def _bytes(text: str) -> bytes:
    """A byte sequence of a structured field (RFC 9651, section 3.3.5): base64 between colons, and nothing else."""
    inner = text.strip(" \t")
    if len(inner) > 2 and inner[0] == inner[-1] == ":":  # noqa: PLR2004  (the two colons)
        try:
            return b64decode(inner[1:-1].encode("ascii"), validate=True)
        except ValueError:  # of base64, or no ASCII
            pass
    raise _malformed("`Client-Cert` and `Client-Cert-Chain` hold certificates as RFC 9440 says: base64 between colons.")


def _malformed(sentence: str) -> Unidentified:
    return Unidentified(Code.CREDENTIAL_INVALID, sentence)
