"""What every service over HTTP is held to; what only a kind can say of it stands with that kind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.post import Service, address, credentials


def posted(answer: httpx.Response, **how: Any) -> tuple[bytes, httpx.Request]:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))

    async def journey() -> bytes:
        service = Service(
            "town",
            "http://town.example/api",
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
    assert (request.method, str(request.url)) == ("POST", "http://town.example/api/search")
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
