from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from federation.errors import Code
from federation.identity import DiscoveredKeys, KeyAbsent, ProviderError, Tokens, discovery
from federation.identity.discovery import APART, LARGEST, MAX_STALE, MOST_WAITING, REFRESH
from tests.federation.identity.making import (
    AUDIENCE,
    CONFIGURATION,
    KEY_SET,
    ORGANISATIONS,
    Clock,
    Provider,
    Signer,
    code_of,
    provider_on_loopback,
    run,
)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provider_on_loopback() as one:
        yield one


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(provider: Provider, clock: Clock) -> DiscoveredKeys:
    return DiscoveredKeys(provider.issuer, clock=clock)


@pytest.fixture
def tokens(keys: DiscoveredKeys, provider: Provider, clock: Clock) -> Tokens:
    return Tokens(keys, issuer=provider.issuer, audience=AUDIENCE, organisations=ORGANISATIONS, clock=clock)


def absent(keys: DiscoveredKeys, kid: str) -> Code:
    with pytest.raises(KeyAbsent) as caught:
        keys.key(kid)
    return caught.value.code


def token(provider: Provider, clock: Clock, number: int = 0, **claims: Any) -> str:
    return provider.signers[number].token(provider.issuer, clock.now, **claims)


def test_keys_are_found_by_the_issuer(keys: DiscoveredKeys, provider: Provider) -> None:
    assert absent(keys, "first") is Code.PROVIDER_UNAVAILABLE  # nobody was heard yet
    run(keys.look_after())
    assert keys.key("first").key == provider.signers[0].key.public_key()
    assert provider.asked == {CONFIGURATION: 1, KEY_SET: 1}


def test_the_first_token_finds_the_keys_where_nobody_has_yet(tokens: Tokens, provider: Provider, clock: Clock) -> None:
    assert run(tokens.renewed(token(provider, clock))).id == "wang.min"
    assert provider.asked == {CONFIGURATION: 1, KEY_SET: 1}


def test_a_slash_at_the_end_of_the_issuer_is_not_doubled(provider: Provider, clock: Clock) -> None:
    provider.issuer += "/"
    keys = DiscoveredKeys(provider.issuer, clock=clock)
    run(keys.look_after())
    assert keys.key("first")


def test_a_new_key_is_found_when_its_first_token_comes(
    keys: DiscoveredKeys, tokens: Tokens, provider: Provider, clock: Clock
) -> None:
    run(keys.look_after())
    provider.signers.append(Signer("second"))
    assert run(tokens.renewed(token(provider, clock, 1))).id == "wang.min"
    assert provider.asked == {CONFIGURATION: 1, KEY_SET: 2}


def test_a_flood_of_forged_key_ids_asks_once(
    keys: DiscoveredKeys, tokens: Tokens, provider: Provider, clock: Clock
) -> None:
    run(keys.look_after())
    provider.asked.clear()

    async def flood() -> list[object]:
        forged = [Signer(f"forged {number}").token(provider.issuer, clock.now) for number in range(50)]
        return await asyncio.gather(*map(tokens.renewed, forged), return_exceptions=True)

    for _ in range(2):
        assert len(run(flood())) == 50
        clock.now += APART / 2 - 0.1
    assert provider.asked == {KEY_SET: 1}
    clock.now += 0.3
    assert code_of(tokens.renewed(Signer("forged").token(provider.issuer, clock.now))) is Code.TOKEN_INVALID
    assert provider.asked == {KEY_SET: 2}


def test_while_a_flood_goes_on_the_background_still_discovers(
    keys: DiscoveredKeys, tokens: Tokens, provider: Provider, clock: Clock
) -> None:
    run(keys.look_after())
    clock.now += REFRESH
    assert code_of(tokens.renewed(Signer("forged").token(provider.issuer, clock.now))) is Code.TOKEN_INVALID
    run(keys.look_after())
    assert provider.asked[CONFIGURATION] == 2


def test_a_removed_key_is_refused_after_the_next_look_and_its_tokens_with_it(
    keys: DiscoveredKeys, tokens: Tokens, provider: Provider, clock: Clock
) -> None:
    provider.signers.append(Signer("second"))
    run(keys.look_after())
    old, other = token(provider, clock, exp=clock.now + 7_200), token(provider, clock, 1, exp=clock.now + 7_200)
    before = tokens.principal(old), tokens.principal(other)
    del provider.signers[0]
    assert tokens.principal(old) is before[0]
    clock.now += REFRESH
    run(keys.look_after())
    assert code_of(tokens.renewed(old)) is Code.TOKEN_INVALID
    assert tokens.principal(other) is before[1]  # its key is the same, so it stays remembered


