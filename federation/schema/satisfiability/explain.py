"""What can't be had, said as an operation that would fail and why each subgraph can't serve it.

The sentences are shaped like those of Apollo's composition, so that what is written about those helps here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graphql import FieldDefinitionNode, ListTypeNode, NonNullTypeNode, ObjectTypeDefinitionNode, TypeNode

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import named_type

if TYPE_CHECKING:
    from federation.schema.satisfiability.graph import QueryGraph
    from federation.schema.satisfiability.reach import Node, Reach, Start

_EXAMPLES: Final = {"Int": "0", "Float": "3.14", "Boolean": "true", "String": '"A string value"', "ID": '"<any id>"'}
_OPERATIONS: Final = {"Mutation": "mutation ", "Subscription": "subscription "}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a field of a type, or (no field) the type that a value turns out to be."""

    type: str
    field: FieldDefinitionNode | None


def explained(
    reach: Reach, path: Sequence[Step], starts: Iterable[Start], type_: str, name: str | None
) -> CompositionError:
    """SATISFIABILITY_ERROR for a field of a type that can't be had from any start; None: what object a value is."""
    graph = reach.graph
    reasons: dict[str, dict[str, None]] = {}
    for start in sorted(starts, key=lambda one: one.node.place):
        for node in sorted(reach.of(start).nodes, key=lambda one: one.place):
            known = reasons.setdefault(node.graph, {})
            known.update(dict.fromkeys(_reasons(graph, start, node, type_, name)))
        known = reasons.setdefault(start.node.graph, {})
        known.update(dict.fromkeys(_moves(graph, reach, start, type_, name)))
    lines = []
    for subgraph, sentences in reasons.items():
        if len(sentences) == 1:
            lines.append(f'- from subgraph "{subgraph}": {next(iter(sentences))}.')
        elif sentences:
            lines.append(f'- from subgraph "{subgraph}":')
            lines += [f"  - {one}." for one in sentences]
    where = f"{type_}.{name}" if name else f"{type_}.__typename"
    query = operation(path, "" if name else "__typename", graph)
    said = "\n".join(lines)
    message = f"{where}: the following query can't be satisfied by the subgraphs:\n{query}\nbecause:\n{said}"
    return CompositionError("SATISFIABILITY_ERROR", message)


def _reasons(graph: QueryGraph, start: Start, node: Node, type_: str, name: str | None) -> Iterator[str]:
    """Why a field can't be resolved at a node."""
    if name is None:
        yield f'"{node.type}" is an interface object, and does not know which object a value is'
        return
    known = graph.graphs[node.graph][node.type].fields.get(name)
    if known is None:
        yield f'cannot find field "{type_}.{name}"'
    elif not known.is_resolved:
        yield f'field "{type_}.{name}" is not resolvable because marked @external'
    elif known.requires:
        again = "" if node != start.node else ", or not ask the subgraph again with what they say"
        yield f'cannot satisfy @requires conditions on field "{type_}.{name}"{again}'


def _moves(graph: QueryGraph, reach: Reach, start: Start, type_: str, name: str | None) -> Iterator[str]:
    """Why subgraphs that have the field can't be reached."""
    here = {(node.graph, node.type) for node in reach.of(start).nodes}
    for other, types in graph.graphs.items():
        for one in (type_, *graph.interfaces.get(type_, ())):
            known = types.get(one)
            if known is None or (other, one) in here:
                continue
            has_it = not known.is_interface_object if name is None else name in known.fields
            if not has_it or (one != type_ and not known.is_interface_object):
                continue
            which = f'cannot move to subgraph "{other}", which has field "{type_}.{name or "__typename"}"'
            usable = [key for key in known.keys if key.is_resolvable]
            if not known.keys:
                yield f'{which}, because type "{one}" has no @key defined in subgraph "{other}"'
            elif not usable:
                yield f'{which}, because no @key of "{one}" is resolvable in subgraph "{other}"'
            for key in usable:
                used = f'@key(fields: "{key.text}") of "{one}"'
                yield f'cannot move to subgraph "{other}" using {used}, the key field(s) cannot be resolved'


def mismatched(
    graph: QueryGraph, path: Sequence[Step], starts: Iterable[Start], type_: str, name: str
) -> Iterator[CompositionError]:
    """A shared field returns the same everywhere: there has to be an object that all its subgraphs can return."""
    definition = graph.types.get(graph.leads_to[type_, name])
    if definition is None or isinstance(definition, ObjectTypeDefinitionNode):
        return
    types = {start.node.graph: graph.graphs[start.node.graph][start.node.type] for start in starts}
    abstract = {
        subgraph: one.possible
        for subgraph, one in types.items()
        if not one.is_interface_object and not isinstance(graph.types[one.name], ObjectTypeDefinitionNode)
    }
    if len(abstract) > 1 and any(abstract.values()) and not set.intersection(*abstract.values()):
        each = "; ".join(f"in {one} {', '.join(sorted(known)) or 'none'}" for one, known in sorted(abstract.items()))
        problem = f"{type_}.{name}: no object can be returned by all of its subgraphs: {each}, in the query\n"
        query = operation(path, "__typename", graph)
        yield CompositionError("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES", problem + query)


def operation(path: Sequence[Step], last: str, graph: QueryGraph) -> str:
    """The path as an operation, ending in `last` or, where that is no leaf, in its selection left open."""
    lines, depth = [], 0
    kind = _OPERATIONS.get(path[0].type, "") if path else ""
    lines.append(f"{kind}{{")
    for at, step in enumerate(path, start=1):
        depth += 1
        said = f"... on {step.type}" if step.field is None else step.field.name.value + _arguments(step.field, graph)
        is_leaf = step.field is not None and named_type(step.field.type) not in graph.types
        if at == len(path) and is_leaf:
            lines.append("  " * depth + said)
            depth -= 1
        else:
            lines.append("  " * depth + f"{said} {{")
            if at == len(path):
                lines.append("  " * (depth + 1) + (last or "..."))
    lines += ["  " * at + "}" for at in range(depth, -1, -1)]
    return "\n".join(lines)


def _arguments(field: FieldDefinitionNode, graph: QueryGraph) -> str:
    needed = [
        f"{one.name.value}: {_example(one.type)}"
        for one in field.arguments or ()
        if isinstance(one.type, NonNullTypeNode) and one.default_value is None
    ]
    return f"({', '.join(needed)})" if needed and graph else ""


def _example(type_: TypeNode) -> str:
    if isinstance(type_, NonNullTypeNode):
        return _example(type_.type)
    if isinstance(type_, ListTypeNode):
        return "[]"
    return _EXAMPLES.get(named_type(type_), "<some value>")
