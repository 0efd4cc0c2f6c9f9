"""Kept-alive connections to one service.

They are direct: no proxy and no password file of the environment's, no redirect, no cookie; a packed body is unfolded
by whoever takes it, since its size has to be bounded (`unpack.py`). `benchmarks/clients.py` says why this is no
library.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from yarl import URL

from connectors.unpack import CODINGS
from connectors.wire import Take, Told, Wire

Network: TypeAlias = Callable[[Wire, URL], Awaitable[object]]
"""Connects a wire to where a service is; OSError where that can't be."""
_KEPT: Final = 30.0  # seconds for which an idle connection is kept
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_VALUE: Final = re.compile(r"[ \t!-~]*")  # and 5.5, ASCII only: what could end the line would begin another
_MOST_HEADS: Final = 256


class NotConnectedError(Exception):
    """Nothing was sent: the service can't be reached, or none that is vouched for answers there."""


class Pool:
    """At most `concurrency` requests are under way; connections are made when they are needed.

    `close` ends them, and it may be used again. Used from one event loop.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        concurrency: int,
        tls: ssl.SSLContext | None = None,
        network: Network | None = None,
    ) -> None:
        """`network` stands for the network in tests."""
        self._url = URL(url)
        self._address = url
        self._lines = {
            "Host": self._url.host_port_subcomponent or "",
            "Accept-Encoding": ", ".join(CODINGS),
            "Content-Type": "application/json",
            **headers,
        }
        self._heads: dict[tuple[str, str, bool], bytes] = {}
        self._room = asyncio.Semaphore(concurrency)
        self._connect = network or _over_the_network(self._url, tls)
        self._open: set[Wire] = set()
        self._idle: list[Wire] = []
        self._sweeping: asyncio.TimerHandle | None = None

    async def ask(
        self,
        method: str,
        path: str,
        content: bytes,
        take: Take,
        *,
        headers: Mapping[str, str] | None = None,
        fresh: bool = False,
    ) -> Told:
        """Send one request, and read its answer; `headers` go with it and are nobody else's.

        `fresh`: over a connection of its own. A kept one may have been closed over there while a request was on its
        way, and then nobody knows whether it arrived; on a fresh one, what could not be connected was never sent.

        Raises:
            NotConnectedError: it was not sent.
            BrokenError: it may have been, and no whole answer came. And whatever `take` and its body raise.
        """
        request = self._head(method, path, fresh=fresh)
        if headers:
            request += _written(headers)
        request = b"%bContent-Length: %d\r\n\r\n%b" % (request, len(content), content)
        await self._room.acquire()
        try:
            wire = await self._connected() if fresh else self._kept() or await self._connected()
            told = await wire.ask(request, take)
            if wire.is_open:
                if fresh:
                    wire.close()
                else:
                    self._keep(wire)
            return told
        finally:
            self._room.release()

    async def close(self) -> None:
        """Close every connection; what is under way fails."""
        self._idle.clear()
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for wire in tuple(self._open):
            wire.abort()
        await asyncio.sleep(0)  # so that the loop has let go of them

    def _head(self, method: str, path: str, *, fresh: bool) -> bytes:
        """The head of a request but for what is its own."""
        key = (method, path, fresh)
        known = self._heads.get(key)
        if known is None:
            if len(self._heads) >= _MOST_HEADS:
                self._heads.clear()
            target = URL(self._address + path).raw_path_qs
            lines = {**self._lines, "Connection": "close"} if fresh else self._lines
            known = self._heads[key] = f"{method} {target} HTTP/1.1\r\n".encode("ascii") + _written(lines)
        return known

    async def _connected(self) -> Wire:
        wire = Wire(self._open.discard)
        self._open.add(wire)
        try:
            await self._connect(wire, self._url)
        except (OSError, UnicodeError):
            self._open.discard(wire)
            raise NotConnectedError from None
        except BaseException:
            self._open.discard(wire)
            wire.abort()
            raise
        return wire

    # ── idle connections ──────────────────────────────────────────────────────────────────────────────────────────

    def _kept(self) -> Wire | None:
        while self._idle:
            wire = self._idle.pop()
            if wire.is_open and wire.idle_since > wire.loop.time() - _KEPT:
                return wire
            wire.close()
        return None

    def _keep(self, wire: Wire) -> None:
        wire.idle_since = wire.loop.time()
        self._idle.append(wire)
        if self._sweeping is None:
            self._sweeping = wire.loop.call_later(_KEPT, self._sweep)

    def _sweep(self) -> None:
        """Close what has been idle for too long, whether anybody asks again or not."""
        self._sweeping = None
        waiting, self._idle = self._idle, []
        oldest = asyncio.get_running_loop().time() - _KEPT
        for wire in waiting:
            if wire.is_open and wire.idle_since > oldest:
                self._idle.append(wire)
            else:
                wire.close()
        if self._idle:
            self._sweeping = asyncio.get_running_loop().call_later(_KEPT, self._sweep)


def _over_the_network(url: URL, tls: ssl.SSLContext | None) -> Network:
    context = (tls or ssl.create_default_context()) if url.scheme == "https" else None

    async def connect(wire: Wire, url: URL) -> object:
        return await asyncio.get_running_loop().create_connection(
            lambda: wire, url.raw_host or "", url.port or 0, ssl=context
        )

    return connect


def is_header(name: str, value: str) -> bool:
    """Whether these are a header of one line, and nothing that would begin another."""
    return _NAME.fullmatch(name) is not None and _VALUE.fullmatch(value) is not None


def _written(headers: Mapping[str, str]) -> bytes:
    """Lines of a head. ValueError where one would not stay one line; its text quotes nothing."""
    if not all(is_header(name, value) for name, value in headers.items()):
        raise ValueError("a header is one line of ASCII")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
