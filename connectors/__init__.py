"""Connectors: the code that wraps a source and presents it as rows of the exchange's types.

A kind is one file and one line in `KINDS`. Others bring theirs as an entry point in the group `tongguan.connectors`:
its name is the kind, its object a `Connector` class made from a declaration and the folder of the exchange file.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from connectors.contract import Capabilities, Connector
from connectors.errors import DeclarationError, FailureKind, SourceError, UnsupportedError
from connectors.exchange import ExchangeConnector
from connectors.files import FilesConnector
from connectors.graphql import GraphQLConnector
from connectors.python import PythonConnector
from connectors.rest import RestConnector
from connectors.sql import SqlConnector
from vocabulary.catalogue import SourceDeclaration

__all__ = [
    "KINDS",
    "Capabilities",
    "Connector",
    "DeclarationError",
    "FailureKind",
    "SourceError",
    "UnsupportedError",
    "connect",
]

GROUP: Final = "tongguan.connectors"

KINDS: Final = (
    ("sql", SqlConnector),
    ("files", FilesConnector),
    ("rest", RestConnector),
    ("graphql", GraphQLConnector),
    ("python", PythonConnector),
    ("exchange", ExchangeConnector),
)


def connect(declaration: SourceDeclaration, base: Path) -> Connector:
    """Make the connector of a source; nothing is asked of the source yet. Paths in options are relative to `base`.

    Raises:
        DeclarationError: no such kind, options that the kind does not understand, or a collection that it can't list.
    """
    made = _make(declaration, base)
    listed = [one for one in declaration.types if one.collection is not None]
    if listed and not made.capabilities.collections:
        why = made.capabilities.gap
        raise DeclarationError(
            f"source {declaration.name}: {listed[0].name} can't be listed ({why.reason if why else 'by no key'}); "
            f"leave collection {listed[0].collection} out"
        )
    return made


def _make(declaration: SourceDeclaration, base: Path) -> Connector:
    for name, kind in KINDS:
        if name == declaration.connector:
            return kind(declaration, base)
    brought = entry_points(group=GROUP)
    for point in brought.select(name=declaration.connector):
        made = point.load()(declaration, base)
        if isinstance(made, Connector):
            return made
        raise DeclarationError(f"source {declaration.name}: what brings kind {point.name} makes no Connector")
    known = ", ".join((*(name for name, _ in KINDS), *sorted(brought.names)))
    raise DeclarationError(
        f"source {declaration.name}: there is no connector of kind {declaration.connector}; write one of: {known}"
    )
