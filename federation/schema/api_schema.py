"""The schema that askers see: the supergraph without its joins, its governance and what is `@inaccessible`.

Governed fields are nullable in it, whatever a source says, since any of their cells may be withheld.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLSchema,
    NonNullTypeNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    build_ast_schema,
)

from federation.schema.elements import Directives, map_directives
from federation.schema.inaccessible import is_inaccessible
from federation.schema.words import CARRIED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from graphql import DefinitionNode

_MACHINERY: Final = ("join__", "link__")


def api_schema(document: DocumentNode, governed: Collection[str]) -> GraphQLSchema:
    """Build it; `governed` names the types whose fields (but `id`) are to be nullable.

    Raises:
        TypeError: the schema that is left refers to something hidden.
    """
    return build_ast_schema(DocumentNode(definitions=tuple(_visible(document, governed))))


def _visible(document: DocumentNode, governed: Collection[str]) -> Iterator[DefinitionNode]:
    for definition in document.definitions:
        match definition:
            case DirectiveDefinitionNode():
                pass
            case SchemaDefinitionNode():
                yield replace(definition, directives=())
            case TypeDefinitionNode(name=name):
                if not name.value.startswith(_MACHINERY) and not is_inaccessible(definition):
                    shown = map_directives(_without_hidden(definition), _carried)
                    yield _nullable(shown) if name.value in governed else shown
            case _:
                yield definition


def _without_hidden(definition: Any) -> Any:
    for part in ("fields", "values"):
        if getattr(definition, part, None):
            kept = tuple(one for one in getattr(definition, part) if not is_inaccessible(one))
            return replace(definition, **{part: kept})
    return definition


def _carried(directives: Directives) -> Directives:
    return tuple(one for one in directives if one.name.value in CARRIED)


def _nullable(definition: Any) -> Any:
    def changed(field: FieldDefinitionNode) -> FieldDefinitionNode:
        if isinstance(field.type, NonNullTypeNode) and field.name.value != "id":
            return replace(field, type=field.type.type)
        return field

    return replace(definition, fields=tuple(map(changed, definition.fields)))
