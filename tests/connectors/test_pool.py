"""Connections that are kept, for how long, and what may go over them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from yarl import URL

from connectors import pool as module
from connectors.pool import NotConnectedError, Pool
from connectors.unpack import Body
from connectors.wire import BrokenError, Told, Wire
from tests.support.loopback import Heard, answer, saying


def all_of_it(_status: int, _headers: Mapping[bytes, bytes]) -> Body:
    return Body("identity", 1_000)


async def ask(pool: Pool, **how: Any) -> Told:
    return await pool.ask("POST", "", b"{}", all_of_it, **how)


def over_loopback(times: int, *, pause: float = 0.0) -> Heard:
    async def journey() -> Heard:
        async with saying(answer(b"[1]")) as heard:
            pool = Pool(heard.url, {}, concurrency=2)
            for _ in range(times):
                told = await ask(pool)
                assert told.body is not None
                assert told.body.whole() == b"[1]"
                await asyncio.sleep(pause)
            await pool.close()
            return heard

    return asyncio.run(journey())


def test_an_idle_connection_is_kept_for_a_while_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert over_loopback(3).connected == 1
    monkeypatch.setattr(module, "_KEPT", 0.0)
    assert over_loopback(3).connected == 3


def test_it_is_closed_after_that_while_whether_anybody_asks_again_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 0.001)
    closed = asyncio.Event()

    async def journey() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"{}")
            writer.write(answer(b"[1]"))
            assert await reader.read() == b""  # until they close it
            closed.set()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            pool = Pool(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {}, concurrency=1)
            await ask(pool)
            await asyncio.wait_for(closed.wait(), 5)
            await pool.close()

    asyncio.run(journey())


def test_no_more_requests_are_under_way_than_may_be() -> None:
    under_way, most = 0, 0

    async def network(_wire: Wire, _url: URL) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        raise ConnectionRefusedError

    async def journey() -> None:
        pool = Pool("http://localhost:1", {}, concurrency=2, network=network)
        outcomes = await asyncio.gather(*[ask(pool) for _ in range(9)], return_exceptions=True)
        assert all(isinstance(one, NotConnectedError) for one in outcomes)

    asyncio.run(journey())
    assert most == 2


def test_what_is_under_way_fails_when_it_is_closed() -> None:
    async def journey() -> None:
        there = asyncio.Event()

        async def never(_writer: asyncio.StreamWriter) -> None:
            there.set()

        async with saying(never) as heard:
            pool = Pool(heard.url, {}, concurrency=1)
            asking = asyncio.create_task(ask(pool))
            await there.wait()
            await pool.close()
            with pytest.raises(BrokenError):
                await asking

    asyncio.run(journey())


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-A", "b\r\nX-C: d"), ("X-A", "b\n"), ("X-A\r\nX-C", "d"), ("X A", "b"), ("X-A:", "b"), ("", "b")],
)
def test_a_header_stays_one_line_and_an_error_quotes_nothing_of_it(name: str, value: str) -> None:
    async def journey() -> None:
        async with saying(answer(b"[1]")) as heard:
            pool = Pool(heard.url, {}, concurrency=1)
            with pytest.raises(ValueError, match=r"\Aa header is one line of ASCII\Z"):
                await ask(pool, headers={name: value})
            with pytest.raises(ValueError, match=r"\Aa header is one line of ASCII\Z"):
                await ask(Pool(heard.url, {name: value}, concurrency=1))
            assert not heard.requests

    asyncio.run(journey())


def test_a_path_stays_one_word() -> None:
    async def journey() -> bytes:
        async with saying(answer(b"[1]")) as heard:
            pool = Pool(heard.url, {}, concurrency=1)
            await pool.ask("POST", "/a b\r\nX: y/街", b"", all_of_it)
            await pool.close()
            return heard.requests[0].partition(b"\r\n")[0]

    assert asyncio.run(journey()) == b"POST /a%20bX:%20y/%E8%A1%97 HTTP/1.1"
