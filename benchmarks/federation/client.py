"""The least HTTP/1.1 client there can be: POST of JSON over pooled, kept-alive connections on loopback.

One request at a time on a connection, as many connections as there are requests under way. No retries, no timeouts, no
TLS: the floor stands on it, and nothing else should.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

import httptools
import orjson

_OK: Final = 200


class NotAnsweredError(Exception):
    """A subgraph hung up, answered with another status than 200, or told of errors."""


class Client:
    """Requests to one host and port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[_Connection] = []
        self._opened: list[_Connection] = []
        self._heads: dict[str, bytes] = {}

    async def close(self) -> None:
        """Hang up everywhere; what is still waited for fails."""
        for connection in self._opened:
            connection.close()

    def post(self, path: str, body: bytes) -> asyncio.Future[bytes]:
        """The body of the answer to a body. It is under way once this returns.

        The future raises NotAnsweredError, or OSError where nobody listens.
        """
        head = self._heads.get(path) or self._heads.setdefault(path, _head_for(path))
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection.send(head, body)
        return asyncio.ensure_future(self._connect_and_send(head, body))

    async def _connect_and_send(self, head: bytes, body: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(self._idle), "127.0.0.1", self._port)
        self._opened.append(connection)
        return await connection.send(head, body)


def data(answer: bytes) -> Any:
    """`data` of an answer.

    Raises:
        NotAnsweredError: it has errors.
    """
    read = orjson.loads(answer)
    if "errors" in read:
        raise NotAnsweredError(f"a subgraph answered with errors: {read['errors']}")
    return read["data"]


def _head_for(path: str) -> bytes:
    """The head of every request to a path, but for the length of its body."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/json\r\nContent-Length: "
    ).encode()


class _Connection(asyncio.Protocol):
    """One connection; among the `idle` whenever its answer is there."""

    def __init__(self, idle: list[_Connection]) -> None:
        self._idle = idle
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[bytes] | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def send(self, head: bytes, body: bytes) -> asyncio.Future[bytes]:
        if self._transport is None:
            raise NotAnsweredError("a subgraph hung up")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        return self._waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        self._transport = None
        self._fail("a subgraph hung up")

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail("a subgraph's answer is no HTTP")
            self.close()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self._body)
        self._body.clear()
        if self._parser.get_status_code() != _OK:
            self._fail(f"a subgraph answered {self._parser.get_status_code()}")
            return
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(body)
        self._idle.append(self)

    def _fail(self, why: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(NotAnsweredError(why))
