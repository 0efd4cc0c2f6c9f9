from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Code, Unidentified
from federation.identity import Applications, Certificates
from federation.identity import certificates as module
from federation.identity.addresses import networks
from federation.keys import KeyFileError
from tests.federation.identity.making import (
    CLIENT,
    LONG_AGO,
    SERVER,
    Authority,
    Clock,
    code_of,
    fingerprint,
    register,
    registered,
    registration,
)

PROXY = "10.0.0.7"
NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
AUTHORITY = Authority()
KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
CERTIFICATE = AUTHORITY.certify(KEY)
SIGNED = x509.load_der_x509_certificate(CERTIFICATE).tbs_certificate_bytes


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW.timestamp())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "applications.yaml"


@pytest.fixture
def applications(path: Path) -> Applications:
    return registered(path, registration(certificate=f'"{fingerprint(KEY)}"'))


@pytest.fixture
def certificates(tmp_path: Path, applications: Applications, clock: Clock) -> Certificates:
    return trusting(tmp_path, applications, clock, AUTHORITY)


def trusting(tmp_path: Path, applications: Applications, clock: Clock, *authorities: Authority) -> Certificates:
    bundle = tmp_path / "client-ca.pem"
    bundle.write_bytes(b"".join(one.pem for one in authorities))
    return Certificates(bundle, applications, proxies=networks(PROXY), clock=clock)


def shown(certificates: Certificates, certificate: bytes, *chain: bytes, peer: str = PROXY) -> str:
    return certificates.application(certificate, chain, peer=peer).id


def refusal(certificates: Certificates, certificate: bytes, *chain: bytes, peer: str = PROXY) -> Code:
    return code_of(lambda: shown(certificates, certificate, *chain, peer=peer))


def test_a_certificate_is_the_application_that_has_its_key(certificates: Certificates) -> None:
    assert shown(certificates, CERTIFICATE) == "health-desk"


def test_a_renewed_certificate_of_the_same_key_is_the_same_application(certificates: Certificates) -> None:
    renewed = AUTHORITY.certify(KEY, begins=NOW - dt.timedelta(days=1))
    assert renewed != CERTIFICATE
    assert shown(certificates, renewed) == "health-desk"


def test_a_certificate_may_hang_on_others_that_come_with_it(certificates: Certificates) -> None:
    between = Authority("Health CA", above=AUTHORITY)
    certificate = between.certify(KEY)
    assert refusal(certificates, certificate) is Code.CREDENTIAL_INVALID
    assert shown(certificates, certificate, between.der) == "health-desk"
    assert shown(certificates, certificate) == "health-desk"  # it is known now


@pytest.mark.parametrize("peer", ["10.0.0.8", "127.0.0.1", "", "unix:", "10.0.0.7, 10.0.0.8", "client"])
def test_from_anybody_but_the_proxy_it_is_refused_however_good_it_is(certificates: Certificates, peer: str) -> None:
    assert shown(certificates, CERTIFICATE) == "health-desk"  # remembered or not
    assert refusal(certificates, CERTIFICATE, peer=peer) is Code.CREDENTIAL_UNTRUSTED_PROXY
    assert refusal(certificates, b"garbage", peer=peer) is Code.CREDENTIAL_UNTRUSTED_PROXY


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param(AUTHORITY.certify(KEY, ends=NOW - dt.timedelta(seconds=1)), id="expired"),
        pytest.param(AUTHORITY.certify(KEY, begins=NOW + dt.timedelta(seconds=1)), id="not yet valid"),
        pytest.param(Authority().certify(KEY), id="of another CA with the same name"),
        pytest.param(Authority("Other CA").certify(KEY), id="of another CA"),
        pytest.param(AUTHORITY.certify(KEY, usage=SERVER), id="for servers"),
        pytest.param(AUTHORITY.certify(KEY, usage=ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), id="for anything"),
        pytest.param(AUTHORITY.certify(KEY, usage=None), id="for nothing in particular"),
        pytest.param(AUTHORITY.der, id="the CA itself"),
        pytest.param(
            AUTHORITY.certify(ec.generate_private_key(ec.SECP256R1()).public_key()), id="of nobody registered"
        ),
        pytest.param(b"", id="nothing"),
        pytest.param(b"garbage", id="garbage"),
        pytest.param(CERTIFICATE[:-1], id="cut"),
        pytest.param(CERTIFICATE + b"\0", id="with more behind it"),
        pytest.param(AUTHORITY.pem, id="PEM"),
    ],
)
def test_a_certificate_that_is_not_right_is_refused(certificates: Certificates, certificate: bytes) -> None:
    for _ in range(2):
        assert refusal(certificates, certificate) is Code.CREDENTIAL_INVALID


def test_garbage_in_the_chain_is_refused(certificates: Certificates) -> None:
    assert refusal(certificates, CERTIFICATE, b"garbage") is Code.CREDENTIAL_INVALID


