from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vocabulary.area import Area
from vocabulary.rows import (
    EVERYTHING,
    NOTHING,
    OwnAreas,
    RowRule,
    WithinArea,
    all_of,
    any_of,
    covers,
    negate,
)

AREAS = [Area(code) for code in ("31", "310115", "310115016", "310115016003", "310115016004", "310104")]
leaves = st.one_of(st.just(EVERYTHING), st.just(NOTHING), st.just(OwnAreas()), st.sampled_from(AREAS).map(WithinArea))
rules: st.SearchStrategy[RowRule] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: any_of(*parts)),
        st.lists(inner, max_size=3).map(lambda parts: all_of(*parts)),
        inner.map(negate),
    ),
    max_leaves=6,
)
rows = st.one_of(st.none(), st.sampled_from(AREAS))
owns = st.lists(st.sampled_from(AREAS), max_size=2, unique=True).map(tuple)


def kleene_or(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


@given(st.lists(rules, max_size=3), rows, owns)
def test_union_and_intersection_are_kleenes(parts: list[RowRule], area: Area | None, own: tuple[Area, ...]) -> None:
    answers = [covers(part, area, own) for part in parts]
    negated = [None if one is None else not one for one in answers]
    assert covers(any_of(*parts), area, own) == kleene_or(answers)
    opposite = kleene_or(negated)
    assert covers(all_of(*parts), area, own) == (None if opposite is None else not opposite)


@given(rules, rows, owns)
def test_what_is_negated_covers_only_what_is_surely_outside(
    rule: RowRule, area: Area | None, own: tuple[Area, ...]
) -> None:
    answer = covers(rule, area, own)
    assert covers(negate(rule), area, own) == (None if answer is None else not answer)


@given(st.lists(rules, max_size=3))
def test_equal_unions_are_equal_values(parts: list[RowRule]) -> None:
    for order in itertools.permutations(parts):
        assert any_of(*order) == any_of(*parts)
        assert hash(all_of(*order)) == hash(all_of(*parts))


def test_a_row_without_an_area_is_covered_by_everything_alone() -> None:
    own = (Area("31"),)
    assert covers(EVERYTHING, None, own) is True
    for rule in (OwnAreas(), WithinArea(Area("31")), negate(OwnAreas())):
        assert covers(rule, None, own) is not True
