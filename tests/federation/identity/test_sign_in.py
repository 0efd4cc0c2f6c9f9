from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from federation.identity import Client, DiscoveredKeys, SignIn, SignInError
from tests.federation.identity.making import Clock, run
from tests.support.provider import CLIENT, SECRET, SigningIn, signing_in

REDIRECT = "https://exchange.example/sign-in/return"
SEAL = b"k" * 32


@pytest.fixture
def provider() -> Iterator[SigningIn]:
    with signing_in() as one:
        yield one


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


def sign_in_of(provider: SigningIn, clock: Clock, *, secret: str = "", seal: bytes = SEAL) -> SignIn:
    one = Client(provider.issuer, CLIENT, REDIRECT, "openid exchange", secret)
    return SignIn(one, DiscoveredKeys(provider.issuer), seal, clock=clock)


@pytest.fixture
def sign_in(provider: SigningIn, clock: Clock) -> SignIn:
    return sign_in_of(provider, clock)


def refused(work: Any, match: str) -> None:
    with pytest.raises(SignInError, match=match):
        run(work)


def test_somebody_signs_in_and_the_access_token_comes_back(sign_in: SignIn, provider: SigningIn) -> None:
    url, kept = run(sign_in.begin())
    token = run(sign_in.finish(kept, provider.authorize(url, sub="li.na")))
    assert token.count(".") == 2
    assert provider.seen[0]["client_id"] == CLIENT
    assert provider.seen[0]["authorization"] == ""


def test_what_is_asked_of_the_provider(sign_in: SignIn, provider: SigningIn) -> None:
    url, kept = run(sign_in.begin())
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{provider.base}/authorize?")
    assert asked["tenant"] == "city"  # what the endpoint's own address says stays (RFC 6749, section 3.1)
    assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == ("code", CLIENT, REDIRECT)
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid exchange", "S256")
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert not any(value in kept for value in (asked["state"], asked["nonce"]))
    assert run(sign_in.begin())[0] != url  # nothing of it twice


def test_a_client_with_a_secret_shows_it_and_never_in_the_form(provider: SigningIn, clock: Clock) -> None:
    sign_in = sign_in_of(provider, clock, secret=SECRET)
    url, kept = run(sign_in.begin())
    run(sign_in.finish(kept, provider.authorize(url)))
    (seen,) = provider.seen
    shown = base64.b64decode(seen.pop("authorization").partition(" ")[2]).decode()
    assert shown == f"{CLIENT}:a+secret+with+%2F+and+%25"
    assert "client_secret" not in seen
    assert SECRET not in repr(Client("i", "c", "r", "openid", SECRET))


def test_another_browser_can_not_finish_it(sign_in: SignIn, provider: SigningIn) -> None:
    url, _ = run(sign_in.begin())
    _, kept_by_the_victim = run(sign_in.begin())
    refused(sign_in.finish(kept_by_the_victim, provider.authorize(url)), "did not begin with")
    refused(sign_in.finish("", provider.authorize(url)), "did not begin in this browser")
    assert provider.seen == []


@pytest.mark.parametrize("state", ["", "x", "é" * 43])
def test_a_state_of_somebody_elses_making_is_refused(sign_in: SignIn, provider: SigningIn, state: str) -> None:
    url, kept = run(sign_in.begin())
    refused(sign_in.finish(kept, provider.authorize(url) | {"state": state}), "did not begin with")


def test_what_the_browser_keeps_can_not_be_made_up_or_changed(provider: SigningIn, clock: Clock) -> None:
    _, foreign = run(sign_in_of(provider, clock, seal=b"x" * 32).begin())
    sign_in = sign_in_of(provider, clock)
    url, kept = run(sign_in.begin())
    returned = provider.authorize(url)
    flipped = kept[:-2] + ("A" if kept[-2] != "A" else "B") + kept[-1]
    for forged in (foreign, flipped, kept[:40], "é", "=" * 8):
        refused(sign_in.finish(forged, returned), "did not begin in this browser")


def test_ten_minutes_are_enough(sign_in: SignIn, provider: SigningIn, clock: Clock) -> None:
    url, kept = run(sign_in.begin())
    clock.now += 600
    refused(sign_in.finish(kept, provider.authorize(url)), "longer than ten minutes")


