"""Where an entity can be had, once it is at hand in one subgraph: by keys, and by keys of keys.

A least fixed point over what is asked for, so that what rests on itself (a key that needs a field that needs the key)
is never had. What is had only ever grows; an entry that is settled stays as it is. Work is polynomial: each entry is
looked at again only while something that it may rest on still grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from federation.schema.field_set import Field, Fragment, Selection, Selections, normalised, print_field_set

if TYPE_CHECKING:
    from federation.schema.satisfiability.graph import GraphField, QueryGraph


class Node(NamedTuple):
    """A type at hand in a subgraph, with what was provided on the way to it. Of an object known to be of some type
    `type` may be an interface that an interface object stands for.
    """  # noqa: D205

    graph: str
    type: str
    provided: Selections = ()

    @property
    def place(self) -> tuple[str, str, str]:
        """What nodes are sorted by."""
        return self.graph, self.type, print_field_set(self.provided)


class Start(NamedTuple):
    """A value of a type of the supergraph, at hand at a node."""

    node: Node
    type: str


@dataclass(slots=True)
class Reached:
    """Of one start: the nodes where its value can be had, and the fields there whose `@requires` can be.

    `resolving` are the nodes at which each field can be resolved.
    """

    nodes: dict[Node, None] = field(default_factory=dict)
    ready: set[tuple[Node, str]] = field(default_factory=set)
    resolving: dict[str, list[Node]] = field(default_factory=dict)


class Reach:
    """The fixed point, for as much as was asked of it. Not for several threads."""

    def __init__(self, graph: QueryGraph) -> None:
        self.graph = graph
        self._reached: dict[Start, Reached] = {}
        self._unsettled: dict[Start, None] = {}

    def of(self, start: Start) -> Reached:
        """What is reached from a start, settled."""
        found = self._of(start)
        self._settle()
        return found

    def _of(self, start: Start) -> Reached:
        if start not in self._reached:
            self._reached[start] = Reached()
            self._add(start, start.node)
            self._unsettled[start] = None
        return self._reached[start]

    def _settle(self) -> None:
        has_grown = bool(self._unsettled)
        while has_grown:
            before = len(self._unsettled)
            has_grown = False
            for start in list(self._unsettled):
                has_grown |= self._grow(start)
            has_grown |= len(self._unsettled) > before
        self._unsettled.clear()

    def _grow(self, start: Start) -> bool:
        reached = self._of(start)
        before = len(reached.nodes), len(reached.ready)
        for hop in self.graph.hops(start.type):
            node = Node(hop.graph, hop.type)
            if node not in reached.nodes and (hop.key is None or self.obtains([start], hop.key.fields)):
                self._add(start, node)
        for node in list(reached.nodes):
            for name, known in self.graph.graphs[node.graph][node.type].fields.items():
                is_asked = known.requires and known.is_resolved and (node, name) not in reached.ready
                if is_asked and self._is_ready(start, node, known):
                    reached.ready.add((node, name))
                    if provided(node, start.type, name, self.graph) is None:
                        reached.resolving.setdefault(name, []).append(node)
        return (len(reached.nodes), len(reached.ready)) != before

    def _is_ready(self, start: Start, node: Node, known: GraphField) -> bool:
        """Whether what a field requires can be had from its subgraph on, and that be asked again with it.

        From there, and not from where the way began: routers plan so. Who came by a key has one to come back by.
        """
        if not self.obtains([Start(node, start.type)], known.requires):
            return False
        if node != start.node or self._obtains_there(start, node, known.requires):
            return True
        hops = (hop for hop in self.graph.hops(start.type) if (hop.graph, hop.type) == (node.graph, node.type))
        return any(hop.key is None or self.obtains([start], hop.key.fields) for hop in hops)

    def _obtains_there(self, start: Start, node: Node, fields: Selections) -> bool:
        """Whether the subgraph has the fields itself, on this path."""
        for one in flattened(fields, start.type, self.graph):
            known = self.graph.graphs[node.graph][node.type].fields.get(one.name)
            brought = provided(node, start.type, one.name, self.graph) is not None
            if known is None or not (brought or (known.is_resolved and not known.requires)):
                return False
            inner = self.graph.leads_to.get((start.type, one.name))
            next_start = self.step(Start(node, start.type), node, one.name)
            if one.selections and (
                inner is None or not self._obtains_there(next_start, next_start.node, one.selections)
            ):
                return False
        return True

    def _add(self, start: Start, node: Node) -> None:
        """Note a node that is reached, and the fields that can be resolved there."""
        reached = self._reached[start]
        reached.nodes[node] = None
        brought = {one.name for one in flattened(node.provided, start.type, self.graph)}
        for name, known in self.graph.graphs[node.graph][node.type].fields.items():
            if name in brought or (known.is_resolved and not known.requires):
                reached.resolving.setdefault(name, []).append(node)

    def resolving(self, starts: Iterable[Start], name: str) -> dict[Node, Start]:
        """The nodes at which a field of the starts' type can be resolved, with a start that reaches each."""
        found: dict[Node, Start] = {}
        for start in starts:
            for node in self._of(start).resolving.get(name, ()):
                found.setdefault(node, start)
        return found

    def _can_resolve(self, starts: Iterable[Start], name: str) -> bool:
        return any(self._of(start).resolving.get(name) for start in starts)

    def step(self, start: Start, node: Node, name: str) -> Start:
        """Where a field leads from a node, on the way of a start that reaches it."""
        known = self.graph.graphs[node.graph][node.type].fields[name]
        inner = provided(node, start.type, name, self.graph) or ()
        brought = normalised((*known.provides, *inner)) if known.provides or inner else ()
        after = Node(node.graph, known.type, brought)
        return Start(after, self.graph.leads_to[start.type, name])

    def cast(self, starts: Iterable[Start], name: str) -> frozenset[Start]:
        """The starts as values of one object: where a subgraph can return it, or it is known otherwise to be one."""
        found: set[Start] = set()
        for start in starts:
            nodes = self._of(start).nodes
            types = {node: self.graph.graphs[node.graph][node.type] for node in nodes}
            is_known = any(name in one.possible and not one.is_interface_object for one in types.values())
            for node, known in types.items():
                if known.is_interface_object and known.name != name:
                    found |= {Start(node, name)} if is_known else set()
                elif name in known.possible:
                    inner = tuple(flattened(node.provided, name, self.graph))
                    found.add(Start(Node(node.graph, name, inner), name))
        return frozenset(found)

    def obtains(self, starts: Iterable[Start], fields: Selections) -> bool:
        """Whether everything that a field set selects can be had of the starts' values, as far as is known by now."""
        starts = tuple(starts)
        return all(self._obtains(starts, one) for one in fields)

    def _obtains(self, starts: tuple[Start, ...], one: Selection) -> bool:
        type_ = starts[0].type
        if isinstance(one, Fragment):
            if one.on is None or one.on == type_:
                return self.obtains(starts, one.selections)
            return self._each(starts, one.selections, self.graph.possible.get(one.on, (one.on,)))
        if one.name == "__typename":
            return True
        if not one.selections:
            if self._can_resolve(starts, one.name):
                return True
        else:
            following = {self.step(start, node, one.name) for node, start in self.resolving(starts, one.name).items()}
            if following and self.obtains(following, one.selections):
                return True
        possible = self.graph.possible.get(type_, ())
        is_abstract = possible != (type_,)
        return is_abstract and self._each(starts, (one,), possible, is_needed=True)

    def _each(
        self,
        starts: tuple[Start, ...],
        fields: Selections,
        types: Iterable[str],
        *,
        is_needed: bool = False,
    ) -> bool:
        """Whether the fields can be had of every object that the values may be; `is_needed`: they are some object."""
        seen = False
        for name in types:
            cast = self.cast(starts, name) if starts[0].type != name else frozenset(starts)
            if cast:
                seen = True
                if not self.obtains(cast, fields):
                    return False
        return seen or not is_needed


def provided(node: Node, type_: str, name: str, graph: QueryGraph) -> Selections | None:
    """What is provided below a field at a node; None: the field is not provided there."""
    if not node.provided:
        return None
    found = [one for one in flattened(node.provided, type_, graph) if one.name == name]
    return tuple(inner for one in found for inner in one.selections) if found else None


def flattened(fields: Selections, type_: str, graph: QueryGraph) -> Iterator[Field]:
    """The fields that a field set selects of a type, out of their fragments."""
    for one in fields:
        if isinstance(one, Field):
            yield one
        elif one.on is None or one.on == type_ or type_ in graph.possible.get(one.on, ()):
            yield from flattened(one.selections, type_, graph)
