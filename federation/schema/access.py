"""`@authenticated`, `@requiresScopes` and `@policy`: rights that a field asks for, which may only ever add up.

Source: Apollo Federation v2.5 and v2.6, and the rules of its composition. What subgraphs ask for is asked for
together: alternatives of one and alternatives of another become every pair of them (a conjunction of two disjunctive
normal forms). What an object asks for, the interfaces that show it ask for too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    ConstArgumentNode,
    ConstDirectiveNode,
    ConstListValueNode,
    InterfaceTypeDefinitionNode,
    NameNode,
    StringValueNode,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, elements, values_of
from federation.schema.words import ACCESS, AUTHENTICATED, POLICY, SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from federation.schema.subgraph_types import Subgraph

_ARGUMENT: Final = {SCOPES: "scopes", POLICY: "policies"}
Alternatives = frozenset[frozenset[str]]
"""Any of these; each is all of its names."""


def check_access(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Interfaces ask for what their objects ask for, and can't ask on their own."""
    for name, definition in subgraph.types.items():
        if not (isinstance(definition, InterfaceTypeDefinitionNode) or subgraph.is_interface_object(name)):
            continue
        places = elements(definition) if isinstance(definition, InterfaceTypeDefinitionNode) else [(name, definition)]
        for coordinate, element in places:
            for directive in ACCESS:
                if applied(element, directive):
                    problem = f"@{directive.removeprefix('federation__')} on an interface: put it on its objects"
                    where = f"{subgraph.name}: {coordinate}"
                    yield CompositionError("AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE", f"{where}: {problem}")


def merged_access(directive: str, given: Iterable[ConstDirectiveNode]) -> ConstDirectiveNode:
    """One application of the directive that asks for what each of `given` asks for."""
    name = NameNode(value=directive.removeprefix("federation__"))
    if directive == AUTHENTICATED:
        return ConstDirectiveNode(name=name, arguments=())
    asked = together([_alternatives(one) for one in given])
    value = ConstListValueNode(values=tuple(_strings(one) for one in sorted(sorted(each) for each in asked)))
    argument = ConstArgumentNode(name=NameNode(value=_ARGUMENT[directive]), value=value)
    return ConstDirectiveNode(name=name, arguments=(argument,))


def together(asked: Sequence[Alternatives]) -> Alternatives:
    """All of several demands at once, without alternatives that ask for more than another does."""
    every = {frozenset().union(*each) for each in product(*asked)}
    return frozenset(one for one in every if not any(other < one for other in every))


def _alternatives(directive: ConstDirectiveNode) -> Alternatives:
    given: Any = next(iter(values_of(directive).values()), None) or [[]]
    return frozenset(frozenset(map(str, each)) for each in given)


def _strings(names: Sequence[str]) -> ConstListValueNode:
    return ConstListValueNode(values=tuple(StringValueNode(value=name) for name in names))
