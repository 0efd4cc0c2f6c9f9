"""A server on loopback that says whatever bytes a test has it say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"(?i)content-length: (\d+)")


@dataclass(slots=True)
class Heard:
    """What a server has come to hear: `connected` how often, and each request, whole."""

    url: str
    connected: int = 0
    requests: list[bytes] = field(default_factory=list)


Says = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, *, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    """A whole answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


@asynccontextmanager
async def saying(says: Says | bytes) -> AsyncIterator[Heard]:
    """Serve on a free port: to each request of a connection, `says` writes what it likes, or these bytes are said."""
    heard = Heard("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.connected += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                heard.requests.append(head + await reader.readexactly(int(length[1]) if length else 0))
                if isinstance(says, bytes):
                    writer.write(says)
                else:
                    await says(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # they have gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    heard.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield heard
    finally:
        server.close()
