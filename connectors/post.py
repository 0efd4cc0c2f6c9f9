"""Asking a service over HTTP: one POST of JSON and its answer, bounded in size and time.

What is asked for travels in the body, never in the address, which servers and proxies log. `pool.py` keeps the
connections, `breaker.py` leaves a service alone that does not answer, and here it is said what is asked twice, what an
answer is, and how a failure reads.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from time import monotonic, time
from types import MappingProxyType
from typing import Final, TypeAlias

from yarl import URL

from connectors.breaker import Breaker, State
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.pool import Network, NotConnectedError, Pool, is_header
from connectors.tls import is_loopback
from connectors.unpack import Body, SpoiltError, TooLargeError
from connectors.wire import BrokenError

Headers: TypeAlias = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""What one request carries beside what all do; a function is called anew for each sending of it."""

MAX_BYTES: Final = 16 * 1024 * 1024  # of all that one fetch is answered with
GRAPHQL: Final = "application/graphql-response+json"
"""Who answers with it means what the body says, whatever the status (GraphQL over HTTP, section 6.4)."""
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_NOT_SENT, _BROKEN_OFF = 0, 1  # in place of a status: there was no connection; there was, and no whole answer came
_OK: Final = 200
_SERVER_ERROR: Final = 500
_PASSING: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_PATIENCE: Final = 1.0  # seconds for a probe, and at most half of what is left


class Service:
    """One service of one source. `kinds`: the media types that its answers may have, the one preferred first.

    `headers`: what lets us in. `tls`: the authorities that may vouch for it; None: those that the machine trusts.
    `probe`: a body that asks for nobody's data; without one the service is probed by OPTIONS. `most`: the bytes that an
    answer may have, unpacked. `network` stands for the network in tests, `clock` for the breaker's.
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
        probe: bytes | None = None,
        most: int = MAX_BYTES,
        network: Network | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._source = source
        self._kinds = kinds
        self._probe = probe
        self._most = most
        self._breaker: Final = Breaker(source, clock)
        self._pool: Final = Pool(
            url, {"Accept": ", ".join(kinds), **headers}, concurrency=concurrency, tls=tls, network=network
        )

    @property
    def state(self) -> State:
        """Whether the service is asked at all, as its breaker says."""
        return self._breaker.state

    @property
    def most(self) -> int:
        """The bytes that an answer may have, unpacked."""
        return self._most

    async def post(
        self,
        path: str,
        content: bytes,
        *,
        about: str,
        deadline: float,
        left: int | None = None,
        safe: bool = True,
        headers: Headers = _NONE,
    ) -> bytes:
        """Ask, and once more where that may help and do no harm.

        `about` is the type that is asked for, and named in errors; `left` the most bytes of an answer. `safe`: asking
        changes nothing (RFC 9110, 9.2.1). What is not safe is sent again only where it had not been sent at all.

        Raises:
            SourceError: no answer, or one that is no plain JSON of at most `left` bytes.
        """
        if self._breaker.is_suspect:
            await self._breaker.admit(lambda: self._answers(min(_PATIENCE, _left(deadline) / 2)))
        most = self._most if left is None else left
        try:
            answer = await self._send(path, content, about, most, headers, safe=safe)
            if answer.may_pass(safe=safe):
                pause = answer.pause
                if pause is not None and pause < _left(deadline):
                    await asyncio.sleep(pause)
                    answer = await self._send(path, content, about, most, headers, safe=safe)
        except asyncio.CancelledError:
            if _left(deadline) <= 0:  # and not because whoever asked has gone
                self._breaker.failed()
            raise
        if answer.body is not None:
            return answer.body
        kind, sentence = answer.failure
        raise SourceError(self._source, kind, f"{sentence}, when it was asked for {about}")

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def _answers(self, patience: float) -> bool:
        """Whether it answers a question of our own, no matter what."""
        method, body = ("OPTIONS", b"") if self._probe is None else ("POST", self._probe)
        try:
            async with asyncio.timeout(patience):
                told = await self._pool.ask(method, "", body, lambda *_: None)
        except (NotConnectedError, BrokenError, TimeoutError):
            return False
        return told.status < _SERVER_ERROR

    async def _send(self, path: str, content: bytes, about: str, most: int, headers: Headers, *, safe: bool) -> _Answer:
        try:
            answer = await self._sent(path, content, about, most, headers, safe=safe)
        except SourceError:  # it lies, and so it lives
            self._breaker.answered()
            raise
        if answer.is_from_a_server_that_serves:
            self._breaker.answered()
        else:
            self._breaker.failed()
        return answer

    async def _sent(self, path: str, content: bytes, about: str, most: int, headers: Headers, *, safe: bool) -> _Answer:
        more = headers() if callable(headers) else headers

        def take(status: int, told: Mapping[bytes, bytes]) -> Body | None:
            return self._body(status, told, about, most)

        try:
            told = await self._pool.ask("POST", path, content, take, headers=more, fresh=not safe)
            body = None if told.body is None else told.body.whole()
        except NotConnectedError:
            return _Answer(_NOT_SENT)
        except BrokenError:
            return _Answer(_BROKEN_OFF)
        except TooLargeError:
            raise self._lie(f"more than {self._most / 1024 / 1024:g} MiB", about) from None
        except SpoiltError:
            raise self._lie("what cannot be unpacked", about) from None
        return _Answer(told.status, told.headers.get(b"retry-after"), body)

    def _body(self, status: int, headers: Mapping[bytes, bytes], about: str, most: int) -> Body | None:
        """Where the body goes; None where the status says that it is no answer."""
        kind = _kind(headers.get(b"content-type", b""))
        if status != _OK and (
            kind != GRAPHQL or kind not in self._kinds or HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
        ):
            return None
        if kind not in self._kinds:
            raise self._lie(f"something other than plain {self._kinds[0]}", about)
        return Body(headers.get(b"content-encoding", b"identity").strip().lower().decode("latin-1"), most)

    def _lie(self, sentence: str, about: str) -> SourceError:
        return SourceError(
            self._source, FailureKind.INVALID, f"answered with {sentence}, when it was asked for {about}"
        )


def _left(deadline: float) -> float:
    """Seconds until a time by the loop's clock."""
    return deadline - asyncio.get_running_loop().time()


