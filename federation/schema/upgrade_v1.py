"""Subgraphs of Federation v1, brought into the form of v2 with the meaning that they had.

Source: Apollo Federation, "Moving to Federation 2": in v1 types of the same name were shared without saying so, an
extension named fields of others as external, and directives that could mean nothing were passed over.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from graphql import (
    ConstArgumentNode,
    ConstDirectiveNode,
    EnumValueNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    NameNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
)

from federation.schema.canonical import ROOTS
from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, members, named_type, without
from federation.schema.external import externals, field_set_of
from federation.schema.field_set import print_field_set
from federation.schema.requires_provides import without_inactive
from federation.schema.select_fields import misfits, targets
from federation.schema.sharing import shareable
from federation.schema.words import EXTERNAL, KEY, PROVIDES, REQUIRES, SHAREABLE, TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from federation.schema.external import Place
    from federation.schema.subgraph_types import Subgraph

_SHAREABLE = ConstDirectiveNode(name=NameNode(value=SHAREABLE), arguments=())


def upgraded(subgraph: Subgraph, subgraphs: Sequence[Subgraph]) -> tuple[Subgraph, list[CompositionError]]:
    """One subgraph of v1 in the form of v2; `subgraphs` are all, as they were read. With what is wrong."""
    errors = list(_without_base(subgraph, subgraphs))
    others = [one for one in subgraphs if one.name != subgraph.name]
    plain = _each(subgraph, _in_strings)
    plain = _with_types(plain, _without_externals_of_keys(plain, others))
    plain = _with_types(plain, _without_inactive(plain))
    plain = replace(_each(plain, _without_what_means_nothing), extensions=frozenset())
    plain = _with_types(plain, _without_unused(plain, errors))
    plain = _with_types(plain, _shared(plain, subgraph, others))
    return plain, errors


def _with_types(subgraph: Subgraph, types: dict[str, TypeDefinitionNode]) -> Subgraph:
    return replace(subgraph, types=types)


def _each(subgraph: Subgraph, change: Callable[[Any, Subgraph], Any]) -> Subgraph:
    return _with_types(subgraph, {name: change(one, subgraph) for name, one in subgraph.types.items()})


def _without_base(subgraph: Subgraph, subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    for name in sorted(subgraph.extended - set(ROOTS.values())):
        is_object = isinstance(subgraph.types.get(name), ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode)
        others = (one for one in subgraphs if one.name != subgraph.name and name in one.types)
        if is_object and not any(name not in one.extensions for one in others):
            problem = f"{subgraph.name}: {name} is extended, and no subgraph defines it"
            yield CompositionError("EXTENSION_WITH_NO_BASE", problem)


def _in_strings(definition: Any, _: Subgraph) -> Any:
    """Field sets as strings: v1 took `@key(fields: id)` and lists too."""

    def changed(directive: ConstDirectiveNode) -> ConstDirectiveNode:
        if directive.name.value not in {KEY, REQUIRES, PROVIDES}:
            return directive
        arguments = (replace(one, value=_string(one.value)) for one in directive.arguments or ())
        return replace(directive, arguments=tuple(arguments))

    definition = replace(definition, directives=tuple(map(changed, definition.directives or ())))
    if not isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return definition
    fields = (replace(one, directives=tuple(map(changed, one.directives or ()))) for one in definition.fields or ())
    return replace(definition, fields=tuple(fields))


def _string(value: Any) -> Any:
    if isinstance(value, EnumValueNode):
        return StringValueNode(value=value.value)
    if isinstance(value, ListValueNode):
        texts = [one.value for one in value.values if isinstance(one, StringValueNode)]
        return StringValueNode(value=" ".join(texts)) if len(texts) == len(value.values) else value
    return value


def _without_externals_of_keys(subgraph: Subgraph, others: Sequence[Subgraph]) -> dict[str, TypeDefinitionNode]:
    """An extension has the fields of its keys, or of the keys of what it extends; no interface's field is external."""
    changed: dict[str, set[str]] = {}
    for name in subgraph.extended & subgraph.fields.keys():
        keys = applied(subgraph.types[name], KEY)
        known = changed.setdefault(name, set())
        for key in keys:
            known |= {
                field for owner, field in targets(subgraph, name, field_set_of(key), widely=False) if owner == name
            }
        for other in others if not keys else ():
            for key in applied(other.types[name], KEY)[:1] if name in other.fields else ():
                selected = targets(other, name, field_set_of(key), widely=False)
                known |= {field for owner, field in selected if owner == name}

    def bare(owner: str, field: Any) -> Any:
        is_of_interface = isinstance(subgraph.types[owner], InterfaceTypeDefinitionNode)
        return without(field, EXTERNAL) if is_of_interface or field.name.value in changed.get(owner, ()) else field

    return _mapped(subgraph, bare)


