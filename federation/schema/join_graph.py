"""Which subgraph has what: a supergraph's join directives as the graph that planning searches.

Source: specs.apollo.dev/join/v0.3 to v0.5. An `@interfaceObject` stands in its subgraph for every type that implements
the interface: each of these types is there too, under the interface's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse_type,
    print_ast,
)

from federation.schema.elements import members, named_type
from federation.schema.field_set import FieldSet, field_set
from federation.schema.inaccessible import is_inaccessible
from federation.schema.joins import directive_values

MACHINERY = ("join__", "link__", "core__")


class Kind(StrEnum):
    """What kind of type a name stands for."""

    OBJECT = "object"
    INTERFACE = "interface"
    UNION = "union"
    LEAF = "leaf"
    INPUT = "input"


_COMPOSITE = (Kind.OBJECT, Kind.INTERFACE, Kind.UNION)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a type in one subgraph; `resolvable`: entities can be fetched there by it."""

    fields: FieldSet
    resolvable: bool


@dataclass(frozen=True, slots=True)
class FieldIn:
    """A field as one subgraph has it. `type` is the named type that it returns there, `text` the whole type.

    `external`: the subgraph knows the field without resolving it. `requires` is what it must be told before it does.
    """

    type: str
    text: str
    external: bool = False
    requires: FieldSet = ()
    provides: FieldSet = ()


@dataclass(frozen=True, slots=True)
class TypeIn:
    """A type as one subgraph has it: under the name `name`, which is that of an interface where it has an interface
    object in its place.
    """  # noqa: D205

    name: str
    keys: tuple[Key, ...]
    fields: Mapping[str, FieldIn]
    members: frozenset[str] = frozenset()
    interface_object: bool = False


@dataclass(frozen=True, slots=True)
class FieldShape:
    """A field as the supergraph has it: its named type, how many lists are around it, and its arguments as text."""

    type: str
    lists: int
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the values of a field must be: a scalar by its name, or one of the `values` of an enum that askers see."""

    name: str
    lists: int
    values: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class GraphType:
    """A type of the supergraph. `inside` has it as each subgraph does; `interfaces` are those that it implements.

    `values`: those of an enum that askers see.
    """

    name: str
    kind: Kind
    fields: Mapping[str, FieldShape]
    inside: Mapping[str, TypeIn]
    interfaces: frozenset[str] = frozenset()
    values: frozenset[str] | None = None


@dataclass(frozen=True)
class JoinGraph:
    """One supergraph. `graphs` are the addresses of its subgraphs by their names, in its own order."""

    graphs: Mapping[str, str]
    types: Mapping[str, GraphType]
    query: str = "Query"
    mutation: str | None = None
    _known: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _possible(self) -> Mapping[str, tuple[str, ...]]:
        """Abstract type → the objects that it may be."""
        possible: dict[str, list[str]] = {}
        for one in self.types.values():
            if one.kind is Kind.OBJECT:
                for interface in sorted(one.interfaces):
                    possible.setdefault(interface, []).append(one.name)
            if one.kind is Kind.UNION:
                possible[one.name] = sorted({name for inside in one.inside.values() for name in inside.members})
        return {name: tuple(sorted(objects)) for name, objects in possible.items()}

    @cached_property
    def interface_objects(self) -> frozenset[str]:
        """The interfaces in whose place some subgraph has an interface object."""
        interfaces = [one for one in self.types.values() if one.kind is Kind.INTERFACE]
        return frozenset(
            one.name for one in interfaces if any(inside.interface_object for inside in one.inside.values())
        )

    def leaf(self, type_name: str, field_name: str) -> Leaf:
        """What the values of a field must be."""
        shape = self.types[type_name].fields[field_name]
        of = self.types.get(shape.type)
        return Leaf(shape.type, shape.lists, of.values if of is not None else None)

    def is_composite(self, name: str) -> bool:
        """Whether a type has fields, or leads to types that have."""
        return name in self.types and self.types[name].kind in _COMPOSITE

    def possible(self, name: str) -> tuple[str, ...]:
        """The object types that a composite type may be; itself, if it is one."""
        return (name,) if self.types[name].kind is Kind.OBJECT else self._possible.get(name, ())

    def possible_in(self, name: str, graph: str) -> tuple[str, ...]:
        """The object types that a value of this type may be in one subgraph.

        Where the subgraph has an interface object, it can't tell: all that the supergraph knows.
        """
        key = (name, graph)
        if key not in self._known:
            self._known[key] = tuple(one for one in self.possible(name) if self._is_in(one, name, graph))
        return self._known[key]

    def is_opaque(self, name: str, graph: str) -> bool:
        """Whether the subgraph has an interface object of this name, and so can't tell which type a value is of."""
        inside = self.types[name].inside.get(graph)
        return inside is not None and inside.interface_object

    def is_a(self, name: str, condition: str) -> bool:
        """Whether an object type meets a type condition."""
        return name == condition or name in self._possible.get(condition, ())

    def _is_in(self, name: str, of: str, graph: str) -> bool:
        inside = self.types[of].inside.get(graph)
        if name == of:
            return inside is not None
        if inside is None:
            return False
        return inside.interface_object or name in inside.members


def read_join_graph(document: DocumentNode) -> JoinGraph:
    """Read a supergraph's document, which is valid GraphQL.

    Raises:
        FieldSetError: a field set that is none.
        KeyError: a join directive that names an unknown subgraph.
    """
    return _Reader(document).read()


