"""What a field set selects of a subgraph's types: each field with its type, and what is wrong with the selection.

One walk serves `@key`, `@requires` and `@provides`; what they may select differs, and is said by their own checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graphql import FieldDefinitionNode

from federation.schema.elements import named_type
from federation.schema.field_set import Field, Fragment, Selections

if TYPE_CHECKING:
    from federation.schema.subgraph_types import Subgraph

_BUILT_IN: Final = frozenset({"skip", "include", "deprecated"})


@dataclass(frozen=True, slots=True)
class Selected:
    """One selected field where it stands; `above`: the fields that lead to it, as types and names."""

    owner: str
    field: FieldDefinitionNode
    selection: Field
    above: tuple[tuple[str, str], ...]

    @property
    def coordinate(self) -> str:
        """`Type.field`."""
        return f"{self.owner}.{self.field.name.value}"


def selected(
    subgraph: Subgraph, owner: str, field_set: Selections, above: tuple[tuple[str, str], ...] = ()
) -> Iterator[Selected]:
    """Every field that is selected and exists, from the outside in."""
    for one in field_set:
        if isinstance(one, Fragment):
            yield from selected(subgraph, one.on or owner, one.selections, above)
        elif (field := subgraph.fields.get(owner, {}).get(one.name)) is not None:
            yield Selected(owner, field, one, above)
            yield from selected(subgraph, named_type(field.type), one.selections, (*above, (owner, one.name)))


def targets(subgraph: Subgraph, owner: str, field_set: Selections, *, widely: bool) -> Iterator[tuple[str, str]]:
    """Type and name of each selected field; `widely`: of an interface's field those of its objects too."""
    for one in selected(subgraph, owner, field_set):
        name = one.field.name.value
        yield one.owner, name
        if widely:
            for implementation in subgraph.possible.get(one.owner, ()):
                if implementation != one.owner and name in subgraph.fields.get(implementation, {}):
                    yield implementation, name


def misfits(subgraph: Subgraph, owner: str, field_set: Selections) -> Iterator[str]:
    """What a field set asks of types that do not have it."""
    for one in field_set:
        if isinstance(one, Fragment):
            target = one.on or owner
            if set(subgraph.possible.get(target, ())) & set(subgraph.possible.get(owner, ())):
                yield from misfits(subgraph, target, one.selections)
            else:
                yield f"no {owner} can be a {target}"
        elif one.name != "__typename":
            yield from _misfits_of_field(subgraph, owner, one)


def _misfits_of_field(subgraph: Subgraph, owner: str, one: Field) -> Iterator[str]:
    known = subgraph.directives | _BUILT_IN
    yield from (f"@{name} is unknown" for name in map(_name, one.directives) if name not in known)
    field = subgraph.fields.get(owner, {}).get(one.name)
    if field is None:
        yield f"{owner} has no field {one.name}"
        return
    if one.alias:
        yield f"{one.name} has an alias"
    yield from _arguments(one, field)
    inner = named_type(field.type)
    is_composite = inner in subgraph.possible
    if is_composite and not one.selections:
        yield f"{one.name} is of the type {inner}: select its fields"
    elif one.selections and not is_composite:
        yield f"{one.name} is a leaf, and has no fields to select"
    else:
        yield from misfits(subgraph, inner, one.selections)


def _name(directive: str) -> str:
    return directive.removeprefix("@").partition("(")[0]


def _arguments(selection: Field, field: FieldDefinitionNode) -> Iterator[str]:
    known = {one.name.value for one in field.arguments or ()}
    for name, _ in selection.arguments:
        if name not in known:
            yield f"{selection.name} has no argument {name}"
