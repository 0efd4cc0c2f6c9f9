from __future__ import annotations

from dataclasses import replace

import pytest

from portal.contract import RefusedError, Site
from portal.guard import require_mark, require_our_name, require_own_form
from vocabulary.catalogue import Organisation, Words

OPERATOR = Organisation("bureau", Words("局", "Bureau"), "a@bureau.example", ())
LOCAL = Site(
    name="city",
    operator=OPERATOR,
    origin="",
    hosts=frozenset(),
    is_secure=False,
    has_provider=False,
    people=(),
    purposes={},
    masks={},
    organisations={},
    owners={},
    body_limit=1_000,
    log_key="",
)
PUBLIC = replace(LOCAL, origin="https://exchange.example", hosts=frozenset({"exchange.example"}), is_secure=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9", "[::1]:8000", "127.8.8.8"])
def test_without_a_public_address_loopback_is_ours(host: str) -> None:
    require_our_name(host, LOCAL)
    with pytest.raises(RefusedError):
        require_our_name(host, PUBLIC)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "exchange.example",
        "10.0.0.7",
        "127.0.0.1.example",
        "localhost.example",
        "x@127.0.0.1:",
        "[::1",
        "192.168.1.1",
    ],
)
def test_no_other_name_is(host: str) -> None:
    with pytest.raises(RefusedError) as told:
        require_our_name(host, LOCAL)
    assert (told.value.code, told.value.status) == ("HOST_UNKNOWN", 421)


def test_with_a_public_address_only_that_one_is() -> None:
    require_our_name("exchange.example", PUBLIC)
    for host in ("exchange.example:444", "www.exchange.example", "EXCHANGE.example"):
        with pytest.raises(RefusedError):
            require_our_name(host, PUBLIC)


def test_behind_a_proxy_the_public_origin_counts_and_not_what_the_proxy_speaks() -> None:
    require_own_form({"origin": "https://exchange.example"}, "exchange.example", PUBLIC)
    with pytest.raises(RefusedError):
        require_own_form({"origin": "http://exchange.example"}, "exchange.example", PUBLIC)


@pytest.mark.parametrize(("sent", "right"), [("", "a"), ("a", "b"), ("ab", "a"), ("é", "a"), ("\ud800", "a")])
def test_a_mark_is_right_or_wrong(sent: str, right: str) -> None:
    require_mark(right, right)
    with pytest.raises(RefusedError):
        require_mark(sent, right)
