"""One type as all its subgraphs have it, merged under join v0.3 directives.

A type of the supergraph names the graphs that have it (`@join__type`), by which keys, under which interfaces and with
which members. An object that stands for an interface (`@interfaceObject`) counts as that interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from graphql import (
    ConstDirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    NameNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    print_ast,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, members
from federation.schema.held import Held, by_name, description, subgraph_names
from federation.schema.join import join
from federation.schema.keys import keys_of
from federation.schema.merge_directives import carried
from federation.schema.merge_fields import FieldParts, merge_field
from federation.schema.merge_inputs import INPUT_FIELD, merge_inputs
from federation.schema.words import INACCESSIBLE

if TYPE_CHECKING:
    from federation.schema.merging import Merging
    from federation.schema.subgraph_types import Subgraph

_INTERFACE_OBJECT: Final = "interface object"


def merge_type(name: str, held: Held[TypeDefinitionNode], merging: Merging) -> TypeDefinitionNode | None:
    """Merge one type, but for the values of an enum; None: it has no fields, or what it is differs.

    Of one type the definition with most fields comes first, so that an entity reads as in its home.
    """
    kinds = {one.name: _kind(name, one, node) for one, node in held}
    if len({"interface" if kind == _INTERFACE_OBJECT else kind for kind in kinds.values()}) > 1:
        problem = ", ".join(f"{kind} in {subgraph}" for subgraph, kind in kinds.items())
        merging.errors.append(CompositionError("TYPE_KIND_MISMATCH", f"{name}: {problem}"))
        return None
    joins = [directive for one, node in held for directive in _joins(one, node)]
    ordered = sorted(held, key=lambda pair: -len(members(pair[1])))
    first = _as_interface(ordered[0]) if _INTERFACE_OBJECT in kinds.values() else ordered[0][1]
    parts: dict[str, Any] = {}
    match first:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
            parts["fields"] = _fields(name, ordered, merging)
            parts["interfaces"] = tuple(
                NamedTypeNode(name=NameNode(value=one)) for one in merging.interfaces.get(name, ())
            )
        case InputObjectTypeDefinitionNode():
            parts["fields"] = _inputs(name, ordered, merging)
        case UnionTypeDefinitionNode():
            each = {one.name.value: one for _, node in held for one in cast("Any", node).types or ()}
            parts["types"] = tuple(each[member] for member in sorted(each))
        case EnumTypeDefinitionNode():
            pass  # its values wait for what uses it
        case _:
            pass  # a scalar has no parts
    access = merging.access(name) if isinstance(first, InterfaceTypeDefinitionNode) else None
    directives = carried(name, ordered, merging.composed, merging.errors, access)
    return replace(first, description=description(ordered), directives=(*joins, *directives), **parts)


def _kind(name: str, subgraph: Subgraph, definition: TypeDefinitionNode) -> str:
    return _INTERFACE_OBJECT if subgraph.is_interface_object(name) else definition.kind.partition("_type")[0]


def _as_interface(held: tuple[Subgraph, TypeDefinitionNode]) -> TypeDefinitionNode:
    _, definition = held
    if isinstance(definition, InterfaceTypeDefinitionNode):
        return definition
    return InterfaceTypeDefinitionNode(name=definition.name, interfaces=())


def _joins(subgraph: Subgraph, definition: TypeDefinitionNode) -> list[ConstDirectiveNode]:
    """Which graph has the type, by which keys, under which interfaces and with which members."""
    standing: dict[str, str | bool] = {}
    if subgraph.is_interface_object(definition.name.value):
        standing = {"isInterfaceObject": True}
    joins = []
    for key in keys_of(definition):
        extension: dict[str, str | bool] = {"extension": True} if key.extension else {}
        resolvable: dict[str, str | bool] = {} if key.resolvable else {"resolvable": False}
        joins.append(join("type", subgraph.graph, key=_one_line(key.text), **extension, **resolvable, **standing))
    joins = joins or [join("type", subgraph.graph, **standing)]
    match definition:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
            interfaces = definition.interfaces or ()
            joins += [join("implements", subgraph.graph, interface=one.name.value) for one in interfaces]
        case UnionTypeDefinitionNode(types=types):
            joins += [join("unionMember", subgraph.graph, member=one.name.value) for one in types or ()]
        case _:
            pass
    return joins


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _fields(owner: str, held: Held[TypeDefinitionNode], merging: Merging) -> tuple[FieldDefinitionNode, ...]:
    each = by_name([(one, cast("tuple[FieldDefinitionNode, ...]", members(node))) for one, node in held])
    merged = (merge_field(FieldParts(owner, name, fields, held, merging)) for name, fields in each.items())
    return tuple(field for field in merged if field is not None)


def _inputs(owner: str, held: Held[TypeDefinitionNode], merging: Merging) -> tuple[Any, ...]:
    each = [(one, cast("tuple[Any, ...]", members(node))) for one, node in held]
    hidden = frozenset(node.name.value for _, nodes in each for node in nodes if applied(node, INACCESSIBLE))
    fields = merge_inputs(owner, each, INPUT_FIELD, merging.subtypes, merging.errors, kept=hidden)
    if not fields:
        problem = f"no field is in all of {subgraph_names(held)}"
        merging.errors.append(CompositionError("EMPTY_MERGED_INPUT_TYPE", f"{owner}: {problem}"))
    merged = []
    for field in fields:
        directives = (
            *_input_joins(field.held, is_everywhere=len(field.held) == len(held)),
            *carried(field.coordinate, field.held, merging.composed, merging.errors),
        )
        merged.append(replace(field.node, description=description(field.held), directives=directives))
    return tuple(merged)


def _input_joins(held: Held[Any], *, is_everywhere: bool) -> tuple[ConstDirectiveNode, ...]:
    """Which graphs have an input field and of which type, where they are not all or the types differ."""
    types = {subgraph.graph: node.type for subgraph, node in held}
    differ = any(one != held[0][1].type for one in types.values())
    if is_everywhere and not differ:
        return ()
    return tuple(
        join("field", graph, **({"type": print_ast(types[graph])} if differ else {})) for graph in sorted(types)
    )


def grouped(subgraphs: Iterable[Subgraph]) -> Mapping[str, list[tuple[Subgraph, TypeDefinitionNode]]]:
    """The types of all subgraphs by their names, in order of the names."""
    held: dict[str, list[tuple[Subgraph, TypeDefinitionNode]]] = {}
    for subgraph in subgraphs:
        for name, definition in subgraph.types.items():
            held.setdefault(name, []).append((subgraph, definition))
    return {name: held[name] for name in sorted(held)}
