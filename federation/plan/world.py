"""What is planned against: the graph, and who owns what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from federation.schema.facts import ANONYMOUS
from federation.schema.supergraph import Supergraph
from masking import Pairwise
from vocabulary.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class World:
    """What planning knows beside the decisions: the graph, and who owns what in it."""

    supergraph: Supergraph
    catalogue: Catalogue

    def owner(self, source: str) -> str:
        """The organisation that owns a source."""
        return self.catalogue.sources[source].owner

    def contact(self, source: str) -> str:
        """Where to ask for what that organisation withholds."""
        return self.catalogue.organisations[self.owner(source)].contact

    def pairwise(self, masks: Iterable[str]) -> str | None:
        """The label of the pairwise mask among some masks: by it other exchanges name what a field identifies."""
        declared = (self.catalogue.masks[name] for name in masks)
        return next((str(one.parameters["label"]) for one in declared if one.kind == Pairwise.kind), None)

    def named(self) -> dict[str, str]:
        """By type, its key where other exchanges may name entities by pseudonyms of it."""
        keys = ((name, one.fields[one.key]) for name, one in self.supergraph.types.items() if one.key is not None)
        return {name: key.name for name, key in keys if key.identifier and self.pairwise(key.masks) is not None}

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of askers on which something depends: declared, or required by the supergraph, or nobody's."""
        is_open = self.catalogue.graph is not None and self.catalogue.graph.anonymous is not None
        more = {*self.supergraph.required_roles, *((ANONYMOUS,) if is_open else ())}
        return (*self.catalogue.roles, *sorted(more - self.catalogue.roles.keys()))

    @property
    def anonymous_purpose(self) -> str | None:
        """What for whoever shows nothing asks, where they do not say."""
        graph = self.catalogue.graph
        return None if graph is None or graph.anonymous is None else graph.anonymous.purpose
