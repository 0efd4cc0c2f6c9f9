"""What is planned against: the graph, and who owns what."""

from __future__ import annotations

from dataclasses import dataclass

from federation.schema.facts import ANONYMOUS
from federation.schema.supergraph import Supergraph
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
