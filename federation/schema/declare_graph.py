"""The section `supergraph` of `exchange.yaml` → a `GraphDeclaration`; its shape and meaning have been judged before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vocabulary.area import Area
from vocabulary.catalogue import (
    AnonymousDeclaration,
    GraphDeclaration,
    GraphField,
    GraphType,
    SourceDeclaration,
    SubgraphDeclaration,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECTOR = "subgraph"
"""The kind of connector that every subgraph of a supplied supergraph has."""

_OPTIONS = ("tls", "auth", "max_bytes", "messages", "exchange", "identity")

# `Any` is what the JSON Schema has vouched for.


def read_graph(data: Mapping[str, Any]) -> GraphDeclaration:
    """Read the section."""
    return GraphDeclaration(
        anonymous=_anonymous(data["anonymous"]) if "anonymous" in data else None,
        subgraphs={name: _subgraph(name, one) for name, one in data.get("subgraphs", {}).items()},
        types={name: _type(name, one) for name, one in data.get("types", {}).items()},
    )


def subgraph_sources(graph: GraphDeclaration, urls: Mapping[str, str], operator: str) -> dict[str, SourceDeclaration]:
    """Every subgraph as a source; `urls` are those of the supergraph, by the names of its subgraphs."""
    sources = {}
    for name, url in urls.items():
        one = graph.subgraphs.get(name, SubgraphDeclaration(name))
        sources[name] = SourceDeclaration(
            name=name,
            owner=one.owner or operator,
            connector=CONNECTOR,
            options={"url": one.url or url, **one.options},
            timeout=one.timeout,
            concurrency=one.concurrency,
        )
    return sources


def _anonymous(data: Mapping[str, Any]) -> AnonymousDeclaration:
    areas = tuple(sorted(set(map(Area.parse, data["areas"]))))
    return AnonymousDeclaration(data["organisation"], tuple(data.get("roles", ())), areas, data["purpose"])


def _subgraph(name: str, data: Mapping[str, Any]) -> SubgraphDeclaration:
    limits = {word: data[word] for word in ("timeout", "concurrency") if word in data}
    options = {word: data[word] for word in _OPTIONS if word in data}
    return SubgraphDeclaration(name, data.get("owner"), data.get("url"), options, **limits)


def _type(name: str, data: Mapping[str, Any]) -> GraphType:
    return GraphType(
        name,
        subject=_path(data.get("subject")),
        area=_path(data.get("area")),
        fields={of: _field(of, one) for of, one in data.get("fields", {}).items()},
    )


def _field(name: str, data: Mapping[str, Any]) -> GraphField:
    return GraphField(
        name,
        level=data.get("level", 1),
        category=data.get("category"),
        masks=tuple(data.get("masks", ())),
        reveals=tuple(data.get("reveals", ())),
    )


def _path(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(text.split("."))
