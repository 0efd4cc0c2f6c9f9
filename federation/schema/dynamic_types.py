"""Strawberry types made from data instead of classes, their fields written in GraphQL's own type notation."""

from __future__ import annotations

import types
from dataclasses import MISSING
from enum import Enum
from typing import TYPE_CHECKING, Any

import strawberry
from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, parse_type
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

from vocabulary.values import SCALARS

if TYPE_CHECKING:
    from collections.abc import Iterable


class TypeBook:
    """Types by name. A field may name a type that is made later; the schema built in the end needs all of them."""

    def __init__(self) -> None:
        self._named: dict[str, Any] = {**SCALARS, "ID": strawberry.ID}

    def __contains__(self, name: str) -> bool:
        return name in self._named

    def use(self, *classes: type) -> None:
        """Take in types that are written as classes, by the names of the classes."""
        self._named.update({one.__name__: one for one in classes})

    def field(
        self,
        name: str,
        type_: str,
        description: str | None = None,
        directives: Iterable[object] = (),
        *,
        arguments: Iterable[StrawberryArgument] = (),
        default: object = MISSING,
    ) -> StrawberryField:
        """A field of a type written as in SDL: `[Resident!]`; a default is for fields of inputs."""
        made = StrawberryField(
            python_name=f"field_{name}",  # `in` and `not` are names of GraphQL, and no names of Python
            graphql_name=name,
            type_annotation=self._annotation(type_),
            description=description,
            directives=list(directives),
            default=default,
        )
        made.arguments = list(arguments)
        return made

    def argument(
        self, name: str, type_: str, default: object = UNSET, *, description: str | None = None
    ) -> StrawberryArgument:
        """An argument, or (with a default) one that may be left out."""
        made = StrawberryArgument(f"argument_{name}", name, self._annotation(type_), default=default)
        made.description = description
        return made

    def object(
        self,
        name: str,
        fields: Iterable[StrawberryField],
        *,
        description: str | None = None,
        directives: Iterable[object] = (),
        implements: type | None = None,
    ) -> type:
        """An object type, with the fields of the interface that it implements before its own."""
        bases = (implements,) if implements else ()
        return self._made(name, fields, bases, description=description, directives=list(directives))

    def input(self, name: str, fields: Iterable[StrawberryField]) -> type:
        """An input object."""
        return self._made(name, fields, (), is_input=True)

    def enum(self, name: str, values: Iterable[str]) -> None:
        """An enum whose values stand in the graph as they are written here."""
        body = {f"value_{value}": value for value in values}  # Enum keeps some names, as `mro`, for itself
        made: type[Enum] = types.new_class(name, (Enum,), {}, lambda space: space.update(body))
        self._named[name] = strawberry.enum(made, name=name, graphql_name_from="value")

    def _made(self, name: str, fields: Iterable[StrawberryField], bases: tuple[type, ...], **options: Any) -> type:
        own = {field.python_name: field for field in fields}
        annotations = {field: made.type_annotation for field, made in own.items()}
        body = {**own, "__annotations__": dict.fromkeys(own, object)}
        cls = types.new_class(name, bases, {}, lambda space: space.update(body))
        made: type = strawberry.type(cls, name=name, **options)
        for field in made.__strawberry_definition__.fields:  # type: ignore[attr-defined]  # set by the decorator
            if field.python_name in annotations:  # the decorator forgets where a forward reference is to be looked up
                field.type_annotation = annotations[field.python_name]
        self._named[name] = made
        return made

    def _annotation(self, type_: str) -> StrawberryAnnotation:
        return StrawberryAnnotation(_python(parse_type(type_)), namespace=self._named)


def _python(node: TypeNode, *, nullable: bool = True) -> str:
    match node:
        case NonNullTypeNode(type=inner):
            return _python(inner, nullable=False)
        case ListTypeNode(type=inner):
            written = f"list[{_python(inner)}]"
        case NamedTypeNode(name=name):
            written = name.value
        case _:
            raise TypeError(f"{node.kind} is no type")
    return f"{written} | None" if nullable else written
