from __future__ import annotations

from hypothesis import given, settings

from federation.execute.coverage import Coverage
from tests.vocabulary.test_rows import AREAS, owns, rows, rules
from vocabulary.area import Area
from vocabulary.rows import OwnAreas, RowRule, covers, negate


@settings(max_examples=300)
@given(rules, rows, owns)
def test_the_fast_test_is_the_slow_one(rule: RowRule, area: Area | None, own: tuple[Area, ...]) -> None:
    code = None if area is None else area.code
    assert Coverage(own).covers(rule, code) == (covers(rule, area, own) is True)


@given(rules, owns)
def test_a_column_is_decided_like_its_rows(rule: RowRule, own: tuple[Area, ...]) -> None:
    coverage = Coverage(own)
    codes: list[str | int | float | bool | None] = [*(area.code for area in AREAS), None, AREAS[0].code]
    assert coverage.rows(rule, list(codes)) == [coverage.covers(rule, code) for code in codes]


def test_an_area_of_the_wrong_type_is_unknown() -> None:
    coverage = Coverage((Area("31"),))
    assert not coverage.covers(OwnAreas(), 310115)
    assert not coverage.covers(negate(OwnAreas()), 310115)
