"""Types of several subgraphs merged into one each, by Apollo Federation v2's rules, under join v0.3 directives.

Order: types by name; of one type the definition with most fields first; then by name of the subgraph.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    ConstDirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    NameNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
)

from federation.schema.canonical import ROOTS
from federation.schema.composition_problem import CompositionError
from federation.schema.elements import members, without
from federation.schema.interface_object import check_entity_interfaces
from federation.schema.merge_directives import carried
from federation.schema.merge_enums import Usage, merge_values, usages
from federation.schema.merge_fields import check_sharing
from federation.schema.merge_types import grouped, merge_type
from federation.schema.merging import Merging
from federation.schema.override import Overrides
from federation.schema.words import ACCESS, SHAREABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from federation.schema.held import Held
    from federation.schema.subgraph_types import Subgraph

_RIGHTS: Final = tuple(name.removeprefix("federation__") for name in ACCESS)


def merge(merging: Merging) -> tuple[TypeDefinitionNode, ...]:
    """Merge the types of all subgraphs; what is wrong, of which there may be more, is added to `merging.errors`."""
    merging.errors.extend(check_entity_interfaces(merging.subgraphs, merging.implementations))
    merging.errors.extend(_check_bases(merging.subgraphs))
    merging.errors.extend(_check_subscriptions(merging.subgraphs))
    held = grouped(merging.subgraphs)
    merged = {name: one for name, each in held.items() if (one := merge_type(name, each, merging)) is not None}
    used = usages(merged.values())
    for name, definition in merged.items():
        if isinstance(definition, EnumTypeDefinitionNode):
            each: Held[Any] = sorted(held[name], key=lambda pair: -len(members(pair[1])))
            values = merge_values(name, each, used.get(name, Usage()), merging)
            merged[name] = replace(definition, values=values)
    _add_fields_of_interface_objects(merged, merging)
    return tuple(one for one in merged.values() if not _is_empty(one))


def _is_empty(definition: TypeDefinitionNode) -> bool:
    return isinstance(definition, ObjectTypeDefinitionNode) and not definition.fields


def _check_bases(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """What is extended is defined somewhere."""
    for subgraph in subgraphs:
        for name in sorted(subgraph.extensions):
            if all(name in other.extensions for other in subgraphs if name in other.types):
                problem = f"{subgraph.name}: {name} is extended, and no subgraph defines it"
                yield CompositionError("EXTENSION_WITH_NO_BASE", problem)


def _check_subscriptions(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """One subgraph sends the events of a subscription."""
    name = ROOTS["subscription"]
    for subgraph in subgraphs:
        for field in subgraph.fields.get(name, {}).values():
            if any(one.name.value == SHAREABLE for one in field.directives or ()):
                where = f"{subgraph.name}: {name}.{field.name.value}"
                yield CompositionError("INVALID_FIELD_SHARING", f"{where}: a subscription can't be @shareable")


def _add_fields_of_interface_objects(merged: dict[str, Any], merging: Merging) -> None:
    """An object has what an interface object adds to its interface; no graph resolves that by the object's name."""
    for owner, definition in merged.items():
        if not isinstance(definition, ObjectTypeDefinitionNode):
            continue
        added = []
        known = {field.name.value for field in definition.fields or ()}
        for interface in merging.interfaces.get(owner, ()):
            shown = merged.get(interface)
            for field in shown.fields or () if isinstance(shown, InterfaceTypeDefinitionNode) else ():
                name = field.name.value
                if name not in known and _is_added(interface, name, merging):
                    known.add(name)
                    added.append(_added(owner, field, merging))
                    check_sharing(owner, name, (), Overrides(), merging)
        merged[owner] = replace(definition, fields=(*(definition.fields or ()), *added))


def _is_added(interface: str, name: str, merging: Merging) -> bool:
    return any(
        name in subgraph.fields[interface] and (interface, name) not in merging.externals[subgraph.name].external
        for subgraph in merging.interface_objects.get(interface, ())
    )


def _added(owner: str, field: FieldDefinitionNode, merging: Merging) -> FieldDefinitionNode:
    """The interface's field as the object's: the same words, its own rights, and a join that names no graph."""
    name = field.name.value
    rights = carried(f"{owner}.{name}", (), merging.composed, merging.errors, merging.access(owner, name))
    said = without(field, "join__field", *_RIGHTS).directives
    nowhere = ConstDirectiveNode(name=NameNode(value="join__field"), arguments=())
    return replace(field, directives=(nowhere, *said, *rights))
