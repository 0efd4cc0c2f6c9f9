"""What a field requires may ask for rights: the field then asks for them too, or it would hand on what it may not.

Source: the rule MISSING_TRANSITIVE_AUTH_REQUIREMENTS of Apollo's composition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from federation.schema.access import together
from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, named_type, values_of
from federation.schema.external import field_set_of
from federation.schema.select_fields import selected
from federation.schema.subgraph_types import Subgraph
from federation.schema.words import REQUIRES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graphql import TypeDefinitionNode

    from federation.schema.access import Alternatives

_LISTS: Final = ("requiresScopes", "policy")
Demand = dict[str, "Alternatives"]
"""By directive, what is asked for; `authenticated` has one alternative, which names it."""


def check_access_of_requires(
    subgraphs: Sequence[Subgraph], types: Sequence[TypeDefinitionNode]
) -> Iterator[CompositionError]:
    """Say which fields require what asks for more than they do."""
    by_name = {one.name.value: one for one in types}
    whole = Subgraph("supergraph", "", None, by_name)
    for subgraph in subgraphs:
        for owner, fields in subgraph.fields.items():
            for name, field in fields.items():
                for directive in applied(field, REQUIRES):
                    own = _together(_of_field(whole, owner, name, by_name))
                    for one in selected(whole, owner, field_set_of(directive)):
                        asked = _together(_of_field(whole, one.owner, one.field.name.value, by_name))
                        if missing := [key for key, demand in asked.items() if not _covers(own.get(key), demand)]:
                            problem = f"requires {one.coordinate}, which asks for @{', @'.join(missing)}"
                            where = f"{subgraph.name}: {owner}.{name}"
                            yield CompositionError("MISSING_TRANSITIVE_AUTH_REQUIREMENTS", f"{where}: {problem}")


def _of_field(whole: Subgraph, owner: str, name: str, by_name: Mapping[str, TypeDefinitionNode]) -> Iterator[Demand]:
    """What a field, its type and its owner ask for."""
    field = whole.fields[owner].get(name)
    if field is None:
        return
    elements: list[Any] = [by_name[owner], field]
    if (leads_to := by_name.get(named_type(field.type))) is not None:
        elements.append(leads_to)
    for element in elements:
        if applied(element, "authenticated"):
            yield {"authenticated": frozenset({frozenset({"authenticated"})})}
        for directive in _LISTS:
            for one in applied(element, directive):
                given = next(iter(values_of(one).values()), None) or [[]]
                yield {directive: frozenset(frozenset(map(str, each)) for each in given)}


def _together(demands: Iterator[Demand]) -> Demand:
    result: Demand = {}
    for demand in demands:
        for key, alternatives in demand.items():
            result[key] = together([result[key], alternatives]) if key in result else alternatives
    return result


def _covers(own: Alternatives | None, demand: Alternatives) -> bool:
    """Whether whoever fulfils `own` fulfils `demand`: each alternative of the one holds one of the other."""
    if own is None:
        return frozenset() in demand
    return all(any(asked <= given for asked in demand) for given in own)