class _Reader:
    def __init__(self, document: DocumentNode) -> None:
        self._definitions = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, TypeDefinitionNode) and not one.name.value.startswith(MACHINERY)
        }
        self._names: dict[str, str] = {}
        self._urls: dict[str, str] = {}
        for definition in document.definitions:
            if isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == "join__Graph":
                for value in definition.values or ():
                    for arguments in directive_values(value, "join__graph"):
                        self._names[value.name.value] = str(arguments["name"])
                        self._urls[str(arguments["name"])] = str(arguments["url"])
        self._roots = {
            one.operation.value: one.type.name.value
            for definition in document.definitions
            if isinstance(definition, SchemaDefinitionNode)
            for one in definition.operation_types
        }

    def read(self) -> JoinGraph:
        types = {name: self._type(definition) for name, definition in self._definitions.items()}
        for name, one in types.items():
            if one.kind is Kind.OBJECT:
                types[name] = self._with_interface_objects(one, types)
        return JoinGraph(self._urls, types, self._roots.get("query", "Query"), self._roots.get("mutation"))

    def _type(self, definition: TypeDefinitionNode) -> GraphType:
        kind = _kind(definition)
        fields = {}
        if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            fields = {one.name.value: _shape(one) for one in definition.fields or ()}
        interfaces = frozenset(one.name.value for one in getattr(definition, "interfaces", None) or ())
        values = None
        if isinstance(definition, EnumTypeDefinitionNode):
            values = frozenset(one.name.value for one in definition.values or () if not is_inaccessible(one))
        return GraphType(definition.name.value, kind, fields, dict(self._inside(definition)), interfaces, values)

    def _inside(self, definition: TypeDefinitionNode) -> Iterator[tuple[str, TypeIn]]:
        keys: dict[str, list[Key]] = {}
        opaque: set[str] = set()
        for one in directive_values(definition, "join__type"):
            graph = self._names[str(one["graph"])]
            keys.setdefault(graph, [])
            if one.get("key"):
                keys[graph].append(Key(field_set(str(one["key"])), one.get("resolvable") is not False))
            if one.get("isInterfaceObject") is True:
                opaque.add(graph)
        for graph, found in keys.items():
            fields: dict[str, FieldIn] = {}
            for node in members(definition):
                for at, inside in self._field(node, keys) if isinstance(node, FieldDefinitionNode) else ():
                    if at == graph:
                        fields[node.name.value] = inside
            name = definition.name.value
            yield graph, TypeIn(name, tuple(found), fields, self._members(definition, graph), graph in opaque)

    def _field(self, node: FieldDefinitionNode, graphs: Mapping[str, object]) -> Iterator[tuple[str, FieldIn]]:
        joined = list(directive_values(node, "join__field"))
        for one in joined or [{"graph": None}]:
            named = "graph" in one and one["graph"] is not None
            if joined and not named:
                continue  # of an interface object, somewhere
            type_ = parse_type(str(one["type"])) if one.get("type") else node.type
            inside = FieldIn(
                type=named_type(type_),
                text=print_ast(type_),
                external=one.get("external") is True or one.get("usedOverridden") is True,
                requires=field_set(str(one["requires"])) if one.get("requires") else (),
                provides=field_set(str(one["provides"])) if one.get("provides") else (),
            )
            for graph in [self._names[str(one["graph"])]] if named else graphs:
                yield graph, inside

    def _members(self, definition: TypeDefinitionNode, graph: str) -> frozenset[str]:
        """The objects that an abstract type may be in one subgraph."""
        name = definition.name.value
        match definition:
            case UnionTypeDefinitionNode():
                joined = list(directive_values(definition, "join__unionMember"))
                if not joined:  # join v0.2 and before say nothing of members
                    return frozenset(one.name.value for one in definition.types or ())
                return frozenset(str(one["member"]) for one in joined if self._names[str(one["graph"])] == graph)
            case InterfaceTypeDefinitionNode():
                return frozenset(
                    other
                    for other, node in self._definitions.items()
                    if isinstance(node, ObjectTypeDefinitionNode)
                    for one in directive_values(node, "join__implements")
                    if one["interface"] == name and self._names[str(one["graph"])] == graph
                )
            case _:
                return frozenset()

    @staticmethod
    def _with_interface_objects(one: GraphType, types: Mapping[str, GraphType]) -> GraphType:
        """The type with the subgraphs in which an interface object stands for it."""
        inside = dict(one.inside)
        for interface in sorted(one.interfaces):
            for graph, opaque in types[interface].inside.items():
                if opaque.interface_object and graph not in inside:
                    inside[graph] = opaque
        return replace(one, inside=inside)


def _kind(definition: TypeDefinitionNode) -> Kind:
    match definition:
        case ObjectTypeDefinitionNode():
            return Kind.OBJECT
        case InterfaceTypeDefinitionNode():
            return Kind.INTERFACE
        case UnionTypeDefinitionNode():
            return Kind.UNION
        case InputObjectTypeDefinitionNode():
            return Kind.INPUT
        case ScalarTypeDefinitionNode() | EnumTypeDefinitionNode():
            return Kind.LEAF
        case _:
            raise TypeError(f"{definition.kind} is no kind of type")


def _shape(node: FieldDefinitionNode) -> FieldShape:
    arguments = {one.name.value: print_ast(one.type) for one in node.arguments or ()}
    return FieldShape(named_type(node.type), _lists(node.type), arguments)


def _lists(node: TypeNode) -> int:
    count = 0
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        count += isinstance(node, ListTypeNode)
        node = node.type
    return count
