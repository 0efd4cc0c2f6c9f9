"""What organisations see of the schema: one view for each set of coordinates that the negative list hides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLSchema

from federation.document.limits import Limits
from federation.document.operation import Questions
from federation.document.parse import Documents
from federation.exchange.own import OWN_SOURCES
from federation.schema.as_subgraph import as_subgraph as subgraph_of
from federation.schema.supergraph import Supergraph
from federation.schema.visible import NothingLeftError, visible_schema
from vocabulary.coordinate import Coordinate

_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class View:
    """A schema, with the documents and questions that were read against it; `sdl` describes it as a subgraph."""

    api: GraphQLSchema
    documents: Documents
    questions: Questions
    sdl: str = ""


class Views:
    """Views by what they hide, made when first asked for. A document is validated once for each.

    `named`: by type, the field that other exchanges may name entities by, beside their ids. What an exchange tells of
    itself, its log, registry and catalogue, is for those who ask it themselves: every exchange has the same types of
    these, and none of their rows may be shown as those of another.
    """

    def __init__(self, supergraph: Supergraph, limits: Limits, named: Mapping[str, str] | None = None) -> None:
        self._supergraph = supergraph
        self._named = named or {}
        self._own = frozenset(one for one, field in supergraph.coordinates().items() if field.graph in OWN_SOURCES)
        self._limits = limits
        self._known: OrderedDict[tuple[frozenset[Coordinate], bool], View] = OrderedDict()

    def of(self, hidden: frozenset[Coordinate], *, as_subgraph: bool = False) -> View:
        """The view without these coordinates; as that of a subgraph, for another exchange, without our own sources too.

        Raises:
            NothingLeftError: nothing is left of the graph.
        """
        if as_subgraph:
            hidden |= self._own
        view = self._known.get((hidden, as_subgraph))
        if view is None:
            graph = self._supergraph
            api, sdl = visible_schema(graph.api, graph.types, graph.collections, hidden), ""
            if as_subgraph:
                subgraph = subgraph_of(api, graph.types, self._named)
                api, sdl = subgraph.api, subgraph.sdl
            view = View(api, Documents(api, self._limits), Questions(api, self._limits), sdl)
            self._known[hidden, as_subgraph] = view
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return view


__all__ = ["NothingLeftError", "View", "Views"]
