"""The floor gives the right answer with the seven requests that it says, and masked what the exchange's masks give."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import orjson
import pytest

from benchmarks.federation.client import Client, NotAnsweredError
from benchmarks.federation.floor import Floor, Posts
from benchmarks.federation.given import Given
from benchmarks.federation.http import OK, Answer, Reply, listen
from benchmarks.federation.library_floor import LibraryClient
from benchmarks.federation.masks import Keys, masked
from benchmarks.federation.stubs import answering

KEYS = Keys(b"k" * 32, b"l" * 32)
_T = TypeVar("_T")


def with_stubs(
    stubs: Answer,
    then: Callable[[Floor], Awaitable[_T]],
    keys: Keys | None = None,
    client: Callable[[int], Posts] = Client,
) -> _T:
    """What a floor does before stubs, all in one loop and ended with it."""

    async def run() -> _T:
        server = await listen(stubs, 0)
        floor = Floor(client(server.sockets[0].getsockname()[1]), keys)
        try:
            return await then(floor)
        finally:
            await floor.close()
            server.close()
            await asyncio.sleep(0.01)  # the stubs' side of each connection ends once it has heard of it

    return asyncio.run(run())


def counting(stubs: Answer, asked: list[str]) -> Answer:
    def answer(path: bytes, body: bytes) -> Reply | Awaitable[Reply]:
        asked.append(path.decode())
        return stubs(path, body)

    return answer


@pytest.mark.parametrize("client", [Client, LibraryClient])
@pytest.mark.parametrize("keys", [None, KEYS], ids=["plain", "masked"])
def test_gives_the_right_answer_with_seven_requests(
    given: Given, keys: Keys | None, client: Callable[[int], Posts]
) -> None:
    asked: list[str] = []

    async def twice(floor: Floor) -> list[Reply]:
        return [await floor.answer(b"/graphql", given.question) for _ in range(2)]

    replies = with_stubs(counting(answering(given), asked), twice, keys, client)

    assert replies == [(OK, given.expected if keys is None else masked(given.expected, keys))] * 2
    every = ["/accounts", "/products", "/reviews", "/reviews", "/accounts", "/products", "/inventory"]
    assert sorted(asked) == sorted(every * 2)


def test_a_user_whom_the_row_rule_does_not_cover_is_not_there(given: Given) -> None:
    users = [given.data["users"][0], given.data["users"][1] | {"birthday": 0}]
    other = replace(given, data={**given.data, "users": users})
    _, body = with_stubs(answering(other), lambda floor: floor.answer(b"", b""), KEYS)
    expected = orjson.loads(masked(given.expected, KEYS))["data"]
    assert orjson.loads(body)["data"] == {**expected, "users": [expected["users"][0], None]}


@pytest.mark.parametrize("reply", [(b"500 Internal Server Error", b"{}"), (OK, b'{"errors": [{"message": "no"}]}')])
@pytest.mark.parametrize("client", [Client, LibraryClient])
def test_a_subgraph_that_fails_fails_the_answer(reply: Reply, client: Callable[[int], Posts]) -> None:
    with pytest.raises(NotAnsweredError):
        with_stubs(lambda *_: reply, lambda floor: floor.answer(b"", b""), client=client)
