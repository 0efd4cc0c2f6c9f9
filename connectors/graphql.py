"""Connector kind `graphql`: a Federation subgraph that is served somewhere (`subgraph.py` says what is taken from it).

Options: `url`, `auth`, `tls` and `max_bytes` (`endpoint.py`); `names`, what the subgraph calls an owner or a relation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from connectors.breaker import State
from connectors.endpoint import OPTIONS as _OF_ENDPOINT
from connectors.endpoint import endpoint
from connectors.errors import DeclarationError
from connectors.pool import Network
from connectors.post import Service
from connectors.subgraph import SubgraphConnector
from vocabulary.catalogue import SourceDeclaration

_OPTIONS: Final = _OF_ENDPOINT | {"names"}


class GraphQLConnector(SubgraphConnector):
    """A remote subgraph. `network` stands for the network in tests."""

    def __init__(self, declaration: SourceDeclaration, base: Path, network: Network | None = None) -> None:
        if not {"url"} <= declaration.options.keys() <= _OPTIONS:
            where = f"source {declaration.name}: options"
            raise DeclarationError(f"{where} of kind graphql are: url, and if needed auth, tls, max_bytes and names")
        super().__init__(declaration)
        self._service: Final[Service] = endpoint(declaration, base, network)

    @property
    def circuit(self) -> State:
        """Whether the service is asked at all, as its breaker says."""
        return self._service.state

    async def close(self) -> None:
        """Close every connection."""
        await self._service.close()

    async def _post(self, content: bytes, about: str, deadline: float) -> bytes:
        return await self._service.post("", content, about=about, deadline=deadline)