def test_a_code_is_good_once(sign_in: SignIn, provider: SigningIn) -> None:
    url, kept = run(sign_in.begin())
    returned = provider.authorize(url)
    run(sign_in.finish(kept, returned))
    refused(sign_in.finish(kept, returned), "answered with status 400")


def test_a_code_of_another_sign_in_does_not_pass_the_verifier(sign_in: SignIn, provider: SigningIn) -> None:
    url, kept = run(sign_in.begin())
    stolen = provider.authorize(run(sign_in.begin())[0])["code"]
    refused(sign_in.finish(kept, provider.authorize(url) | {"code": stolen}), "answered with status 400")


def test_a_provider_that_names_itself_must_be_the_one(sign_in: SignIn, provider: SigningIn) -> None:
    provider.extra = {"authorization_response_iss_parameter_supported": True}
    url, kept = run(sign_in.begin())
    returned = provider.authorize(url)
    refused(sign_in.finish(kept, returned), "another provider")
    refused(sign_in.finish(kept, {**returned, "iss": "https://elsewhere.example"}), "another provider")
    assert run(sign_in.finish(kept, {**returned, "iss": provider.issuer}))


def test_a_name_that_was_not_announced_must_be_right_too(sign_in: SignIn, provider: SigningIn) -> None:
    url, kept = run(sign_in.begin())
    refused(sign_in.finish(kept, provider.authorize(url) | {"iss": "https://elsewhere.example"}), "another provider")


@pytest.mark.parametrize(
    ("identity", "match"),
    [
        ({"nonce": "of another sign-in"}, "another sign-in"),
        ({"nonce": 7}, "another sign-in"),
        ({"aud": "another-client"}, "does not hold"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "another client"),
        ({"iss": "https://elsewhere.example"}, "does not hold"),
        ({"exp": 1}, "does not hold"),
        ({"sub": "somebody.else"}, "two people"),
    ],
)
def test_an_id_token_that_was_not_made_for_this_is_refused(
    sign_in: SignIn, provider: SigningIn, identity: dict[str, Any], match: str
) -> None:
    provider.identity = identity
    url, kept = run(sign_in.begin())
    refused(sign_in.finish(kept, provider.authorize(url)), match)


def test_an_id_token_by_a_key_that_is_not_the_providers_is_refused(sign_in: SignIn, provider: SigningIn) -> None:
    url, kept = run(sign_in.begin())
    returned = provider.authorize(url)
    original, provider.signers = provider.signers, [type(provider.signers[0])("first")]
    key_set = provider.answer("/keys")
    provider.answers["/keys"] = (200, {}, json.dumps({"keys": [original[0].jwk]}).encode())
    assert key_set
    refused(sign_in.finish(kept, returned), "does not hold")


@pytest.mark.parametrize("returned", [{"error": "access_denied"}, {"code": ""}, {"code": "x" * 5_000}])
def test_a_refusal_or_no_code_is_no_sign_in(sign_in: SignIn, provider: SigningIn, returned: dict[str, str]) -> None:
    url, kept = run(sign_in.begin())
    given = {**provider.authorize(url), **returned}
    refused(sign_in.finish(kept, given), "refused by the provider")


@pytest.mark.parametrize(
    ("extra", "match"),
    [
        ({"authorization_endpoint": "http://elsewhere.example/authorize"}, "neither https nor on loopback"),
        ({"token_endpoint": "http://elsewhere.example/token"}, "neither https nor on loopback"),
        ({"token_endpoint": None}, "neither https nor on loopback"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"issuer": "https://elsewhere.example"}, "another issuer"),
    ],
)
def test_a_provider_that_can_not_be_trusted_is_not_gone_to(
    sign_in: SignIn, provider: SigningIn, extra: dict[str, Any], match: str
) -> None:
    provider.extra = extra
    refused(sign_in.begin(), match)


def test_a_provider_that_is_away_is_told_in_our_own_words(sign_in: SignIn, provider: SigningIn) -> None:
    provider.down()
    refused(sign_in.begin(), "can't be reached")
