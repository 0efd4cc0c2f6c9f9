"""What a cursor is bound to: the field it pages, as asked, with the values of its arguments, first and after aside."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from federation.document.operation import Field
from federation.document.structure import Item, Items, Members, Slot, Structure
from federation.plan.nodes import Page

_OF_THE_PAGE = frozenset({"first", "after"})


def bound_to(page: Page, values: Sequence[Item]) -> bytes:
    """The digest that cursors of this page are sealed with (32 bytes).

    It follows from what is asked, not from how it is written: a cursor serves the same question with the cursor as a
    literal or as a variable, and no other question.
    """
    return sha256(repr(_field(page.asked, values)).encode("utf-8", "surrogatepass")).digest()


def _field(field: Field, values: Sequence[Item]) -> tuple[object, ...]:
    arguments = [(name, _filled(of, values)) for name, of in field.arguments if name not in _OF_THE_PAGE]
    selections = [(name, [_field(one, values) for one in fields]) for name, fields in field.selections]
    return (field.key, field.name, arguments, selections)


def _filled(structure: Structure, values: Sequence[Item]) -> object:
    match structure:
        case Slot(index):
            return ("value", values[index])
        case Members(items):
            return [(name, _filled(one, values)) for name, one in items]
        case Items(items):
            return [_filled(one, values) for one in items]
        case _:
            return structure
