"""A remote GraphQL subgraph as the federation gateway asks it: one request, one answer, read and checked in its shape.

Options: `url`, `auth` and `tls`, as of kind `graphql`; `max_bytes`, the most that an answer may have, unpacked (16 MiB
where it is not written); `messages: true`, to take over what its errors say; `exchange: true`, for a subgraph that is
another exchange; `identity`, whether the caller's identity travels to it: `signed`, in a passport
(`federation/identity/passport.py`), or `none`. Where it is not written, another exchange is told who asks, and nobody
else is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any, Final

import orjson

from connectors.breaker import State
from connectors.cap import Cap
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.pool import Network
from connectors.post import GRAPHQL, MAX_BYTES, Headers, Service, address, credentials
from connectors.tls import vouched
from vocabulary.catalogue import SourceDeclaration

OPTIONS: Final = frozenset({"url", "auth", "tls", "max_bytes", "messages", "exchange", "identity"})
PROBE: Final = orjson.dumps({"query": "{__typename}"})
"""A question that every GraphQL service has an answer to, and that asks for nobody's data."""
_KINDS: Final = (GRAPHQL, "application/json")  # GraphQL over HTTP, section 4
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_CODE: Final = re.compile(r"(?=.{1,64}\Z)[A-Z]+(?:_[A-Z]+)*(?:_?[0-9]{1,4})?")
_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")  # GraphQL, section 2.1.9


class Travels(StrEnum):
    """Whether the caller's identity travels to a subgraph."""

    SIGNED = "signed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RemoteError:
    """An error of an answer. The path is in the names of the request; an error without one concerns all of it.

    `code` is empty where the subgraph's is no code: words of capitals with `_` between, and four digits at most, for a
    longer one could be somebody's number. `message` is empty unless the source has the option `messages`. Path, code
    and message are the subgraph's own words: nothing of them may be shown but what the request itself said.
    """

    path: tuple[str | int, ...]
    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A GraphQL answer: data, errors, or both (partial); never neither. Nothing in `data` is checked."""

    data: dict[str, Any] | None
    errors: tuple[RemoteError, ...]


class Remote:
    """One remote subgraph. Used from one event loop; `close` ends it.

    `network` stands for the network in tests, `clock` for the breaker's.

    Raises:
        DeclarationError: its options are not those above.
    """

    def __init__(
        self,
        declaration: SourceDeclaration,
        base: Path,
        network: Network | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        options, where = declaration.options, f"source {declaration.name}: options"
        if not {"url"} <= options.keys() <= OPTIONS:
            raise DeclarationError(f"{where} of a remote subgraph are: {', '.join(sorted(OPTIONS))}; url is needed")
        self._source: Final = declaration.name
        self._keeps_messages: Final = _flag(where, options, "messages")
        self.travels: Final = _travels(where, options)
        self._cap: Final = Cap(declaration.name, concurrency=declaration.concurrency, timeout=declaration.timeout)
        self._service: Final = Service(
            declaration.name,
            address(where, options["url"]),
            headers=credentials(where, options.get("auth"), base),
            concurrency=declaration.concurrency,
            kinds=_KINDS,
            tls=vouched(f"{where}.tls", options.get("tls"), base),
            probe=PROBE,
            most=_most(where, options),
            network=network,
            clock=clock,
        )

    @property
    def state(self) -> State:
        """Whether the subgraph is asked at all, as its breaker says."""
        return self._service.state

    @property
    def is_busy(self) -> bool:
        """Whether as much is being asked of the subgraph as it is to bear, so that one more request would wait."""
        return self._cap.is_full

    async def ask(self, body: bytes, *, about: str, safe: bool, headers: Headers = _NONE) -> Reply:
        """Send a GraphQL request, written as JSON, and read its answer; it ends within the source's timeout.

        `about` is what is asked for, in our schema's words; errors name it. `safe`: it is a query, and may be sent
        twice. `headers` go with it and are nobody's else; a function of them is called for each sending, as a passport
        needs that is good for one.

        Raises:
            SourceError: no answer of GraphQL's came. Its text holds nothing of what was sent or answered.
        """
        async with self._cap.slot() as deadline:
            answer = await self._service.post("", body, about=about, deadline=deadline, safe=safe, headers=headers)
        return self._read(answer, about)

    async def close(self) -> None:
        """Close every connection; what is under way fails. Closing twice does no harm."""
        await self._service.close()

    def _read(self, answer: bytes, about: str) -> Reply:
        """The shape of a response (GraphQL, section 7.1), with two of the field's habits: `errors` null or empty."""
        try:
            body = orjson.loads(answer)
        except orjson.JSONDecodeError:
            raise self._lie("what is no JSON", about) from None
        if type(body) is not dict:
            raise self._lie("JSON that is no answer of GraphQL's", about)
        data, errors = body.get("data"), body.get("errors")
        if data is not None and type(data) is not dict:
            raise self._lie("data that are no object", about)
        if errors is not None and type(errors) is not list:
            raise self._lie("errors that are no list", about)
        if data is None and not errors:
            raise self._lie("neither data nor errors", about)
        return Reply(data, tuple([self._error(one, about) for one in errors]) if errors else ())

    def _error(self, error: object, about: str) -> RemoteError:
        if not isinstance(error, dict):
            raise self._lie("an error that is no object", about)
        path, extensions, message = error.get("path"), error.get("extensions"), error.get("message")
        if path is None:
            path = []
        if not isinstance(path, list) or not all(map(_is_step, path)):
            raise self._lie("an error with a path that is none", about)
        code = extensions.get("code") if isinstance(extensions, dict) else None
        return RemoteError(
            tuple(path),
            code if isinstance(code, str) and _CODE.fullmatch(code) else "",
            message if self._keeps_messages and isinstance(message, str) else "",
        )

    def _lie(self, sentence: str, about: str) -> SourceError:
        return SourceError(
            self._source, FailureKind.INVALID, f"answered with {sentence}, when it was asked for {about}"
        )


def _is_step(step: object) -> bool:
    """A response key, or the index of a list."""
    if type(step) is int:
        return step >= 0
    return type(step) is str and _NAME.fullmatch(step) is not None


def _flag(where: str, options: Mapping[str, object], name: str) -> bool:
    value = options.get(name, False)
    if not isinstance(value, bool):
        raise DeclarationError(f"{where}.{name}: write true or false")
    return value


def _travels(where: str, options: Mapping[str, object]) -> Travels:
    default = Travels.SIGNED if _flag(where, options, "exchange") else Travels.NONE
    try:
        return Travels(str(options.get("identity", default)))
    except ValueError:
        raise DeclarationError(f"{where}.identity: write signed or none") from None


def _most(where: str, options: Mapping[str, object]) -> int:
    most = options.get("max_bytes", MAX_BYTES)
    if type(most) is not int or most < 1:
        raise DeclarationError(f"{where}.max_bytes: write a whole number from 1")
    return most
