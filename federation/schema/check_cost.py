"""`@cost` and `@listSize`: what a field may cost, where that can be said.

Source: specs.apollo.dev/cost/v0.1; error codes as Apollo's composition has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import FieldDefinitionNode, InterfaceTypeDefinitionNode, ListTypeNode, NonNullTypeNode, TypeNode, print_ast

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, named_type, values_of
from federation.schema.words import COST, LIST_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from federation.schema.subgraph_types import Subgraph


def check_cost(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Say where they can't stand as they are written."""
    for owner, fields in subgraph.fields.items():
        for name, field in fields.items():
            where = f"{subgraph.name}: {owner}.{name}"
            if isinstance(subgraph.types[owner], InterfaceTypeDefinitionNode) and applied(field, COST):
                problem = f"{where}: @cost on a field of an interface"
                yield CompositionError("COST_APPLIED_TO_INTERFACE_FIELD", problem)
            for directive in applied(field, LIST_SIZE):
                for code, problem in _list_size(values_of(directive), field, subgraph):
                    yield CompositionError(code, f"{where}: @listSize: {problem}")


def _list_size(values: dict[str, object], field: FieldDefinitionNode, subgraph: Subgraph) -> Iterator[tuple[str, str]]:
    sized, slicing, assumed = values.get("sizedFields"), values.get("slicingArguments"), values.get("assumedSize")
    if not sized and not _is_list(field.type):
        yield "LIST_SIZE_APPLIED_TO_NON_LIST", "the field is no list"
    if isinstance(assumed, int) and assumed < 0:
        yield "LIST_SIZE_INVALID_ASSUMED_SIZE", "assumedSize is less than 0"
    arguments = {one.name.value: one for one in field.arguments or ()}
    for name in slicing if isinstance(slicing, list) else ():
        if name not in arguments or print_ast(arguments[name].type).removesuffix("!") != "Int":
            yield "LIST_SIZE_INVALID_SLICING_ARGUMENT", f"{name} is no argument of the type Int"
    inner = subgraph.fields.get(named_type(field.type))
    for name in sized if isinstance(sized, list) else ():
        if inner is None or name not in inner:
            yield "LIST_SIZE_INVALID_SIZED_FIELD", f"{name} is no field of {named_type(field.type)}"
        elif not _is_list(inner[name].type):
            yield "LIST_SIZE_APPLIED_TO_NON_LIST", f"{name} is no list"


def _is_list(type_: TypeNode) -> bool:
    return isinstance(type_.type if isinstance(type_, NonNullTypeNode) else type_, ListTypeNode)
