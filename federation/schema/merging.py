"""What every step of merging looks at: the subgraphs, and what is known of them taken together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from graphql import FieldDefinitionNode, InterfaceTypeDefinitionNode, ObjectTypeDefinitionNode

from federation.schema.elements import applied
from federation.schema.external import Externals, externals
from federation.schema.interface_object import implementations
from federation.schema.merge_references import Subtypes, subtypes_of
from federation.schema.sharing import shareable
from federation.schema.words import ACCESS

if TYPE_CHECKING:
    from graphql import ConstDirectiveNode, DirectiveDefinitionNode

    from federation.schema.composition_problem import CompositionError
    from federation.schema.external import Place
    from federation.schema.subgraph_types import Subgraph


@dataclass(frozen=True)
class Merging:
    """Subgraphs in order of their names, in the form of Federation v2. `errors` takes what is found wrong."""

    subgraphs: Sequence[Subgraph]
    errors: list[CompositionError] = field(default_factory=list)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all subgraphs."""
        return frozenset(one.name for one in self.subgraphs)

    @cached_property
    def composed(self) -> Mapping[str, DirectiveDefinitionNode]:
        """The composed directives."""
        return {name: one.definition for each in self.subgraphs for name, one in each.composed.items()}

    @cached_property
    def subtypes(self) -> Subtypes:
        """Which types may stand for which."""
        return subtypes_of(self.subgraphs)

    @cached_property
    def externals(self) -> Mapping[str, Externals]:
        """The external fields of each subgraph, by its name."""
        return {one.name: externals(one) for one in self.subgraphs}

    @cached_property
    def shareable(self) -> Mapping[str, frozenset[Place]]:
        """The shareable fields of each subgraph, by its name."""
        return {one.name: shareable(one, self.externals[one.name]) for one in self.subgraphs}

    @cached_property
    def implementations(self) -> Mapping[str, frozenset[str]]:
        """The objects that implement each interface, in any subgraph."""
        return implementations(self.subgraphs)

    @cached_property
    def interfaces(self) -> Mapping[str, tuple[str, ...]]:
        """The interfaces of each object and interface, in any subgraph, in order of their first mention."""
        found: dict[str, dict[str, None]] = {}
        for subgraph in self.subgraphs:
            for name, definition in subgraph.types.items():
                if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
                    mentioned = dict.fromkeys(one.name.value for one in definition.interfaces or ())
                    found.setdefault(name, {}).update(mentioned)
        return {name: tuple(interfaces) for name, interfaces in found.items()}

    @cached_property
    def interface_objects(self) -> Mapping[str, tuple[Subgraph, ...]]:
        """The subgraphs where an object stands for each interface."""
        found: dict[str, list[Subgraph]] = {}
        for subgraph in self.subgraphs:
            for name in subgraph.types:
                if subgraph.is_interface_object(name):
                    found.setdefault(name, []).append(subgraph)
        return {name: tuple(subgraphs) for name, subgraphs in found.items()}

    def standing(self, owner: str, name: str) -> list[tuple[Subgraph, str, FieldDefinitionNode]]:
        """Where an object has a field through an object that stands for one of its interfaces, which is named."""
        return [
            (subgraph, interface, subgraph.fields[interface][name])
            for interface in self.interfaces.get(owner, ())
            for subgraph in self.interface_objects.get(interface, ())
            if owner not in subgraph.types and name in subgraph.fields[interface]
        ]

    @cached_property
    def _access(self) -> Mapping[tuple[str, str | None], dict[str, list[ConstDirectiveNode]]]:
        """What other elements ask for, by the type, or type and field, that asks for it too."""
        found: dict[tuple[str, str | None], dict[str, list[ConstDirectiveNode]]] = {}

        def add(place: tuple[str, str | None], directives: Mapping[str, Sequence[ConstDirectiveNode]]) -> None:
            for name, given in directives.items():
                found.setdefault(place, {}).setdefault(name, []).extend(given)

        for subgraph in self.subgraphs:
            for owner, definition in subgraph.types.items():
                if not isinstance(definition, ObjectTypeDefinitionNode):
                    continue
                for interface in self.interfaces.get(owner, ()):
                    add((interface, None), {name: applied(definition, name) for name in ACCESS})
                for name, node in subgraph.fields[owner].items():
                    if (owner, name) in self.externals[subgraph.name].external:
                        continue
                    asked = {one: applied(node, one) for one in ACCESS if applied(node, one)}
                    for other in self._sharing(owner, subgraph) if asked else ():
                        add((other, name), asked)
        return found

    def _sharing(self, owner: str, subgraph: Subgraph) -> frozenset[str]:
        """The types that show a field of an object too: its interfaces; of an interface object, its objects as well."""
        if not subgraph.is_interface_object(owner):
            return frozenset(self.interfaces.get(owner, ()))
        objects = self.implementations.get(owner, frozenset())
        return objects | {one for each in objects for one in self.interfaces.get(each, ())} - {owner}

    def access(self, owner: str, name: str | None = None) -> Mapping[str, Sequence[ConstDirectiveNode]]:
        """What a type, or a field of it, asks for because others do."""
        return {key: given for key, given in self._access.get((owner, name), {}).items() if given}
