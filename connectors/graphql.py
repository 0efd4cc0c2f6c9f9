"""Connector kind `graphql`: a Federation subgraph that is served somewhere (`subgraph.py` says what is taken from it).

Options: `url`, where it answers GraphQL over HTTP; `auth: {header, file}`, a header and the file that holds its value;
`tls: {ca}`, the authority that vouches for it; `names`, what the subgraph calls an owner or a relation. Files are
relative to the folder of the exchange file. How it is asked is `post.py`'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from connectors.breaker import State
from connectors.errors import DeclarationError
from connectors.pool import Network
from connectors.post import GRAPHQL, Service, address, credentials
from connectors.remote import PROBE
from connectors.subgraph import SubgraphConnector
from connectors.tls import vouched
from vocabulary.catalogue import SourceDeclaration

_OPTIONS: Final = frozenset({"url", "auth", "tls", "names"})
_KINDS: Final = (GRAPHQL, "application/json")  # GraphQL over HTTP, section 4


class GraphQLConnector(SubgraphConnector):
    """A remote subgraph. `network` stands for the network in tests."""

    def __init__(self, declaration: SourceDeclaration, base: Path, network: Network | None = None) -> None:
        options, where = declaration.options, f"source {declaration.name}: options"
        if not {"url"} <= options.keys() <= _OPTIONS:
            raise DeclarationError(f"{where} of kind graphql are: url, and if needed auth, tls and names")
        super().__init__(declaration)
        self._service: Final = Service(
            declaration.name,
            address(where, options["url"]),
            headers=credentials(where, options.get("auth"), base),
            concurrency=declaration.concurrency,
            kinds=_KINDS,
            tls=vouched(f"{where}.tls", options.get("tls"), base),
            probe=PROBE,
            network=network,
        )

    @property
    def circuit(self) -> State:
        """Whether the service is asked at all, as its breaker says."""
        return self._service.state

    async def close(self) -> None:
        """Close every connection."""
        await self._service.close()

    async def _post(self, content: bytes, about: str, deadline: float) -> bytes:
        return await self._service.post("", content, about=about, deadline=deadline)
