"""The query graph of a supergraph: what each subgraph can be asked, read from join's directives.

Source: specs.apollo.dev/join/v0.3. A subgraph's types are those with its `@join__type`; its fields those that name it
in `@join__field`, or that name no graph at all. External and overridden fields are known to it and not resolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse_type,
)

from federation.schema.elements import applied, members, named_type, values_of
from federation.schema.field_set import Selections, parse_field_set
from federation.schema.inaccessible import is_inaccessible

_COMPOSITE: Final = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, UnionTypeDefinitionNode)


@dataclass(frozen=True, slots=True)
class GraphField:
    """A field as one subgraph has it; `type` is the named type there."""

    type: str
    requires: Selections = ()
    provides: Selections = ()
    is_resolved: bool = True


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a type in one subgraph."""

    fields: Selections
    text: str
    is_resolvable: bool


@dataclass(slots=True)
class GraphType:
    """A type as one subgraph has it; `possible` are the objects that it may be there."""

    name: str
    is_interface_object: bool = False
    keys: list[Key] = field(default_factory=list)
    fields: dict[str, GraphField] = field(default_factory=dict)
    possible: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Hop:
    """A way into a subgraph: by a key of a type, which there may be an interface object. No key: by the root."""

    graph: str
    type: str
    key: Key | None


@dataclass(frozen=True)
class QueryGraph:
    """All subgraphs, by the names that they have for people.

    `types` are the supergraph's composite types, `possible` the objects that each may be, `interfaces` those of each
    object, `leads_to` the named type of each field.
    """

    graphs: Mapping[str, Mapping[str, GraphType]]
    types: Mapping[str, TypeDefinitionNode]
    possible: Mapping[str, tuple[str, ...]]
    interfaces: Mapping[str, tuple[str, ...]]
    leads_to: Mapping[tuple[str, str], str]
    _hops: dict[str, tuple[Hop, ...]] = field(default_factory=dict)

    def hops(self, name: str) -> tuple[Hop, ...]:
        """The ways to reach an entity of this type, or the root, in each subgraph."""
        if name not in self._hops:
            self._hops[name] = tuple(self._ways(name))
        return self._hops[name]

    def _ways(self, name: str) -> Iterable[Hop]:
        for graph, types in self.graphs.items():
            if name == "Query" and name in types:
                yield Hop(graph, name, None)
            for one in (name, *(each for each in self.interfaces.get(name, ()) if name not in types)):
                known = types.get(one)
                if known is not None and (one == name or known.is_interface_object):
                    yield from (Hop(graph, one, key) for key in known.keys if key.is_resolvable)

    def visible_fields(self, name: str) -> list[FieldDefinitionNode]:
        """The fields of a type that askers see."""
        nodes = (one for one in members(self.types[name]) if isinstance(one, FieldDefinitionNode))
        return [one for one in nodes if not is_inaccessible(one)]


def query_graph(types: Sequence[TypeDefinitionNode], graphs: Mapping[str, str]) -> QueryGraph:
    """Read the merged types of a supergraph; `graphs`: values of `join__Graph` → names of subgraphs."""
    composite: dict[str, Any] = {one.name.value: one for one in types if isinstance(one, _COMPOSITE)}
    found: dict[str, dict[str, GraphType]] = {graph: {} for graph in graphs}
    for name, definition in composite.items():
        _read_type(name, definition, found)
    interfaces = {
        name: tuple(one.name.value for one in definition.interfaces or ())
        for name, definition in composite.items()
        if isinstance(definition, ObjectTypeDefinitionNode)
    }
    possible: dict[str, set[str]] = {name: set() for name in composite}
    for name, definition in composite.items():
        for above in (name, *interfaces[name]) if name in interfaces else ():
            possible.setdefault(above, set()).add(name)
        _possible(name, definition, found, possible)
    leads_to = {
        (name, one.name.value): named_type(one.type)
        for name, definition in composite.items()
        for one in members(definition)
        if isinstance(one, FieldDefinitionNode)
    }
    return QueryGraph(
        graphs={graphs[graph]: known for graph, known in found.items()},
        types=composite,
        possible={name: tuple(sorted(objects)) for name, objects in possible.items()},
        interfaces=interfaces,
        leads_to=leads_to,
    )


def _read_type(name: str, definition: TypeDefinitionNode, found: Mapping[str, dict[str, GraphType]]) -> None:
    """Note a type in each graph that has it, with its keys and fields there."""
    for values in map(values_of, applied(definition, "join__type")):
        known = found[values["graph"]].setdefault(name, GraphType(name))
        known.is_interface_object = bool(values.get("isInterfaceObject"))
        if (text := values.get("key")) is not None:
            known.keys.append(Key(parse_field_set(text), text, values.get("resolvable") is not False))
    owners = [graph for graph in found if name in found[graph]]
    for node in members(definition):
        for graph, one in _graph_fields(node, owners):
            found[graph][name].fields[node.name.value] = one


def _graph_fields(node: Any, owners: Sequence[str]) -> Iterable[tuple[str, GraphField]]:
    joins = list(map(values_of, applied(node, "join__field")))
    if not joins:
        yield from ((graph, GraphField(named_type(node.type))) for graph in owners)
    for values in joins:
        if "graph" in values:
            written = values.get("type")
            yield (
                values["graph"],
                GraphField(
                    type=named_type(parse_type(written, no_location=True) if written else node.type),
                    requires=parse_field_set(values["requires"]) if "requires" in values else (),
                    provides=parse_field_set(values["provides"]) if "provides" in values else (),
                    is_resolved=not (values.get("external") or values.get("usedOverridden")),
                ),
            )


def _possible(
    name: str, definition: TypeDefinitionNode, found: Mapping[str, dict[str, GraphType]], possible: dict[str, set[str]]
) -> None:
    """What a type may be in each graph: by what it implements, or by a union's members, there."""
    if isinstance(definition, ObjectTypeDefinitionNode):
        for owned in found.values():
            if name in owned:
                owned[name].possible.add(name)
        for values in map(values_of, applied(definition, "join__implements")):
            above = found[values["graph"]].get(values["interface"])
            if above is not None:
                above.possible.add(name)
    elif isinstance(definition, UnionTypeDefinitionNode):
        for values in map(values_of, applied(definition, "join__unionMember")):
            found[values["graph"]][name].possible.add(values["member"])
            possible[name].add(values["member"])
