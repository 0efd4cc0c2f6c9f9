"""`@key`: the fields by which a subgraph knows an entity.

Source: Apollo Federation v2, `@key`; error codes as Apollo's composition has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graphql import (
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, named_type, text_of, values_of
from federation.schema.field_set import FieldSetError, normalised, parse_field_set
from federation.schema.fold import EXTENSION
from federation.schema.select_fields import misfits, selected
from federation.schema.words import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from federation.schema.field_set import Selections
    from federation.schema.subgraph_types import Subgraph

_ON_INTERFACES: Final = (2, 3)


@dataclass(frozen=True, slots=True)
class EntityKey:
    """One key of an entity in one subgraph. Not resolvable: the subgraph names the entity and can't fetch it.

    `extension`: it stands on an extension of the type.
    """

    text: str
    resolvable: bool
    extension: bool

    @property
    def fields(self) -> Selections:
        """What it selects."""
        return parse_field_set(self.text)


def keys_of(definition: TypeDefinitionNode) -> tuple[EntityKey, ...]:
    """The keys of a type that `check_keys` found right."""
    return tuple(
        EntityKey(
            str(values["fields"]),
            resolvable=values.get("resolvable") is not False,
            extension=bool(values.get(EXTENSION)),
        )
        for directive in applied(definition, KEY)
        for values in (values_of(directive),)
    )


def check_keys(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Say what is wrong with the keys of one subgraph."""
    for name, definition in subgraph.types.items():
        for directive in applied(definition, KEY):
            fields = text_of(directive, "fields")
            where = f"{subgraph.name}: {name}: @key(fields: {fields!r})"
            is_early = subgraph.version is None or subgraph.version < _ON_INTERFACES
            if isinstance(definition, InterfaceTypeDefinitionNode) and is_early:
                problem = "a key of an interface needs Federation v2.3"
                yield CompositionError("KEY_UNSUPPORTED_ON_INTERFACE", f"{where}: {problem}")
                continue
            for code, problem in _wrong(fields, name, subgraph):
                yield CompositionError(code, f"{where}: {problem}")
        if isinstance(definition, InterfaceTypeDefinitionNode):
            yield from _implementations(name, definition, subgraph)


def _wrong(fields: str | None, owner: str, subgraph: Subgraph) -> Iterator[tuple[str, str]]:
    if fields is None:
        yield "KEY_INVALID_FIELDS_TYPE", "it must be a string"
        return
    try:
        field_set = parse_field_set(fields)
    except FieldSetError as error:
        yield "KEY_INVALID_FIELDS", str(error)
        return
    kinds = [_abstract(one.field, subgraph) for one in selected(subgraph, owner, field_set)]
    if any(kinds):
        yield "KEY_FIELDS_SELECT_INVALID_TYPE", f"it selects {next(filter(None, kinds))}"
        return
    for problem in misfits(subgraph, owner, field_set):
        yield "KEY_INVALID_FIELDS", problem
        return
    for one in selected(subgraph, owner, field_set):
        if one.field.arguments:
            yield "KEY_FIELDS_HAS_ARGS", f"{one.selection.name} takes arguments"
        if one.selection.directives:
            yield "KEY_DIRECTIVE_IN_FIELDS_ARG", f"{one.selection.name} has a directive"


def _abstract(field: FieldDefinitionNode, subgraph: Subgraph) -> str | None:
    """The interface or union that a field is of, which can't be part of a key."""
    name = named_type(field.type)
    match subgraph.types.get(name):
        case InterfaceTypeDefinitionNode():
            return f"{name}, an interface"
        case UnionTypeDefinitionNode():
            return f"{name}, a union"
        case _:
            return None


def _implementations(
    name: str, interface: InterfaceTypeDefinitionNode, subgraph: Subgraph
) -> Iterator[CompositionError]:
    """Each type that implements an interface has the keys of it."""
    for key in _parsed(interface):
        without, fixed = [], []
        for implementation in subgraph.possible[name]:
            same = [one for one in _parsed(subgraph.types[implementation]) if one[0] == key[0]]
            if not same:
                without.append(implementation)
            elif key[1] and not any(resolvable for _, resolvable in same):
                fixed.append(implementation)
        where = f"{subgraph.name}: {name}: a key of the interface"
        if without:
            problem = f"{where} is missing on {', '.join(without)}"
            yield CompositionError("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", problem)
        elif fixed:
            problem = f"{where} is resolvable, and not on {', '.join(fixed)}"
            yield CompositionError("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", problem)


def _parsed(definition: TypeDefinitionNode) -> list[tuple[Selections, bool]]:
    found = []
    for key in keys_of(definition):
        try:
            found.append((normalised(key.fields), key.resolvable))
        except FieldSetError:
            continue
    return found
