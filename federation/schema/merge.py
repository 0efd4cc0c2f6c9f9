"""Types of several subgraphs merged into one each, by Apollo Federation v2's rules, under join v0.3 directives.

A type of the supergraph names the graphs that have it (`@join__type`), a field the graphs that resolve it where they
are not all of them (`@join__field`). Order: types by name; of one type the definition with most fields first, so that
an entity reads as in its home; then by name of the subgraph.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    ConstDirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NameNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    print_ast,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import Directives, applied, members
from federation.schema.join import join
from federation.schema.keys import keys_of
from federation.schema.merge_inputs import (
    ARGUMENT,
    INPUT_FIELD,
    Held,
    MergedInput,
    as_written,
    by_name,
    merge_inputs,
    subgraph_names,
    weakest,
)
from federation.schema.unsupported import CARRIED, INACCESSIBLE, SHAREABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from federation.schema.read_subgraph import Subgraph


def merge(subgraphs: Sequence[Subgraph]) -> tuple[tuple[TypeDefinitionNode, ...], list[CompositionError]]:
    """Merge the types of subgraphs, given in order of their names; with what is wrong, of which there may be more."""
    merger = _Merger(subgraphs)
    return merger.types(), merger.errors


class _Merger:
    def __init__(self, subgraphs: Sequence[Subgraph]) -> None:
        self._subgraphs = subgraphs
        self._composed = {name: one.definition for each in subgraphs for name, one in each.composed.items()}
        self.errors: list[CompositionError] = []

    def types(self) -> tuple[TypeDefinitionNode, ...]:
        names = sorted({name for subgraph in self._subgraphs for name in subgraph.types})
        return tuple(merged for name in names if (merged := self._type(name)) is not None)

    def _type(self, name: str) -> TypeDefinitionNode | None:
        held = [(one, one.types[name]) for one in self._subgraphs if name in one.types]
        joins = [directive for subgraph, definition in held for directive in _joins(subgraph, definition)]
        held.sort(key=lambda one: -len(members(one[1])))
        if len({definition.kind for _, definition in held}) > 1:
            kinds = ", ".join(f"{definition.kind.partition('_type')[0]} in {one.name}" for one, definition in held)
            self._error("TYPE_KIND_MISMATCH", f"{name}: {kinds}")
            return None
        first = held[0][1]
        parts: dict[str, Any] = {}
        match first:
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                parts["fields"] = self._fields(name, held)
                implemented = [one for _, definition in held for one in cast("Any", definition).interfaces or ()]
                parts["interfaces"] = tuple(dict.fromkeys(implemented))
            case InputObjectTypeDefinitionNode():
                parts["fields"] = self._inputs(name, held)
            case EnumTypeDefinitionNode():
                parts["values"] = self._values(name, held)
            case _:
                pass  # a scalar has no parts; a union is refused when it is read
        return replace(first, description=_description(held), directives=(*joins, *self._carried(name, held)), **parts)

    def _fields(self, owner: str, held: Held[TypeDefinitionNode]) -> tuple[FieldDefinitionNode, ...]:
        each = by_name([(one, cast("tuple[FieldDefinitionNode, ...]", members(node))) for one, node in held])
        return tuple(self._field(f"{owner}.{name}", fields, held) for name, fields in each.items())

    def _field(
        self, coordinate: str, held: Held[FieldDefinitionNode], owners: Held[TypeDefinitionNode]
    ) -> FieldDefinitionNode:
        if len(held) > 1 and isinstance(owners[0][1], ObjectTypeDefinitionNode):
            self._check_sharing(coordinate, held)
        type_ = weakest([field.type for _, field in held])
        if type_ is None:
            self._error("FIELD_TYPE_MISMATCH", f"{coordinate}: {as_written(held)}")
        arguments = merge_inputs(coordinate, [(one, node.arguments or ()) for one, node in held], ARGUMENT, self.errors)
        return replace(
            held[0][1],
            type=type_ or held[0][1].type,
            description=_description(held),
            arguments=tuple(replace(one.node, **self._texts(one)) for one in arguments),
            directives=(*_field_joins(held, is_everywhere=len(held) == len(owners)), *self._carried(coordinate, held)),
        )

    def _check_sharing(self, coordinate: str, held: Held[FieldDefinitionNode]) -> None:
        owner, _, name = coordinate.partition(".")
        alone = []
        for subgraph, field in held:
            definition = subgraph.types[owner]
            is_in_key = any(name in key.fields for key in keys_of(definition))
            if not (is_in_key or applied(field, SHAREABLE) or applied(definition, SHAREABLE)):
                alone.append(subgraph.name)
        if alone:
            problem = f"resolved in {subgraph_names(held)}, and not @shareable in {', '.join(sorted(alone))}"
            self._error("INVALID_FIELD_SHARING", f"{coordinate}: {problem}")

    def _inputs(self, owner: str, held: Held[TypeDefinitionNode]) -> tuple[Any, ...]:
        each = [(one, cast("tuple[Any, ...]", members(node))) for one, node in held]
        fields = merge_inputs(owner, each, INPUT_FIELD, self.errors)
        if not fields:
            self._error("EMPTY_MERGED_INPUT_TYPE", f"{owner}: no field is in all of {subgraph_names(held)}")
        merged = []
        for field in fields:
            texts = self._texts(field)
            directives = (*_field_joins(field.held, is_everywhere=True), *texts["directives"])
            merged.append(replace(field.node, description=texts["description"], directives=directives))
        return tuple(merged)

    def _texts(self, merged: MergedInput) -> dict[str, Any]:
        return {
            "description": _description(merged.held),
            "directives": self._carried(merged.coordinate, merged.held),
        }

    def _values(self, owner: str, held: Held[TypeDefinitionNode]) -> tuple[Any, ...]:
        """An enum's values, the same in all subgraphs: where they differ, whether it widens or narrows is unclear."""
        merged = []
        for name, values in by_name([(one, members(node)) for one, node in held]).items():
            if len(values) < len(held):
                problem = f"only in {subgraph_names(values)}, of {subgraph_names(held)}"
                self._error("ENUM_VALUE_MISMATCH", f"{owner}.{name}: {problem}")
            joins = [join("enumValue", graph) for graph in sorted(one.graph for one, _ in values)]
            directives = (*joins, *self._carried(f"{owner}.{name}", values))
            merged.append(replace(values[0][1], description=_description(values), directives=directives))
        return tuple(merged)

    def _carried(self, coordinate: str, held: Held[Any]) -> Directives:
        """`@inaccessible` where any subgraph says so, GraphQL's own as said first, composed ones as all agree."""
        carried: dict[str, dict[ConstDirectiveNode, str]] = {}
        for subgraph, element in held:
            for directive in element.directives or ():
                if directive.name.value in {INACCESSIBLE, *CARRIED, *self._composed}:
                    carried.setdefault(directive.name.value, {}).setdefault(_plain(directive), subgraph.name)
        for name, given in carried.items():
            if len(given) > 1 and name in self._composed and not self._composed[name].repeatable:
                problem = f"{', '.join(sorted(given.values()))} differ in @{name}"
                self._error("DIRECTIVE_COMPOSITION_ERROR", f"{coordinate}: {problem}")
        return tuple(one for name, given in carried.items() for one in (list(given)[:1] if name in CARRIED else given))

    def _error(self, code: str, message: str) -> None:
        self.errors.append(CompositionError(code, message))


