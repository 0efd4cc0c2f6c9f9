"""Applications that show a client certificate to the TLS proxy in front, which forwards it (RFC 9440).

The proxy has seen the application prove that it holds the key. So the header counts from the proxy alone: from anybody
else it is refused, since somebody forges it or a proxy is not declared, and neither should pass unnoticed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from federation.errors import Code, Unidentified
from federation.identity.addresses import Network, is_in
from federation.identity.application import Application
from federation.identity.applications import Applications
from federation.keys import KeyFileError

_REMEMBERED: Final = 4_096
_INVALID: Final = (
    "The certificate is not one that this exchange trusts: it is of another CA, not valid now, not for clients, or of"
    " an application that is not registered."
)
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
    VerificationError,
)


@dataclass(frozen=True, slots=True)
class _Verified:
    """A certificate that passed: whose key it is, and for how long its whole chain is valid (seconds since 1970)."""

    fingerprint: str
    begins: float
    ends: float


class Certificates:
    """Checks forwarded certificates against a bundle of CAs; remembers those that passed while they are valid.

    A certificate passes by the rules that `cryptography` has for clients (RFC 5280, and of the CA/Browser Forum's
    profile what it asks of certificates: a subject alternative name, the authority's key identifier, strong keys), and
    if its extended key usage names client authentication.

    Raises:
        KeyFileError: the bundle can't be read, or holds no certificate.
    """

    def __init__(
        self,
        bundle: Path,
        applications: Applications,
        *,
        proxies: tuple[Network, ...],
        clock: Callable[[], float] = time.time,
    ) -> None:
        try:
            self._store = Store(x509.load_pem_x509_certificates(bundle.read_bytes()))
        except OSError as error:
            raise KeyFileError(f"{bundle} can't be read: {error.strerror}") from None
        except _UNREADABLE:
            raise KeyFileError(f"{bundle} holds no certificates of CAs (PEM)") from None
        self._applications = applications
        self._proxies = proxies
        self._clock = clock
        self._known: OrderedDict[bytes, _Verified] = OrderedDict()

    def application(self, certificate: bytes, chain: Sequence[bytes], *, peer: str) -> Application:
        """The application that a certificate (DER) belongs to; `chain` leads from it towards the CA.

        Raises:
            Unidentified: CREDENTIAL_UNTRUSTED_PROXY, CREDENTIAL_INVALID or CREDENTIAL_EXPIRED.
        """
        if not is_in(peer, self._proxies):
            raise untrusted_proxy()
        now = self._clock()
        digest = sha256(certificate).digest()
        verified = self._known.get(digest)
        if verified is None or not verified.begins <= now < verified.ends:
            self._known.pop(digest, None)
            verified = self._known[digest] = self._verify(certificate, chain, now)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        application = self._applications.with_certificate(verified.fingerprint)
        if application is None:
            raise _invalid()
        application.require_in_time(now)
        return application

    def _verify(self, certificate: bytes, chain: Sequence[bytes], now: float) -> _Verified:
        try:
            leaf = x509.load_der_x509_certificate(certificate)
            between = [x509.load_der_x509_certificate(one) for one in chain]
            usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:  # the verifier lets a certificate without any usage pass
                raise _invalid()
            moment = dt.datetime.fromtimestamp(now, dt.UTC)
            verifier = PolicyBuilder().store(self._store).time(moment).build_client_verifier()
            path = verifier.verify(leaf, between).chain
            key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except _UNREADABLE:
            raise _invalid() from None
        return _Verified(
            sha256(key).hexdigest(),
            max(one.not_valid_before_utc.timestamp() for one in path),
            min(one.not_valid_after_utc.timestamp() for one in path),
        )


def untrusted_proxy() -> Unidentified:
    """What a forwarded certificate gets that does not come from a declared proxy."""
    return Unidentified(
        Code.CREDENTIAL_UNTRUSTED_PROXY,
        "Certificates are taken from the exchange's own TLS proxy only. Leave `Client-Cert` out.",
    )


def _invalid() -> Unidentified:
    return Unidentified(Code.CREDENTIAL_INVALID, _INVALID)
