from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from benchmarks.federation.http import OK, Answer, Reply, listen


def _answers(answer: Answer, *sent: bytes) -> bytes:
    async def run() -> bytes:
        server = await listen(answer, 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        got = b""
        try:
            for one in sent:
                writer.write(one)
                got += await asyncio.wait_for(reader.read(1000), 5)
        finally:
            writer.close()
            server.close()
            await asyncio.sleep(0.01)
        return got

    return asyncio.run(run())


def _reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _later(path: bytes, body: bytes) -> Awaitable[Reply]:
    async def answer() -> Reply:
        return OK, path + body

    return answer()


@pytest.mark.parametrize("answer", [lambda path, body: (OK, path + body), _later], ids=["at once", "later"])
def test_one_connection_asks_again(answer: Answer) -> None:
    first = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
    chunked = b"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\no\r\n0\r\n\r\n"
    assert _answers(answer, first, chunked) == _reply(b"/ahi") + _reply(b"/bho")


def test_a_failure_is_an_answer_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> Reply:
        raise ValueError("no")

    got = _answers(lambda *_: fail(), b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 500 ")
    assert "a request that failed" in caplog.text


def test_what_is_no_http_is_hung_up_on(caplog: pytest.LogCaptureFixture) -> None:
    assert _answers(lambda *_: (OK, b""), b"nonsense\r\n\r\n") == b""
    assert "can't be answered" in caplog.text
