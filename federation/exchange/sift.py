"""Rows that lie in memory, sifted and ordered as any source would: three-valued, null the smallest."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from vocabulary.fetch import And, Compare, IsNull, Not, Op, Or, Order, Predicate, Values, Within
from vocabulary.values import Value

Row: TypeAlias = Mapping[str, Value]
_Test: TypeAlias = Callable[[Row], bool | None]

_COMPARE: Final[Mapping[Op, Callable[[Any, Any], bool]]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.IN: lambda cell, some: cell in some,
    Op.STARTS_WITH: str.startswith,
}


def sifted(rows: Iterable[Row], where: Predicate, values: Values) -> Iterator[Row]:
    """The rows of which `where` surely holds, in their order."""
    test = _test(where, values)
    return (row for row in rows if test(row) is True)


def ordered(rows: Iterable[Row], order: Sequence[Order]) -> list[Row]:
    """The rows in an order; rows that it does not tell apart stay as they were."""
    found = list(rows)
    for term in reversed(order):
        found.sort(key=_rank(term.field), reverse=term.descending)
    return found


def _rank(field: str) -> Callable[[Row], tuple[bool, Any]]:
    return lambda row: (row[field] is not None, row[field])  # two nulls never meet a value


def bounds(where: Predicate, field: str, values: Values) -> frozenset[Value] | None:
    """The values that `field` can have where the predicate holds; None where it may have any."""
    match where:
        case Compare(name, Op.EQ, slot) if name == field:
            return frozenset((_one(values[slot]),))
        case Compare(name, Op.IN, slot) if name == field:
            return frozenset(_many(values[slot]))
        case And(parts):
            known = [one for part in parts if (one := bounds(part, field, values)) is not None]
            return frozenset.intersection(*known) if known else None
        case Or(parts):
            each = [bounds(part, field, values) for part in parts]
            known = [one for one in each if one is not None]
            return frozenset[Value]().union(*known) if len(known) == len(each) else None
        case _:
            return None


def _one(value: Value | tuple[Value, ...]) -> Value:
    return None if isinstance(value, tuple) else value


def _many(value: Value | tuple[Value, ...]) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (value,)


def _test(where: Predicate, values: Values) -> _Test:
    match where:
        case And(parts):
            return _joined([_test(part, values) for part in parts], decisive=False)
        case Or(parts):
            return _joined([_test(part, values) for part in parts], decisive=True)
        case Not(part):
            return _negated(_test(part, values))
        case IsNull(field):
            return lambda row: row[field] is None
        case Within(field, slot):
            return _known(field, _within(tuple(str(one) for one in _many(values[slot]))))
        case Compare(field, op, slot):
            value = values[slot]
            if op is not Op.IN and value is None:
                return lambda row: None  # noqa: ARG005  (with null nothing compares)
            compare = _COMPARE[op]
            return _known(field, lambda cell: compare(cell, value))


def _within(codes: tuple[str, ...]) -> Callable[[Any], bool]:
    return lambda cell: str(cell).startswith(codes)


def _known(field: str, test: Callable[[Any], bool]) -> _Test:
    def judged(row: Row) -> bool | None:
        cell = row[field]
        return None if cell is None else test(cell)

    return judged


def _negated(test: _Test) -> _Test:
    def judged(row: Row) -> bool | None:
        answer = test(row)
        return None if answer is None else not answer

    return judged


def _joined(tests: Sequence[_Test], *, decisive: bool) -> _Test:
    """Kleene's and (`decisive` False) or or (True)."""

    def judged(row: Row) -> bool | None:
        answer: bool | None = not decisive
        for test in tests:
            one = test(row)
            if one is decisive:
                return decisive
            if one is None:
                answer = None
        return answer

    return judged
