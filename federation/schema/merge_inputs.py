"""Inputs of several subgraphs merged: the intersection of their arguments or fields, each as strict as its strictest.

Source: Apollo Federation v2, "Merging types from multiple subgraphs". A default counts where all subgraphs have it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from graphql import (
    ConstValueNode,
    FloatValueNode,
    InputValueDefinitionNode,
    IntValueNode,
    ListValueNode,
    NonNullTypeNode,
    ObjectValueNode,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.held import Held, as_written, by_name, subgraph_names
from federation.schema.merge_references import strictest

if TYPE_CHECKING:
    from federation.schema.merge_references import Subtypes


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
    """One argument or input field that the supergraph has."""

    coordinate: str
    node: InputValueDefinitionNode
    held: Held[InputValueDefinitionNode]


def merge_inputs(
    owner: str,
    held: Held[Iterable[InputValueDefinitionNode]],
    kind: InputKind,
    subtypes: Subtypes,
    errors: list[CompositionError],
    *,
    kept: frozenset[str] = frozenset(),
) -> list[MergedInput]:
    """Merge the inputs of `owner`; what is wrong is added to `errors`. `kept` stay though some subgraph lacks them."""
    merged = []
    for name, each in by_name(held).items():
        coordinate = kind.coordinate.format(owner, name)
        if len(each) < len(held) and name not in kept:
            required = [one.name for one, node in each if _is_required(node)]
            if required:
                problem = f"required in {', '.join(required)}, not in all of {subgraph_names(held)}"
                errors.append(CompositionError(kind.missing, f"{coordinate}: {problem}"))
            continue
        type_ = strictest([node.type for _, node in each], subtypes)
        defaults = [node.default_value for _, node in each]
        if type_ is None:
            errors.append(CompositionError(kind.type, f"{coordinate}: {as_written(each)}"))
        elif not _agree([one for one in defaults if one is not None]):
            errors.append(CompositionError(kind.default, f"{coordinate}: {subgraph_names(each)} differ in the default"))
        default = defaults[0] if all(one is not None for one in defaults) else None
        node = replace(each[0][1], type=type_ or each[0][1].type, default_value=default)
        merged.append(MergedInput(coordinate, node, each))
    return merged


def _is_required(node: InputValueDefinitionNode) -> bool:
    return isinstance(node.type, NonNullTypeNode) and node.default_value is None


def _agree(values: list[ConstValueNode]) -> bool:
    return all(is_same_value(one, values[0]) for one in values)


def is_same_value(one: ConstValueNode | None, other: ConstValueNode | None) -> bool:
    """Whether two defaults are the same value, however the fields of an object are ordered."""
    match one, other:
        case ListValueNode(), ListValueNode():
            each = zip(one.values, other.values, strict=False)
            return len(one.values) == len(other.values) and all(is_same_value(*pair) for pair in each)
        case ObjectValueNode(), ObjectValueNode():
            first, second = ({field.name.value: field.value for field in node.fields} for node in (one, other))
            return first.keys() == second.keys() and all(is_same_value(first[name], second[name]) for name in first)
        case ((IntValueNode() | FloatValueNode()), (IntValueNode() | FloatValueNode())):
            return float(one.value) == float(other.value)
        case _:
            return one == other
