"""What every service over HTTP is held to; what only a kind can say of it stands with that kind."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from yarl import URL

from connectors.breaker import FAILURES, State
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.post import GRAPHQL, Service, address, credentials
from connectors.tls import vouched
from connectors.wire import Wire
from tests.support.loopback import Heard, Says, answer, saying
from tests.support.network import Stand
from tests.support.servers.certificates import make_certificates


def posted(answer: httpx.Response, **how: Any) -> tuple[bytes, httpx.Request]:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    async def journey() -> bytes:
        headers = {"X-Api-Key": "SECRET"}
        service = Service(
            "town", "https://town.example/api", headers=headers, concurrency=1, network=Stand(handler), **how
        )
        try:
            return await service.post("/search", b"{}", about="Person", deadline=0)
        finally:
            await service.close()

    return asyncio.run(journey()), seen[0]


def test_the_body_is_posted_as_json_with_what_lets_us_in() -> None:
    answer, request = posted(httpx.Response(200, json=[1]))
    assert answer == b"[1]"
    assert (request.method, str(request.url)) == ("POST", "https://town.example/api/search")
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-Api-Key"] == "SECRET"
    assert "User-Agent" not in request.headers


def test_only_media_types_that_were_asked_for_are_read() -> None:
    kinds = ("application/graphql-response+json", "application/json")
    for kind in kinds:
        answer = httpx.Response(200, content=b"{}", headers={"Content-Type": f"{kind}; charset=utf-8"})
        content, request = posted(answer, kinds=kinds)
        assert content == b"{}"
        assert request.headers["Accept"] == ", ".join(kinds)
    with pytest.raises(SourceError, match=r"other than plain application/json, when it was asked for Person"):
        posted(httpx.Response(200, content=b"{}", headers={"Content-Type": kinds[0]}))


def test_who_answers_in_graphqls_own_type_means_the_body_whatever_the_status() -> None:
    for status in (200, 294, 400, 401, 422, 500):
        answer = httpx.Response(status, content=b"{}", headers={"Content-Type": GRAPHQL})
        assert posted(answer, kinds=(GRAPHQL, "application/json"))[0] == b"{}"
        if status != 200:
            with pytest.raises(SourceError):
                posted(answer)
            with pytest.raises(SourceError):
                posted(httpx.Response(status, json={}), kinds=(GRAPHQL, "application/json"))
    elsewhere = {"Content-Type": GRAPHQL, "Location": "https://elsewhere.example"}
    with pytest.raises(SourceError, match="status 307"):
        posted(httpx.Response(307, content=b"{}", headers=elsewhere), kinds=(GRAPHQL,))


def test_an_error_names_what_was_asked_for_and_no_secret() -> None:
    with pytest.raises(SourceError, match=r"answered with status 418, .* when it was asked for Person") as caught:
        posted(httpx.Response(418, text="SECRET"))
    assert caught.value.kind is FailureKind.INVALID
    assert "SECRET" not in str(caught.value)


def test_an_address_ends_without_a_slash_and_holds_no_secret() -> None:
    assert address("options", "https://town.example:8000/api/") == "https://town.example:8000/api"
    for wrong in ("town.example", "http://", "http://a@b", "http://a/?b", "http://a/#b", "file:///etc", None, 5):
        with pytest.raises(DeclarationError, match=r"options\.url: write http"):
            address("options", wrong)


def test_credentials_are_one_line_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" hunter2 \n")
    auth = {"header": "X-Api-Key", "file": "key"}
    assert credentials("options", auth, tmp_path) == {"X-Api-Key": "hunter2"}
    assert credentials("options", None, tmp_path) == {}
    (tmp_path / "key").write_bytes("名".encode())
    with pytest.raises(DeclarationError, match="one line of ASCII"):
        credentials("options", auth, tmp_path)


async def asked(url: str, times: int = 1, **how: Any) -> list[bytes | SourceError]:
    """One after the other, over the network."""
    service = Service("town", url, headers={}, concurrency=1)
    deadline = asyncio.get_running_loop().time() + 5
    found: list[bytes | SourceError] = []
    for _ in range(times):
        try:
            found.append(await service.post("", b"{}", about="Person", deadline=deadline, **how))
        except SourceError as error:
            found.append(error)
    await service.close()
    return found


def over_loopback(says: Says | bytes, times: int = 1, **how: Any) -> tuple[list[bytes | SourceError], Heard]:
    async def journey() -> tuple[list[bytes | SourceError], Heard]:
        async with saying(says) as heard:
            return await asked(heard.url, times, **how), heard

    return asyncio.run(journey())


def test_a_connection_is_kept_for_the_next_question() -> None:
    found, heard = over_loopback(answer(b"[1]"), times=3)
    assert (found, heard.connected, len(heard.requests)) == ([b"[1]"] * 3, 1, 3)


def test_each_change_has_a_connection_of_its_own() -> None:
    found, heard = over_loopback(answer(b"[1]"), times=3, safe=False)
    assert (found, heard.connected, len(heard.requests)) == ([b"[1]"] * 3, 3, 3)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_packed_answer_is_unpacked(coding: str) -> None:
    packed = gzip.compress(b"[1]") if coding == "gzip" else zlib.compress(b"[1]")
    found, heard = over_loopback(answer(packed, more=f"Content-Encoding: {coding}\r\n"))
    assert found == [b"[1]"]
    assert b"accept-encoding: gzip, deflate\r\n" in heard.requests[0].lower()


@pytest.mark.parametrize(
    ("body", "coding", "sentence"),
    [
        (gzip.compress(bytes(20_000_000), mtime=0), "gzip", "more than 16 MiB"),
        (gzip.compress(b"[1]", mtime=0)[:-1], "gzip", "what cannot be unpacked"),
        (b"[1]", "gzip", "what cannot be unpacked"),
        (b"[1]", "br", "what cannot be unpacked"),
    ],
)
def test_a_packed_answer_that_is_none(body: bytes, coding: str, sentence: str) -> None:
    (found,), heard = over_loopback(answer(body, more=f"Content-Encoding: {coding}\r\n"))
    assert isinstance(found, SourceError)
    assert (found.kind, len(heard.requests)) == (FailureKind.INVALID, 1)
    assert sentence in str(found)


def test_no_cookie_is_kept_and_no_redirect_followed() -> None:
    found, heard = over_loopback(answer(b"[1]", more="Set-Cookie: a=b\r\n"), times=2)
    assert found == [b"[1]"] * 2
    assert b"cookie" not in heard.requests[1].lower()
    (found_, _), heard = over_loopback(answer(b"", status="308 Moved", more="Location: /elsewhere\r\n"), times=2)
    assert isinstance(found_, SourceError)
    assert b"elsewhere" not in b"".join(heard.requests)


def test_no_proxy_of_the_environment_learns_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    async def journey() -> tuple[Heard, Heard]:
        async with saying(answer(b"[1]")) as town, saying(answer(b"[2]")) as proxy:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            assert await asked(town.url) == [b"[1]"]
            return town, proxy

    town, proxy = asyncio.run(journey())
    assert (town.connected, proxy.connected) == (1, 0)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"[1, 2, 3]")[:-5])
    await writer.drain()
    writer.transport.abort()


UNSERVED: list[Says | bytes] = [
    hang_up,
    reset,
    answer(b"", status="502 Bad Gateway"),
    answer(b"", status="503 Service Unavailable"),
    answer(b"", status="504 Gateway Timeout"),
    answer(b"", status="429 Too Many Requests", more="Retry-After: 0\r\n"),
]


@pytest.mark.parametrize("says", UNSERVED)
def test_a_question_is_asked_once_more_and_a_change_never(says: Says | bytes) -> None:
    for safe, times in ((True, 2), (False, 1)):
        (found,), heard = over_loopback(says, safe=safe)
        assert isinstance(found, SourceError)
        assert found.kind in {FailureKind.UNAVAILABLE, FailureKind.OVERLOADED}
        assert len(heard.requests) == times


@pytest.mark.parametrize("safe", [True, False])
def test_what_could_not_be_connected_is_sent_once_more_whatever_it_is(safe: bool) -> None:
    tried = 0

    async def first_refused(wire: Wire, url: URL) -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise ConnectionRefusedError
        await asyncio.get_running_loop().create_connection(lambda: wire, str(url.host), url.port or 0)

    async def journey() -> bytes:
        async with saying(answer(b"[1]")) as heard:
            service = Service("town", heard.url, headers={}, concurrency=1, network=first_refused)
            deadline = asyncio.get_running_loop().time() + 5
            found = await service.post("", b"{}", about="Person", deadline=deadline, safe=safe)
            await service.close()
            assert len(heard.requests) == 1
            return found

    assert asyncio.run(journey()) == b"[1]"
    assert tried == 2


def test_what_goes_with_a_request_is_made_anew_for_each_sending() -> None:
    """A passport is good for one."""
    made = iter(range(9))
    _, heard = over_loopback(UNSERVED[3], headers=lambda: {"X-Passport": f"number {next(made)}"})
    assert [b"number 0" in heard.requests[0], b"number 1" in heard.requests[1]] == [True, True]


def test_a_source_that_is_gone_is_left_alone_and_found_again() -> None:
    now = 100.0

    async def journey() -> None:
        nonlocal now
        serves, probed = False, 0

        def town(request: httpx.Request) -> httpx.Response:
            nonlocal probed
            is_probe = request.content == b"nobody's data"
            probed += is_probe
            if not serves:
                raise httpx.ConnectError("")
            return httpx.Response(400) if is_probe else httpx.Response(200, json=[1])

        service = Service(
            "town",
            "https://town.example",
            headers={},
            concurrency=1,
            probe=b"nobody's data",
            network=Stand(town),
            clock=lambda: now,
        )

        async def ask() -> bytes:
            return await service.post("", b"{}", about="Person", deadline=asyncio.get_running_loop().time() + 5)

        for _ in range(4):
            with pytest.raises(SourceError) as caught:
                await ask()
            assert caught.value.kind is FailureKind.UNAVAILABLE
        assert (state(service), probed) == (State.OPEN, 1)
        serves = True
        with pytest.raises(SourceError, match="left alone"):
            await ask()
        now += 5
        assert await ask() == b"[1]"
        assert (state(service), probed) == (State.CLOSED, 2)
        await service.close()

    asyncio.run(journey())


@pytest.mark.parametrize(("status", "is_left_alone"), [(200, False), (404, False), (405, False), (500, True)])
def test_without_a_question_of_its_own_a_service_is_probed_by_options(status: int, is_left_alone: bool) -> None:
    async def journey() -> State:
        def town(request: httpx.Request) -> httpx.Response:
            assert not (request.method == "OPTIONS" and request.content)
            return httpx.Response(status if request.method == "OPTIONS" else 500)

        service = Service("town", "https://town.example", headers={}, concurrency=1, network=Stand(town))
        deadline = asyncio.get_running_loop().time() + 5
        for _ in range(FAILURES + 1):
            with pytest.raises(SourceError):
                await service.post("", b"{}", about="Person", deadline=deadline)
        await service.close()
        return service.state

    assert (asyncio.run(journey()) is State.OPEN) is is_left_alone


def state(service: Service) -> State:
    return service.state


def test_whoever_leaves_does_not_make_a_source_suspect() -> None:
    async def journey() -> None:
        async def slow(_request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            return httpx.Response(500)

        service = Service("town", "https://town.example", headers={}, concurrency=1, network=Stand(slow))
        loop = asyncio.get_running_loop()
        for deadline in (loop.time() + 50, loop.time()):
            for _ in range(FAILURES):
                asking = asyncio.create_task(service.post("", b"{}", about="Person", deadline=deadline))
                for _ in range(5):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.wait([asking])
            assert service.state is (State.CLOSED if deadline > loop.time() else State.HALF_OPEN)
        await service.close()

    asyncio.run(journey())


@pytest.mark.parametrize("url", ["http://town.example/api", "http://10.0.0.7", "http://127.0.0.1.town.example"])
def test_another_machine_is_not_asked_in_the_clear(url: str) -> None:
    with pytest.raises(DeclarationError, match="write https://"):
        address("source town: options", url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8001", "http://[::1]:8001", "http://localhost", "https://town.example"]
)
def test_this_machine_may_be(url: str) -> None:
    assert address("source town: options", url) == url


def test_an_authority_of_ones_own_vouches_for_its_service_and_for_no_other(tmp_path: Path) -> None:
    """A server of its own, under a certificate that the machine knows nothing of."""
    make_certificates(tmp_path, None)
    (tmp_path / "other").mkdir()
    make_certificates(tmp_path / "other", None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server-key.pem")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[1]")
        await writer.drain()
        writer.close()

    async def journey(ca: dict[str, str] | None) -> bytes:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            tls = vouched("source town: options.tls", ca, tmp_path)
            service = Service("town", f"https://localhost:{port}", headers={}, concurrency=1, tls=tls)
            try:
                return await service.post("", b"{}", about="Person", deadline=0)
            finally:
                await service.close()

    assert asyncio.run(journey({"ca": "ca.pem"})) == b"[1]"
    for wrong in (None, {"ca": "other/ca.pem"}):
        with pytest.raises(SourceError) as caught:
            asyncio.run(journey(wrong))
        assert caught.value.kind is FailureKind.UNAVAILABLE


@pytest.mark.parametrize(("option", "hint"), [("x", "has to name a file"), ({"ca": "x"}, "not there")])
def test_an_authority_that_is_none(tmp_path: Path, option: object, hint: str) -> None:
    with pytest.raises(DeclarationError, match=hint):
        vouched("source town: options.tls", option, tmp_path)


def test_a_certificate_that_is_none_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("SECRET")
    with pytest.raises(DeclarationError, match="no certificate") as caught:
        vouched("source town: options.tls", {"ca": "ca.pem"}, tmp_path)
    assert "SECRET" not in str(caught.value)
