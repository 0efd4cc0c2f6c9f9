"""One element as each subgraph that has it defines it, and how a sentence speaks of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, TypeVar

from graphql import FieldDefinitionNode, InputValueDefinitionNode, StringValueNode, print_ast

from federation.schema.subgraph_types import Subgraph

T = TypeVar("T")
Held: TypeAlias = Sequence[tuple[Subgraph, T]]
"""One element, as each subgraph that has it defines it."""


def by_name(held: Held[Iterable[T]]) -> dict[str, list[tuple[Subgraph, T]]]:
    """The members of one element by their name, in the order in which they first appear."""
    members: dict[str, list[tuple[Subgraph, T]]] = {}
    for subgraph, nodes in held:
        for node in nodes:
            members.setdefault(node.name.value, []).append((subgraph, node))  # type: ignore[attr-defined]  # all have names
    return members


def as_written(held: Held[FieldDefinitionNode] | Held[InputValueDefinitionNode]) -> str:
    """`String in health, Int in population`."""
    return ", ".join(f"{print_ast(node.type)} in {subgraph.name}" for subgraph, node in held)


def subgraph_names(held: Held[T]) -> str:
    """The subgraphs, for a sentence."""
    return ", ".join(sorted(subgraph.name for subgraph, _ in held))


def description(held: Held[Any]) -> StringValueNode | None:
    """What the first subgraph that describes the element says of it."""
    return next((element.description for _, element in held if element.description), None)
