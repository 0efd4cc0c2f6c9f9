"""`@inaccessible` in merged types: what stays visible may not depend on what does not.

Source: specs.apollo.dev/inaccessible/v0.2 and the codes of Apollo's composition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import InterfaceTypeDefinitionNode, ObjectTypeDefinitionNode, TypeDefinitionNode

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, elements, members, named_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def is_inaccessible(element: Any) -> bool:
    """Whether a merged type or field is hidden."""
    return bool(applied(element, "inaccessible"))


def check_inaccessible(types: Sequence[TypeDefinitionNode]) -> Iterator[CompositionError]:
    """Say what is visible and refers to something hidden."""
    by_name = {one.name.value: one for one in types}
    hidden = {name for name, definition in by_name.items() if is_inaccessible(definition)}
    for name, definition in by_name.items():
        if name in hidden:
            continue
        if members(definition) and all(is_inaccessible(one) for one in members(definition)):
            yield CompositionError("ONLY_INACCESSIBLE_CHILDREN", f"{name}: all of it is @inaccessible")
        for coordinate, type_ in _references(definition):
            if type_ in hidden:
                problem = f"refers to {type_}, which is @inaccessible"
                yield CompositionError("REFERENCED_INACCESSIBLE", f"{coordinate}: {problem}")
        if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            yield from _implementation(definition, by_name)


def _references(definition: TypeDefinitionNode) -> Iterator[tuple[str, str]]:
    """Each visible field or argument, and the type that it has."""
    skipped = {f"{definition.name.value}.{one.name.value}" for one in members(definition) if is_inaccessible(one)}
    for coordinate, element in elements(definition):
        if coordinate.partition("(")[0] not in skipped and hasattr(element, "type"):
            yield coordinate, named_type(element.type)


def _implementation(
    definition: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode, by_name: dict[str, TypeDefinitionNode]
) -> Iterator[CompositionError]:
    own = {one.name.value: one for one in definition.fields or ()}
    for interface in definition.interfaces or ():
        for field in members(by_name[interface.name.value]) if interface.name.value in by_name else ():
            coordinate = f"{definition.name.value}.{field.name.value}"
            if field.name.value not in own:
                problem = f"{interface.name.value} asks for it, and no subgraph has it"
                yield CompositionError("INTERFACE_FIELD_NO_IMPLEM", f"{coordinate}: {problem}")
            elif is_inaccessible(own[field.name.value]) and not is_inaccessible(field):
                problem = f"@inaccessible, and {interface.name.value} shows it"
                yield CompositionError("IMPLEMENTED_BY_INACCESSIBLE", f"{coordinate}: {problem}")
