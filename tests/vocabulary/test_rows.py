from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.predicates import kleene_and, kleene_or, negated
from tests.support.rules import (
    AREAS,
    AT,
    CONDITIONS,
    Cells,
    areas,
    askers,
    facts_of,
    leaf_rules,
    rows,
    rules,
)
from vocabulary.area import Area
from vocabulary.rows import (
    EVERYTHING,
    NOTHING,
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
    all_of,
    any_of,
    covers,
    leaves,
    negate,
)

EXACTLY, WITHIN, PARENT = (RelatedArea(one) for one in (Relation.EXACTLY, Relation.WITHIN, Relation.PARENT))
some_area = st.sampled_from(AREAS)
descendants = st.sampled_from([(one, to) for one in AREAS for to in AREAS if one.contains(to)])
siblings = st.sampled_from([(one, to) for one, to in itertools.permutations(AREAS, 2) if one.tier == to.tier])


def asking(*own: str) -> Asker:
    return Asker("bureau", tuple(map(Area, own)), at=AT)


def covered(rule: RowRule, own: tuple[Area, ...]) -> frozenset[Area]:
    """The areas whose rows a rule covers for somebody of these areas."""
    asker = Asker("bureau", own, at=AT)
    return frozenset(area for area in AREAS if covers(rule, RowFacts(area), asker) is True)


@given(st.lists(rules, max_size=3), rows, askers)
def test_union_and_intersection_are_kleenes(parts: list[RowRule], cells: Cells, asker: Asker) -> None:
    row = facts_of(cells)
    answers = [covers(part, row, asker) for part in parts]
    assert covers(any_of(*parts), row, asker) == kleene_or(answers)
    assert covers(all_of(*parts), row, asker) == kleene_and(answers)


@given(rules, rows, askers)
def test_what_is_negated_covers_only_what_is_surely_outside(rule: RowRule, cells: Cells, asker: Asker) -> None:
    row = facts_of(cells)
    assert covers(negate(rule), row, asker) == negated(covers(rule, row, asker))


@given(st.lists(rules, max_size=3))
def test_equal_unions_are_equal_values(parts: list[RowRule]) -> None:
    for order in itertools.permutations(parts):
        assert any_of(*order) == any_of(*parts)
        assert hash(all_of(*order)) == hash(all_of(*parts))


@given(rules, askers)
def test_a_row_of_which_nothing_is_known_is_decided_by_no_leaf(rule: RowRule, asker: Asker) -> None:
    unknown = {leaf: covers(leaf, RowFacts(), asker) for leaf in leaves(rule)}
    known = {leaf: answer for leaf, answer in unknown.items() if answer is not None}
    # Where nothing is on record of a consent, that itself is known: it was not given, and not objected to.
    assert all(isinstance(leaf, Holds) and leaf.condition.field is None for leaf in known)


def test_a_row_without_an_area_is_covered_by_everything_alone() -> None:
    asker = asking("31")
    assert covers(EVERYTHING, RowFacts(), asker) is True
    assert covers(NOTHING, RowFacts(), asker) is False
    of_areas: list[RowRule] = [*map(RelatedArea, Relation), WithinArea(Area("31")), InEmergency()]
    for rule in of_areas:
        assert covers(rule, RowFacts(), asker) is None
        assert covers(negate(rule), RowFacts(), asker) is None


def test_a_row_is_tied_by_the_key_and_the_type_of_its_subject() -> None:
    asker = Asker("bureau", (), tied={(Tie.CASE, "Resident"): frozenset({"p1"})})
    case = TiedSubject(Tie.CASE)
    assert covers(case, RowFacts(None, "Resident", "p1"), asker) is True
    assert covers(case, RowFacts(None, "Resident", "p2"), asker) is False
    assert covers(case, RowFacts(None, "Firm", "p1"), asker) is False
    assert covers(TiedSubject(Tie.GLASS), RowFacts(None, "Resident", "p1"), asker) is False
    assert covers(case, RowFacts(None, "Resident", None), asker) is None


def test_an_emergency_covers_its_area_and_nothing_where_there_is_none() -> None:
    row = RowFacts(Area("310115016003"))
    assert covers(InEmergency(), row, Asker("bureau", (), emergencies=(Area("310115016"),))) is True
    assert covers(InEmergency(), row, Asker("bureau", (), emergencies=(Area("310104"),))) is False
    assert covers(InEmergency(), row, Asker("bureau", (Area("31"),))) is False


