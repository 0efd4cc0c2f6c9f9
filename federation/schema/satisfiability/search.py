"""Every field that askers see, looked for on every path that leads to its parent.

Source: Apollo Federation, "composition rules": a supergraph is satisfiable if any operation on its API schema can be
executed. States are a type and the places where a value of it is at hand; one with more places than a state that was
looked at before has nothing new to say.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode

from federation.schema.composition_problem import CompositionError
from federation.schema.inaccessible import is_inaccessible
from federation.schema.satisfiability.explain import Step, explained, mismatched
from federation.schema.satisfiability.reach import Node, Reach, Start

if TYPE_CHECKING:
    from federation.schema.satisfiability.graph import QueryGraph

_ROOTS: Final = ("Query", "Mutation", "Subscription")


@dataclass(frozen=True, slots=True)
class State:
    """A type of the API schema, the places where a value of it is at hand, and an example of how one gets there."""

    type: str
    starts: frozenset[Start]
    path: tuple[Step, ...]


class Search:
    """One search through a supergraph."""

    def __init__(self, graph: QueryGraph) -> None:
        self._graph = graph
        self._reach = Reach(graph)
        self._seen: dict[str, list[frozenset[Start]]] = {}

    def errors(self) -> Iterator[CompositionError]:
        """What can't be had, each type's field once."""
        for root in _ROOTS:
            nodes = [Node(name, root) for name, types in self._graph.graphs.items() if root in types]
            if not nodes or is_inaccessible(self._graph.types[root]):
                continue
            starts = frozenset(Start(node, root) for node in nodes)
            if root == "Mutation":
                yield from self._mutations(starts)
            else:
                yield from self._search(State(root, starts, ()))

    def _mutations(self, starts: frozenset[Start]) -> Iterator[CompositionError]:
        """A field of Mutation is done in one subgraph: what it returns has to be had from there, in one of them."""
        for field in self._graph.visible_fields("Mutation"):
            branches = []
            name = field.name.value
            resolving = self._reach.resolving(starts, name)
            for node in sorted(resolving, key=lambda one: one.place):
                start = resolving[node]
                after = self._reach.step(start, node, name)
                seen = {type_: list(states) for type_, states in self._seen.items()}
                step = Step("Mutation", field)
                branches.append(list(self._search(State(after.type, frozenset({after}), (step,)))))
                if branches[-1]:
                    self._seen = seen
            if branches and all(branches):
                yield from (error for errors in branches for error in errors)

    def _search(self, first: State) -> Iterator[CompositionError]:
        """Look through everything below a state, breadth first, so that examples are short."""
        reported: set[tuple[str, str]] = set()
        queue = deque([first])
        while queue:
            state = queue.popleft()
            if state.type not in self._graph.types or self._is_old(state):
                continue
            for start in state.starts:
                self._reach.of(start)
            if not isinstance(self._graph.types[state.type], ObjectTypeDefinitionNode):
                if not self._knows_its_type(state) and (state.type, "__typename") not in reported:
                    reported.add((state.type, "__typename"))
                    yield explained(self._reach, state.path, state.starts, state.type, None)
                queue.extend(self._objects(state))
                continue
            for field in self._graph.visible_fields(state.type):
                following, wrong = self._follow(state, field)
                if following is not None:
                    queue.append(following)
                for error in wrong:
                    if (state.type, field.name.value) not in reported:
                        reported.add((state.type, field.name.value))
                        yield error

    def _is_old(self, state: State) -> bool:
        before = self._seen.setdefault(state.type, [])
        if any(seen <= state.starts for seen in before):
            return True
        before.append(state.starts)
        return False

    def _knows_its_type(self, state: State) -> bool:
        """Whether some subgraph can say what object a value is: one that is an interface object here has to ask."""
        for start in state.starts:
            types = (self._graph.graphs[node.graph][node.type] for node in self._reach.of(start).nodes)
            if not all(one.is_interface_object for one in types):
                return True
        return not state.starts

    def _objects(self, state: State) -> Iterator[State]:
        for name in self._graph.possible[state.type]:
            starts = self._reach.cast(state.starts, name)
            if starts and not is_inaccessible(self._graph.types[name]):
                yield State(name, starts, (*state.path, Step(name, None)))

    def _follow(self, state: State, field: FieldDefinitionNode) -> tuple[State | None, list[CompositionError]]:
        name = field.name.value
        resolving = self._reach.resolving(state.starts, name)
        path = (*state.path, Step(state.type, field))
        if not resolving:
            return None, [explained(self._reach, path, state.starts, state.type, name)]
        starts = frozenset(self._reach.step(start, node, name) for node, start in resolving.items())
        wrong = list(mismatched(self._graph, path, starts, state.type, name))
        return State(self._graph.leads_to[state.type, name], starts, path), wrong