def _joins(subgraph: Subgraph, definition: TypeDefinitionNode) -> list[ConstDirectiveNode]:
    """Which graph has the type, by which keys and under which interfaces."""
    joins = []
    for key in keys_of(definition):
        unresolvable = {} if key.resolvable else {"resolvable": False}
        joins.append(join("type", subgraph.graph, key=" ".join(key.fields), **unresolvable))
    interfaces = cast("Any", definition).interfaces or () if hasattr(definition, "interfaces") else ()
    implements = [join("implements", subgraph.graph, interface=one.name.value) for one in interfaces]
    return [*(joins or [join("type", subgraph.graph)]), *implements]


def _field_joins(held: Held[Any], *, is_everywhere: bool) -> Directives:
    """Which graphs resolve a field, where that is not all that have the type, or they write its type differently."""
    types = {subgraph.graph: print_ast(node.type) for subgraph, node in held}
    differ = len(set(types.values())) > 1
    if is_everywhere and not differ:
        return ()
    return tuple(join("field", graph, **({"type": types[graph]} if differ else {})) for graph in sorted(types))


def _description(held: Held[Any]) -> StringValueNode | None:
    return next((element.description for _, element in held if element.description), None)


def _plain(directive: ConstDirectiveNode) -> ConstDirectiveNode:
    """The directive as the supergraph writes it, its arguments in order: equal ones are equal values."""
    name = directive.name.value.removeprefix("federation__")
    arguments = tuple(sorted(directive.arguments or (), key=lambda one: one.name.value))
    return ConstDirectiveNode(name=NameNode(value=name), arguments=arguments)
