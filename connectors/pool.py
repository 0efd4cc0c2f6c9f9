"""Kept-alive connections to one service, over aiohttp.

`benchmarks/clients.py` says why aiohttp. The connections are direct: no proxy and no password file of the
environment's, no redirect, no cookie; no packed body is unfolded here, since its size has to be bounded (`unpack.py`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import aiohttp

from connectors.unpack import CODINGS

Network: TypeAlias = Callable[[], aiohttp.BaseConnector]
"""Stands for the network in tests."""
_KEPT: Final = 30.0  # seconds for which an idle connection is kept
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=None)  # the slot's deadline bounds all of a fetch


class Pool:
    """At most `concurrency` connections, made when they are needed; `close` ends them, and it may be used again."""

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        concurrency: int,
        tls: ssl.SSLContext | None = None,
        network: Network | None = None,
    ) -> None:
        self._headers = {"Accept-Encoding": ", ".join(CODINGS), "Content-Type": "application/json", **headers}
        self._concurrency = concurrency
        self._tls = tls
        self._network = network
        self._kept: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None

    def session(self, *, fresh: bool = False) -> aiohttp.ClientSession:
        """What to ask with; `fresh`: over a connection of its own for each request.

        A kept connection may have been closed over there while a request was on its way, and then nobody knows whether
        it arrived. On a fresh one, a request that could not be connected was never sent.
        """
        session = self._fresh if fresh else self._kept
        if session is None:
            session = self._made(fresh=fresh)
            if fresh:
                self._fresh = session
            else:
                self._kept = session
        return session

    async def close(self) -> None:
        """Close every connection; what is under way fails."""
        sessions, self._kept, self._fresh = (self._kept, self._fresh), None, None
        await asyncio.gather(*[one.close() for one in sessions if one is not None])

    def _made(self, *, fresh: bool) -> aiohttp.ClientSession:
        """A session belongs to the event loop that runs, so that none is made before one does."""
        return aiohttp.ClientSession(
            connector=self._network() if self._network is not None else self._connector(fresh=fresh),
            headers=self._headers,
            skip_auto_headers=("User-Agent",),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=_NO_TIMEOUT,
        )

    def _connector(self, *, fresh: bool) -> aiohttp.TCPConnector:
        tls = self._tls if self._tls is not None else True
        if fresh:
            return aiohttp.TCPConnector(limit=self._concurrency, ssl=tls, force_close=True)
        return aiohttp.TCPConnector(limit=self._concurrency, ssl=tls, keepalive_timeout=_KEPT)
