"""The subgraphs of a supplied supergraph, each as something that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

from federation.execute.federated.steps import Reply
from vocabulary.catalogue import SourceDeclaration


class Remote(Protocol):
    """A subgraph over HTTP. One for the whole life of a process; `close` ends it.

    Raises:
        SourceError: it does not answer, or nothing that is a GraphQL answer.
    """

    async def ask(self, body: bytes, *, about: str, safe: bool) -> Reply:
        """Ask a GraphQL request, as JSON. `safe`: it changes nothing, so it may be asked once more."""
        ...

    async def close(self) -> None:
        """Close what is open to it."""
        ...


MakeRemote: TypeAlias = Callable[[SourceDeclaration, Path], Remote]
"""Makes one of its declaration; paths in options are relative to the folder. DeclarationError where it can't."""


def connect_remotes(sources: Mapping[str, SourceDeclaration], home: Path, make: MakeRemote) -> dict[str, Remote]:
    """Every subgraph; nothing is asked of it yet.

    Raises:
        DeclarationError: options that make no subgraph.
    """
    return {name: make(source, home) for name, source in sources.items()}