def test_a_condition_judges_what_stands_under_its_name() -> None:
    mine = Holds(CONDITIONS["mine"])
    for value, expected in (("bureau", True), ("eatwell", False), (None, None)):
        assert covers(mine, RowFacts(values={"mine": value}), asking()) is expected
    assert covers(mine, RowFacts(values={"owner": "bureau"}), asking()) is None


@given(rules)
def test_the_leaves_of_a_rule_are_what_it_rests_on(rule: RowRule) -> None:
    found = leaves(rule)
    assert leaves(negate(rule)) == found
    assert all(leaves(leaf) == {leaf} for leaf in found)
    assert leaves(all_of(rule, EVERYTHING)) == leaves(any_of(rule, NOTHING)) == found


@given(leaf_rules)
def test_a_rule_is_written_as_policy_lines_write_it(rule: RowRule) -> None:
    words = {"any", "none", "emergency", *Relation, *Tie, *CONDITIONS}
    assert str(rule) in words or str(rule).startswith("within 3")


# ───────────────────────────────────────── the tiers (promise 7) ─────────────────────────────────────────────────────


@given(areas)
def test_own_is_exactly_or_within_and_these_two_never_meet(own: tuple[Area, ...]) -> None:
    assert covered(OWN, own) == covered(EXACTLY, own) | covered(WITHIN, own)
    for one in own:
        assert not covered(EXACTLY, (one,)) & covered(WITHIN, (one,))


@pytest.mark.parametrize("relation", Relation)
@given(own=areas)
def test_several_areas_give_the_union_of_what_each_gives(relation: Relation, own: tuple[Area, ...]) -> None:
    rule = RelatedArea(relation)
    assert covered(rule, own) == frozenset[Area]().union(*(covered(rule, (one,)) for one in own))


@given(areas, descendants)
def test_a_descendant_for_an_area_only_narrows_own_and_within(
    others: tuple[Area, ...], narrowed: tuple[Area, Area]
) -> None:
    area, to = narrowed
    for rule in (OWN, WITHIN):
        assert covered(rule, (*others, to)) <= covered(rule, (*others, area))


@given(siblings)
def test_siblings_never_meet(pair: tuple[Area, Area]) -> None:
    one, other = pair
    for rule in (OWN, WITHIN, EXACTLY):
        assert not covered(rule, (one,)) & covered(rule, (other,))


@pytest.mark.parametrize(
    ("rule", "wide", "narrow"),
    [
        (EXACTLY, {"310115"}, {"310115016"}),
        (PARENT, {"31"}, {"310115"}),
    ],
)
def test_exactly_and_parent_do_not_narrow(rule: RowRule, wide: set[str], narrow: set[str]) -> None:
    """Why the loader refuses them on what is about people: a street would see a row that its district may not."""
    assert {str(area) for area in covered(rule, (Area("310115"),))} == wide
    assert {str(area) for area in covered(rule, (Area("310115016"),))} == narrow
    assert not narrow <= wide


@given(some_area, some_area)
def test_the_parent_is_the_one_right_above(own: Area, area: Area) -> None:
    above = [one for one in AREAS if one != own and one.contains(own)]
    nearest = max(above, key=lambda one: one.tier, default=None)
    assert covered(PARENT, (own,)) <= set(above)
    if nearest is not None and nearest == own.parent:
        assert covered(PARENT, (own,)) == {nearest}
    assert (area in covered(PARENT, (own,))) == (own.parent == area)


allowed = st.lists(leaf_rules.filter(lambda leaf: leaf not in (EXACTLY, PARENT)), min_size=1, max_size=3).map(
    lambda parts: all_of(*parts)
)


@given(st.lists(allowed, max_size=3), rows, askers, descendants)
def test_what_lines_on_people_may_say_only_narrows(
    lines: list[RowRule], cells: Cells, asker: Asker, narrowed: tuple[Area, Area]
) -> None:
    """Whatever ties, conditions and emergencies stand beside the area: no smaller area opens a row."""
    area, to = narrowed
    row, rule = facts_of(cells), any_of(*lines)
    if covers(rule, row, replace(asker, areas=(*asker.areas, to))) is True:
        assert covers(rule, row, replace(asker, areas=(*asker.areas, area))) is True
