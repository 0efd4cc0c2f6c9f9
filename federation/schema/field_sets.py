"""Field sets: the selections that `@key`, `@requires` and `@provides` carry as text.

Source: Federation v2's scalar `FieldSet`. A set is flat: what stands in fragments carries their type conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
)


@dataclass(frozen=True, slots=True)
class Picked:
    """One field of a set. `arguments` are literals, as text; `on` are the types that its object must all be."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()
    fields: FieldSet = ()
    on: tuple[str, ...] = ()


FieldSet: TypeAlias = tuple[Picked, ...]


@lru_cache(4_096)
def field_set(text: str) -> FieldSet:
    """Read a field set.

    Raises:
        GraphQLError: it is none.
    """
    document = parse(f"{{ {text} }}", no_location=True)
    (operation,) = document.definitions if len(document.definitions) == 1 else (None,)
    if not isinstance(operation, OperationDefinitionNode):
        raise GraphQLError("a field set is one selection")
    return tuple(_picked(operation.selection_set, ()))


def _picked(selections: SelectionSetNode, on: tuple[str, ...]) -> Iterator[Picked]:
    for node in selections.selections:
        match node:
            case FieldNode():
                arguments = tuple((one.name.value, print_ast(one.value)) for one in node.arguments or ())
                nested = tuple(_picked(node.selection_set, ())) if node.selection_set else ()
                yield Picked(node.name.value, arguments, nested, on)
            case InlineFragmentNode():
                inner = (*on, node.type_condition.name.value) if node.type_condition else on
                yield from _picked(node.selection_set, inner)
            case FragmentSpreadNode():
                raise GraphQLError("a field set has no named fragments")
