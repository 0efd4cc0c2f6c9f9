"""Sign-in with an identity provider, through the pages, and development sign-in where it is none of theirs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.city import City
from tests.support.pages import Pages, Shown
from tests.support.provider import CLIENT, SigningIn, signing_in

BASE = "https://exchange.example"
LI_NA = {
    "sub": "li.na",
    "org": "huamu-committee-3",
    "roles": ["committee-worker"],
    "areas": ["310115016003"],
    "azp": "tongguan-pages",
}


@pytest.fixture
def provider() -> Iterator[SigningIn]:
    with signing_in() as one:
        yield one


@pytest.fixture
def oidc(make_city: Callable[..., City], provider: SigningIn) -> City:
    return make_city(oidc=True, issuer=provider.issuer, public_url=BASE, client_id=CLIENT)


@pytest.fixture
def pages(oidc: City) -> Iterator[Pages]:
    opened = Pages(oidc, base=BASE)
    yield opened
    opened.close()


def leave(pages: Pages) -> str:
    """Press the button; the address of the provider that the page leads to."""
    came = pages.send(pages.get("/sign-in"), "/sign-in/start")
    assert came.status == 200
    refresh = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', came.html)
    assert refresh is not None
    assert f'href="{refresh[1]}"' in came.html  # for who does not follow a refresh
    return html.unescape(refresh[1])


def come_back(pages: Pages, returned: dict[str, Any]) -> Shown:
    """The browser comes back from the provider's site, by a plain link."""
    return pages.get("/sign-in/return", params=returned, headers={"sec-fetch-site": "cross-site"})


def test_somebody_signs_in_with_the_provider_and_out_again(pages: Pages, provider: SigningIn) -> None:
    came = come_back(pages, provider.authorize(leave(pages), **LI_NA))
    assert (came.status, came.response.headers["location"]) == (303, "/")
    home = pages.get("/")
    assert "li.na" in home.text
    assert "anybody can be anybody" not in home.text
    assert "Residents (20 on this page)" in pages.residents().text
    assert pages.city.entries()[-1][1]["who"]["application"] == "tongguan-pages"
    pages.send(home, "/sign-out")
    assert pages.get("/").response.headers["location"] == "/sign-in"


def test_there_is_no_development_sign_in_beside_a_provider(pages: Pages) -> None:
    page = pages.get("/sign-in")
    assert "made-up" not in page.text
    came = pages.post("/sign-in/development", [("mark", page.mark), ("person", "officer")])
    assert came.status == 404
    assert pages.get("/").response.headers["location"] == "/sign-in"


def test_coming_back_without_having_gone_is_refused(pages: Pages, oidc: City, provider: SigningIn) -> None:
    attacker = Pages(oidc, base=BASE)
    returned = provider.authorize(leave(attacker), **LI_NA)  # the attacker's own sign-in, for the victim's browser
    came = come_back(pages, returned)
    assert came.status == 400
    assert "Signing in did not work." in came.text
    leave(pages)  # nor where the victim has begun one
    assert come_back(pages, returned).status == 400
    assert pages.get("/").response.headers["location"] == "/sign-in"
    attacker.close()


def test_an_address_to_come_back_to_works_once(pages: Pages, provider: SigningIn) -> None:
    returned = provider.authorize(leave(pages), **LI_NA)
    kept = pages.client.cookies["__Host-tongguan-sign-in"]
    assert come_back(pages, returned).status == 303
    assert come_back(pages, returned).status == 400  # the browser has forgotten it
    pages.client.cookies.set("__Host-tongguan-sign-in", kept, domain="exchange.example", path="/")
    assert come_back(pages, returned).status == 400  # and the provider takes a code once


@pytest.mark.parametrize(
    "change",
    [
        {"state": "x"},
        {"code": "x"},
        {"iss": "https://elsewhere.example"},
        {"error": "access_denied"},
        {"code": ["x", "y"]},
    ],
)
def test_what_comes_back_must_be_what_was_begun(pages: Pages, provider: SigningIn, change: dict[str, Any]) -> None:
    came = come_back(pages, {**provider.authorize(leave(pages), **LI_NA), **change})
    assert came.status == 400
    assert "Signing in did not work." in came.text
    assert "__Host-tongguan-session" not in pages.client.cookies


def test_a_token_that_the_exchange_does_not_trust_signs_nobody_in(pages: Pages, provider: SigningIn) -> None:
    provider.access = {"org": "nobody-knows"}
    came = come_back(pages, provider.authorize(leave(pages), **LI_NA))
    assert came.status == 401
    assert "__Host-tongguan-session" not in pages.client.cookies


def test_an_id_token_of_another_sign_in_signs_nobody_in(pages: Pages, provider: SigningIn) -> None:
    provider.identity = {"nonce": "x"}
    assert come_back(pages, provider.authorize(leave(pages), **LI_NA)).status == 400


def test_nothing_that_the_provider_says_is_shown(pages: Pages) -> None:
    leave(pages)
    came = come_back(pages, {"error": "<b>no</b>", "error_description": "call the clinic", "state": "x"})
    assert "call the clinic" not in came.html  # digits could stand in a random mark
    assert "<b>no" not in came.html


def test_a_provider_that_is_away_is_a_page_that_says_so(pages: Pages, provider: SigningIn) -> None:
    provider.down()
    came = pages.send(pages.get("/sign-in"), "/sign-in/start")
    assert came.status == 503
    assert "Signing in did not work." in came.text


def test_a_session_ends_with_its_token(pages: Pages, provider: SigningIn) -> None:
    provider.access = {"exp": 4_102_444_800}  # in 2100: but no session is longer than eight hours
    come_back(pages, provider.authorize(leave(pages), **LI_NA))
    sessions = pages.city.exchange.sessions
    before = sessions._clock
    sessions._clock = lambda: before() + 28_800
    came = pages.get("/committee")
    assert came.status == 401
    assert "Your session has ended." in came.text
    assert '__Host-tongguan-session=""' in came.response.headers["set-cookie"]


def test_where_neither_is_set_up_the_page_says_so(make_city: Callable[..., City], provider: SigningIn) -> None:
    city = make_city(oidc=True, issuer=provider.issuer, public_url=BASE)
    pages = Pages(city, base=BASE)
    assert "No sign-in is set up here." in pages.get("/sign-in").text
    page = pages.get("/sign-in")
    assert pages.post("/sign-in/start", [("mark", page.mark)]).status == 404
    pages.close()