def test_a_chain_brings_no_authority_of_its_own(certificates: Certificates) -> None:
    other = Authority("Other CA")
    assert refusal(certificates, other.certify(KEY), other.der) is Code.CREDENTIAL_INVALID


def test_a_client_is_no_authority(certificates: Certificates) -> None:
    client = ec.generate_private_key(ec.SECP256R1())
    forged = Authority("nightly report", key=client, above=AUTHORITY).certify(KEY)
    assert refusal(certificates, forged, AUTHORITY.certify(client.public_key())) is Code.CREDENTIAL_INVALID


def test_a_remembered_certificate_ends_when_it_ends(certificates: Certificates, clock: Clock) -> None:
    certificate = AUTHORITY.certify(KEY, ends=NOW + dt.timedelta(hours=1))
    assert shown(certificates, certificate) == "health-desk"
    clock.now += 3_599
    assert shown(certificates, certificate) == "health-desk"
    clock.now += 2
    assert refusal(certificates, certificate) is Code.CREDENTIAL_INVALID
    assert not certificates._known


def test_a_remembered_certificate_is_not_valid_before_it_begins(certificates: Certificates, clock: Clock) -> None:
    assert shown(certificates, CERTIFICATE) == "health-desk"
    clock.now = LONG_AGO.timestamp() - 1  # a clock that was set back
    assert refusal(certificates, CERTIFICATE) is Code.CREDENTIAL_INVALID


def test_what_is_remembered_is_not_verified_again(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(certificates, CERTIFICATE) == "health-desk"
    monkeypatch.setattr(x509, "load_der_x509_certificate", lambda _: pytest.fail("it was read again"))
    assert shown(certificates, CERTIFICATE) == "health-desk"


def test_what_is_remembered_is_bounded(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    for _ in range(4):
        assert shown(certificates, AUTHORITY.certify(KEY)) == "health-desk"  # each has a serial number of its own
    assert len(certificates._known) == 2


def test_a_registration_that_ends_or_is_taken_away_counts_at_once(
    certificates: Certificates, applications: Applications, path: Path
) -> None:
    assert shown(certificates, CERTIFICATE) == "health-desk"
    register(path, registration(certificate=f'"{fingerprint(KEY)}"', expires='"2026-11-24T00:00:00Z"'))
    applications.reread()
    assert refusal(certificates, CERTIFICATE) is Code.CREDENTIAL_EXPIRED
    register(path)
    applications.reread()
    assert refusal(certificates, CERTIFICATE) is Code.CREDENTIAL_INVALID


def test_several_authorities_may_stand_in_the_bundle(tmp_path: Path, applications: Applications, clock: Clock) -> None:
    other = Authority("Other CA")
    both = trusting(tmp_path, applications, clock, AUTHORITY, other)
    assert {shown(both, one.certify(KEY)) for one in (AUTHORITY, other)} == {"health-desk"}


@pytest.mark.parametrize("content", [b"", b"no PEM", AUTHORITY.der, AUTHORITY.pem[:200]])
def test_a_bundle_without_authorities_is_refused(tmp_path: Path, applications: Applications, content: bytes) -> None:
    (tmp_path / "client-ca.pem").write_bytes(content)
    with pytest.raises(KeyFileError, match=r"client-ca\.pem holds no certificates"):
        Certificates(tmp_path / "client-ca.pem", applications, proxies=networks(PROXY))


def test_a_bundle_that_is_not_there_is_refused(tmp_path: Path, applications: Applications) -> None:
    with pytest.raises(KeyFileError, match=r"client-ca\.pem can't be read: No such file"):
        Certificates(tmp_path / "client-ca.pem", applications, proxies=networks(PROXY))


def test_the_certificate_that_the_others_differ_from_is_for_clients() -> None:
    usage = x509.load_der_x509_certificate(CERTIFICATE).extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(usage.value) == [CLIENT]


@pytest.fixture(scope="module")
def for_any_bytes(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("any")
    read = registered(folder / "applications.yaml", registration(certificate=f'"{fingerprint(KEY)}"'))
    return trusting(folder, read, Clock(NOW.timestamp()), AUTHORITY)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")  # a negative serial number
@given(place=st.integers(0, len(SIGNED) - 1), flipped=st.integers(1, 255))
def test_a_certificate_with_any_signed_byte_changed_never_passes(
    for_any_bytes: Certificates, place: int, flipped: int
) -> None:
    changed = bytearray(CERTIFICATE)
    changed[CERTIFICATE.index(SIGNED) + place] ^= flipped
    with pytest.raises(Unidentified):
        shown(for_any_bytes, bytes(changed))


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_code(for_any_bytes: Certificates, data: bytes) -> None:
    assert refusal(for_any_bytes, data) is Code.CREDENTIAL_INVALID
