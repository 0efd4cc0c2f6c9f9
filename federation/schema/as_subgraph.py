"""A schema as another exchange sees it: an exchange is itself a subgraph (Apollo Federation v2 subgraph specification).

Beside what askers see, it has `_service`, which describes it, `_entities`, by which objects are asked for by their
sealed ids, and on each object `_masked`, which names what of it is masked, and how: whoever shows it on must mask
nothing again, and compare nothing with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    build_ast_schema,
    parse,
    print_ast,
)

SERVICE: Final = "_service"
ENTITIES: Final = "_entities"
REPRESENTATIONS: Final = "representations"
MASKED: Final = "_masked"
"""`field:mask` for each field of the object that was asked for and is masked."""
ANY: Final = "_Any"
_QUERY: Final = "Query"
_OURS: Final = f"""
scalar {ANY}
type _Service {{ sdl: String! }}
type Query {{ {SERVICE}: _Service! {ENTITIES}({REPRESENTATIONS}: [{ANY}!]!): [_Entity]! }}
type _Masked {{ {MASKED}: [String!] }}
"""
_LINK: Final = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])\n\n'
)
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_SHARED: Final = ("PageInfo", "Node")
_HERE: Final = frozenset({"node", SERVICE, ENTITIES})  # fields of Query that every exchange has


@dataclass(frozen=True, slots=True)
class AsSubgraph:
    """The schema that another exchange asks by, and its description for whoever composes it with others."""

    api: GraphQLSchema
    sdl: str


def as_subgraph(api: GraphQLSchema, governed: Collection[str], named: Mapping[str, str] = _NONE) -> AsSubgraph:
    """What `api` is as a subgraph; `governed` names the types whose objects have cells.

    `named`: by type, the field that entities may be named by, beside their ids.
    """
    definitions = {name: one.ast_node for name, one in api.type_map.items() if one.ast_node is not None}
    added = {one.name.value: one for one in parse(_OURS).definitions if isinstance(one, TypeDefinitionNode)}
    masks = tuple(added.pop("_Masked").fields)  # type: ignore[attr-defined]  # an object, as it is written above
    roots = tuple(added.pop(_QUERY).fields)  # type: ignore[attr-defined]
    entities = [name for name in definitions if name in governed and _is_entity(definitions[name])]
    shown = {
        name: _with(one, masks) if name in governed else _with(one, roots) if name == _QUERY else one
        for name, one in definitions.items()
    }
    union = parse(f"union _Entity = {' | '.join(entities)}").definitions if entities else ()
    whole = (*shown.values(), *added.values(), *union)
    if not entities:  # nothing can be asked for by an id, so nothing says that it can be
        shown[_QUERY] = _without(shown[_QUERY], ENTITIES)
        whole = (*shown.values(), *added.values())
    schema = (api.ast_node,) if api.ast_node is not None else ()
    by = ((name, named.get(name)) for name in entities)
    keys = {name: ("id", field) if field and _has(definitions[name], field) else ("id",) for name, field in by}
    keyed = (_described(name, one, keys.get(name, ())) for name, one in shown.items())
    told = (one for one in keyed if one.name.value != _QUERY or _fields(one))  # an object without fields is none
    sdl = _LINK + "\n\n".join(map(print_ast, told)) + "\n"
    return AsSubgraph(build_ast_schema(DocumentNode(definitions=(*schema, *whole))), sdl)


def _is_entity(definition: TypeDefinitionNode) -> bool:
    return isinstance(definition, ObjectTypeDefinitionNode) and _has(definition, "id")


def _fields(definition: Any) -> tuple[FieldDefinitionNode, ...]:
    return tuple(definition.fields or ())


def _has(definition: Any, field: str | None) -> bool:
    return any(one.name.value == field for one in _fields(definition))


def _with(definition: Any, fields: tuple[FieldDefinitionNode, ...]) -> Any:
    return replace(definition, fields=(*(definition.fields or ()), *fields))


def _without(definition: Any, name: str) -> Any:
    return replace(definition, fields=tuple(one for one in definition.fields if one.name.value != name))


def _described(name: str, definition: Any, keys: Sequence[str]) -> TypeDefinitionNode:
    """A definition as the SDL of the subgraph has it."""
    directive = " ".join(f'@key(fields: "{key}")' for key in keys) or ("@shareable" if name in _SHARED else "")
    if name == _QUERY:
        kept = tuple(one for one in definition.fields if one.name.value not in _HERE)
        definition = replace(definition, fields=kept)
    if not directive or not isinstance(definition, ObjectTypeDefinitionNode):
        return definition  # type: ignore[no-any-return]  # a definition, in `Any` for the sake of `replace`
    (written,) = parse(f"type T {directive} {{ t: Int }}").definitions
    return replace(definition, directives=(*(definition.directives or ()), *(written.directives or ())))  # type: ignore[attr-defined]
