"""Extensions folded into what they extend; what stood on one declaration alone pushed down to its fields.

Source: Apollo Federation v2: `extend type X` and `type X @extends` make part of X; `@shareable` and
`@external` on a type speak for the fields of the same declaration; a key of an extension is marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    ConstArgumentNode,
    DefinitionNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NameNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
)

from federation.schema.elements import applied, without
from federation.schema.words import EXTENDS, EXTERNAL, KEY, SHAREABLE

EXTENSION: Final = "extension"
"""The argument that marks a key of an extension. No subgraph can write it: definitions are validated before."""

_DEFINITIONS: Final = {
    cls.kind: cls
    for cls in (
        ScalarTypeDefinitionNode,
        ObjectTypeDefinitionNode,
        InterfaceTypeDefinitionNode,
        UnionTypeDefinitionNode,
        EnumTypeDefinitionNode,
        InputObjectTypeDefinitionNode,
    )
}
_Declaration = TypeDefinitionNode | TypeExtensionNode


@dataclass(frozen=True, slots=True)
class Folded:
    """The types in canonical form; those without a definition; those that are extended, by `extend` or `@extends`."""

    types: dict[str, TypeDefinitionNode]
    extensions: frozenset[str]
    extended: frozenset[str]


def whole(definitions: Iterable[DefinitionNode]) -> Iterator[DefinitionNode]:
    """Each `extend type X` made part of `type X`, or itself its definition; a second definition stays a second one."""
    bases: dict[tuple[str, str], Any] = {}
    extensions: list[TypeExtensionNode] = []
    for definition in definitions:
        if isinstance(definition, TypeExtensionNode):
            extensions.append(definition)
        elif isinstance(definition, TypeDefinitionNode):
            place = (definition.kind, definition.name.value)
            if place in bases:
                yield definition  # defined twice, which validation refuses
            bases.setdefault(place, definition)
        else:
            yield definition
    for extension in extensions:
        place = (_defining(extension), extension.name.value)
        bases[place] = _joined(bases.get(place) or _DEFINITIONS[place[0]](name=extension.name), extension)
    yield from bases.values()


def fold(definitions: Iterable[DefinitionNode], *, is_first: bool) -> Folded:
    """Fold validated definitions; `is_first`: of Federation v1, where `@external` on an object meant nothing."""
    declared: dict[str, list[_Declaration]] = {}
    for definition in definitions:
        if isinstance(definition, TypeDefinitionNode | TypeExtensionNode):
            declared.setdefault(definition.name.value, []).append(definition)
    types: dict[str, TypeDefinitionNode] = {}
    extended: set[str] = set()
    for name, parts in declared.items():
        parts.sort(key=lambda one: isinstance(one, TypeExtensionNode))
        extends = any(applied(part, EXTENDS) for part in parts)
        base: Any = _DEFINITIONS[_defining(parts[0])](name=parts[0].name)
        for part in parts:
            marked = extends or (isinstance(part, TypeExtensionNode) and not is_first)
            part = without(part, EXTERNAL) if is_first else part  # noqa: PLW2901  # the part, as it counts
            base = _joined(replace(base, description=_description(base, part)), _pushed_down(part, marked=marked))
        types[name] = base
        if extends or isinstance(parts[0], TypeExtensionNode):
            extended.add(name)
    extensions = (name for name, parts in declared.items() if isinstance(parts[0], TypeExtensionNode))
    return Folded(types, frozenset(extensions), frozenset(extended))


def _defining(declaration: _Declaration) -> str:
    return declaration.kind.replace("_extension", "_definition")


def _description(base: Any, part: Any) -> Any:
    return base.description or getattr(part, "description", None)


def _joined(base: Any, part: Any) -> Any:
    keys = [key for key in part.keys if key not in {"name", "loc", "description"}]
    return replace(base, **{key: (*(getattr(base, key) or ()), *(getattr(part, key) or ())) for key in keys})


def _pushed_down(part: Any, *, marked: bool) -> Any:
    directives = [_marked(one) if marked and one.name.value == KEY else one for one in part.directives or ()]
    pushed = {one.name.value: one for one in directives if one.name.value in {SHAREABLE, EXTERNAL}}
    kept = tuple(one for one in directives if one.name.value not in {SHAREABLE, EXTERNAL, EXTENDS})
    if not pushed or not hasattr(part, "fields"):
        return replace(part, directives=kept)
    return replace(part, directives=kept, fields=tuple(_added(one, pushed.values()) for one in part.fields or ()))


def _marked(directive: Any) -> Any:
    marker = ConstArgumentNode(name=NameNode(value=EXTENSION), value=BooleanValueNode(value=True))
    return replace(directive, arguments=(*directive.arguments, marker))


def _added(element: Any, directives: Iterable[Any]) -> Any:
    has = {one.name.value for one in element.directives or ()}
    new = (one for one in directives if one.name.value not in has)
    return replace(element, directives=(*(element.directives or ()), *new))
