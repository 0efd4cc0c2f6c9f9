"""`@override`: a field taken over from another subgraph.

Source: Apollo Federation v2, `@override`; error codes as Apollo's composition has them. Where directives of the old
subgraph still rest on the field, it stays there and is not resolved (`usedOverridden`); else it leaves it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from graphql import FieldDefinitionNode, InterfaceTypeDefinitionNode

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, values_of
from federation.schema.words import EXTERNAL, OVERRIDE, PROVIDES, REQUIRES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from federation.schema.external import Externals
    from federation.schema.subgraph_types import Subgraph

_LABEL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*")
_PERCENT: Final = re.compile(r"percent\((\d{1,2}(\.\d{1,8})?|100)\)")


@dataclass(slots=True)
class Overrides:
    """Of one field: the subgraphs that it was taken from, by whether directives there still rest on it."""

    used: set[str] = field(default_factory=set)
    unused: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    @property
    def taken(self) -> set[str]:
        """All subgraphs that resolve it no more."""
        return self.used | self.unused


@dataclass(frozen=True, slots=True)
class Overriding:
    """One field, as `held` have it. `standing` are the subgraphs that have it through an interface object only, with
    that object's name; `names` are all subgraphs, `found` the external fields of each.
    """  # noqa: D205

    owner: str
    name: str
    held: Sequence[tuple[Subgraph, FieldDefinitionNode]]
    names: frozenset[str]
    standing: Mapping[str, str]
    found: Mapping[str, Externals]

    def overrides(self, report: Callable[[CompositionError], None]) -> Overrides:
        """Who takes the field over from whom; what is wrong is reported."""
        result = Overrides()
        marks = {one.name: values_of(applied(node, OVERRIDE)[0]) for one, node in self.held if applied(node, OVERRIDE)}
        for subgraph in (one for one, _ in self.held if one.name in marks):
            source = str(marks[subgraph.name].get("from"))
            wrong = self._wrong(subgraph, source, marks) or self._collision(subgraph, source)
            if wrong is None and source not in self.names:
                result.unknown.add(subgraph.name)
            elif wrong is None and any(one.name == source for one, _ in self.held):
                self._take(source, result)
                wrong = _label(marks[subgraph.name].get("label"))
            if wrong is not None:
                code, problem = wrong
                report(CompositionError(code, f"{subgraph.name}: {self.owner}.{self.name}: {problem}"))
        return result

    def _wrong(self, subgraph: Subgraph, source: str, marks: Mapping[str, object]) -> tuple[str, str] | None:
        """Where it stands, or whom it names, can't be."""
        if isinstance(subgraph.types[self.owner], InterfaceTypeDefinitionNode):
            return "OVERRIDE_ON_INTERFACE", "@override on a field of an interface"
        if subgraph.is_interface_object(self.owner):
            return "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", "@override on a field of an interface object"
        if source == subgraph.name:
            return "OVERRIDE_FROM_SELF_ERROR", "@override from the same subgraph"
        if source in marks:
            return "OVERRIDE_SOURCE_HAS_OVERRIDE", f"taken over from {source}, which takes it over too"
        if source in self.standing:
            problem = f"{source} has the field through @interfaceObject on {self.standing[source]}"
            return "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", problem
        return None

    def _collision(self, subgraph: Subgraph, source: str) -> tuple[str, str] | None:
        """What the old field says can't be taken over, and what is external takes nothing over."""
        old = next((node for one, node in self.held if one.name == source), None)
        if old is None:
            return None
        collides = [one for one in (REQUIRES, PROVIDES) if applied(old, one)]
        if (self.owner, self.name) in self.found[subgraph.name].external:
            collides.append(EXTERNAL)
        if not collides:
            return None
        problem = f"@override beside @{collides[0].removeprefix('federation__')}"
        return "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", problem

    def _take(self, source: str, result: Overrides) -> None:
        place = self.owner, self.name
        if place not in self.found[source].external:
            (result.used if place in self.found[source].used else result.unused).add(source)


def _label(label: object) -> tuple[str, str] | None:
    if label is None:
        return None
    if _LABEL.fullmatch(str(label)) or _PERCENT.fullmatch(str(label)):
        return "UNSUPPORTED", "@override(label:): which source answers would depend on chance, and on no decision"
    return "OVERRIDE_LABEL_INVALID", f"@override(label: {str(label)!r}): write a name, or percent(1 to 100)"
