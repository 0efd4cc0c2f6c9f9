"""What a remote subgraph may answer, and what it can do to us."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.breaker import FAILURES, State
from connectors.endpoint import PROBE
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.remote import Remote, RemoteError, Reply, Travels
from tests.support.loopback import Heard, Says, answer, saying
from tests.support.network import Stand
from vocabulary.catalogue import SourceDeclaration

QUESTION = b'{"query":"{ person(id: \\"SECRET\\") { name } }"}'
GRAPHQL = "application/graphql-response+json"
URL = "https://town.example/graphql"


def remote(url: str = URL, network: Stand | None = None, *, timeout: float = 5.0, **options: object) -> Remote:
    declared = SourceDeclaration("town", "bureau", "graphql", {"url": url, **options}, timeout=timeout, concurrency=2)
    return Remote(declared, Path(), network)


def told(body: object, *, status: int = 200, kind: str = GRAPHQL, **options: Any) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer_ = httpx.Response(status, content=content, headers={"Content-Type": kind})

    async def journey() -> Reply:
        made = remote(network=Stand(lambda _: answer_), **options)
        try:
            return await made.ask(QUESTION, about="Person", safe=True)
        finally:
            await made.close()

    return asyncio.run(journey())


def failure(work: Callable[[], Any]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        work()
    assert caught.value.source == "town"
    for word in ("SECRET", "example", "127.0.0.1"):
        assert word not in str(caught.value)
    return caught.value


# ----------------------------------------------------------------------------------------------------------- answers


def test_data_are_an_answer_and_errors_are_and_both_are() -> None:
    error = {"message": "SECRET", "path": ["person", 0, "name"], "extensions": {"code": "NOT_FOUND", "id": "SECRET"}}
    read = RemoteError(("person", 0, "name"), "NOT_FOUND")
    assert told({"data": {"person": None}}) == Reply({"person": None}, ())
    assert told({"data": {"person": None}, "errors": None}) == Reply({"person": None}, ())
    assert told({"data": {}, "errors": []}) == Reply({}, ())
    assert told({"data": None, "errors": [error]}) == Reply(None, (read,))
    assert told({"errors": [error, {"message": "SECRET"}]}) == Reply(None, (read, RemoteError((), "")))
    assert told({"data": {"person": None}, "errors": [error]}) == Reply({"person": None}, (read,))
    assert told({"data": {}, "extensions": {"SECRET": 1}}) == Reply({}, (), {"SECRET": 1})


def test_what_an_error_says_is_taken_over_only_where_the_source_is_declared_so() -> None:
    body = {"errors": [{"message": "SECRET"}, {"message": 5}]}
    assert told(body).errors == (RemoteError((), ""), RemoteError((), ""))
    assert told(body, messages=True).errors == (RemoteError((), "", "SECRET"), RemoteError((), "", ""))


@pytest.mark.parametrize("status", [200, 294, 400, 401, 404, 422, 500, 503])
def test_graphqls_own_type_is_graphqls_answer_whatever_the_status(status: int) -> None:
    body = {"errors": [{"message": "", "extensions": {"code": "TOKEN_INVALID"}}]}
    assert told(body, status=status) == Reply(None, (RemoteError((), "TOKEN_INVALID"),))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FailureKind.INVALID),
        (401, FailureKind.REFUSED),
        (429, FailureKind.OVERLOADED),
        (500, FailureKind.UNAVAILABLE),
    ],
)
def test_under_plain_json_any_other_status_is_no_answer(status: int, kind: FailureKind) -> None:
    body = {"errors": [{"message": "SECRET"}]}
    assert failure(lambda: told(body, status=status, kind="application/json")).kind is kind


# --------------------------------------------------------------------------------------------------- over the network


def over_loopback(says: Says | bytes, **options: Any) -> tuple[Reply, Heard, float]:
    async def journey() -> tuple[Reply, Heard, float]:
        async with saying(says) as heard:
            made = remote(heard.url, **options)
            started = asyncio.get_running_loop().time()
            try:
                reply = await made.ask(QUESTION, about="Person", safe=True, headers={"X-Passport": "signed"})
            finally:
                took = asyncio.get_running_loop().time() - started
                await made.close()
            return reply, heard, took

    return asyncio.run(journey())


def test_a_request_is_the_question_and_what_goes_with_it_and_nothing_else() -> None:
    _, heard, _ = over_loopback(answer(b'{"data":{}}'))
    head, _, body = heard.requests[0].partition(b"\r\n\r\n")
    assert body == QUESTION
    names = {line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert names == {b"host", b"accept", b"accept-encoding", b"content-type", b"content-length", b"x-passport"}


async def late(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def trickling(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"x" * 1000)[:-1000])
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.005)


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b'{"data":{}}')[:-3])
    await asyncio.Event().wait()


async def half_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type:")
    await asyncio.Event().wait()


@pytest.mark.parametrize("says", [late, trickling, half, half_a_head])
def test_the_timeout_holds_however_the_answer_does_not_come(says: Says) -> None:
    started = asyncio.new_event_loop()
    began = started.time()
    error = failure(lambda: over_loopback(says, timeout=0.05))
    assert error.kind is FailureKind.TIMEOUT
    assert started.time() - began < 2
    started.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b'{"data":{}}')[:-3])
    await writer.drain()
    writer.transport.abort()


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        (reset, FailureKind.UNAVAILABLE),
        (b"no HTTP at all\r\n\r\n", FailureKind.UNAVAILABLE),
        (answer(b"<h1>Log in, SECRET</h1>", kind="text/html"), FailureKind.INVALID),
        (answer(b"<h1>Log in, SECRET</h1>"), FailureKind.INVALID),
        (answer(b'{"data":{}}', kind="text/plain"), FailureKind.INVALID),
        (answer(b'{"data":{}}', kind=""), FailureKind.INVALID),
        (answer(b'{"data":{"a":"' + b"x" * 10_000_000 + b'"}}'), None),
        (answer(b'{"data":{"a":"' + b"x" * 17_000_000 + b'"}}'), FailureKind.INVALID),
    ],
)
def test_each_trouble_has_its_kind(says: Says | bytes, kind: FailureKind | None) -> None:
    if kind is None:
        assert len((over_loopback(says)[0].data or {})["a"]) == 10_000_000
    else:
        assert failure(lambda: over_loopback(says)).kind is kind


def test_the_bound_is_the_sources_own() -> None:
    assert told({"data": {"a": "x" * 100}}, max_bytes=200).data
    assert failure(lambda: told({"data": {"a": "x" * 200}}, max_bytes=200)).kind is FailureKind.INVALID


def test_an_answer_that_comes_too_late_is_nobodys() -> None:
    """The connection that it comes over is not used again: else it would answer the next question."""

    async def journey() -> None:
        count = 0

        async def town(writer: asyncio.StreamWriter) -> None:
            nonlocal count
            count += 1
            this = count
            if this == 1:
                await asyncio.sleep(0.1)
            writer.write(answer(b'{"data":{"number":%d}}' % this))

        async with saying(town) as heard:
            made = remote(heard.url, timeout=0.05)
            with pytest.raises(SourceError):
                await made.ask(QUESTION, about="Person", safe=True)
            for number in (2, 3):
                reply = await made.ask(QUESTION, about="Person", safe=True)
                assert reply.data == {"number": number}
            assert heard.connected == 2
            await made.close()

    asyncio.run(journey())


def test_at_most_as_many_are_under_way_as_the_source_bears() -> None:
    async def journey() -> None:
        most = under_way = 0

        async def town(_request: httpx.Request) -> httpx.Response:
            nonlocal most, under_way
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return httpx.Response(200, json={"data": {}})

        made = remote(network=Stand(town))
        await asyncio.gather(*[made.ask(QUESTION, about="Person", safe=True) for _ in range(9)])
        await made.close()
        assert most == 2

    asyncio.run(journey())


def test_somebodys_slow_questions_do_not_close_the_source_for_others() -> None:
    async def journey() -> None:
        probes = 0

        async def town(request: httpx.Request) -> httpx.Response:
            nonlocal probes
            probes += request.content == PROBE
            if b"slow" in request.content:
                await asyncio.Event().wait()
            return httpx.Response(200, json={"data": {}})

        made = remote(network=Stand(town), timeout=0.02)
        for _ in range(3):
            for _ in range(FAILURES):
                with pytest.raises(SourceError) as caught:
                    await made.ask(b'{"query":"{ slow }"}', about="Person", safe=True)
                assert caught.value.kind is FailureKind.TIMEOUT
            assert (await made.ask(QUESTION, about="Person", safe=True)).data == {}
        assert (made.state, probes) == (State.CLOSED, 3)
        await made.close()

    asyncio.run(journey())


def test_a_source_that_hangs_is_left_alone() -> None:
    async def journey() -> None:
        asked = 0

        async def town(_request: httpx.Request) -> httpx.Response:
            nonlocal asked
            asked += 1
            await asyncio.Event().wait()
            return httpx.Response(500)

        made = remote(network=Stand(town), timeout=0.02)
        kinds = []
        for _ in range(FAILURES + 3):
            with pytest.raises(SourceError) as caught:
                await made.ask(QUESTION, about="Person", safe=True)
            kinds.append(caught.value.kind)
        assert kinds == [FailureKind.TIMEOUT] * FAILURES + [FailureKind.UNAVAILABLE] * 3
        assert (made.state, asked) == (State.OPEN, FAILURES + 1)
        await made.close()

    asyncio.run(journey())


# ----------------------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "travels"),
    [
        ({}, Travels.NONE),
        ({"exchange": False}, Travels.NONE),
        ({"exchange": True}, Travels.SIGNED),
        ({"exchange": True, "identity": "none"}, Travels.NONE),
        ({"identity": "signed"}, Travels.SIGNED),
    ],
)
def test_who_asks_travels_to_another_exchange_alone_unless_declared(options: dict[str, Any], travels: Travels) -> None:
    assert remote(**options).travels is travels


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"secret": "SECRET"}, "of a remote subgraph are: auth, exchange, identity"),
        ({"identity": "SECRET"}, "identity: write signed or none"),
        ({"identity": None}, "identity: write signed or none"),
        ({"exchange": "SECRET"}, "exchange: write true or false"),
        ({"messages": 1}, "messages: write true or false"),
        ({"max_bytes": 0}, "max_bytes: write a whole number"),
        ({"max_bytes": True}, "max_bytes: write a whole number"),
        ({"url": "http://town.example"}, "another machine"),
        ({"auth": {"header": "X", "file": "absent"}}, "cannot be read"),
        ({"tls": {"ca": "absent"}}, "not there"),
    ],
)
def test_wrong_options_are_refused_with_what_to_write(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(DeclarationError, match=hint) as caught:
        remote(**options)
    assert "SECRET" not in str(caught.value)
