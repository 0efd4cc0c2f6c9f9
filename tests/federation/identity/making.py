"""What the tests of identity are shown: keys, tokens, an identity provider on loopback, certificates, registrations."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from jwt.algorithms import OKPAlgorithm

from federation.errors import Code, Unidentified
from federation.identity import Applications
from vocabulary.principal import Principal

AUDIENCE = "tongguan"
ORGANISATIONS = frozenset({"health-commission", "data-bureau"})
ROLES = frozenset({"health-analyst", "reporter"})
ResultT = TypeVar("ResultT")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    return asyncio.run(work)


def refused(work: Coroutine[Any, Any, object] | Callable[[], object]) -> Unidentified:
    with pytest.raises(Unidentified) as caught:
        asyncio.run(work) if asyncio.iscoroutine(work) else work()
    return caught.value


def code_of(work: Coroutine[Any, Any, object] | Callable[[], object]) -> Code:
    return refused(work).code


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Signer:
    """One key of an issuer."""

    kid: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def jwk(self) -> dict[str, Any]:
        return {**json.loads(OKPAlgorithm.to_jwk(self.key.public_key())), "kid": self.kid, "use": "sig"}

    def token(self, issuer: str, now: float, **claims: Any) -> str:
        every = {
            "iss": issuer,
            "aud": AUDIENCE,
            "sub": "wang.min",
            "org": "health-commission",
            "roles": ["health-analyst"],
            "areas": ["310115"],
            "iat": now,
            "exp": now + 600,
        }
        return jwt.encode({**every, **claims}, self.key, algorithm="EdDSA", headers={"kid": self.kid})


class Provider:
    """An identity provider; `answers` goes before what it would say of itself."""

    def __init__(self) -> None:
        self.signers: list[Signer] = [Signer("first")]
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, tuple[int, Mapping[str, str], bytes]] = {}
        self.reached = threading.Event()  # somebody has asked
        self.open = threading.Event()  # answers wait for it
        self.open.set()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked[self.path] += 1
                provider.reached.set()
                provider.open.wait(10)
                status, headers, body = provider.answers.get(self.path) or provider.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:  # who asked has seen enough
                    self.close_connection = True

            def do_POST(self) -> None:
                provider.asked[self.path] += 1
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = provider.redeem(self.headers.get("Authorization", ""), sent)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/realms/city"

    def answer(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        if path == CONFIGURATION:
            return self.document()
        if path == KEY_SET:
            return 200, {}, json.dumps({"keys": [one.jwk for one in self.signers]}).encode()
        return 404, {}, b""

    def redeem(self, _authorization: str, _sent: bytes) -> tuple[int, bytes]:
        """A provider that signs nobody in."""
        return 404, b""

    def document(self, **other: Any) -> tuple[int, Mapping[str, str], bytes]:
        base = self.issuer.partition("/realms/")[0]
        return 200, {}, json.dumps({"issuer": self.issuer, "jwks_uri": f"{base}{KEY_SET}", **other}).encode()

    def down(self) -> None:
        """Go away for good; nothing listens there any more."""
        if self._thread.is_alive():
            self.open.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


CONFIGURATION = "/realms/city/.well-known/openid-configuration"
KEY_SET = "/keys"


@contextmanager
def provider_on_loopback() -> Iterator[Provider]:
    provider = Provider()
    try:
        yield provider
    finally:
        provider.down()


# ── certificates ──────────────────────────────────────────────────────────────────────────────────────────────────────

LONG_AGO, FAR_AWAY = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2050, 1, 1, tzinfo=dt.UTC)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True)
class Authority:
    """A CA, or one between it and those that it certifies."""

    name: str = "City CA"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    above: Authority | None = None

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def certificate(self) -> x509.Certificate:
        signs_certificates = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        above = self.above or self
        return (
            _begun(self.name, above, self.key.public_key(), LONG_AGO, FAR_AWAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(signs_certificates, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(above.key, SHA256())
        )

    def certify(
        self,
        key: ec.EllipticCurvePublicKey,
        *,
        usage: x509.ObjectIdentifier | None = CLIENT,
        begins: dt.datetime = LONG_AGO,
        ends: dt.datetime = FAR_AWAY,
    ) -> bytes:
        """A certificate for a client, as DER."""
        builder = _begun("nightly report", self, key, begins, ends).add_extension(
            x509.SubjectAlternativeName([x509.DNSName("report.health.example")]), critical=False
        )
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.DER)


def _begun(
    name: str, by: Authority, key: ec.EllipticCurvePublicKey, begins: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by.name)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
    )


def fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


# ── registrations ─────────────────────────────────────────────────────────────────────────────────────────────────────


def registration(of: str = "health-desk", /, **words: str) -> str:
    """One application of the file, without a key unless one is given."""
    every = {
        "organisation": "health-commission",
        "name": "nightly-report",
        "roles": "[reporter]",
        "areas": '["310115"]',
        "expires": '"2040-01-01T00:00:00+08:00"',
        **words,
    }
    return f"  {of}:\n" + "".join(f"    {word}: {value}\n" for word, value in every.items() if value)


def register(path: Path, *registrations: str) -> None:
    path.write_text("applications:\n" + "".join(registrations) if registrations else "applications: {}\n")
    path.chmod(0o600)


def registered(path: Path, *registrations: str) -> Applications:
    register(path, *registrations)
    return Applications(path, organisations=ORGANISATIONS, roles=ROLES)


def areas_of(principal: Principal) -> list[str]:
    return [area.code for area in principal.areas]
