"""What a question about the log asks for: the terms of its `where`, as the log can search by them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from connectors.errors import GapKind, UnsupportedError
from federation.exchange.declaration import SOURCE
from vocabulary.fetch import And, Compare, IsNull, Op, Or, Predicate, Values
from vocabulary.values import Value

MOST_VALUES: Final = 1_000
"""Values that one field may be searched for by at a time."""


@dataclass(frozen=True, slots=True)
class Term:
    """A comparison that every row satisfies: `field` is one of `values` (`op` IN), or compares so with the only one."""

    field: str
    op: Op
    values: tuple[Value, ...]

    @property
    def value(self) -> Value:
        """The only value."""
        (value,) = self.values
        return value


def terms_of(where: Predicate, values: Values, page_by: str) -> Iterator[Term]:
    """The terms of a conjunction; `eq` is an `in` of one.

    Alternatives of one field are one term. That the field to page by is null, as a cursor says, can't be, and falls
    away.

    Raises:
        UnsupportedError: it is no conjunction of comparisons.
    """
    match where:
        case And(parts):
            for part in parts:
                yield from terms_of(part, values, page_by)
        case Or(parts):
            some = [part for part in parts if part != IsNull(page_by)]
            if len(some) == 1:
                yield from terms_of(some[0], values, page_by)
            else:
                yield _alternatives(some, values, page_by)
        case Compare(field, op, slot):
            asked = values[slot]
            several = asked if isinstance(asked, tuple) else (asked,)
            if len(several) > MOST_VALUES:
                raise unsupported(f"{field} is searched for by more than {MOST_VALUES} values")
            yield Term(field, Op.IN if op is Op.EQ else op, several)
        case _:
            raise unsupported("only a conjunction is searched by")


def _alternatives(parts: list[Predicate], values: Values, page_by: str) -> Term:
    found = [term for part in parts if isinstance(part, Compare) for term in terms_of(part, values, page_by)]
    if len(found) != len(parts) or any(term.op is not Op.IN for term in found) or len({one.field for one in found}) > 1:
        raise unsupported("only alternatives of one field are searched by")
    field = found[0].field if found else page_by
    return Term(field, Op.IN, tuple(value for term in found for value in term.values))


def unsupported(reason: str) -> UnsupportedError:
    """That the log can't be searched so."""
    return UnsupportedError(SOURCE, GapKind.NOT_YET, reason)
