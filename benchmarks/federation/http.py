"""The least HTTP/1.1 server there can be: POST and GET with a body each way, over kept-alive connections.

Parsed by llhttp (httptools), run by uvloop. One request at a time on a connection: no pipelining, and none of what a
server for others needs (limits, timeouts). Stubs and floor stand on it, so that neither is held up by a framework.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, cast

import httptools
import uvloop

LISTENING: Final = "listening"
"""What a server writes to its output once it takes connections."""
OK: Final = b"200 OK"
FAILED: Final = b"500 Internal Server Error"

Reply: TypeAlias = tuple[bytes, bytes]
"""A status and a body of JSON."""
Answer: TypeAlias = Callable[[bytes, bytes], Reply | Awaitable[Reply]]
"""What answers: the path and the body of a request come in. It may answer at once, or later."""

_LOG = logging.getLogger(__name__)


class _Connection(asyncio.Protocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""
        self._body: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Reply] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # a stream's, though uvloop's does not derive from it

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        self._transport = None
        if self._waiting is not None:
            self._waiting.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            _LOG.warning("a request that can't be answered", exc_info=error)
            if self._transport is not None:
                self._transport.close()

    def on_url(self, url: bytes) -> None:
        self._path = url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self._body)
        self._body.clear()
        answered = self._answer(self._path, body)
        if isinstance(answered, tuple):
            self._reply(answered)
        else:
            self._waiting = asyncio.ensure_future(answered)
            self._waiting.add_done_callback(self._answered)

    def _answered(self, waited: asyncio.Future[Reply]) -> None:
        self._waiting = None
        if waited.cancelled():
            return
        if error := waited.exception():
            _LOG.error("a request that failed", exc_info=error)
        self._reply((FAILED, b"{}") if error else waited.result())

    def _reply(self, reply: Reply) -> None:
        if self._transport is not None:
            status, body = reply
            head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
            self._transport.write(head + body)


async def listen(answer: Answer, port: int) -> asyncio.Server:
    """A server on loopback. Several processes may share a port; the kernel deals connections out to them."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Connection(answer), "127.0.0.1", port, reuse_port=True, backlog=1024)


def run(answer: Answer, port: int) -> None:
    """Serve until SIGTERM, on a loop of uvloop, and say so once connections are taken."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(answer, port))


async def _serve(answer: Answer, port: int) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    server = await listen(answer, port)
    print(LISTENING, flush=True)
    try:
        await ended.wait()
    finally:
        server.close()
