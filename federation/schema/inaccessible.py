"""`@inaccessible` in merged types: what stays visible may not depend on what does not.

Source: specs.apollo.dev/inaccessible/v0.2 and the codes of Apollo's composition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    ConstValueNode,
    EnumValueNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectValueNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, members, named_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def is_inaccessible(element: Any) -> bool:
    """Whether a merged type or field is hidden."""
    return bool(applied(element, "inaccessible"))


def check_inaccessible(types: Sequence[TypeDefinitionNode]) -> Iterator[CompositionError]:
    """Say what is visible and refers to something hidden."""
    by_name = {one.name.value: one for one in types}
    hidden = {name for name, definition in by_name.items() if is_inaccessible(definition)}
    if "Query" in hidden:
        yield CompositionError("QUERY_ROOT_TYPE_INACCESSIBLE", "Query: the root of queries is @inaccessible")
    for name, definition in by_name.items():
        if name in hidden:
            continue
        children = [is_inaccessible(one) for one in members(definition)]
        if isinstance(definition, UnionTypeDefinitionNode):
            children = [one.name.value in hidden for one in definition.types or ()]
        if children and all(children):
            yield CompositionError("ONLY_INACCESSIBLE_CHILDREN", f"{name}: all of it is @inaccessible")
        for coordinate, element in _visible(definition):
            if named_type(element.type) in hidden:
                problem = f"refers to {named_type(element.type)}, which is @inaccessible"
                yield CompositionError("REFERENCED_INACCESSIBLE", f"{coordinate}: {problem}")
        yield from _inputs(definition, by_name)
        if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            yield from _implementation(definition, by_name)


def _visible(definition: TypeDefinitionNode) -> Iterator[tuple[str, Any]]:
    """Each visible field and argument."""
    for member in members(definition):
        if is_inaccessible(member) or not hasattr(member, "type"):
            continue
        coordinate = f"{definition.name.value}.{member.name.value}"
        yield coordinate, member
        for argument in getattr(member, "arguments", None) or ():
            if not is_inaccessible(argument):
                yield f"{coordinate}({argument.name.value}:)", argument


def _inputs(definition: TypeDefinitionNode, by_name: Mapping[str, TypeDefinitionNode]) -> Iterator[CompositionError]:
    """What must be given can be seen, and what is given by default too."""
    for member in members(definition):
        coordinate = f"{definition.name.value}.{member.name.value}"
        if is_inaccessible(member):
            continue
        arguments: Sequence[Any] = getattr(member, "arguments", None) or ()
        given = [(f"{coordinate}({one.name.value}:)", one) for one in arguments]
        given += [(coordinate, member)] if isinstance(member, InputValueDefinitionNode) else []
        for where, one in given:
            if not is_inaccessible(one) and uses_hidden(one.default_value, one.type, by_name):
                problem = "its default uses something @inaccessible"
                yield CompositionError("DEFAULT_VALUE_USES_INACCESSIBLE", f"{where}: {problem}")
    for coordinate, one in _hidden_inputs(definition):
        if isinstance(one.type, NonNullTypeNode) and one.default_value is None:
            yield CompositionError("REQUIRED_INACCESSIBLE", f"{coordinate}: required, and @inaccessible")


def _hidden_inputs(definition: TypeDefinitionNode) -> Iterator[tuple[str, Any]]:
    for member in members(definition):
        coordinate = f"{definition.name.value}.{member.name.value}"
        if isinstance(member, InputValueDefinitionNode) and is_inaccessible(member):
            yield coordinate, member
        elif not is_inaccessible(member):
            for argument in getattr(member, "arguments", None) or ():
                if is_inaccessible(argument):
                    yield f"{coordinate}({argument.name.value}:)", argument


def uses_hidden(value: ConstValueNode | None, type_: TypeNode, by_name: Mapping[str, TypeDefinitionNode]) -> bool:
    """Whether a default value names a hidden value of an enum, or gives a hidden field."""
    definition = by_name.get(named_type(type_))
    match value:
        case ListValueNode(values=values):
            return any(uses_hidden(one, type_, by_name) for one in values)
        case EnumValueNode() if definition is not None:
            return any(is_inaccessible(one) for one in members(definition) if one.name.value == value.value)
        case ObjectValueNode(fields=fields) if definition is not None:
            declared: dict[str, Any] = {one.name.value: one for one in members(definition)}
            given = [(declared[one.name.value], one.value) for one in fields if one.name.value in declared]
            return any(is_inaccessible(node) or uses_hidden(inner, node.type, by_name) for node, inner in given)
        case _:
            return False


def _implementation(
    definition: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode, by_name: Mapping[str, TypeDefinitionNode]
) -> Iterator[CompositionError]:
    own = {one.name.value: one for one in definition.fields or ()}
    for interface in definition.interfaces or ():
        interface_type = by_name.get(interface.name.value)
        for field in members(interface_type) if interface_type is not None else ():
            coordinate = f"{definition.name.value}.{field.name.value}"
            if field.name.value not in own:
                problem = f"{interface.name.value} asks for it, and no subgraph has it"
                yield CompositionError("INTERFACE_FIELD_NO_IMPLEM", f"{coordinate}: {problem}")
            elif is_inaccessible(interface_type) or is_inaccessible(field):
                pass
            elif is_inaccessible(own[field.name.value]):
                problem = f"@inaccessible, and {interface.name.value} shows it"
                yield CompositionError("IMPLEMENTED_BY_INACCESSIBLE", f"{coordinate}: {problem}")
            else:
                yield from _arguments(coordinate, interface.name.value, own[field.name.value], field)


def _arguments(coordinate: str, interface: str, own: FieldDefinitionNode, shown: Any) -> Iterator[CompositionError]:
    """The arguments that an interface's field shows are shown by the object's too, and no hidden one is required."""
    declared = {one.name.value: one for one in own.arguments or ()}
    visible = {one.name.value for one in shown.arguments or () if not is_inaccessible(one)}
    for name in visible & declared.keys():
        if is_inaccessible(declared[name]):
            problem = f"{coordinate}({name}:): @inaccessible, and {interface} shows it"
            yield CompositionError("IMPLEMENTED_BY_INACCESSIBLE", problem)
