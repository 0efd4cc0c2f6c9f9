"""A supergraph as planner and gateway see it: governed types, collections, acts, and the schema that askers see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    build_schema,
    parse,
    print_ast,
    validate_schema,
)

from federation.schema.api_schema import api_schema
from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.elements import applied
from federation.schema.facts import (
    MUTATION,
    Act,
    Argument,
    Collection,
    Companion,
    FieldFacts,
    FieldKind,
    Requirement,
    TypeFacts,
)
from federation.schema.federated import read_federated
from federation.schema.governance import ACT
from federation.schema.join_graph import JoinGraph
from federation.schema.joins import Joins, check_joins
from federation.schema.read_acts import ActReader
from federation.schema.read_collections import CollectionReader
from federation.schema.read_governance import check_governance
from federation.schema.read_types import TypeReader
from vocabulary.catalogue import GraphDeclaration
from vocabulary.coordinate import Coordinate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Act", "Argument", "Collection", "Companion", "FieldFacts", "FieldKind", "Supergraph", "TypeFacts"]

_ROOTS: Final = {"query": "Query", "mutation": MUTATION}


@dataclass(frozen=True, slots=True)
class Supergraph:
    """One composed graph. `types` are those that hold cells.

    `collections` stand by their field of Query, `acts` by their field of Mutation. `join`: it was supplied, and this is
    what planning over any subgraphs needs of it; None: the exchange composed it of its own sources.
    """

    sdl: str
    types: Mapping[str, TypeFacts] = field(hash=False)
    collections: Mapping[str, Collection] = field(hash=False)
    acts: Mapping[str, Act] = field(hash=False)
    api: GraphQLSchema = field(hash=False, compare=False)
    graphs: tuple[str, ...]
    join: JoinGraph | None = field(default=None, hash=False, compare=False)

    @classmethod
    def federated(cls, sdl: str, declaration: GraphDeclaration) -> Supergraph:
        """Read a supplied supergraph as it is declared.

        Raises:
            CompositionFailedError: as `read_federated` does.
        """
        read = read_federated(sdl, declaration)
        return cls(sdl, read.types, {}, read.acts, read.api, tuple(read.join.graphs), read.join)

    @classmethod
    def parse(cls, sdl: str) -> Supergraph:
        """Read a supergraph's SDL (join v0.3).

        Raises:
            CompositionFailedError: INVALID_GRAPHQL; UNGOVERNED where a cell would stand outside governance;
                UNSUPPORTED for what could not be planned; DIRECTIVE_COMPOSITION_ERROR, a governance directive that
                is not ours.
        """
        document = _document(sdl)
        _refuse([*check_joins(document), *check_governance(document), *_check_kinds(document), *_check_roots(document)])
        joins = Joins(document)
        objects = {one.name.value: one for one in document.definitions if isinstance(one, ObjectTypeDefinitionNode)}
        reader = TypeReader(objects, joins)
        types = reader.types()
        _refuse(reader.errors)
        ways_in = CollectionReader(objects, types, joins)
        collections = ways_in.collections()
        done = ActReader(objects, types, joins)
        acts = done.acts()
        outside = objects.keys() - types.keys() - ways_in.wrappers - {MUTATION}
        _refuse([*ways_in.errors, *done.errors, *_check_outside(outside)])
        return cls(sdl, types, collections, acts, _api(document, types), joins.graphs)

    def requires(self, coordinate: Coordinate) -> tuple[Requirement, ...]:
        """What the supergraph itself asks of whoever is shown a coordinate, or does it."""
        facts = self.types.get(coordinate.type)
        if facts is not None:
            field = facts.fields.get(coordinate.field)
            return () if field is None else field.requires
        act = self.acts.get(coordinate.field) if coordinate.type == MUTATION else None
        return () if act is None else act.requires

    def unrequired(self) -> Supergraph:
        """The same graph, requiring nothing of anybody: as whoever meets all of it is decided for."""
        types = {
            name: replace(one, fields={key: replace(field, requires=()) for key, field in one.fields.items()})
            for name, one in self.types.items()
        }
        acts = {name: replace(act, requires=()) for name, act in self.acts.items()}
        return replace(self, types=types, acts=acts)

    @property
    def required_roles(self) -> frozenset[str]:
        """The roles that it requires of anybody, for any coordinate."""
        requirements = (one for coordinate in self.coordinates() for one in self.requires(coordinate))
        return frozenset().union(*(group for one in requirements for group in one.groups))

    def coordinates(self) -> dict[Coordinate, FieldFacts]:
        """Every governed coordinate that askers can name: first those of cells, then the acts.

        Of a supplied supergraph those that are `@inaccessible` too: they are never shown, and a subgraph may need them.
        """
        cells = {
            Coordinate(facts.name, field.name): field
            for facts in self.types.values()
            for field in facts.fields.values()
            if field.kind is not FieldKind.ID and (self.join is not None or not field.inaccessible)
        }
        return cells | {Coordinate(MUTATION, act.field): act.facts for act in self.acts.values()}


def _document(sdl: str) -> DocumentNode:
    try:
        errors = validate_schema(build_schema(sdl))
        document = parse(sdl, no_location=True)
    except (GraphQLError, TypeError) as error:
        raise CompositionFailedError([CompositionError("INVALID_GRAPHQL", f"supergraph: {error}")]) from error
    _refuse(CompositionError("INVALID_GRAPHQL", f"supergraph: {error.message}") for error in errors)
    return document


def _check_kinds(document: DocumentNode) -> Iterator[CompositionError]:
    """Cells may be reached by objects alone, and by `Node`, which shows no cell; Mutation holds acts and no cells."""
    for definition in document.definitions:
        match definition:
            case UnionTypeDefinitionNode(name=name):
                yield CompositionError("UNSUPPORTED", f"{name.value}: a union")
            case InterfaceTypeDefinitionNode(name=name):
                shape = [(one.name.value, print_ast(one.type), one.arguments or ()) for one in definition.fields or ()]
                if name.value != "Node" or shape != [("id", "ID!", ())]:
                    yield CompositionError("UNSUPPORTED", f"{name.value}: an interface other than Node {{ id: ID! }}")
            case ObjectTypeDefinitionNode(name=name, fields=fields):
                holds_acts = name.value == MUTATION and all(applied(one, ACT) for one in fields or ())
                if name.value in {MUTATION, "Subscription"} and not holds_acts:
                    yield CompositionError(
                        "UNSUPPORTED", f"{name.value}: a root type other than Query, and not of acts"
                    )
            case TypeExtensionNode() | SchemaExtensionNode():
                # Askers would see what it adds, and no reader would have looked at it.
                yield CompositionError("UNSUPPORTED", f"{definition.kind.replace('_', ' ')} in a supergraph")
            case _:
                pass


def _check_roots(document: DocumentNode) -> Iterator[CompositionError]:
    """Query and, where there is one, Mutation are the roots: another type there would be asked as nothing reads it."""
    objects = {one.name.value for one in document.definitions if isinstance(one, ObjectTypeDefinitionNode)}
    wanted = {kind: name for kind, name in _ROOTS.items() if name in objects}
    for definition in document.definitions:
        if isinstance(definition, SchemaDefinitionNode):
            roots = {one.operation.value: one.type.name.value for one in definition.operation_types}
            if roots != wanted:
                named = ", ".join(f"{kind}: {name}" for kind, name in wanted.items())
                yield CompositionError("UNSUPPORTED", f"schema: roots other than {named}")


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
