"""A service whose answers cost it next to nothing: `python -m benchmarks.stub 9000`; the path says how many rows."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import httptools
import orjson
import uvloop

LIKE = {"__typename": "Person", "c0": "王小明", "c1": 73}


def answer(rows: int) -> bytes:
    body = orjson.dumps({"data": {"rows": [{**LIKE, "k": f"p{number}"} for number in range(rows)]}})
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._answers: dict[bytes, bytes] = {}
        self._path = b""
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url

    def on_message_complete(self) -> None:
        if self._path not in self._answers:
            self._answers[self._path] = answer(int(self._path[1:]))
        self._transport.write(self._answers[self._path])


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
