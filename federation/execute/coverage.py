"""Row rules, compiled for one principal to a test on area codes: the fast form of `vocabulary.rows.covers`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vocabulary.area import Area
from vocabulary.rows import AllOf, AnyOf, Everything, Nothing, NotRows, OwnAreas, RowRule, WithinArea
from vocabulary.values import Value

Test: TypeAlias = Callable[[Value], bool | None]


class Coverage:
    """Answers which rows a rule covers for somebody with these areas. One per request; remembers what it compiled."""

    def __init__(self, own: tuple[Area, ...]) -> None:
        self._own = tuple(area.code for area in own)
        self._tests: dict[RowRule, Test] = {}

    def covers(self, rule: RowRule, area: Value) -> bool:
        """Whether the rule surely covers a row of this area code (None: not known)."""
        return self._test(rule)(area) is True

    def rows(self, rule: RowRule, areas: list[Value]) -> list[bool]:
        """The same for a column of area codes; each distinct code is decided once."""
        if isinstance(rule, Everything):
            return [True] * len(areas)
        if isinstance(rule, OwnAreas):  # nearly every rule: not worth a call per row
            own = self._own
            return [isinstance(area, str) and area.startswith(own) for area in areas]
        test = self._test(rule)
        decided = {area: test(area) is True for area in set(areas)}
        return [decided[area] for area in areas]

    def _test(self, rule: RowRule) -> Test:
        test = self._tests.get(rule)
        if test is None:
            test = self._tests[rule] = self._compile(rule)
        return test

    def _compile(self, rule: RowRule) -> Test:
        match rule:
            case Everything():
                return lambda _area: True
            case Nothing():
                return lambda _area: False
            case OwnAreas():
                return _within(self._own)
            case WithinArea(area):
                return _within((area.code,))
            case NotRows(part):
                inner = self._test(part)
                return lambda area: None if (answer := inner(area)) is None else not answer
            case AllOf(parts):
                return _joined([self._test(part) for part in parts], decisive=False)
            case AnyOf(parts):
                return _joined([self._test(part) for part in parts], decisive=True)


def _within(prefixes: tuple[str, ...]) -> Test:
    def test(area: Value) -> bool | None:
        return area.startswith(prefixes) if isinstance(area, str) else None

    return test


def _joined(tests: list[Test], *, decisive: bool) -> Test:
    """Kleene's and (`decisive` False) or or (True): a decisive part decides; else an unknown one leaves it unknown."""

    def test(area: Value) -> bool | None:
        answers = [one(area) for one in tests]
        return decisive if decisive in answers else None if None in answers else not decisive

    return test
