from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.execute.coverage import Coverage, Facts
from tests.support.rules import AREAS, AT, CONDITIONS, CONSENT, SUBJECT_TYPE, Cells, askers, facts_of, rows, rules
from vocabulary.area import Area
from vocabulary.rows import (
    EVERYTHING,
    OWN,
    Asker,
    Holds,
    InEmergency,
    RelatedArea,
    Relation,
    RowFacts,
    RowRule,
    Tie,
    TiedSubject,
    WithinArea,
    covers,
    leaves,
    negate,
)
from vocabulary.values import Column, Value


def columns_of(table: list[Cells]) -> Facts:
    """The facts of some rows, a column each."""
    values = {name: [cells[one.field or CONSENT] for cells in table] for name, one in CONDITIONS.items()}
    areas: Column = [cells["area"] for cells in table]
    return Facts(areas, SUBJECT_TYPE, [cells["id"] for cells in table], values)


def of_areas(*areas: Value) -> Facts:
    return Facts(list(areas))


@settings(max_examples=300)
@given(rules, st.lists(rows, max_size=5), askers)
def test_columns_are_decided_as_their_rows_are(rule: RowRule, table: list[Cells], asker: Asker) -> None:
    facts, coverage = columns_of(table), Coverage(asker)
    expected = [covers(rule, facts_of(cells), asker) for cells in table]
    assert list(coverage._answers(rule, facts)) == expected
    assert coverage.rows(rule, facts) == [answer is True for answer in expected]


@given(rules, st.lists(rows, max_size=5), askers, st.integers(0, 6))
def test_the_first_rows_are_decided_as_before(rule: RowRule, table: list[Cells], asker: Asker, count: int) -> None:
    facts, coverage = columns_of(table), Coverage(asker)
    assert coverage.rows(rule, facts.head(count)) == coverage.rows(rule, facts)[:count]


@given(rules, askers)
def test_where_no_fact_is_known_only_what_rests_on_none_covers(rule: RowRule, asker: Asker) -> None:
    """Rows about nobody, of a type whose conditions nobody looked up."""
    answers = list(Coverage(asker)._answers(rule, Facts([None])))
    consentless = covers(rule, RowFacts(), asker)
    if not any(isinstance(leaf, Holds) and leaf.condition.field is None for leaf in leaves(rule)):
        assert answers == [consentless]


def test_an_area_of_the_wrong_type_is_unknown() -> None:
    coverage = Coverage(Asker("bureau", (Area("31"),), (Area("31"),), at=AT))
    of_areas_of_all_kinds: list[RowRule] = [OWN, InEmergency(), WithinArea(Area("31")), *map(RelatedArea, Relation)]
    for rule in of_areas_of_all_kinds:
        for area in (310115, None, True):
            assert coverage.rows(rule, of_areas(area)) == [False]
            assert coverage.rows(negate(rule), of_areas(area)) == [False]


def test_a_code_of_no_tier_is_unknown_where_its_place_matters() -> None:
    coverage = Coverage(Asker("bureau", (Area("31"),), at=AT))
    for relation in (Relation.EXACTLY, Relation.WITHIN, Relation.PARENT):
        assert coverage.rows(RelatedArea(relation), of_areas("3101")) == [False]
        assert coverage.rows(negate(RelatedArea(relation)), of_areas("3101")) == [False]


def test_a_padded_code_is_the_area_that_it_pads() -> None:
    coverage = Coverage(Asker("bureau", (Area("310115"),), at=AT))
    assert coverage.rows(RelatedArea(Relation.EXACTLY), of_areas("310115000000", "310115016000")) == [True, False]
    assert coverage.rows(RelatedArea(Relation.WITHIN), of_areas("310115000000", "310115016000")) == [False, True]


def test_rows_about_nobody_are_tied_to_nobody_nor_surely_untied() -> None:
    coverage = Coverage(Asker("bureau", (), tied={(Tie.CASE, ""): frozenset({"p1"})}, at=AT))
    assert coverage.rows(TiedSubject(Tie.CASE), of_areas("31", "31")) == [False, False]
    assert coverage.rows(negate(TiedSubject(Tie.CASE)), of_areas("31", "31")) == [False, False]


def test_true_and_one_are_judged_apart() -> None:
    alone = Holds(CONDITIONS["alone"])
    facts = Facts([None] * 3, values={"alone": [1, True, 1]})
    assert Coverage(Asker("bureau", (), at=AT)).rows(alone, facts) == [False, True, False]


def test_everything_covers_every_row_and_every_area_has_a_place() -> None:
    assert Coverage(Asker("bureau", ())).rows(EVERYTHING, of_areas(None, "x", 1)) == [True] * 3
    everywhere = Coverage(Asker("bureau", tuple(AREAS), at=AT))
    assert everywhere.rows(OWN, of_areas(*(area.code for area in AREAS))) == [True] * len(AREAS)
