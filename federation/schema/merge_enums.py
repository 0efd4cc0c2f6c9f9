"""Enums of several subgraphs merged.

Source: Apollo Federation v2, "Merging types from multiple subgraphs": what is only read may be any subgraph's value;
what is only given has to be known to all; what is both has to be the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graphql import FieldDefinitionNode, TypeDefinitionNode

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, members, named_type
from federation.schema.held import Held, by_name, description, subgraph_names
from federation.schema.join import join
from federation.schema.merge_directives import carried
from federation.schema.words import INACCESSIBLE

if TYPE_CHECKING:
    from graphql import EnumTypeDefinitionNode, EnumValueDefinitionNode

    from federation.schema.merging import Merging


@dataclass(slots=True)
class Usage:
    """An example of each way in which a type is used, as coordinates."""

    read: str | None = None
    given: str | None = None


def usages(types: Iterable[TypeDefinitionNode]) -> Mapping[str, Usage]:
    """How the merged types use each other: as the type of a field, or of an argument or input field."""
    found: dict[str, Usage] = {}
    for definition in types:
        for member in members(definition):
            coordinate = f"{definition.name.value}.{member.name.value}"
            if isinstance(member, FieldDefinitionNode):
                usage = found.setdefault(named_type(member.type), Usage())
                usage.read = usage.read or coordinate
                for argument in member.arguments or ():
                    usage = found.setdefault(named_type(argument.type), Usage())
                    usage.given = usage.given or f"{coordinate}({argument.name.value}:)"
            elif hasattr(member, "type"):
                usage = found.setdefault(named_type(member.type), Usage())
                usage.given = usage.given or coordinate
    return found


def merge_values(
    owner: str, held: Held[EnumTypeDefinitionNode], usage: Usage, merging: Merging
) -> tuple[EnumValueDefinitionNode, ...]:
    """The values of one enum."""
    merged: list[EnumValueDefinitionNode] = []
    each: Mapping[str, Any] = by_name([(one, node.values or ()) for one, node in held])
    for name, values in each.items():
        is_hidden = any(applied(node, INACCESSIBLE) for _, node in values)
        if usage.given and not is_hidden and len(values) < len(held):
            if not usage.read:
                continue
            problem = f"only in {subgraph_names(values)}, of {subgraph_names(held)}; {usage.read} reads it"
            merging.errors.append(
                CompositionError("ENUM_VALUE_MISMATCH", f"{owner}.{name}: {problem}, {usage.given} takes it")
            )
        joins = [join("enumValue", graph) for graph in sorted(one.graph for one, _ in values)]
        directives = (*joins, *carried(f"{owner}.{name}", values, merging.composed, merging.errors))
        merged.append(replace(values[0][1], description=description(values), directives=directives))
    if not merged:
        problem = f"no value is in all of {subgraph_names(held)}"
        merging.errors.append(CompositionError("EMPTY_MERGED_ENUM_TYPE", f"{owner}: {problem}"))
    return tuple(merged)
