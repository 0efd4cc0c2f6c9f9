"""A field set: what `@key`, `@requires` and `@provides` select, and a supergraph's `@join__…` arguments repeat.

Source: Apollo Federation v2, `FieldSet`: a selection set without its outer braces. Knows nothing of types; what a
selection means on a type is said by whoever has the type. Composition compares sets as they are written (`Selections`);
planning asks for their fields (`FieldSet`), each with the type conditions of the fragments that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
)

_LARGEST_CACHE = 16_384


class FieldSetError(ValueError):
    """The text is no field set; says why. A schema's text, so it holds no value of a record."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `arguments` are its name and its value's text, in order of names. No selections: a leaf."""

    name: str
    selections: tuple[Selection, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    alias: str | None = None
    directives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fragment:
    """`... on Type { … }`; `on` is None where it has no condition."""

    on: str | None
    selections: tuple[Selection, ...]
    directives: tuple[str, ...] = ()


Selection: TypeAlias = Field | Fragment
Selections: TypeAlias = tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Picked:
    """One field of a set that is flat. `arguments` as of `Field`; `on` are the types that its object must all be."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()
    fields: FieldSet = ()
    on: tuple[str, ...] = ()


FieldSet: TypeAlias = tuple[Picked, ...]


@lru_cache(maxsize=_LARGEST_CACHE)
def parse_field_set(text: str) -> Selections:
    """Read a field set, with or without outer braces.

    Raises:
        FieldSetError: the text selects nothing, or is no selection set, or spreads a named fragment.
    """
    whole = text if text.lstrip().startswith("{") else f"{{ {text} }}"
    try:
        document = parse(whole, no_location=True)
    except GraphQLError as error:
        raise FieldSetError(error.message) from None
    if len(document.definitions) != 1 or not isinstance(operation := document.definitions[0], OperationDefinitionNode):
        raise FieldSetError("it is one selection of fields")
    if not operation.selection_set.selections:
        raise FieldSetError("it selects nothing")
    return tuple(_selections(operation.selection_set))


def _selections(node: SelectionSetNode) -> Iterator[Selection]:
    for one in node.selections:
        directives = tuple(print_ast(directive) for directive in one.directives or ())
        match one:
            case FieldNode():
                yield Field(
                    name=one.name.value,
                    selections=tuple(_selections(one.selection_set)) if one.selection_set else (),
                    arguments=tuple(sorted((each.name.value, print_ast(each.value)) for each in one.arguments or ())),
                    alias=one.alias.value if one.alias else None,
                    directives=directives,
                )
            case InlineFragmentNode(type_condition=condition):
                inner = tuple(_selections(one.selection_set))
                yield Fragment(condition.name.value if condition else None, inner, directives)
            case _:
                raise FieldSetError("a named fragment can't be spread in it")


@lru_cache(maxsize=_LARGEST_CACHE)
def field_set(text: str) -> FieldSet:
    """Read a field set as its fields; FieldSetError as of `parse_field_set`."""
    return tuple(_picked(parse_field_set(text), ()))


def _picked(selections: Selections, on: tuple[str, ...]) -> Iterator[Picked]:
    for one in selections:
        if isinstance(one, Field):
            yield Picked(one.name, one.arguments, tuple(_picked(one.selections, ())), on)
        else:
            yield from _picked(one.selections, on if one.on is None else (*on, one.on))


def print_field_set(selections: Sequence[Selection]) -> str:
    """The field set as text, on one line."""
    return " ".join(map(_printed, selections))


def _printed(one: Selection) -> str:
    inner = f" {{ {print_field_set(one.selections)} }}" if one.selections else ""
    if isinstance(one, Fragment):
        head = f"... on {one.on}" if one.on else "..."
        return " ".join([head, *one.directives]) + inner
    alias = f"{one.alias}: " if one.alias else ""
    arguments = f"({', '.join(f'{name}: {value}' for name, value in one.arguments)})" if one.arguments else ""
    return " ".join([f"{alias}{one.name}{arguments}", *one.directives]) + inner


def normalised(selections: Sequence[Selection]) -> Selections:
    """The field set in one order, each selection once: equal ones are equal values."""
    merged: dict[object, list[Selection]] = {}
    first: dict[object, Selection] = {}
    for one in selections:
        place: object = (
            ("on", one.on) if isinstance(one, Fragment) else (one.alias or one.name, one.name, one.arguments)
        )
        first.setdefault(place, one)
        merged.setdefault(place, []).extend(one.selections)
    result: list[Selection] = []
    for at, one in first.items():
        inner = normalised(merged[at])
        if isinstance(one, Fragment):
            result.append(Fragment(one.on, inner, one.directives))
        else:
            result.append(Field(one.name, inner, one.arguments, one.alias, one.directives))
    return tuple(sorted(result, key=_printed))
