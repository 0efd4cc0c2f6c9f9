"""Stands for the network: what is asked over it is answered by a function, in this process and without a socket."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from yarl import URL

from connectors.wire import Wire

Answering = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]
"""Raising any `httpx.TransportError` breaks the connection off."""


class Stand:
    """A network (`connectors.pool.Network`) on which every address is served by `answer`."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer

    async def __call__(self, wire: Wire, url: URL) -> None:
        wire.connection_made(_Transport(wire, self._answer, url.origin()))


class _Transport(asyncio.Transport):
    """One connection, seen from the client: what is written is read as requests, each answered before the next."""

    def __init__(self, protocol: Wire, answer: Answering, origin: URL) -> None:
        super().__init__()
        self._protocol = protocol
        self._answer = answer
        self._origin = origin
        self._sent = b""
        self._task: asyncio.Task[None] | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._sent += bytes(data)
        head, end, body = self._sent.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        length = int(httpx.Headers(headers).get("Content-Length", 0))
        if end and len(body) >= length and self._task is None:
            method, target, _ = first.split(" ")
            self._sent = body[length:]
            request = httpx.Request(method, f"{self._origin}{target}", headers=headers, content=body[:length])
            self._task = asyncio.get_running_loop().create_task(self._serve(request))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    async def _serve(self, request: httpx.Request) -> None:
        try:
            made = self._answer(request)
            await self._say(await made if inspect.isawaitable(made) else made)
        except Exception as error:
            self._end(ConnectionResetError())
            if not isinstance(error, httpx.TransportError):
                raise
        self._task = None

    async def _say(self, response: httpx.Response) -> None:
        lines = [f"HTTP/1.1 {response.status_code} Said"]
        lines += [f"{name}: {value}" for name, value in response.headers.multi_items()]
        is_chunked = not ("Content-Length" in response.headers or response.status_code == httpx.codes.NO_CONTENT)
        if is_chunked:
            lines.append("Transfer-Encoding: chunked")
        await self._give("\r\n".join((*lines, "", "")).encode())
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        async for piece in stream:
            if piece:
                await self._give(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
        if is_chunked:
            await self._give(b"0\r\n\r\n")

    async def _give(self, data: bytes) -> None:
        await self._flows.wait()
        await asyncio.sleep(0)  # as a network lets others on
        if not self._is_closed:
            self._protocol.data_received(data)

    def pause_reading(self) -> None:
        self._flows.clear()

    def resume_reading(self) -> None:
        self._flows.set()

    def is_closing(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._end(None)

    abort = close

    def _end(self, why: Exception | None) -> None:
        if not self._is_closed:
            self._is_closed = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, why)
