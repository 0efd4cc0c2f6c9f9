"""A remote GraphQL subgraph as the federation gateway asks it: one request, one answer, read and checked in its shape.

Options: `url`, `auth`, `tls` and `max_bytes` (`endpoint.py`); `messages: true`, to take over what its errors say;
`exchange: true`, for a subgraph that is another exchange; `identity`, whether the caller's identity travels to it:
`signed`, in a passport (`federation/identity/passport.py`), or `none`. Where it is not written, another exchange is
told who asks, and nobody else is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Final

from connectors.breaker import State
from connectors.cap import Cap
from connectors.endpoint import OPTIONS as _OF_ENDPOINT
from connectors.endpoint import endpoint
from connectors.errors import DeclarationError
from connectors.pool import Network
from connectors.post import Headers, Service
from connectors.reply import RemoteError, Reply, read_reply
from vocabulary.catalogue import SourceDeclaration

__all__ = ["OPTIONS", "Remote", "RemoteError", "Reply", "Travels"]

OPTIONS: Final = _OF_ENDPOINT | {"messages", "exchange", "identity"}
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Travels(StrEnum):
    """Whether the caller's identity travels to a subgraph."""

    SIGNED = "signed"
    NONE = "none"


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
        self._service: Final[Service] = endpoint(declaration, base, network, clock)

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
        twice. `headers` go with it and are nobody else's; a function of them is called for each sending, as a passport
        needs that is good for one.

        Raises:
            SourceError: no answer of GraphQL's came. Its text holds nothing of what was sent or answered.
        """
        async with self._cap.slot() as deadline:
            answer = await self._service.post("", body, about=about, deadline=deadline, safe=safe, headers=headers)
        return read_reply(self._source, answer, about, keeps_messages=self._keeps_messages)

    async def close(self) -> None:
        """Close every connection; what is under way fails. Closing twice does no harm."""
        await self._service.close()


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
