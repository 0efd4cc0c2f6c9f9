from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.identity.addresses import is_confidential, is_in, networks


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example",
        "https://login.example:8443/realms/city/",
        "http://127.0.0.1:8080/keys",
        "http://127.8.8.8",
        "http://[::1]:8080",
        "http://localhost/keys",
    ],
)
def test_what_nobody_on_the_way_can_change_is_confidential(url: str) -> None:
    assert is_confidential(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example",
        "http://10.0.0.7/keys",
        "http://localhost.login.example/keys",
        "http://127.0.0.1.nip.example/keys",
        "http://169.254.169.254/keys",
        "ftp://127.0.0.1/keys",
        "file:///etc/passwd",
        "https://user:secret@login.example",
        "https://login.example/#part",
        "https://",
        "https:login.example",
        "//login.example",
        "login.example",
        "http://[::1",
        "https://login.example:port",
        "",
    ],
)
def test_everything_else_is_not(url: str) -> None:
    assert not is_confidential(url)


@given(st.text(max_size=60))
def test_any_text_is_told_apart_without_an_error(text: str) -> None:
    assert is_confidential(text) in {True, False}


def test_addresses_and_networks_are_listed_with_commas() -> None:
    trusted = networks(" 10.0.0.7, 10.1.0.0/24,fd00::/8")
    assert [str(one) for one in trusted] == ["10.0.0.7/32", "10.1.0.0/24", "fd00::/8"]
    assert [one for one in ("10.0.0.7", "10.0.0.8", "10.1.0.255", "10.1.1.0", "fd00::1") if is_in(one, trusted)] == [
        "10.0.0.7",
        "10.1.0.255",
        "fd00::1",
    ]


def test_a_mapped_address_is_the_one_that_it_maps() -> None:
    assert is_in("::ffff:10.0.0.7", networks("10.0.0.7"))


@pytest.mark.parametrize(
    "text", ["proxy", "10.0.0.0.1", "10.0.0.7/33", "10.1.0.1/24", "10.0.0.7,", ",", "0.0.0.0/0", "::/0"]
)
def test_a_list_that_can_not_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (whatever ipaddress says; the setting's own sentence is told)
        networks(text)


@pytest.mark.parametrize("text", ["", "  "])
def test_no_network_trusts_nobody(text: str) -> None:
    assert networks(text) == ()
    assert not is_in("127.0.0.1", ())


@given(st.text(max_size=40) | st.ip_addresses().map(str))
def test_a_peer_is_trusted_only_where_its_address_is_in_the_network(peer: str) -> None:
    trusted = networks("10.0.0.0/8")
    if is_in(peer, trusted):
        address = ip_address(peer)
        assert (getattr(address, "ipv4_mapped", None) or address) in trusted[0]
