"""The ways in: fields of Query, each a collection under a Relay connection, or `node`.

Nothing else may stand there, and nothing else in a connection: a count or a sum beside the rows would tell of rows
that the asker can't see. Source of the shape: GraphQL Cursor Connections (Relay).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode, print_ast

from federation.schema.composition_problem import CompositionError
from federation.schema.facts import Collection, FieldKind, TypeFacts
from federation.schema.inaccessible import is_inaccessible
from federation.schema.read_governance import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from federation.schema.joins import Joins

_PAGE_INFO: Final = {
    "hasNextPage": "Boolean!",
    "hasPreviousPage": "Boolean!",
    "startCursor": "String",
    "endCursor": "String",
}
_ARGUMENTS: Final = ("first", "after", "where", "orderBy")


class CollectionReader:
    """Reads the collections of one supergraph; `wrappers` are the ungoverned types that they need."""

    def __init__(
        self, objects: Mapping[str, ObjectTypeDefinitionNode], types: Mapping[str, TypeFacts], joins: Joins
    ) -> None:
        self._objects = objects
        self._types = types
        self._joins = joins
        self.wrappers: set[str] = {"Query"}
        self.errors: list[CompositionError] = []

    def collections(self) -> dict[str, Collection]:
        """All collections, by their fields of Query."""
        query = self._objects["Query"]
        collections = {}
        for field in query.fields or ():
            if field.name.value == "node":
                self._check(
                    "Query.node",
                    print_ast(field.type) == "Node" and _arguments(field) == {"id": "ID!"},
                    "it is to be node(id: ID!): Node",
                )
            elif not is_inaccessible(field) and (read := self._collection(query, field)) is not None:
                collections[read.field] = read
        return collections

    def _collection(self, query: ObjectTypeDefinitionNode, field: FieldDefinitionNode) -> Collection | None:
        name = field.name.value
        coordinate = f"Query.{name}"
        arguments = facts_of(field, "collection", coordinate, self.errors)
        graphs = self._joins.of_field(query, field)
        facts = self._types.get(arguments["of"]) if arguments else None
        if arguments is None or facts is None or len(graphs) != 1 or facts.home not in graphs:
            self._check(coordinate, False, "it is neither node nor the @collection of a type by its home")
            return None
        unknown = _arguments(field).keys() - set(_ARGUMENTS)
        self._check(coordinate, not unknown, f"arguments that a collection has not ({', '.join(sorted(unknown))})")
        self._check_connection(coordinate, field, facts.name)
        page_by = str(arguments["pageBy"]).removeprefix("-")
        paged = facts.fields.get(page_by)
        problem = f"it is paged by {page_by}, which is no field of its source"
        self._check(coordinate, paged is not None and paged.kind is FieldKind.SCALAR and paged.graph in graphs, problem)
        return Collection(name, facts.name, graphs[0], page_by, str(arguments["pageBy"]).startswith("-"))

    def _check_connection(self, coordinate: str, field: FieldDefinitionNode, of: str) -> None:
        connection = {"edges": f"[{of}Edge!]", "nodes": f"[{of}!]", "pageInfo": "PageInfo!"}
        is_right = (
            print_ast(field.type) == f"{of}Connection"
            and self._shape(f"{of}Connection") == connection
            and self._shape(f"{of}Edge") == {"cursor": "String!", "node": of}
            and self._shape("PageInfo") == _PAGE_INFO
        )
        self._check(coordinate, is_right, f"it is to be a {of}Connection of edges, nodes and pageInfo, and of no more")
        self.wrappers |= {f"{of}Connection", f"{of}Edge", "PageInfo"}

    def _shape(self, name: str) -> dict[str, str]:
        """The fields of a wrapper with their types; one that takes arguments is none that a wrapper has."""
        fields = self._objects[name].fields or () if name in self._objects else ()
        return {field.name.value: f"{print_ast(field.type)}{_arguments(field) or ''}" for field in fields}

    def _check(self, coordinate: str, holds: bool, problem: str) -> None:  # noqa: FBT001  (a condition, read in place)
        if not holds:
            self.errors.append(CompositionError("UNSUPPORTED", f"{coordinate}: {problem}"))


def _arguments(field: FieldDefinitionNode) -> dict[str, str]:
    return {argument.name.value: print_ast(argument.type) for argument in field.arguments or ()}