def test_a_provider_that_takes_all_keys_back_is_believed(
    keys: DiscoveredKeys, provider: Provider, clock: Clock
) -> None:
    run(keys.look_after())
    provider.signers.clear()
    clock.now += REFRESH
    run(keys.look_after())
    assert absent(keys, "first") is Code.TOKEN_INVALID


def test_the_background_looks_every_ten_minutes_and_no_more(
    keys: DiscoveredKeys, provider: Provider, clock: Clock
) -> None:
    for _ in range(5):
        run(keys.look_after())
        clock.now += REFRESH / 5
    assert provider.asked == {CONFIGURATION: 1, KEY_SET: 1}
    run(keys.look_after())
    assert provider.asked == {CONFIGURATION: 2, KEY_SET: 2}


def test_a_provider_that_is_down_is_looked_for_every_ten_seconds(
    keys: DiscoveredKeys, provider: Provider, clock: Clock
) -> None:
    provider.answers[CONFIGURATION] = (503, {}, b"")
    for _ in range(4):
        run(keys.look_after())
        clock.now += APART / 2
    assert provider.asked == {CONFIGURATION: 2}
    provider.answers.clear()
    run(keys.look_after())
    assert keys.key("first")


def test_while_the_provider_is_down_keys_count_for_an_hour_and_then_nobody_gets_in(
    keys: DiscoveredKeys, tokens: Tokens, provider: Provider, clock: Clock
) -> None:
    run(keys.look_after())
    long = token(provider, clock, exp=clock.now + 86_400)
    assert tokens.principal(long)
    provider.down()
    clock.now += MAX_STALE
    run(keys.look_after())
    assert run(tokens.renewed(long)).id == "wang.min"
    assert run(tokens.renewed(token(provider, clock))).id == "wang.min"
    clock.now += 1
    assert code_of(tokens.renewed(long)) is Code.PROVIDER_UNAVAILABLE  # remembered or not
    assert code_of(tokens.renewed(token(provider, clock))) is Code.PROVIDER_UNAVAILABLE
    assert absent(keys, "first") is Code.PROVIDER_UNAVAILABLE


def test_a_provider_that_comes_back_lets_everybody_in_again(
    keys: DiscoveredKeys, tokens: Tokens, provider: Provider, clock: Clock
) -> None:
    run(keys.look_after())
    clock.now += MAX_STALE + 1
    assert absent(keys, "first") is Code.PROVIDER_UNAVAILABLE
    assert run(tokens.renewed(token(provider, clock))).id == "wang.min"


HUGE = b" " * (LARGEST + 1)
ELSEWHERE = {"Location": "http://127.0.0.1:1/"}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (CONFIGURATION, (302, ELSEWHERE, b"")),
        (CONFIGURATION, (404, {}, b"{}")),
        (CONFIGURATION, (200, {}, HUGE)),
        (CONFIGURATION, (200, {}, b"[SECRET")),
        (CONFIGURATION, (200, {}, b"[]")),
        (CONFIGURATION, (200, {}, b"[" * 10_000)),
        (CONFIGURATION, (200, {"Content-Encoding": "gzip"}, b"{}")),
        (CONFIGURATION, (200, {}, b"")),
        (KEY_SET, (302, ELSEWHERE, b"")),
        (KEY_SET, (500, {}, b"SECRET")),
        (KEY_SET, (200, {}, b'{"keys": [' + HUGE)),
        (KEY_SET, (200, {}, b"SECRET")),
        (KEY_SET, (200, {}, b'{"keys": "SECRET"}')),
        (KEY_SET, (200, {}, b"{}")),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]} {value[2][:12]!r}",
)
def test_what_a_provider_should_not_answer_changes_nothing(
    keys: DiscoveredKeys,
    provider: Provider,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    *,
    path: str,
    answer: tuple[int, Mapping[str, str], bytes],
) -> None:
    run(keys.look_after())
    before = keys.key("first")
    provider.answers[path] = answer
    clock.now += REFRESH
    with caplog.at_level(logging.WARNING, "tongguan"):
        run(keys.look_after())
    assert keys.key("first") is before
    assert "keys can't be read" in caplog.text
    assert "SECRET" not in caplog.text
    clock.now += MAX_STALE - REFRESH + 1
    assert absent(keys, "first") is Code.PROVIDER_UNAVAILABLE


@pytest.mark.parametrize("issuer", ["https://elsewhere.example", "", None, ["x"]])
def test_a_document_of_another_issuer_is_refused(keys: DiscoveredKeys, provider: Provider, issuer: object) -> None:
    provider.answers[CONFIGURATION] = provider.document(issuer=issuer)
    run(keys.look_after())
    assert absent(keys, "first") is Code.PROVIDER_UNAVAILABLE
    assert provider.asked == {CONFIGURATION: 1}


