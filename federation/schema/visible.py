"""The schema of one organisation: without what it could never apply for, as if that had never been declared.

A name in a filter, an enum or a description tells as much as a field does, and so does an error that reads otherwise
than for a misspelt name. So nothing is marked as hidden: the definitions are made anew without it, and what then leads
nowhere goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    SchemaDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
)

from federation.schema.elements import members, named_type
from federation.schema.facts import MUTATION, Collection, FieldKind, TypeFacts
from vocabulary.coordinate import Coordinate

_QUERY: Final = "Query"
_NODE: Final = "Node"
"""The door by which objects are asked for again: it stays, with nothing behind it, for it shows no cell."""
_OWN: Final = (FieldKind.SCALAR, FieldKind.COMPANION, FieldKind.REFERENCE)
"""Fields that stand in a row of their type, or are computed from it; rows of others are not its own."""
_NO_WORD: Final = re.compile(r"[a-z0-9][A-Z]|[0-9_]")
"""What tells a name from a word: `identityNo` in a text is the field, `name` is English."""


class NothingLeftError(ValueError):
    """All ways into the graph are hidden, and GraphQL knows no schema without one."""


def visible_schema(
    api: GraphQLSchema,
    types: Mapping[str, TypeFacts],
    collections: Mapping[str, Collection],
    hidden: frozenset[Coordinate],
) -> GraphQLSchema:
    """`api` without the hidden coordinates; `api` itself where it has none of them.

    A coordinate leaves its object type and, where its type is listed, the filter and the order of the list. A type none
    of whose own cells is left goes, with every field that leads to it and its list, and so does whatever cannot be
    reached any more. An `id` belongs to its type and goes with it alone. Acts are coordinates of Mutation.

    Raises:
        NothingLeftError: no field of Query is left.
    """
    shown = frozenset(
        Coordinate(name, member.name.value)
        for name, definition in _definitions(api).items()
        for member in members(definition)
        if name in {_QUERY, MUTATION}
        or (name in types and types[name].fields[member.name.value].kind is not FieldKind.ID)
    )
    return _Without(api, types, collections, shown & hidden).schema() if shown & hidden else api


class _Without:
    """One schema without some coordinates. `_lost` names the types that go."""

    def __init__(
        self,
        api: GraphQLSchema,
        types: Mapping[str, TypeFacts],
        collections: Mapping[str, Collection],
        hidden: frozenset[Coordinate],
    ) -> None:
        self._api = api
        self._definitions = _definitions(api)
        self._hidden = hidden
        self._lost: set[str] = set()
        self._implementers: dict[str, list[str]] = {}
        for name, one in self._definitions.items():
            for interface in _interfaces(one):
                self._implementers.setdefault(interface, []).append(name)
        while emptied := {
            *(name for name, facts in types.items() if name not in self._lost and self._is_emptied(facts)),
            *(name for name, one in self._definitions.items() if name not in self._lost and self._is_void(one)),
        }:
            self._lost |= emptied
        self._of: dict[str, str] = {}  # inputs and enums whose members are named like the fields of a type: that type
        for collection in collections.values():
            self._lose_arguments(collection)

    def schema(self) -> GraphQLSchema:
        kept = {name: self._kept(one) for name, one in self._definitions.items() if name not in self._lost}
        roots = [name for name in (_QUERY, MUTATION) if name in kept and members(kept[name])]
        if _QUERY not in roots:
            raise NothingLeftError("nothing is left to ask for")
        reached = _reached(roots, kept)
        definitions = [one for name, one in kept.items() if name in reached]
        named = _pattern(_names(list(self._definitions.values())) - _names(definitions))
        quiet = [_silenced(one, named) for one in definitions]
        return build_ast_schema(DocumentNode(definitions=(*self._roots(roots), *quiet)))

    def _is_emptied(self, facts: TypeFacts) -> bool:
        """Whether none of the cells that it shows is left; a type that only leads to others is as good as those."""
        shown = [one for one in facts.fields.values() if not one.inaccessible and one.kind is not FieldKind.ID]
        own = [one for one in shown if one.kind in _OWN] or shown
        return bool(own) and all(self._is_gone(facts.name, one.name, one.type) for one in own)

    def _is_void(self, definition: TypeDefinitionNode) -> bool:
        """Whether an abstract type has nothing left that it could be, or, as an interface, nothing to show of it."""
        match definition:
            case UnionTypeDefinitionNode(types=of):
                return all(one.name.value in self._lost for one in of or ())
            case InterfaceTypeDefinitionNode(name=name):
                could_be = () if name.value == _NODE else self._implementers.get(name.value, ())
                is_gone = [self._is_gone(name.value, one.name.value, _leads_to(one)) for one in members(definition)]
                return all(is_gone) or (bool(could_be) and all(one in self._lost for one in could_be))
            case _:
                return False

    def _is_gone(self, type_: str, field: str, leads_to: str) -> bool:
        """Whether a field goes; from an interface too, where something that implements it has it no more."""
        if leads_to in self._lost or Coordinate(type_, field) in self._hidden:
            return True
        return any(
            self._is_gone(one, field, _leads_to(member))
            for one in self._implementers.get(type_, ())
            if one not in self._lost
            for member in members(self._definitions[one])
            if member.name.value == field
        )

    def _lose_arguments(self, collection: Collection) -> None:
        """Note by whose fields a list is filtered and ordered; lose an input in which none of them would be left."""
        fields = {one.name.value: one for one in members(self._definitions[_QUERY])}
        field = fields.get(collection.field)
        if not isinstance(field, FieldDefinitionNode):
            return
        if collection.type in self._lost:
            self._lost.add(named_type(field.type))
            return
        arguments = {one.name.value: named_type(one.type) for one in field.arguments or ()}
        if (where := arguments.get("where")) is not None:
            self._of[where] = collection.type
            kept = members(self._kept(self._definitions[where]))
            if all(_leads_to(one) == where for one in kept):  # `and`, `or` and `not`
                self._lost.add(where)
        if (order := arguments.get("orderBy")) is not None:
            (enum,) = (_leads_to(one) for one in members(self._definitions[order]) if one.name.value == "field")
            self._of[enum] = collection.type
            if not members(self._kept(self._definitions[enum])):
                self._lost.add(order)

    def _kept(self, definition: Any) -> Any:
        """A definition without the members that are hidden or lead to something lost."""
        name = self._of.get(definition.name.value, definition.name.value)
        for part in ("interfaces", "types"):
            if getattr(definition, part, None):
                stay = [one for one in getattr(definition, part) if one.name.value not in self._lost]
                definition = replace(definition, **{part: tuple(stay)})
        for part in ("fields", "values"):
            if getattr(definition, part, None):
                stay = [
                    one for one in getattr(definition, part) if not self._is_gone(name, one.name.value, _leads_to(one))
                ]
                return replace(definition, **{part: tuple(map(self._without_lost_arguments, stay))})
        return definition

    def _without_lost_arguments(self, member: Any) -> Any:
        if not isinstance(member, FieldDefinitionNode):
            return member
        arguments = tuple(one for one in member.arguments or () if named_type(one.type) not in self._lost)
        return replace(member, arguments=arguments)

    def _roots(self, left: Sequence[str]) -> Iterator[SchemaDefinitionNode]:
        if (node := self._api.ast_node) is not None:
            operations = tuple(one for one in node.operation_types if one.type.name.value in left)
            yield replace(node, operation_types=operations)


def _definitions(api: GraphQLSchema) -> dict[str, TypeDefinitionNode]:
    return {name: one.ast_node for name, one in api.type_map.items() if one.ast_node is not None}


def _leads_to(member: Any) -> str:
    """The type of a field; nothing for a value of an enum."""
    return named_type(member.type) if hasattr(member, "type") else ""


def _reached(roots: Sequence[str], definitions: Mapping[str, TypeDefinitionNode]) -> set[str]:
    """The types that a question can come to, with their interfaces."""
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in reached or name not in definitions:
            continue
        reached.add(name)
        for member in members(definitions[name]):
            waiting += [_leads_to(one) for one in (member, *(getattr(member, "arguments", None) or ()))]
        waiting += [one for one, other in definitions.items() if name in _interfaces(other)]
        waiting += [one.name.value for one in getattr(definitions[name], "types", None) or ()]
    return reached.union(*(_interfaces(definitions[name]) for name in reached))


def _interfaces(definition: TypeDefinitionNode) -> list[str]:
    return [one.name.value for one in getattr(definition, "interfaces", None) or ()]


def _names(definitions: Sequence[TypeDefinitionNode]) -> set[str]:
    """What texts may call the parts of a schema."""
    coordinates = {f"{one.name.value}.{member.name.value}" for one in definitions for member in members(one)}
    return {one.name.value for one in definitions} | coordinates | {one.partition(".")[2] for one in coordinates}


def _pattern(names: set[str]) -> re.Pattern[str]:
    """Finds where a text calls something by one of these names."""
    certain = "|".join(re.escape(name) for name in sorted(names) if _NO_WORD.search(name) or "." in name)
    quoted = "|".join(re.escape(name) for name in sorted(names))
    # Not `\b`, which stands nowhere in 按identityNo查询.
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{certain or '(?!)'})(?![A-Za-z0-9_])|`(?:{quoted or '(?!)'})`")


def _silenced(element: Any, named: re.Pattern[str]) -> Any:
    """The element without descriptions, and reasons of deprecations, in which something is named."""
    parts: dict[str, Any] = {"directives": tuple(_silent(one, named) for one in element.directives or ())}
    if element.description and named.search(element.description.value):
        parts["description"] = None
    for part in ("fields", "values", "arguments"):
        if getattr(element, part, None):
            parts[part] = tuple(_silenced(one, named) for one in getattr(element, part))
    return replace(element, **parts)


def _silent(directive: ConstDirectiveNode, named: re.Pattern[str]) -> ConstDirectiveNode:
    texts = [one.value.value for one in directive.arguments or () if isinstance(one.value, StringValueNode)]
    return replace(directive, arguments=()) if any(map(named.search, texts)) else directive
