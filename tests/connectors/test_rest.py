"""What only a service can do to us."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest

from connectors import post, rest
from connectors.errors import DeclarationError, FailureKind, SourceError, UnsupportedError
from connectors.rest import RestConnector
from tests.connectors.served import PERSON, VISIT, RestServed, declaration, until
from tests.support.network import Stand
from vocabulary.catalogue import RelationDeclaration
from vocabulary.fetch import Fetch, Table, Via

BY_ID = Fetch("Person", ("id", "age"), Via("Person", "id"))
ROW = {"id": "p1", "age": 73}

Handler = Callable[[httpx.Request], httpx.Response]


def page(*items: object, following: object = None) -> httpx.Response:
    return httpx.Response(200, json={"items": items, "next": following})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    served = RestServed(tmp_path)
    (tmp_path / "town.openapi.json").write_text(json.dumps(served.document))
    (tmp_path / "town.key").write_text("hunter2-SECRET\n")
    return tmp_path


OPTIONS: Mapping[str, object] = {
    "openapi": "town.openapi.json",
    "url": "https://town.example/api/",
    "auth": {"header": "X-Api-Key", "file": "town.key"},
}


def connector(folder: Path, handler: Handler, options: Mapping[str, object] = OPTIONS, **changes: Any) -> RestConnector:
    return RestConnector(declaration("rest", options, **changes), folder, Stand(handler))


def ask(made: RestConnector, request: Fetch = BY_ID, keys: tuple[str, ...] = ("p1", "p2")) -> Table:
    async def journey() -> Table:
        try:
            return await made.fetch(request, {"keys": keys})
        finally:
            await made.close()

    return asyncio.run(journey())


def failure(folder: Path, *answers: httpx.Response | Exception, timeout: float = 5.0) -> tuple[SourceError, int]:
    """The error that these answers, one after the other, come to, and how often was asked."""
    asked = 0

    def handler(_request: httpx.Request) -> httpx.Response:
        nonlocal asked
        answer = answers[min(asked, len(answers) - 1)]
        asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(SourceError) as caught:
        ask(connector(folder, handler, timeout=timeout))
    assert "SECRET" not in str(caught.value)
    assert "example" not in str(caught.value)
    return caught.value, asked


def test_keys_travel_in_the_body_and_the_secret_in_its_header(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return page(ROW)

    assert ask(connector(folder, handler)).columns == (["p1"], [73])
    assert [str(request.url) for request in seen] == ["https://town.example/api/people/search"]
    assert json.loads(seen[0].content) == {"keys": ["p1", "p2"], "limit": 150, "cursor": None}
    assert seen[0].headers["X-Api-Key"] == "hunter2-SECRET"
    assert seen[0].headers["Accept-Encoding"] == "gzip, deflate"
    assert "SECRET" not in caplog.text
    assert "p1" not in caplog.text


def test_pages_are_followed_by_their_cursor(folder: Path) -> None:
    cursors: list[object] = []
    answers = [page(ROW, following="c1"), page(following="c2"), page({"id": "p2", "age": None})]

    def handler(request: httpx.Request) -> httpx.Response:
        cursors.append(json.loads(request.content)["cursor"])
        return answers[len(cursors) - 1]

    assert ask(connector(folder, handler)).columns == (["p1", "p2"], [73, None])
    assert cursors == [None, "c1", "c2"]


def test_a_property_that_a_row_lacks_is_null(folder: Path) -> None:
    assert ask(connector(folder, lambda _: page({"id": "p1"}))).columns == (["p1"], [None])


@pytest.mark.parametrize(
    "answer",
    [
        page({"id": "SECRET", "age": 1}),  # a row that nobody asked for
        page({"age": 1}),  # nobody's
        page({"id": None, "age": 1}),
        page(ROW, ROW),  # one entity twice
        page({"id": "p1", "age": True}),  # no number
        page({"id": "p1", "age": "SECRET"}),
        page({"id": ["p1"], "age": 1}),
        page(["p1", 73]),
        page(*[ROW] * 151),  # more than a page
        page(ROW, following=7),
        page(ROW, following=""),
        page(ROW, following="c" * 5000),
        page(ROW, following="the same for ever"),
        httpx.Response(200, json={"items": [ROW]}),  # no word on whether more follows
        httpx.Response(200, json={"next": None}),
        httpx.Response(200, json={"items": {"p1": ROW}, "next": None}),
        httpx.Response(200, json=[ROW]),
        httpx.Response(200, content=b'{"items": [SECRET', headers={"Content-Type": "application/json"}),
        httpx.Response(
            200, content=b'{"items": [], "next": null, "x": NaN}', headers={"Content-Type": "application/json"}
        ),
        httpx.Response(200, html="<h1>Log in, SECRET</h1>"),
        httpx.Response(200, json={"items": [], "next": None}, headers={"Content-Encoding": "x-SECRET"}),
        httpx.Response(204),
        httpx.Response(302, headers={"Location": "http://elsewhere.example/SECRET"}),
        httpx.Response(400, json={"detail": "SECRET"}),
        httpx.Response(404),
    ],
)
def test_a_lying_service_is_invalid(folder: Path, answer: httpx.Response) -> None:
    error, asked = failure(folder, answer)
    assert error.kind is FailureKind.INVALID
    assert asked <= 2


def test_pages_without_end_are_left(folder: Path) -> None:
    asked = 0

    def handler(_request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return page(following=f"c{asked}")

    with pytest.raises(SourceError, match="pages without end") as caught:
        ask(connector(folder, handler))
    assert caught.value.kind is FailureKind.INVALID
    assert asked == rest.MAX_PAGES


def test_a_huge_answer_is_left_while_it_still_comes(folder: Path) -> None:
    sent = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            nonlocal sent
            while True:
                sent += 2**20
                yield b" " * 2**20

    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Endless(), headers={"Content-Type": "application/json"})

    with pytest.raises(SourceError, match="16 MiB") as caught:
        ask(connector(folder, handler))
    assert caught.value.kind is FailureKind.INVALID
    assert sent <= post.MAX_BYTES + 2**21


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_said_at_once(folder: Path, status: int) -> None:
    error, asked = failure(folder, httpx.Response(status, text="key hunter2-SECRET is no good"))
    assert (error.kind, asked) == (FailureKind.REFUSED, 1)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(504),
        httpx.ConnectError("town.example SECRET"),
        httpx.ReadError(""),
    ],
)
def test_trouble_is_tried_once_more(folder: Path, trouble: httpx.Response | Exception) -> None:
    error, asked = failure(folder, trouble)
    assert (error.kind, asked) == (FailureKind.UNAVAILABLE, 2)
    answers = [trouble, page(ROW)]

    def handler(_request: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert ask(connector(folder, handler)).count == 1


def test_a_fault_of_the_services_own_is_not_repeated(folder: Path) -> None:
    error, asked = failure(folder, httpx.Response(500, text="SECRET"))
    assert (error.kind, asked) == (FailureKind.UNAVAILABLE, 1)


@pytest.mark.parametrize(
    ("retry_after", "asked"),
    [
        ({}, 1),
        ({"Retry-After": "0"}, 2),
        ({"Retry-After": "9"}, 1),
        ({"Retry-After": "soon"}, 1),
        ({"Retry-After": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, 1),
        ({"Retry-After": "-1"}, 1),
    ],
)
def test_too_many_requests_waits_once_if_that_fits(folder: Path, retry_after: dict[str, str], asked: int) -> None:
    error, times = failure(folder, httpx.Response(429, headers=retry_after))
    assert (error.kind, times) == (FailureKind.OVERLOADED, asked)


def test_retry_after_may_be_a_date(folder: Path) -> None:
    past, future = formatdate(time() - 5, usegmt=True), formatdate(time() + 500, usegmt=True)
    assert failure(folder, httpx.Response(429, headers={"Retry-After": past}))[1] == 2
    assert failure(folder, httpx.Response(429, headers={"Retry-After": future}))[1] == 1


def test_a_service_that_recovers_is_answered(folder: Path) -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "0"}), page(ROW)]
    assert ask(connector(folder, lambda _: answers.pop(0))).count == 1


def test_entities_are_found_by_the_searchs_key_alone(folder: Path) -> None:
    with pytest.raises(UnsupportedError, match="searched by id alone"):
        ask(connector(folder, lambda _: page(ROW)), Fetch("Person", ("id",), Via("Person", "name")))


def test_a_relation_by_another_property_is_refused(folder: Path) -> None:
    wrong = RelationDeclaration("staff", "Person", "id", "Person", "boss.id", True, (), 9, 1, PERSON.description)
    with pytest.raises(DeclarationError, match=r"Person\.staff is by boss\.id .* searches by id"):
        connector(folder, lambda _: page(), relations=(wrong,))


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"url": "town.example"}, "http"),
        ({"url": "ftp://town.example"}, "http"),
        ({"url": "http://user:SECRET@town.example"}, "credentials go into auth"),
        ({"url": "https://town.example/?key=SECRET"}, "credentials go into auth"),
        ({"url": "http://a:SECRET:c"}, "http"),
        ({"url": 5}, "http"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": True}, "page_size"),
        ({"secret": "SECRET"}, "are: openapi, url"),
        ({"openapi": "absent.json"}, "cannot be read"),
        ({"auth": "SECRET"}, "auth: write"),
        ({"auth": {"header": "X-Api-Key", "file": "absent.key"}}, "auth.file cannot be read"),
        ({"auth": {"header": "X-Api-Key", "file": "empty.key"}}, "one line"),
        ({"auth": {"header": "X-Api-Key", "file": "two.key"}}, "one line"),
    ],
)
def test_wrong_options_are_refused_with_what_to_write(folder: Path, changes: dict[str, object], hint: str) -> None:
    (folder / "empty.key").write_text("\n")
    (folder / "two.key").write_text("SECRET\r\nX-Other: header")
    with pytest.raises(DeclarationError, match=hint) as caught:
        connector(folder, lambda _: page(), {**OPTIONS, **changes})
    assert "SECRET" not in str(caught.value)


def test_page_size_is_the_smaller_of_ours_and_theirs(folder: Path) -> None:
    limits: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        limits.append(json.loads(request.content)["limit"])
        return page()

    ask(connector(folder, handler, {**OPTIONS, "page_size": 20}))
    ask(connector(folder, handler, {**OPTIONS, "page_size": 2000}))
    assert limits == [20, 150]


def over_the_network(folder: Path, answer: bytes, *, hang_up: bool) -> tuple[SourceError, int, int]:
    """The error over a real connection whose server answers so; how often it was connected to, and left."""
    connected = left = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connected, left
        connected += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if not hang_up:
            while await reader.read(1000):
                pass
        left += 1
        writer.close()

    async def journey() -> SourceError:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        options = {**OPTIONS, "url": f"http://127.0.0.1:{port}"}
        made = RestConnector(declaration("rest", options, timeout=0.3), folder)
        with pytest.raises(SourceError) as caught:
            await made.fetch(BY_ID, {"keys": ("p1",)})
        await until(lambda: left == connected)
        await made.close()
        server.close()
        await server.wait_closed()
        assert "127.0.0.1" not in str(caught.value)
        return caught.value

    return asyncio.run(journey()), connected, left


HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


def test_an_answer_that_never_ends_is_left_at_the_deadline(folder: Path) -> None:
    error, connected, left = over_the_network(folder, HALF, hang_up=False)
    assert (error.kind, connected, left) == (FailureKind.TIMEOUT, 1, 1)


@pytest.mark.parametrize("answer", [HALF, b"", b"no HTTP at all\r\n\r\n"])
def test_an_answer_that_breaks_off_is_unavailable(folder: Path, answer: bytes) -> None:
    error, connected, _ = over_the_network(folder, answer, hang_up=True)
    assert (error.kind, connected) == (FailureKind.UNAVAILABLE, 2)


def test_nobody_listening_is_unavailable(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = RestConnector(declaration("rest", {**OPTIONS, "url": f"http://127.0.0.1:{port}"}), folder)
    with pytest.raises(SourceError) as caught:
        ask(made)
    assert caught.value.kind is FailureKind.UNAVAILABLE


def test_parts_of_columns_are_refused(tmp_path: Path) -> None:
    part = replace(PERSON, fields=(*PERSON.fields, replace(PERSON.fields[1], name="part", part="/owner")))
    with pytest.raises(DeclarationError, match=r"Person\.part has a part, which kind rest cannot take"):
        RestServed(tmp_path).connector(types=(part, VISIT))
