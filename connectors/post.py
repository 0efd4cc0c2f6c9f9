"""Asking a service over HTTP: one POST of JSON and its answer, bounded in size and time.

What is asked for travels in the body, never in the address, which servers and proxies log. The connection is direct: no
proxy of the environment's, no redirect, no compressed answer (its size could not be bounded before it is unpacked).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import time
from typing import Final

import httpx

from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.tls import is_loopback

MAX_BYTES: Final = 16 * 1024 * 1024  # of all that one fetch is answered with
_NO_ANSWER: Final = 0
_SERVER_ERROR: Final = 500


class Service:
    """One service of one source. `kinds`: the media types that its answers may have, the one preferred first.

    `headers`: what lets us in. `tls`: the authorities that may vouch for it; None: those that the machine trusts.
    `transport` stands for the network in tests.
    """

    def __init__(
        self,
        source: str,
        url: str,
        *,
        headers: Mapping[str, str],
        concurrency: int,
        kinds: tuple[str, ...] = ("application/json",),
        tls: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._source = source
        self._url = url
        self._kinds = kinds
        self._client: Final = httpx.AsyncClient(
            headers={"Accept": ", ".join(kinds), "Accept-Encoding": "identity", **headers},
            transport=transport,
            verify=tls or True,
            trust_env=False,
            timeout=None,  # noqa: S113  (the slot's deadline bounds the whole fetch)
            limits=httpx.Limits(max_connections=concurrency),
        )

    async def post(self, path: str, content: bytes, *, about: str, deadline: float, left: int = MAX_BYTES) -> bytes:
        """Ask, and once more where that may help: what is asked here changes nothing.

        `about` is the type that is asked for, and named in errors; `left` the most bytes of an answer.

        Raises:
            SourceError: no answer, or one that is no plain JSON of at most `left` bytes.
        """
        answer = await self._send(path, content, about, left)
        if isinstance(answer, _Unserved) and answer.may_pass:
            pause = answer.pause
            if pause is not None and asyncio.get_running_loop().time() + pause < deadline:
                await asyncio.sleep(pause)
                answer = await self._send(path, content, about, left)
        if isinstance(answer, bytes):
            return answer
        kind, sentence = answer.failure
        raise SourceError(self._source, kind, f"{sentence}, when it was asked for {about}")

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _send(self, path: str, content: bytes, about: str, left: int) -> bytes | _Unserved:
        sent = {"Content-Type": "application/json"}
        try:
            async with self._client.stream("POST", self._url + path, content=content, headers=sent) as response:
                if response.status_code == httpx.codes.OK:
                    return await self._body(response, about, left)
                return _Unserved(response.status_code, response.headers.get("Retry-After"))
        except httpx.TransportError:
            return _Unserved(_NO_ANSWER, None)

    async def _body(self, response: httpx.Response, about: str, left: int) -> bytes:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in self._kinds or response.headers.get("Content-Encoding", "identity") != "identity":
            raise self._lie(f"something other than plain {self._kinds[0]}", about)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > left:
                raise self._lie(f"more than {MAX_BYTES // 1024 // 1024} MiB", about)
        return bytes(body)

    def _lie(self, sentence: str, about: str) -> SourceError:
        return SourceError(
            self._source, FailureKind.INVALID, f"answered with {sentence}, when it was asked for {about}"
        )


@dataclass(frozen=True, slots=True)
class _Unserved:
    """An answer that serves nothing: its status (0: none came) and its Retry-After."""

    status: int
    retry_after: str | None

    @property
    def may_pass(self) -> bool:
        """Whether asking once more may help."""
        return self.status in {_NO_ANSWER, httpx.codes.TOO_MANY_REQUESTS} or self.status >= _SERVER_ERROR

    @property
    def pause(self) -> float | None:
        """Seconds to wait before that (RFC 9110, 10.2.3); None: the service does not say, and asked us to slow down."""
        if self.retry_after is None:
            return None if self.status == httpx.codes.TOO_MANY_REQUESTS else 0.0
        if self.retry_after.isascii() and self.retry_after.isdigit():
            return float(self.retry_after)
        try:
            return max(0.0, parsedate_to_datetime(self.retry_after).timestamp() - time())
        except (ValueError, OverflowError):  # no date, or one that no clock reaches
            return None

    @property
    def failure(self) -> tuple[FailureKind, str]:
        """How this reads to the exchange."""
        if self.status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            return FailureKind.REFUSED, "does not accept our credentials"
        if self.status == httpx.codes.TOO_MANY_REQUESTS:
            return FailureKind.OVERLOADED, "says that too much is asked of it"
        if self.may_pass:
            return FailureKind.UNAVAILABLE, "cannot be reached, or answers that it cannot serve"
        return FailureKind.INVALID, f"answered with status {self.status}, which it was not declared to"


def address(where: str, url: object) -> str:
    """A declared `options.url`, without a slash at its end.

    Raises:
        DeclarationError: it is none, holds a secret, or would be spoken to in the clear on another machine.
    """
    try:
        read = httpx.URL(url if isinstance(url, str) else "")
    except httpx.InvalidURL:
        read = httpx.URL("")
    if read.scheme not in {"http", "https"} or not read.host or read.userinfo or read.query or read.fragment:
        raise DeclarationError(f"{where}.url: write https://host:port/path; credentials go into auth")
    if read.scheme == "http" and not is_loopback(read.host):
        raise DeclarationError(
            f"{where}.url: the service is on another machine, and keys and rows would go there in the clear; write "
            "https://, and `tls: {ca: keys/….pem}` where an authority of your own vouches for it"
        )
    return str(read).rstrip("/")


def credentials(where: str, auth: object, base: Path) -> dict[str, str]:
    """The header that lets us in, of a declared `options.auth`; its file is relative to `base`."""
    if auth is None:
        return {}
    if not isinstance(auth, dict) or auth.keys() != {"header", "file"}:
        raise DeclarationError(f"{where}.auth: write {{header: X-Api-Key, file: path/of/the/secret}}")
    try:
        secret = (base / str(auth["file"])).read_text("ascii").strip()
    except OSError:
        raise DeclarationError(f"{where}.auth.file cannot be read; is the path right?") from None
    except UnicodeDecodeError:
        secret = ""
    if not secret or not secret.isprintable():
        raise DeclarationError(f"{where}.auth.file: the file holds the header's value: one line of ASCII")
    return {str(auth["header"]): secret}
