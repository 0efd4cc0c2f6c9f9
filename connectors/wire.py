"""One HTTP/1.1 connection to a service: a request is written, and its answer read by llhttp under bounds.

One request at a time (no pipelining). What a service says before, behind or without a request ends the connection: it
could else be taken for the answer to somebody else's question (RFC 9112, sections 9.3.2 and 11.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import httptools

from connectors.unpack import Body

MOST_FRAMING: Final = 64 * 1024
"""Bytes of an answer that may come with nothing of its body among them: head, trailers, what frames its chunks."""
_INFORMATIONAL: Final = range(100, 200)
_FRAMED: Final = (b"content-length", b"transfer-encoding")

Take: TypeAlias = Callable[[int, Mapping[bytes, bytes]], Body | None]
"""Status and headers (names in lower case) → where the body goes; None: it is not read. It may raise."""


class BrokenError(Exception):
    """No whole answer came: the connection broke off, or what was said on it is no HTTP."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its body is in what `take` gave for it."""

    status: int
    headers: Mapping[bytes, bytes]
    body: Body | None


class Wire(asyncio.Protocol):
    """One connection, made by a loop's `create_connection`. `is_open`: a request may be written.

    It is made in the loop that it belongs to. `idle_since` is the pool's, by that loop's clock.
    """

    def __init__(self, lost: Callable[[Wire], object]) -> None:
        self.loop: Final = asyncio.get_running_loop()
        self.is_open = False
        self.idle_since = 0.0
        self._lost = lost
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Told] | None = None
        self._take: Take = _nothing
        self._status = 0
        self._headers: dict[bytes, bytes] = {}
        self._body: Body | None = None
        self._is_headed = False
        self._framing = 0

    async def ask(self, request: bytes, take: Take) -> Told:
        """Write a request, and wait for its answer.

        Raises:
            BrokenError: no whole answer came. And whatever `take` and its body raise. The connection has ended then.
        """
        if self._transport is None or not self.is_open:
            raise BrokenError
        self._take, self._headers, self._body, self._is_headed, self._framing = take, {}, None, False, 0
        self._waiting = self.loop.create_future()
        self._transport.write(request)
        try:
            return await self._waiting
        except asyncio.CancelledError:
            self.abort()
            raise

    def close(self) -> None:
        """End it; nothing is waited for."""
        self.is_open = False
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End it at once; what is waited for fails."""
        self._fail(BrokenError())

    # ── asyncio ───────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast("asyncio.Transport", transport)  # a stream's, though uvloop's does not derive from it
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if not self._is_asked():
            self.abort()
            return
        self._framing += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.abort()
        if not self._is_asked():
            return
        if self._is_headed and self._body is None:
            self._tell(is_open=False)  # a body that nobody wants is not waited for
        elif self._framing > MOST_FRAMING:
            self.abort()

    def eof_received(self) -> None:
        """They have said all. A body without a length of its own ends here (RFC 9112, section 6.3)."""
        if self._waiting is not None and self._is_headed and not any(name in self._headers for name in _FRAMED):
            self._tell(is_open=False)

    def connection_lost(self, _error: Exception | None) -> None:
        """It is gone."""
        self._transport = None
        self.abort()
        self._lost(self)

    # ── httptools ─────────────────────────────────────────────────────────────────────────────────────────────────

    def on_message_begin(self) -> None:
        """An answer begins: the one that is waited for, or one that nobody asked for."""
        if self._waiting is None:
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of the head; of trailers nothing is kept."""
        if not self._is_headed:
            name = name.lower()
            known = self._headers.get(name)
            self._headers[name] = value if known is None else known + b", " + value  # RFC 9110, section 5.3

    def on_headers_complete(self) -> None:
        """The head is there, and says what to do with the body."""
        self._status = self._parser.get_status_code()
        if self._waiting is None or self._status in _INFORMATIONAL:
            return
        self._is_headed = True
        try:
            self._body = self._take(self._status, self._headers)
        except Exception as error:  # noqa: BLE001  (an outcome: whoever asked is told)
            self._fail(error)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._framing = 0
        if self._body is not None and self._waiting is not None:
            try:
                self._body.add(body)
            except Exception as error:  # noqa: BLE001  (an outcome: whoever asked is told)
                self._fail(error)

    def on_message_complete(self) -> None:
        """All of it is there, unless it only told of one to come (RFC 9110, section 15.2)."""
        if self._is_headed:
            self._tell(is_open=self._parser.should_keep_alive())
        else:
            self._headers = {}

    def _is_asked(self) -> bool:
        return self._waiting is not None

    # ── outcomes ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _tell(self, *, is_open: bool) -> None:
        waiting, self._waiting = self._waiting, None
        self.is_open = self.is_open and is_open
        if waiting is not None and not waiting.done():
            waiting.set_result(Told(self._status, self._headers, self._body))
        if not self.is_open and self._transport is not None:
            self._transport.abort()

    def _fail(self, outcome: Exception) -> None:
        waiting, self._waiting, self.is_open = self._waiting, None, False
        if waiting is not None and not waiting.done():
            waiting.set_exception(outcome)
        if self._transport is not None:
            self._transport.abort()


def _nothing(_status: int, _headers: Mapping[bytes, bytes]) -> None:
    """Nothing is taken of what nobody asked for."""
