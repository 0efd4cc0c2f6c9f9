from __future__ import annotations

import contextlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from federation.errors import Code, Unidentified
from federation.identity import Credentials, read_credentials
from tests.federation.identity.making import code_of

DER = b"\x30\x82 some certificate"
SHOWN = f":{b64encode(DER).decode()}:"


def test_nothing_shown_is_nobody() -> None:
    assert read_credentials({"accept": "*/*"}, "10.0.0.7") == Credentials(peer="10.0.0.7")


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token(name: str, scheme: str) -> None:
    assert read_credentials({name: f"{scheme}  a.b.c "}, "").token == "a.b.c"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dXNlcg==", "a.b.c", "Bearer\ta.b.c"])
def test_no_token(value: str) -> None:
    assert read_credentials({"authorization": value}, "") == Credentials()


def test_an_application_key_stands_alone_or_beside_a_token() -> None:
    alone = read_credentials({"Authorization": "ApiKey desk.secret"}, "")
    beside = read_credentials({"Authorization": "Bearer a.b.c", "X-Application-Key": "desk.secret"}, "")
    assert alone == Credentials(application_key="desk.secret")
    assert beside == Credentials(token="a.b.c", application_key="desk.secret")


def test_an_application_key_that_is_empty_is_one_that_was_shown() -> None:
    assert read_credentials({"Authorization": "ApiKey "}, "").application_key == ""
    assert read_credentials({"X-Application-Key": ""}, "").application_key == ""


def test_an_application_key_is_sent_once() -> None:
    headers = {"Authorization": "ApiKey desk.secret", "X-Application-Key": "desk.secret"}
    assert code_of(lambda: read_credentials(headers, "")) is Code.CREDENTIAL_INVALID


def test_a_certificate_and_its_chain_are_bytes_between_colons() -> None:
    shown = read_credentials({"Client-Cert": SHOWN, "Client-Cert-Chain": f"{SHOWN},\t{SHOWN}"}, "10.0.0.7")
    assert shown == Credentials(certificate=DER, chain=(DER, DER), peer="10.0.0.7")


def test_an_empty_chain_is_none() -> None:
    assert read_credentials({"Client-Cert": SHOWN, "Client-Cert-Chain": " "}, "").chain == ()


@pytest.mark.parametrize(
    "value",
    [
        "",
        ":",
        "::",
        SHOWN[1:],
        SHOWN[:-1],
        SHOWN[1:-1],
        SHOWN + ";a=1",
        f"{SHOWN}, {SHOWN}",
        ":not base64:",
        ":AAA:",
        ":AA\nAA:",
        ":Ａ===:",
        "-----BEGIN CERTIFICATE-----",
        "%2D%2D%2D%2D%2DBEGIN%20CERTIFICATE",
    ],
)
def test_a_certificate_written_otherwise_is_refused(value: str) -> None:
    assert code_of(lambda: read_credentials({"client-cert": value}, "")) is Code.CREDENTIAL_INVALID


@pytest.mark.parametrize("chain", [f"{SHOWN},", f",{SHOWN}", f"{SHOWN} {SHOWN}", "x", ", ".join([SHOWN] * 9)])
def test_a_chain_written_otherwise_is_refused(chain: str) -> None:
    headers = {"client-cert": SHOWN, "client-cert-chain": chain}
    assert code_of(lambda: read_credentials(headers, "")) is Code.CREDENTIAL_INVALID


def test_a_chain_without_its_certificate_is_refused() -> None:
    assert code_of(lambda: read_credentials({"client-cert-chain": SHOWN}, "")) is Code.CREDENTIAL_INVALID


@pytest.mark.parametrize("name", ["authorization", "x-application-key", "client-cert", "client-cert-chain"])
def test_a_header_that_stands_twice_is_refused(name: str) -> None:
    once = [(b"client-cert", SHOWN.encode())] if name == "client-cert-chain" else []
    twice = Headers(raw=[*once, (name.encode(), SHOWN.encode()), (name.encode(), SHOWN.encode())])
    assert code_of(lambda: read_credentials(twice, "")) is Code.CREDENTIAL_INVALID


def test_a_header_without_end_is_refused_unread() -> None:
    headers = {"client-cert": f":{'A' * 65_536}:"}
    assert code_of(lambda: read_credentials(headers, "")) is Code.CREDENTIAL_INVALID


def test_no_text_shows_what_was_shown() -> None:
    shown = repr(Credentials("a.token", "desk.secret", b"der-bytes", (b"chain-bytes",), "10.0.0.7"))
    assert shown == "Credentials(peer='10.0.0.7')"


NAMES = st.sampled_from(["Authorization", "X-Application-Key", "Client-Cert", "Client-Cert-Chain", "Accept"])


@given(st.dictionaries(NAMES, st.text(max_size=40) | st.binary(max_size=40).map(lambda data: f":{b64encode(data)!s}:")))
def test_whatever_is_sent_is_read_or_refused_with_a_code(headers: dict[str, str]) -> None:
    with contextlib.suppress(Unidentified):
        shown = read_credentials(headers, "10.0.0.7")
        assert (shown.certificate is None) == ("Client-Cert" not in headers)
        assert (shown.application_key is not None) or ("X-Application-Key" not in headers)


# ── passports ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["X-Passport", "x-passport"])
def test_a_passport_is_shown_alone(name: str) -> None:
    shown = read_credentials({name: "a.b.c", "Accept": "*/*"}, "10.0.0.7")
    assert shown == Credentials(passport="a.b.c", peer="10.0.0.7")
    assert not shown.is_nothing
    assert "a.b.c" not in repr(shown)


@pytest.mark.parametrize(
    "beside",
    [
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": ""},
        {"Authorization": "Basic dXNlcg=="},
        {"Authorization": "ApiKey desk.secret"},
        {"X-Application-Key": "desk.secret"},
        {"X-Application-Key": ""},
        {"Client-Cert": SHOWN},
    ],
)
def test_a_passport_beside_anything_else_is_refused(beside: dict[str, str]) -> None:
    """Whoever forwards one must not be taken for the person in it, nor lend them an application's name."""
    assert code_of(lambda: read_credentials({"X-Passport": "a.b.c", **beside}, "")) is Code.CREDENTIAL_INVALID


def test_two_passports_are_refused_whichever_is_good() -> None:
    for values in ((b"a.b.c", b"a.b.c"), (b"a.b.c", b""), (b"", b"d.e.f")):
        twice = Headers(raw=[(b"x-passport", one) for one in values])
        assert code_of(lambda twice=twice: read_credentials(twice, "")) is Code.CREDENTIAL_INVALID  # type: ignore[misc]


def test_an_empty_passport_is_one_that_was_shown() -> None:
    """It is refused for what it is; it does not make its sender somebody who showed nothing."""
    shown = read_credentials({"X-Passport": ""}, "")
    assert shown.passport == ""
    assert not shown.is_nothing


def test_a_passport_without_end_is_refused_unread() -> None:
    assert code_of(lambda: read_credentials({"X-Passport": "a" * 65_537}, "")) is Code.CREDENTIAL_INVALID
