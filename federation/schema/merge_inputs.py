"""Inputs of several subgraphs merged: the intersection of their arguments or fields, each as strict as its strictest.

And the types of fields, which are as weak as their weakest. Source: Apollo Federation v2, "Merging types from multiple
subgraphs". A field that is an interface in one subgraph and its implementation in another is refused as a mismatch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from graphql import (
    FieldDefinitionNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    TypeNode,
    print_ast,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.read_subgraph import Subgraph

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Held: TypeAlias = Sequence[tuple[Subgraph, T]]
"""One element, as each subgraph that has it defines it."""


@dataclass(frozen=True, slots=True)
class InputKind:
    """The codes of what may be wrong, and how an input's coordinate is written."""

    missing: str
    type: str
    default: str
    coordinate: str


ARGUMENT: Final = InputKind(
    "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
    "FIELD_ARGUMENT_TYPE_MISMATCH",
    "FIELD_ARGUMENT_DEFAULT_MISMATCH",
    "{}({}:)",
)
INPUT_FIELD: Final = InputKind(
    "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
    "FIELD_TYPE_MISMATCH",
    "INPUT_FIELD_DEFAULT_MISMATCH",
    "{}.{}",
)


@dataclass(frozen=True, slots=True)
class MergedInput:
    """One argument or input field that all subgraphs have."""

    coordinate: str
    node: InputValueDefinitionNode
    held: Held[InputValueDefinitionNode]


def merge_inputs(
    owner: str, held: Held[Iterable[InputValueDefinitionNode]], kind: InputKind, errors: list[CompositionError]
) -> list[MergedInput]:
    """Merge the inputs of `owner`; what is wrong is added to `errors`."""
    merged = []
    for name, each in by_name(held).items():
        coordinate = kind.coordinate.format(owner, name)
        if len(each) < len(held):
            required = [one.name for one, node in each if _is_required(node)]
            if required:
                problem = f"required in {', '.join(required)}, not in all of {subgraph_names(held)}"
                errors.append(CompositionError(kind.missing, f"{coordinate}: {problem}"))
            continue
        type_ = strictest([node.type for _, node in each])
        if type_ is None:
            errors.append(CompositionError(kind.type, f"{coordinate}: {as_written(each)}"))
        elif len({node.default_value for _, node in each}) > 1:
            errors.append(CompositionError(kind.default, f"{coordinate}: {subgraph_names(each)} differ in the default"))
        merged.append(MergedInput(coordinate, replace(each[0][1], type=type_ or each[0][1].type), each))
    return merged


def _is_required(node: InputValueDefinitionNode) -> bool:
    return isinstance(node.type, NonNullTypeNode) and node.default_value is None


def by_name(held: Held[Iterable[T]]) -> dict[str, list[tuple[Subgraph, T]]]:
    """The members of one element by their name, in the order in which they first appear."""
    members: dict[str, list[tuple[Subgraph, T]]] = {}
    for subgraph, nodes in held:
        for node in nodes:
            members.setdefault(node.name.value, []).append((subgraph, node))  # type: ignore[attr-defined]  # all have names
    return members


def weakest(types: Sequence[TypeNode]) -> TypeNode | None:
    """The output type that all of `types` satisfy: null wherever one of them may be; None: they mismatch."""
    return _united(types, all)


def strictest(types: Sequence[TypeNode]) -> TypeNode | None:
    """The input type that satisfies all of `types`: never null where one of them is not; None: they mismatch."""
    return _united(types, any)


def _united(types: Sequence[TypeNode], quantifier: Callable[[Iterable[object]], bool]) -> TypeNode | None:
    is_required = quantifier(isinstance(one, NonNullTypeNode) for one in types)
    bare = [one.type if isinstance(one, NonNullTypeNode) else one for one in types]
    lists = [one for one in bare if isinstance(one, ListTypeNode)]
    united: ListTypeNode | NamedTypeNode | None = None
    if len(lists) == len(bare):
        inner = _united([one.type for one in lists], quantifier)
        united = ListTypeNode(type=inner) if inner else None
    elif isinstance(bare[0], NamedTypeNode) and all(one == bare[0] for one in bare):
        united = bare[0]
    return NonNullTypeNode(type=united) if united and is_required else united


def as_written(held: Held[FieldDefinitionNode] | Held[InputValueDefinitionNode]) -> str:
    """`String in health, Int in population`."""
    return ", ".join(f"{print_ast(node.type)} in {subgraph.name}" for subgraph, node in held)


def subgraph_names(held: Held[T]) -> str:
    """The subgraphs, for a sentence."""
    return ", ".join(sorted(subgraph.name for subgraph, _ in held))
