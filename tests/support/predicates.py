"""What a source answers to a predicate, by the definition: three-valued, as SQL has it. Nothing is optimised here."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from vocabulary.fetch import And, Compare, IsNull, Not, Op, Or, Predicate, Values, Within
from vocabulary.values import Value


def holds(where: Predicate, row: Mapping[str, Value], values: Values) -> bool | None:
    """Evaluate a predicate for one row, with the values of its slots."""
    match where:
        case And(parts):
            return kleene_and(holds(part, row, values) for part in parts)
        case Or(parts):
            return kleene_or(holds(part, row, values) for part in parts)
        case Not(part):
            return negated(holds(part, row, values))
        case IsNull(field):
            return row[field] is None
        case Within(field, slot):
            area, codes = row[field], values[slot]
            assert isinstance(codes, tuple)
            return None if area is None else any(str(area).startswith(str(code)) for code in codes)
        case Compare(field, op, slot):
            return None if row[field] is None else _compare(op, row[field], values[slot])


def _compare(op: Op, cell: Any, value: Any) -> bool | None:
    """A cell that is there against the value of a slot; with null nothing compares."""
    if op is not Op.IN and value is None:
        return None
    return bool(_COMPARE[op](cell, value))


_COMPARE: Final[Mapping[Op, Callable[[Any, Any], Any]]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.IN: lambda cell, values: cell in values,
    Op.STARTS_WITH: str.startswith,
}


def kleene_or(answers: Iterable[bool | None]) -> bool | None:
    """True where one is; else unknown where one is."""
    known = list(answers)
    return True if True in known else None if None in known else False


def kleene_and(answers: Iterable[bool | None]) -> bool | None:
    """False where one is; else unknown where one is."""
    known = list(answers)
    return False if False in known else None if None in known else True


def negated(answer: bool | None) -> bool | None:
    """Unknown stays unknown."""
    return None if answer is None else not answer
