"""The reference evaluator against the compiled grants and against Casbin, on random policies, askers and rows.

`python -m tests.policies.long_run --decisions 1000000` compares them for longer.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.compile import Policy
from policies.errors import PolicyRefusedError
from policies.lines import CoordinateFacts, Effect, Line
from policies.load import load
from policies.reference import WITHHELD, cell
from tests.policies import long_run
from tests.policies.drawn import (
    ACTIONS,
    COORDINATES,
    FACTS,
    Cell,
    a_policy,
    a_row,
    a_standing,
    an_asker,
    disagreement,
    shown,
    some_areas,
)
from tests.support.rules import AREAS, AT, CONDITIONS
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing, Through
from vocabulary.rows import EVERYTHING, OWN, Asker, NotRows, RelatedArea, Relation, RowFacts, Tie, WithinArea
from vocabulary.values import Value

EXAMPLES = 200
"""For CI; every example is a policy, an asker and some rows with all of their cells."""
ROWS = 6

A, C = Coordinate("T", "a"), Coordinate("U", "c")
chances = st.randoms(use_true_random=False)
ORDINARY = Standing(frozenset({"r0"}), "bureau", "care", Mode.ORDINARY)


def asking(*areas: str, **changes: object) -> Asker:
    return replace(Asker("bureau", tuple(map(Area, areas)), at=AT), **changes)  # type: ignore[arg-type]  # its fields


def at(area: str | None, subject: str | None = None, **values: Value) -> RowFacts:
    return RowFacts(Area(area) if area else None, "Resident", subject, values)


def decided(text: str, row: RowFacts, asker: Asker, *, standing: Standing = ORDINARY, of: Coordinate = A) -> str:
    """What all three say of one cell."""
    said = load(text, file="policy.csv", facts=FACTS)
    policy = Policy.build(said.lines, said.role_links, FACTS)
    asked = Cell(policy, said, standing, asker, of, Action.READ, row)
    expected = asked.referenced()
    assert disagreement(asked, expected) == ""
    return expected


@pytest.mark.whole
@settings(max_examples=EXAMPLES, deadline=None)
@given(chances)
def test_compiled_reference_and_casbin_agree_on_every_cell(random: Random) -> None:
    said, action, asker = a_policy(random), random.choice(ACTIONS), an_asker(random)
    policy, standing = Policy.build(said.lines, said.role_links, FACTS), a_standing(random, asker, action)
    for row in [a_row(random) for _ in range(ROWS)]:
        for coordinate in COORDINATES:
            asked = Cell(policy, said, standing, asker, coordinate, action, row)
            assert disagreement(asked, asked.referenced()) == ""


@pytest.mark.whole
@settings(max_examples=EXAMPLES, deadline=None)
@given(chances, st.sampled_from([(one, to) for one in AREAS for to in AREAS if one != to and one.contains(to)]))
def test_down_the_tree_it_only_narrows_what_is_about_people(random: Random, narrowed: tuple[Area, Area]) -> None:
    """Promise 7: with a descendant for an area, every cell is shown as before, more strictly, or not at all."""
    said, others = a_policy(random), some_areas(random)
    policy, wide = Policy.build(said.lines, said.role_links, FACTS), an_asker(random, (*others, narrowed[0]))
    narrow, standing = replace(wide, areas=(*others, narrowed[1])), a_standing(random, wide)
    for row in [a_row(random) for _ in range(ROWS)]:
        for coordinate, known in COORDINATES.items():
            if known.personal:
                decision = policy.decide(standing, coordinate, Action.READ)
                strictness = ("plain", *known.chain, WITHHELD)
                before, after = shown(decision, row, wide), shown(decision, row, narrow)
                assert strictness.index(after) >= strictness.index(before)


def test_a_long_run_decides_as_many_as_it_is_told_and_finds_nothing() -> None:
    count, visible, through, wrong = long_run.run(2_000, seed=7)
    assert count >= 2_000
    assert 0 < through < visible < count
    assert wrong == []


def test_the_comparison_finds_an_evaluator_that_says_otherwise() -> None:
    """A comparison that could not fail would prove nothing: here the compiled policy lacks a deny."""
    text = "p, any, any, T.a, read, any, any, allow, m1\n"
    said = load(text + "p, any, any mine, T.a, read, any, any, deny,\n", file="policy.csv", facts=FACTS)
    without = Policy.build(said.lines[:1], [], FACTS)
    asked = Cell(without, said, ORDINARY, asking("31"), A, Action.READ, at("31", mine="bureau"))
    assert asked.referenced() == WITHHELD
    assert "not so: compiled, visible, casbin" in disagreement(asked, WITHHELD)


@pytest.mark.parametrize(("area", "seen"), [(None, WITHHELD), ("310115016", WITHHELD), ("310104", "m1")])
def test_a_row_whose_area_is_not_known_may_be_the_denied_one(area: str | None, seen: str) -> None:
    text = "p, any, any, T.a, read, any, any, allow, m1\np, any, 310115, T.*, read, any, any, deny,\n"
    assert decided(text, at(area), asking("31")) == seen


@pytest.mark.parametrize(("owner", "seen"), [(None, WITHHELD), ("bureau", WITHHELD), ("eatwell", "m1")])
def test_a_row_on_which_a_condition_is_not_known_may_be_the_denied_one(owner: str | None, seen: str) -> None:
    text = "p, any, any, T.a, read, any, any, allow, m1\np, any, any mine, T.a, read, any, any, deny,\n"
    assert decided(text, at("31", mine=owner), asking("31")) == seen


def test_a_row_about_a_subject_who_is_not_known_may_be_the_denied_one() -> None:
    text = "p, any, any, T.a, read, any, any, allow, m1\np, any, case, T.a, read, any, any, deny,\n"
    asker = asking("31", tied={(Tie.CASE, "Resident"): frozenset({"p1"})})
    assert [decided(text, at("31", one), asker) for one in (None, "p1", "p2")] == [WITHHELD, WITHHELD, "m1"]


def test_an_emergency_opens_its_area_and_a_deny_holds_there_too() -> None:
    text = "p, any, any, T.a, read, any, emergency, allow, plain\np, any, 310115016003, T.a, read, any, any, deny,\n"
    asker, urgent = asking(emergencies=(Area("310115016"),)), replace(ORDINARY, mode=Mode.EMERGENCY)
    rows = ("310115016", "310115016004", "310115016003", "310104", None)
    seen = [decided(text, at(area), asker, standing=urgent) for area in rows]
    assert seen == ["plain", "plain", WITHHELD, WITHHELD, WITHHELD]
    assert {decided(text, at(area), asker) for area in rows} == {WITHHELD}


def test_grants_of_two_roles_unite_cell_by_cell_under_conditions() -> None:
    """Promise 5, with conditions in place of areas (hasura/graphql-engine issue 10711)."""
    text = (
        "p, role:r0, own mine, T.a, read, any, any, allow, plain\n"
        "p, role:r1, own open, U.c, read, any, any, allow, plain\n"
        "p, role:r1, own open, T.a, read, any, any, allow, m2\n"
    )
    both = replace(ORDINARY, roles=frozenset({"r0", "r1"}))
    seen = {
        (of.field, owner, status): decided(
            text, at("310115", mine=owner, open=status), asking("31"), standing=both, of=of
        )
        for of in (A, C)
        for owner in ("bureau", "eatwell")
        for status in ("open", "closed")
    }
    assert {key: way for key, way in seen.items() if way != WITHHELD} == {
        ("a", "bureau", "open"): "plain",
        ("a", "bureau", "closed"): "plain",
        ("a", "eatwell", "open"): "m2",
        ("c", "bureau", "open"): "plain",
        ("c", "eatwell", "open"): "plain",
    }


def test_through_another_exchange_a_cell_is_shown_where_both_show_it_in_the_stricter_way() -> None:
    text = "p, role:r0, own, T.a, read, any, any, allow, m1\np, role:r0, 310115016, T.a, read, any, any, allow, m3\n"
    said = load(text, file="policy.csv", facts=FACTS)
    given = replace(said.lines[0], number=3, subject="org:eatwell", rows=WithinArea(Area("310115")), shown="plain")
    stricter = replace(given, number=4, rows=OWN, shown="m2")
    lines = [*said.lines, *(replace(one, agreement="a1") for one in (given, stricter))]
    through = replace(ORDINARY, through=Through("eatwell", frozenset({"a1"})))
    seen = {
        area: cell(lines, [], asking(own), through, FACTS, coordinate=A, action=Action.READ, row=at(area))
        for own, area in (("310115", "310115"), ("310104", "310104"), ("310104", "310115016"), ("310104", "310115017"))
    }
    assert seen == {"310115": "m1", "310104": "m2", "310115016": "m3", "310115017": WITHHELD}


def test_through_another_exchange_whose_records_they_are_is_not_known_of_other_organisations() -> None:
    text = "p, any, any, T.a, read, any, any, allow, plain\n"
    said = load(text + "p, org:eatwell, any mine, T.a, read, any, any, allow, plain\n", file="policy.csv", facts=FACTS)
    lines = [said.lines[0], replace(said.lines[1], agreement="a1")]
    for organisation, seen in (("eatwell", "plain"), ("bureau", WITHHELD)):
        standing = replace(ORDINARY, organisation=organisation, through=Through("eatwell", frozenset({"a1"})))
        asker, row = replace(asking("31"), organisation=organisation), at("31", mine=organisation)
        assert cell(lines, [], asker, standing, FACTS, coordinate=A, action=Action.READ, row=row) == seen


def test_a_deny_in_own_areas_would_widen_down_the_tree() -> None:
    """Why the loader refuses one: it closes fewer rows for a smaller area, and an allow of any row covers them."""
    open_line = Line(1, "policy.csv", "any", EVERYTHING, "*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    own_deny = replace(open_line, number=2, rows=OWN, effect=Effect.DENY, shown="")
    assert seen_by_district_and_street([open_line, own_deny], at("310115016004"), "310115016003") == [WITHHELD, "plain"]
    for word in Relation:
        with pytest.raises(PolicyRefusedError, match="smaller area"):
            load(f"p, any, {word}, U.c, read, any, any, deny,\n", file="policy.csv", facts=FACTS)


@pytest.mark.parametrize(("relation", "area"), [(Relation.EXACTLY, "310115016003"), (Relation.PARENT, "310115016")])
def test_exactly_and_parent_would_widen_down_the_tree(relation: Relation, area: str) -> None:
    """Why the loader refuses them on what is about people, and takes them elsewhere."""
    line = Line(1, "policy.csv", "any", RelatedArea(relation), "*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    assert seen_by_district_and_street([line], at(area), "310115016003") == [WITHHELD, "plain"]
    text = f"p, any, {relation}, {{}}, read, any, any, allow, plain\n"
    with pytest.raises(PolicyRefusedError, match="does not narrow"):
        load(text.format("T.a"), file="policy.csv", facts=FACTS)
    assert load(text.format("U.c"), file="policy.csv", facts=FACTS).lines[0].rows == RelatedArea(relation)


def seen_by_district_and_street(lines: list[Line], row: RowFacts, street: str) -> list[str]:
    """What the lines, which no loader would let through, show to a district and to somebody below it."""
    facts = replace(FACTS, coordinates={A: CoordinateFacts()})
    return [
        cell(lines, [], asker, ORDINARY, facts, coordinate=A, action=Action.READ, row=row)
        for asker in (asking("310115"), asking(street))
    ]


def test_a_rule_that_no_line_can_have_is_an_error_and_no_decision() -> None:
    never = Line(1, "policy.csv", "any", EVERYTHING, "*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    broken = replace(never, rows=NotRows(WithinArea(Area("31"))))
    with pytest.raises(ValueError, match="no line has the rule"):
        cell([broken], [], asking("31"), ORDINARY, FACTS, coordinate=A, action=Action.READ, row=at("31"))


def test_siblings_never_meet() -> None:
    text = "p, role:r0, own, *, read, any, any, allow, plain\n"
    one = asking("310115016003")
    seen = [decided(text, at(area), one) for area in ("310115016003", "310115016004", "310115016")]
    assert seen == ["plain", WITHHELD, WITHHELD]
    assert decided(text, at(None), asking("31")) == WITHHELD


def test_every_condition_is_among_those_that_are_drawn() -> None:
    assert set(CONDITIONS) == COORDINATES[A].conditions
