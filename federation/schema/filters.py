"""The arguments of a collection: `where` over what may be filtered, `orderBy` over what may be ordered."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import strawberry

if TYPE_CHECKING:
    from strawberry.types.arguments import StrawberryArgument

    from federation.schema.dynamic_types import TypeBook
    from vocabulary.catalogue import TypeDeclaration

_ORDERED: Final = ("eq", "in", "lt", "lte", "gt", "gte", "isNull")
_OPERATORS: Final = {
    "String": ("eq", "in", "startsWith", "isNull"),
    "Int": _ORDERED,
    "Float": _ORDERED,
    "Date": _ORDERED,
    "DateTime": _ORDERED,
    "Boolean": ("eq", "isNull"),
}
_BAND: Final = {"gte": "Int", "lt": "Int", "eq": "String", "in": "[String!]"}
_PAGE: Final = 20  # rows, where `first` is left out


@strawberry.enum
class OrderDirection(Enum):
    """Null sorts as the smallest value."""

    ASC = "ASC"
    DESC = "DESC"


def collection_arguments(book: TypeBook, declared: TypeDeclaration) -> list[StrawberryArgument]:
    """`first`, `after`, and as far as the type has fields for them `where` and `orderBy`, their types added."""
    arguments = [book.argument("first", "Int", _PAGE), book.argument("after", "String")]
    scalars = {item.name: item.scalar for item in declared.fields if item.filterable and not item.inaccessible}
    if scalars or declared.companions:
        _add_where(book, declared, scalars)
        arguments.append(book.argument("where", f"{declared.name}Where"))
    if scalars:
        _add_order(book, declared.name, scalars)
        arguments.append(book.argument("orderBy", f"[{declared.name}Order!]"))
    return arguments


def _add_where(book: TypeBook, declared: TypeDeclaration, scalars: dict[str, str]) -> None:
    name = f"{declared.name}Where"
    fields = {"and": f"[{name}!]", "or": f"[{name}!]", "not": name}
    for field, scalar in scalars.items():
        if field == declared.area:
            fields[field] = _input(book, "AreaWhere", {"within": "[String!]"})
        else:
            fields[field] = _input(book, f"{scalar}Where", {one: _operand(one, scalar) for one in _OPERATORS[scalar]})
    for companion in declared.companions:
        fields[companion.name] = _input(book, "BandWhere", _BAND)
    _input(book, name, fields)


def _operand(operator: str, scalar: str) -> str:
    return {"in": f"[{scalar}!]", "isNull": "Boolean"}.get(operator, scalar)


def _add_order(book: TypeBook, name: str, fields: dict[str, str]) -> None:
    book.use(OrderDirection)
    book.enum(f"{name}OrderField", fields)
    field = book.field("field", f"{name}OrderField!")
    direction = book.field("direction", "OrderDirection!", default=OrderDirection.ASC)
    book.input(f"{name}Order", (field, direction))


def _input(book: TypeBook, name: str, fields: dict[str, str]) -> str:
    if name not in book:
        book.input(name, [book.field(field, type_) for field, type_ in fields.items()])
    return name