def test_an_issuer_is_compared_to_the_letter(keys: DiscoveredKeys, provider: Provider) -> None:
    provider.answers[CONFIGURATION] = provider.document(issuer=provider.issuer + "/")
    run(keys.look_after())
    assert absent(keys, "first") is Code.PROVIDER_UNAVAILABLE


@pytest.mark.parametrize(
    "url",
    ["http://login.example/keys", "http://10.0.0.7/keys", "file:///etc/passwd", "", None, 5, "https://a:b@c.example"],
)
def test_a_key_set_that_others_could_change_on_the_way_is_never_asked_for(
    keys: DiscoveredKeys, provider: Provider, monkeypatch: pytest.MonkeyPatch, url: object
) -> None:
    fetched: list[str] = []
    fetch = discovery._fetch

    async def seen(client: Any, address: str) -> object:
        fetched.append(address)
        return await fetch(client, address)

    monkeypatch.setattr(discovery, "_fetch", seen)
    provider.answers[CONFIGURATION] = provider.document(jwks_uri=url)
    run(keys.look_after())
    assert len(fetched) == 1
    assert absent(keys, "first") is Code.PROVIDER_UNAVAILABLE


@pytest.mark.parametrize("issuer", ["http://login.example", "login.example", ""])
def test_an_issuer_that_others_could_speak_for_is_none(issuer: str) -> None:
    with pytest.raises(ProviderError, match="https"):
        DiscoveredKeys(issuer)


def test_proxies_of_the_environment_are_not_used(keys: DiscoveredKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    run(keys.look_after())
    assert keys.key("first")


def test_a_slow_provider_is_left_and_holds_up_nobody_else(
    tokens: Tokens, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "PATIENCE", 0.05)
    provider.open.clear()
    assert code_of(tokens.renewed(token(provider, clock))) is Code.PROVIDER_UNAVAILABLE


def test_others_are_served_while_one_waits_for_the_provider(
    keys: DiscoveredKeys, tokens: Tokens, provider: Provider, clock: Clock
) -> None:
    run(keys.look_after())
    known = token(provider, clock)
    provider.signers.append(Signer("second"))
    provider.reached.clear()
    provider.open.clear()

    async def journey() -> tuple[str, str]:
        waiting = asyncio.create_task(tokens.renewed(token(provider, clock, 1, sub="zhao.qiang")))
        assert await asyncio.to_thread(provider.reached.wait, 10)
        served = (await tokens.renewed(known)).id
        assert not waiting.done()
        provider.open.set()
        return served, (await waiting).id

    assert run(journey()) == ("wang.min", "zhao.qiang")


def test_who_gives_up_waiting_does_not_end_it_for_the_others(tokens: Tokens, provider: Provider, clock: Clock) -> None:
    provider.open.clear()

    async def journey() -> str:
        hasty, patient = (asyncio.create_task(tokens.renewed(token(provider, clock))) for _ in range(2))
        assert await asyncio.to_thread(provider.reached.wait, 10)
        hasty.cancel()
        await asyncio.gather(hasty, return_exceptions=True)
        provider.open.set()
        return (await patient).id

    assert run(journey()) == "wang.min"
    assert provider.asked == {CONFIGURATION: 1, KEY_SET: 1}


def test_only_so_many_wait_for_a_slow_provider(tokens: Tokens, provider: Provider, clock: Clock) -> None:
    provider.open.clear()

    async def journey() -> list[object]:
        shown = token(provider, clock)
        waiting = [asyncio.create_task(tokens.renewed(shown)) for _ in range(MOST_WAITING + 5)]
        done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        provider.open.set()
        await asyncio.gather(*left)
        return [one.exception() for one in done]

    over = run(journey())
    assert len(over) == 5
    assert {getattr(one, "code", None) for one in over} == {Code.PROVIDER_UNAVAILABLE}


def test_a_look_that_began_earlier_and_ends_later_brings_nothing_back(
    keys: DiscoveredKeys, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(keys.look_after())
    old = json.loads(provider.answer(KEY_SET)[2])
    provider.signers = [Signer("second")]
    fetch = discovery._fetch

    async def journey() -> None:
        held, go_on = asyncio.Event(), asyncio.Event()

        async def late(client: Any, address: str) -> object:
            if held.is_set():
                return await fetch(client, address)
            held.set()
            await go_on.wait()
            return old

        monkeypatch.setattr(discovery, "_fetch", late)
        first = asyncio.create_task(keys.renew())
        await held.wait()
        clock.now += REFRESH
        await keys.look_after()
        go_on.set()
        await first

    run(journey())
    assert keys.key("second")
    assert absent(keys, "first") is Code.TOKEN_INVALID
