"""`@external`: what a subgraph names and does not resolve, and which of its fields directives rest on.

Source: Apollo Federation v2, `@external`; error codes as Apollo's composition has them. A key field of an extension
is not external, whatever it is marked as: the subgraph knows it from the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import InterfaceTypeDefinitionNode

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, named_type, text_of, values_of
from federation.schema.field_set import FieldSetError, Selections, parse_field_set
from federation.schema.fold import EXTENSION
from federation.schema.select_fields import targets
from federation.schema.words import EXTERNAL, KEY, PROVIDES, REQUIRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import ConstDirectiveNode

    from federation.schema.subgraph_types import Subgraph

Place = tuple[str, str]
"""Type and field."""


@dataclass(frozen=True)
class Externals:
    """Of one subgraph: the external fields, those among them that `@provides` provides, those that are used."""

    external: frozenset[Place]
    provided: frozenset[Place]
    used: frozenset[Place]
    from_extension: frozenset[Place]

    def is_resolved(self, owner: str, field: str) -> bool:
        """Whether the subgraph resolves the field on any path."""
        return (owner, field) not in self.external or (owner, field) in self.provided


def field_set_of(directive: ConstDirectiveNode) -> Selections:
    """The field set of an applied `@key`, `@requires` or `@provides`; what is wrong with it selects nothing."""
    fields = text_of(directive, "fields")
    try:
        return parse_field_set(fields) if fields is not None else ()
    except FieldSetError:
        return ()


def externals(subgraph: Subgraph) -> Externals:
    """Find them."""
    marked, provided, used, from_extension = set(), set(), set(), set()
    for name, definition in subgraph.types.items():
        for key in applied(definition, KEY):
            fields = field_set_of(key)
            used |= set(targets(subgraph, name, fields, widely=True))
            if values_of(key).get(EXTENSION) or (subgraph.version is None and name in subgraph.extended):
                from_extension |= set(targets(subgraph, name, fields, widely=False))
        for field in subgraph.fields.get(name, {}).values():
            if applied(field, EXTERNAL):
                marked.add((name, field.name.value))
            for directive in applied(field, REQUIRES):
                used |= set(targets(subgraph, name, field_set_of(directive), widely=True))
            for directive in applied(field, PROVIDES):
                owner = named_type(field.type)
                provided |= set(targets(subgraph, owner, field_set_of(directive), widely=True))
        if isinstance(definition, InterfaceTypeDefinitionNode):
            used |= {(one, field) for one in subgraph.possible[name] for field in subgraph.fields[name]}
    return Externals(
        external=frozenset(marked - from_extension),
        provided=frozenset(provided),
        used=frozenset(used | provided),
        from_extension=frozenset(from_extension & marked),
    )


def check_externals(subgraph: Subgraph, found: Externals) -> Iterator[CompositionError]:
    """Say which external fields nothing uses, and which stand where none may."""
    for owner, field in sorted(found.external):
        where = f"{subgraph.name}: {owner}.{field}"
        if isinstance(subgraph.types[owner], InterfaceTypeDefinitionNode):
            yield CompositionError("EXTERNAL_ON_INTERFACE", f"{where}: @external on a field of an interface")
        if (owner, field) not in found.used:
            problem = "@external, and no key, @requires, @provides or interface uses it"
            yield CompositionError("EXTERNAL_UNUSED", f"{where}: {problem}")
