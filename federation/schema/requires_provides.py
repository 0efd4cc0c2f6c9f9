"""`@requires` and `@provides`: what a field needs of others, and what it brings along.

Source: Apollo Federation v2; error codes as Apollo's composition has them. Both select fields that the subgraph does
not resolve otherwise: each leaf, or something above it, is external.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from graphql import FieldDefinitionNode, InterfaceTypeDefinitionNode

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, named_type, text_of
from federation.schema.field_set import FieldSetError, Fragment, Selection, Selections, parse_field_set
from federation.schema.select_fields import Selected, misfits, selected
from federation.schema.words import EXTERNAL, PROVIDES, REQUIRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from federation.schema.external import Externals
    from federation.schema.subgraph_types import Subgraph


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two directives; `code` begins its error codes."""

    directive: str
    code: str
    takes_arguments: bool


_KINDS: Final = (
    _Kind(REQUIRES, "REQUIRES", takes_arguments=True),
    _Kind(PROVIDES, "PROVIDES", takes_arguments=False),
)


def check_requires_provides(subgraph: Subgraph, found: Externals) -> Iterator[CompositionError]:
    """Say what is wrong with them in one subgraph."""
    for owner, fields in subgraph.fields.items():
        for field in fields.values():
            for kind in _KINDS:
                for directive in applied(field, kind.directive):
                    text = text_of(directive, "fields")
                    where = f"{subgraph.name}: {owner}.{field.name.value}: @{kind.code.lower()}(fields: {text!r})"
                    target = named_type(field.type) if kind.directive == PROVIDES else owner
                    wrong = list(_misplaced(kind, owner, field, subgraph, found))[:1]
                    for code, problem in wrong or _wrong(kind, text, target, subgraph, found):
                        yield CompositionError(code, f"{where}: {problem}")


def _misplaced(
    kind: _Kind, owner: str, field: FieldDefinitionNode, subgraph: Subgraph, found: Externals
) -> Iterator[tuple[str, str]]:
    """Why a field can't have the directive at all."""
    if kind.directive == PROVIDES and (owner, field.name.value) in found.external:
        yield "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE", "the field is @external"
    if kind.directive == PROVIDES and named_type(field.type) not in subgraph.possible:
        yield "PROVIDES_ON_NON_OBJECT_FIELD", f"{named_type(field.type)} has no fields"
    if isinstance(subgraph.types[owner], InterfaceTypeDefinitionNode):
        yield f"{kind.code}_UNSUPPORTED_ON_INTERFACE", "a field of an interface can't have it"


def _wrong(
    kind: _Kind, text: str | None, target: str, subgraph: Subgraph, found: Externals
) -> Iterator[tuple[str, str]]:
    """What is wrong with the field set, which selects of the type `target`."""
    if text is None:
        yield f"{kind.code}_INVALID_FIELDS_TYPE", "it must be a string"
        return
    try:
        field_set = parse_field_set(text)
    except FieldSetError as error:
        yield f"{kind.code}_INVALID_FIELDS", str(error)
        return
    for problem in misfits(subgraph, target, field_set):
        yield f"{kind.code}_INVALID_FIELDS", problem
        return
    if _has_directives(field_set):
        yield f"{kind.code}_DIRECTIVE_IN_FIELDS_ARG", "a directive stands in it"
    for one in selected(subgraph, target, field_set):
        if one.field.arguments and not kind.takes_arguments:
            yield f"{kind.code}_FIELDS_HAS_ARGS", f"{one.coordinate} takes arguments"
        if not one.selection.selections and not _is_external(one, subgraph, found):
            marked = " (a key field of an extension is not, whatever it is marked as)"
            is_marked = (one.owner, one.field.name.value) in found.from_extension
            problem = f"{one.coordinate} is not @external{marked if is_marked else ''}: this subgraph has it already"
            yield f"{kind.code}_FIELDS_MISSING_EXTERNAL", problem


def _is_external(one: Selected, subgraph: Subgraph, found: Externals) -> bool:
    """Whether a leaf, or a field above it, is external; of an interface's field, that of one of its objects above."""
    if (one.owner, one.field.name.value) in found.external:
        return True
    for owner, name in one.above:
        places = ((possible, name) for possible in (owner, *subgraph.possible.get(owner, ())))
        if any(place in found.external for place in places):
            return True
    return False


def _has_directives(field_set: Selections) -> bool:
    return any(one.directives or _has_directives(one.selections) for one in field_set)


def without_inactive(subgraph: Subgraph, owner: str, field_set: Selections) -> Selections:
    """What is left of a field set of Federation v1 without leaves that the subgraph resolves itself."""
    kept: list[Selection] = []
    for one in field_set:
        if isinstance(one, Fragment):
            inner = without_inactive(subgraph, one.on or owner, one.selections)
            kept += [Fragment(one.on, inner, one.directives)] if inner else []
            continue
        field = subgraph.fields.get(owner, {}).get(one.name)
        if field is None or _is_marked(subgraph, owner, one.name):
            kept.append(one)
        elif one.selections:
            inner = without_inactive(subgraph, named_type(field.type), one.selections)
            kept += [replace(one, selections=inner)] if inner else []
    return tuple(kept)


def _is_marked(subgraph: Subgraph, owner: str, name: str) -> bool:
    owners = (owner, *subgraph.possible.get(owner, ()))
    fields = (subgraph.fields.get(one, {}).get(name) for one in owners)
    return any(field is not None and applied(field, EXTERNAL) for field in fields)
