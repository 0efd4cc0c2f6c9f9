"""What every service over HTTP is held to; what only a kind can say of it stands with that kind."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.post import Service, address, credentials
from connectors.tls import vouched
from tests.support.servers.certificates import make_certificates


def posted(answer: httpx.Response, **how: Any) -> tuple[bytes, httpx.Request]:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))

    async def journey() -> bytes:
        service = Service(
            "town",
            "https://town.example/api",
            headers={"X-Api-Key": "SECRET"},
            concurrency=1,
            transport=httpx.MockTransport(handler),
            **how,
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


def test_only_media_types_that_were_asked_for_are_read() -> None:
    kinds = ("application/graphql-response+json", "application/json")
    for kind in kinds:
        answer = httpx.Response(200, content=b"{}", headers={"Content-Type": f"{kind}; charset=utf-8"})
        content, request = posted(answer, kinds=kinds)
        assert content == b"{}"
        assert request.headers["Accept"] == ", ".join(kinds)
    with pytest.raises(SourceError, match=r"other than plain application/json, when it was asked for Person"):
        posted(httpx.Response(200, content=b"{}", headers={"Content-Type": kinds[0]}))


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
