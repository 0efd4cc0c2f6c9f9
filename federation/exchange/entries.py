"""The entries of the catalogue, as each organisation has them: the coordinates of the schema that it sees, no others.

They follow the policy in force at the moment of asking: lists decide which coordinates there are, who answers for them
and whether they can be agreed on. What a text of the schema would give away is silent here as it is there
(`schema/visible.py`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema

from federation.exchange.applying import Applying
from federation.exchange.catalogue_source import ORGANISATION
from federation.exchange.sift import Row
from federation.plan.world import World
from federation.schema.facts import MUTATION, FieldFacts
from policies.keeper import InForce
from vocabulary.catalogue import Catalogue, Words
from vocabulary.coordinate import Coordinate
from vocabulary.values import Value

_REMEMBERED: Final = 16
"""Organisations whose entries are kept. With 4,600 coordinates they are some 7 MB each, and made again in 50 ms."""


NOT_SAMPLED: Final = "not yet: 尚未抽样 · no sample has been taken"
UNKNOWN: Final[Mapping[str, Value]] = {
    "lastChanged": None,
    "rows": None,
    "sampled": None,
    "nulls": None,
    "duplicates": None,
    "outside": None,
    "sampledAt": None,
    "gap": NOT_SAMPLED,
}
"""The columns of an entry that tell of its data, before anything is known."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of the data behind coordinates. `version` changes whenever `of` may say something else."""

    version: int = 0
    of: Callable[[Coordinate, FieldFacts], Mapping[str, Value]] = lambda _coordinate, _facts: UNKNOWN


class Entries:
    """Makes entries. `schema_of` gives the schema without some coordinates, as its organisations see it."""

    def __init__(
        self,
        world: World,
        current: Callable[[], InForce],
        schema_of: Callable[[frozenset[Coordinate]], GraphQLSchema],
        found: Callable[[], Found],
    ) -> None:
        self._world = world
        self._current = current
        self._schema_of = schema_of
        self._found = found
        self._words = _words(world.catalogue)
        self._known: OrderedDict[str, tuple[tuple[str, int], list[Row]]] = OrderedDict()

    def of(self, organisation: str) -> Sequence[Row]:
        """The entries of an organisation, by coordinate; none for one that is not declared.

        Raises:
            PolicyUnavailableError: nobody knows just now what is hidden from whom.
        """
        if organisation not in self._world.catalogue.organisations:
            return ()
        in_force, found = self._current(), self._found()
        stamp = (in_force.epoch, found.version)
        known = self._known.get(organisation)
        if known is None or known[0] != stamp:
            known = self._known[organisation] = (stamp, list(self._made(organisation, in_force, found)))
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(organisation)
        return known[1]

    def _made(self, organisation: str, in_force: InForce, found: Found) -> Iterator[Row]:
        schema = self._schema_of(in_force.rules.hidden_from(organisation))
        applying = Applying(self._world, in_force, organisation)
        for coordinate, facts in sorted(self._world.supergraph.coordinates().items()):
            owner = schema.type_map.get(coordinate.type)
            if not isinstance(owner, GraphQLObjectType) or coordinate.field not in owner.fields:
                continue
            is_told = owner.fields[coordinate.field].description is not None
            words = self._words.get(coordinate) if is_told else None
            source = self._source(coordinate, facts)
            yield {
                ORGANISATION: organisation,
                "coordinate": str(coordinate),
                "type": coordinate.type,
                "field": coordinate.field,
                "kind": str(facts.kind),
                "scalar": f"[{facts.type}]" if facts.many else facts.type,
                "source": source,
                "level": facts.level,
                "category": facts.category,
                "meaningZh": None if words is None else words.zh,
                "meaningEn": None if words is None else words.en,
                "masks": ", ".join(facts.masks) or None,
                "filterable": _is_filterable(coordinate, schema),
                **found.of(coordinate, facts),
                **applying.of(coordinate, facts, source),
            }

    def _source(self, coordinate: Coordinate, facts: FieldFacts) -> str:
        return str(facts.graph or self._world.supergraph.types[coordinate.type].home)


def _is_filterable(coordinate: Coordinate, schema: GraphQLSchema) -> bool:
    where = schema.type_map.get(f"{coordinate.type}Where")
    return isinstance(where, GraphQLInputObjectType) and coordinate.field in where.fields


def _words(catalogue: Catalogue) -> dict[Coordinate, Words]:
    """What each coordinate means, as declared."""
    words: dict[Coordinate, Words] = {}
    for source in catalogue.sources.values():
        for declared in source.types:
            words |= {Coordinate(declared.name, one.name): one.description for one in declared.fields}
            words |= {Coordinate(declared.name, one.name): one.description for one in declared.companions}
            words |= {Coordinate(declared.name, one.name): one.description for one in declared.references}
        for relation in source.relations:
            words[Coordinate(relation.owner, relation.name)] = relation.description
        for act in source.acts:
            words[Coordinate(MUTATION, act.name)] = act.description
    return words
