"""A supergraph as the planner and the gateway see it: governed types, collections, and the schema that askers see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    UnionTypeDefinitionNode,
    build_schema,
    parse,
    print_ast,
    validate_schema,
)

from federation.schema.api_schema import api_schema
from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.facts import Collection, Companion, FieldFacts, FieldKind, TypeFacts
from federation.schema.joins import Joins, check_joins
from federation.schema.read_collections import CollectionReader
from federation.schema.read_governance import check_governance
from federation.schema.read_types import TypeReader
from vocabulary.coordinate import Coordinate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Collection", "Companion", "FieldFacts", "FieldKind", "Supergraph", "TypeFacts"]


@dataclass(frozen=True, slots=True)
class Supergraph:
    """One composed graph. `types` are those that hold cells, `collections` stand by their field of Query."""

    sdl: str
    types: Mapping[str, TypeFacts] = field(hash=False)
    collections: Mapping[str, Collection] = field(hash=False)
    api: GraphQLSchema = field(hash=False, compare=False)
    graphs: tuple[str, ...]

    @classmethod
    def parse(cls, sdl: str) -> Supergraph:
        """Read a supergraph's SDL (join v0.3).

        Raises:
            CompositionFailedError: INVALID_GRAPHQL; UNGOVERNED where a cell would stand outside governance;
                UNSUPPORTED for what could not be planned; DIRECTIVE_COMPOSITION_ERROR, a governance directive that
                is not ours.
        """
        document = _document(sdl)
        _refuse([*check_joins(document), *check_governance(document), *_check_kinds(document)])
        joins = Joins(document)
        objects = {one.name.value: one for one in document.definitions if isinstance(one, ObjectTypeDefinitionNode)}
        reader = TypeReader(objects, joins)
        types = reader.types()
        _refuse(reader.errors)
        ways_in = CollectionReader(objects, types, joins)
        collections = ways_in.collections()
        _refuse([*ways_in.errors, *_check_outside(objects.keys() - types.keys() - ways_in.wrappers)])
        return cls(sdl, types, collections, _api(document, types), joins.graphs)

    def coordinates(self) -> dict[Coordinate, FieldFacts]:
        """Every governed coordinate that askers can name."""
        return {
            Coordinate(facts.name, field.name): field
            for facts in self.types.values()
            for field in facts.fields.values()
            if field.kind is not FieldKind.ID and not field.inaccessible
        }


def _document(sdl: str) -> DocumentNode:
    try:
        errors = validate_schema(build_schema(sdl))
        document = parse(sdl, no_location=True)
    except (GraphQLError, TypeError) as error:
        raise CompositionFailedError([CompositionError("INVALID_GRAPHQL", f"supergraph: {error}")]) from error
    _refuse(CompositionError("INVALID_GRAPHQL", f"supergraph: {error.message}") for error in errors)
    return document


def _check_kinds(document: DocumentNode) -> Iterator[CompositionError]:
    """Cells may be reached by objects alone, and by `Node`, which shows no cell."""
    for definition in document.definitions:
        match definition:
            case UnionTypeDefinitionNode(name=name):
                yield CompositionError("UNSUPPORTED", f"{name.value}: a union")
            case InterfaceTypeDefinitionNode(name=name):
                shape = [(one.name.value, print_ast(one.type), one.arguments or ()) for one in definition.fields or ()]
                if name.value != "Node" or shape != [("id", "ID!", ())]:
                    yield CompositionError("UNSUPPORTED", f"{name.value}: an interface other than Node {{ id: ID! }}")
            case ObjectTypeDefinitionNode(name=name):
                if name.value in {"Mutation", "Subscription"}:
                    yield CompositionError("UNSUPPORTED", f"{name.value}: a root type other than Query")
            case _:
                pass


def _check_outside(names: Iterable[str]) -> Iterator[CompositionError]:
    for name in sorted(names):
        yield CompositionError("UNGOVERNED", f"{name}: neither governed nor part of a collection")


def _api(document: DocumentNode, types: Mapping[str, TypeFacts]) -> GraphQLSchema:
    try:
        api = api_schema(document, types.keys())
    except TypeError as error:
        raise CompositionFailedError([CompositionError("REFERENCED_INACCESSIBLE", str(error))]) from error
    _refuse(CompositionError("INVALID_GRAPHQL", f"API schema: {error.message}") for error in validate_schema(api))
    return api


def _refuse(errors: Iterable[CompositionError]) -> None:
    if found := list(errors):
        raise CompositionFailedError(found)