def _without_inactive(subgraph: Subgraph) -> dict[str, TypeDefinitionNode]:
    """Field sets without leaves that are not external: v1 passed over them."""

    def changed(owner: str, field: Any) -> Any:
        kept: list[ConstDirectiveNode] = []
        for directive in field.directives or ():
            name, target = directive.name.value, owner
            if name not in {REQUIRES, PROVIDES}:
                kept.append(directive)
                continue
            target = named_type(field.type) if name == PROVIDES else owner
            before = field_set_of(directive)
            is_wrong = next(misfits(subgraph, target, before), None) is not None
            after = before if is_wrong else without_inactive(subgraph, target, before)
            if after == before:
                kept.append(directive)
            elif after:
                value = StringValueNode(value=print_field_set(after))
                argument = ConstArgumentNode(name=NameNode(value="fields"), value=value)
                kept.append(replace(directive, arguments=(argument,)))
        return replace(field, directives=tuple(kept))

    return _mapped(subgraph, changed)


def _without_what_means_nothing(definition: Any, subgraph: Subgraph) -> Any:
    """Keys, `@requires` and `@provides` on interfaces, and `@provides` on what has no fields."""
    if isinstance(definition, InterfaceTypeDefinitionNode):
        return _map_fields(without(definition, KEY), lambda field: without(field, REQUIRES, PROVIDES))
    return _map_fields(
        definition, lambda field: field if named_type(field.type) in subgraph.possible else without(field, PROVIDES)
    )


def _without_unused(subgraph: Subgraph, errors: list[CompositionError]) -> dict[str, TypeDefinitionNode]:
    """External fields that nothing uses leave, and types that have no other fields with them."""
    found = externals(subgraph)
    unused = found.external - found.used
    referenced = {named_type(field.type) for fields in subgraph.fields.values() for field in fields.values()}
    types: dict[str, TypeDefinitionNode] = {}
    for name, definition in subgraph.types.items():
        had = bool(members(definition)) and name in subgraph.fields
        kept = _without_fields(definition, {field for owner, field in unused if owner == name})
        if not had or members(kept) or name in ROOTS.values():
            types[name] = kept
        elif name in referenced:
            problem = f"{subgraph.name}: {name} has only external fields, and nothing uses them"
            errors.append(CompositionError("TYPE_WITH_ONLY_UNUSED_EXTERNAL", problem))
    return types


def _shared(subgraph: Subgraph, read: Subgraph, others: Sequence[Subgraph]) -> dict[str, TypeDefinitionNode]:
    """What others resolve too is shareable; a tag on a field that stays external says nothing more."""
    already = shareable(read, externals(read))
    found = externals(subgraph)
    elsewhere = {other.name: externals(other) for other in others}

    def is_shared(owner: str, field: str, definition: TypeDefinitionNode) -> bool:
        having = [other for other in others if owner in other.fields]
        if not (applied(definition, KEY) or owner in ROOTS.values()):
            return bool(having)
        place: Place = (owner, field)
        resolving = (one for one in having if field in one.fields[owner] and elsewhere[one.name].is_resolved(*place))
        return place not in already and any(resolving)

    types: dict[str, TypeDefinitionNode] = {}
    for name, definition in subgraph.types.items():
        if isinstance(definition, ObjectTypeDefinitionNode) and name != ROOTS["subscription"]:

            def changed(field: Any, name: str = name, definition: TypeDefinitionNode = definition) -> Any:
                if not applied(field, SHAREABLE) and is_shared(name, field.name.value, definition):
                    field = replace(field, directives=(*(field.directives or ()), _SHAREABLE))
                twins = [other.fields.get(name, {}).get(field.name.value) for other in others]
                is_external = (name, field.name.value) in found.external
                is_said = is_external and any(twin is not None and applied(twin, TAG) for twin in twins)
                return without(field, TAG) if is_said else field

            types[name] = _map_fields(definition, changed)
        else:
            types[name] = definition
    return types


def _mapped(subgraph: Subgraph, change: Callable[[str, Any], Any]) -> dict[str, TypeDefinitionNode]:
    """The types with each field changed; `change` takes its type's name too."""
    return {name: _map_fields(one, partial(change, name)) for name, one in subgraph.types.items()}


def _map_fields(definition: Any, change: Callable[[Any], Any]) -> Any:
    if not isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return definition
    return replace(definition, fields=tuple(map(change, definition.fields or ())))


def _without_fields(definition: Any, names: set[str]) -> Any:
    if not isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return definition
    return replace(definition, fields=tuple(one for one in definition.fields or () if one.name.value not in names))