@lru_cache(maxsize=64)
def _kind(content_type: bytes) -> str:
    """The media type that a header names, without its parameters."""
    return content_type.partition(b";")[0].strip().lower().decode("latin-1")


@dataclass(frozen=True, slots=True)
class _Answer:
    """A status, its Retry-After, and the body where it is an answer to what was asked."""

    status: int
    retry_after: bytes | None = None
    body: bytes | None = None

    @property
    def is_from_a_server_that_serves(self) -> bool:
        return _BROKEN_OFF < self.status < _SERVER_ERROR

    def may_pass(self, *, safe: bool) -> bool:
        """Whether asking once more may help, and cannot be asking twice for what is not safe."""
        return self.status == _NOT_SENT or (safe and (self.status == _BROKEN_OFF or self.status in _PASSING))

    @property
    def pause(self) -> float | None:
        """Seconds to wait before that (RFC 9110, 10.2.3); None: the service does not say, and asked us to slow down."""
        if self.retry_after is None:
            return None if self.status == HTTPStatus.TOO_MANY_REQUESTS else 0.0
        if self.retry_after.isdigit():
            return float(self.retry_after)
        try:
            return max(0.0, parsedate_to_datetime(self.retry_after.decode("latin-1")).timestamp() - time())
        except (ValueError, OverflowError):  # no date, or one that no clock reaches
            return None

    @property
    def failure(self) -> tuple[FailureKind, str]:
        """How this reads to the exchange."""
        if self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return FailureKind.REFUSED, "does not accept our credentials"
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return FailureKind.OVERLOADED, "says that too much is asked of it"
        if not self.is_from_a_server_that_serves:
            return FailureKind.UNAVAILABLE, "cannot be reached, or answers that it cannot serve"
        return FailureKind.INVALID, f"answered with status {self.status}, which it was not declared to"


def address(where: str, url: object) -> str:
    """A declared `options.url`, without a slash at its end.

    Raises:
        DeclarationError: it is none, holds a secret, or would be spoken to in the clear on another machine.
    """
    try:
        read = URL(url if isinstance(url, str) else "")
        port = read.port
    except ValueError:
        read, port = URL(""), None
    if read.scheme not in {"http", "https"} or not (read.host and port) or _says_more(read):
        raise DeclarationError(f"{where}.url: write https://host:port/path; credentials go into auth")
    if read.scheme == "http" and not is_loopback(read.host):
        raise DeclarationError(
            f"{where}.url: the service is on another machine, and keys and rows would go there in the clear; write "
            "https://, and `tls: {ca: keys/….pem}` where an authority of your own vouches for it"
        )
    return str(read).rstrip("/")


def _says_more(url: URL) -> bool:
    return bool(url.user is not None or url.password is not None or url.query_string or url.fragment)


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
    name = str(auth["header"])
    if not is_header(name, secret):
        raise DeclarationError(f"{where}.auth.header: write the name of a header, such as X-Api-Key")
    return {name: secret}
