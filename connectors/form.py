"""How one field is had from one column, in SQL: what is selected, what is compared, and how both are read.

A driver that knows its database's types makes the forms of a table's fields (`connectors/drivers/`); any other dialect
works by its flavour (`connectors/dialects.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from connectors.tables import READERS, Reader
from vocabulary.values import Value

Expression: TypeAlias = sa.ColumnElement[Any]
Make: TypeAlias = Callable[[Expression], Expression]
Encode: TypeAlias = Callable[[Value], object]

TYPES: Final[dict[str | None, sa.types.TypeEngine[Any]]] = {
    "String": sa.String(),
    "Int": sa.BigInteger(),
    "Float": sa.Float(),
    "Boolean": sa.Boolean(),
    "Date": sa.Date(),
    "DateTime": sa.DateTime(timezone=True),
    None: sa.types.NullType(),
}


class MismatchError(Exception):
    """A column cannot be read as its field is declared; the text says what to write instead."""


def itself(column: Expression) -> Expression:
    """The column as it stands."""
    return column


@dataclass(frozen=True, slots=True)
class Sieve:
    """An equality that holds wherever the exact one does, and that an index of the column serves.

    A collation that folds case, and the padding of `char(n)`, make rows equal that are not; an exact comparison of
    such a column alone would read the whole table. `value`: what a value, or an array of values, is compared as here.
    """

    make: Make
    value: Make = itself


@dataclass(frozen=True, slots=True)
class Form:
    """One field's way through SQL.

    `shown` is selected and read by `read`. `exact` is what equality compares, by every code point; `ordered` what
    order and ranges compare, texts by code point. `kind` and `encode` are of the values that both are compared with.
    `text`: it can be asked for a prefix. `required`: it is never null, so that an index of it serves an order as it is.
    """

    kind: sa.types.TypeEngine[Any]
    read: Reader
    shown: Make = itself
    exact: Make = itself
    ordered: Make = itself
    sieve: Sieve | None = None
    encode: Encode | None = None
    text: bool = False
    required: bool = False

    def with_kind(self, kind: sa.types.TypeEngine[Any]) -> Form:
        """The same, compared with values of another type."""
        return replace(self, kind=kind)


def literal(sql: str) -> Expression:
    """A piece of SQL as it stands, made of what we or the declaration say; never of a value."""
    return sa.literal_column(sql)


def plain(scalar: str | None, **ways: Any) -> Form:
    """The form of a column that is of its scalar's own type."""
    return Form(TYPES[scalar], **{"read": READERS[scalar], "text": scalar in {"String", None}, **ways})
