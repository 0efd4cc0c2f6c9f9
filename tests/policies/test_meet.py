"""Decisions through another exchange: never more than the person sees, and never more than is agreed on."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.compile import Policy
from policies.lines import PolicyLines
from policies.meet import for_others, met
from policies.reference import WITHHELD, cell
from policies.restrain import restrain
from tests.policies.drawn import (
    ACTIONS,
    COORDINATES,
    FACTS,
    a_policy,
    a_row,
    a_standing,
    a_through,
    an_asker,
    shown,
)
from tests.support.rules import AREAS, CONDITIONS, PEOPLE, SUBJECT_TYPE
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.principal import Action, Standing, Through
from vocabulary.rows import EVERYTHING, NOTHING, OWN, Asker, Holds, RowFacts, RowRule, Tie, WithinArea, all_of

NAME, BORN = Coordinate("Resident", "name"), Coordinate("Resident", "birthDate")
CHAIN = ("light", "strict")
PUDONG, HUAMU, XUHUI = (WithinArea(Area(code)) for code in ("310115", "310115016", "310104"))
MINE, ADULT = Holds(CONDITIONS["mine"]), Holds(CONDITIONS["adult"])
AGREEMENTS = frozenset({"a1", "a2"})
ALL_CITIES = tuple(area for area in AREAS if area.parent is None)
ROWS = 6

chances = st.randoms(use_true_random=False)


def granting(*grants: tuple[RowRule, str], denies: tuple[RowRule, ...] = (), reason: str = "") -> Decision:
    made = tuple(Grant(rows, way, f"x:{number}") for number, (rows, way) in enumerate(grants, start=1))
    return Decision(NAME, made, tuple(Deny(rows, "x:9") for rows in denies), reason)


def ways(decision: Decision) -> list[tuple[RowRule, str]]:
    return [(grant.rows, grant.shown) for grant in decision.grants]


@pytest.mark.parametrize(
    ("person", "agreed", "way"),
    [
        ("plain", "plain", "plain"),
        ("plain", "strict", "strict"),
        ("strict", "plain", "strict"),
        ("light", "strict", "strict"),
        ("strict", "light", "strict"),
        ("light", "light", "light"),
    ],
)
def test_a_cell_is_shown_in_the_stricter_of_both_ways(person: str, agreed: str, way: str) -> None:
    both = met(granting((OWN, person)), granting((PUDONG, agreed)), CHAIN)
    assert both == Decision(NAME, (Grant(all_of(OWN, PUDONG), way, "x:1 and x:1"),))


def test_pairs_are_sorted_from_the_least_strict_and_name_both_lines() -> None:
    both = met(granting((OWN, PLAIN), (EVERYTHING, "light")), granting((PUDONG, PLAIN), (EVERYTHING, "strict")), CHAIN)
    assert [(grant.shown, grant.line) for grant in both.grants] == [
        ("plain", "x:1 and x:1"),
        ("light", "x:2 and x:1"),
        ("strict", "x:1 and x:2"),
        ("strict", "x:2 and x:2"),
    ]


def test_a_mask_that_no_chain_orders_shows_nothing() -> None:
    for person, agreed in (("other", PLAIN), (PLAIN, "other"), ("other", "other")):
        both = met(granting((OWN, person)), granting((OWN, agreed)), CHAIN)
        assert both == Decision(NAME, reason="not-granted")


def test_what_lies_apart_does_not_meet() -> None:
    apart = met(granting((PUDONG, PLAIN)), granting((XUHUI, PLAIN)), CHAIN)
    assert apart == Decision(NAME, reason="not-granted")
    assert met(granting((NOTHING, PLAIN)), granting((OWN, PLAIN)), CHAIN).grants == ()
    within = met(granting((all_of(PUDONG, ADULT), PLAIN)), granting((HUAMU, PLAIN), (XUHUI, PLAIN)), CHAIN)
    assert ways(within) == [(all_of(PUDONG, ADULT, HUAMU), PLAIN)]


def test_of_masks_on_the_same_rows_the_least_strict_stays() -> None:
    both = met(granting((OWN, "light"), (OWN, "strict")), granting((OWN, PLAIN), (OWN, "strict")), CHAIN)
    assert [(grant.shown, grant.line) for grant in both.grants] == [("light", "x:1 and x:1")]


def test_a_mask_below_plain_stays_for_the_rows_where_plain_would_give_a_sibling_away() -> None:
    both = met(granting((OWN, PLAIN), (OWN, "light")), granting((OWN, PLAIN)), CHAIN)
    assert ways(both) == [(OWN, PLAIN), (OWN, "light")]
    born = Decision(BORN, (Grant(PUDONG, PLAIN, "x:1"),))
    narrowed = restrain({NAME: both, BORN: born}, {NAME: (BORN,)})[NAME]
    assert ways(narrowed) == [(all_of(OWN, PUDONG), PLAIN), (OWN, "light")]


def test_what_either_denies_is_denied() -> None:
    both = met(granting((OWN, PLAIN), denies=(PUDONG,)), granting((OWN, PLAIN), denies=(XUHUI, PUDONG)), CHAIN)
    assert both.denies == (Deny(PUDONG, "x:9"), Deny(XUHUI, "x:9"))
    assert both.reason == ""


@pytest.mark.parametrize(
    ("person", "agreed", "reason"),
    [
        (granting((OWN, PLAIN)), granting((OWN, PLAIN)), ""),
        (granting(reason="purpose"), granting((OWN, PLAIN)), "purpose"),
        (granting((OWN, PLAIN), denies=(EVERYTHING,), reason="denied"), granting((OWN, PLAIN)), "denied"),
        (granting((OWN, PLAIN)), granting((OWN, PLAIN), denies=(EVERYTHING,), reason="denied"), "not-granted"),
        (granting((OWN, PLAIN)), granting(reason="not-granted"), "not-granted"),
        # What is agreed on with nobody says nothing of the lines for a person whom somebody invented.
        (granting(reason="purpose"), granting(reason="not-granted"), "not-granted"),
        (granting((OWN, PLAIN), denies=(EVERYTHING,), reason="denied"), granting(), "not-granted"),
    ],
)
def test_the_reason_is_the_persons_where_something_is_agreed_on(
    person: Decision, agreed: Decision, reason: str
) -> None:
    assert met(person, agreed, CHAIN).reason == reason


def test_for_others_a_condition_on_the_organisation_opens_nothing_and_closes_everything() -> None:
    agreed = granting((all_of(OWN, MINE), PLAIN), (MINE, "light"), (all_of(OWN, ADULT), "strict"))
    assert ways(for_others(agreed)) == [(all_of(OWN, ADULT), "strict")]
    closed = granting(denies=(all_of(PUDONG, MINE), MINE, all_of(PUDONG, ADULT)))
    assert [deny.rows for deny in for_others(closed).denies] == [PUDONG, EVERYTHING, all_of(PUDONG, ADULT)]


# ── what always holds ─────────────────────────────────────────────────────────────────────────────────────────────────


def order(coordinate: Coordinate) -> tuple[str, ...]:
    return PLAIN, *COORDINATES[coordinate].chain, WITHHELD


def seen(policy: Policy, standing: Standing, action: Action, row: RowFacts, asker: Asker) -> dict[Coordinate, int]:
    """How strictly each cell of a row is shown, 0 for plainly."""
    return {one: order(one).index(shown(policy.decide(standing, one, action), row, asker)) for one in COORDINATES}


def agreed_on(
    said: PolicyLines, standing: Standing, action: Action, row: RowFacts, asker: Asker
) -> dict[Coordinate, int]:
    """The same by the lines of the agreements alone, for somebody of the organisation that runs the exchange.

    Whoever is asked by the reference evaluator here sees no file and asks here: nothing is met with anything.
    """
    through = standing.through
    assert through is not None
    lines = [replace(line, agreement="") for line in said.lines if line.agreement in through.agreements]
    alone = replace(standing, organisation=through.organisation, agreement="", through=None)
    asking = replace(asker, organisation=through.organisation)
    return {
        one: order(one).index(
            cell(lines, said.role_links, asking, alone, FACTS, coordinate=one, action=action, row=row)
        )
        for one in COORDINATES
    }


def through_of(random: Random, asker: Asker, action: Action) -> Standing:
    return replace(a_standing(random, asker, action), through=a_through(random))


def an_action(random: Random) -> Action:
    return random.choice([one for one in ACTIONS if one is not Action.DELIVER])


@pytest.mark.whole
@settings(max_examples=200, deadline=None)
@given(chances)
def test_through_an_exchange_nobody_sees_more_than_here(random: Random) -> None:
    said, asker, action = a_policy(random), an_asker(random), an_action(random)
    policy, standing = Policy.build(said.lines, said.role_links, FACTS), through_of(random, asker, action)
    for row in [a_row(random) for _ in range(ROWS)]:
        here = seen(policy, replace(standing, through=None), action, row, asker)
        there = seen(policy, standing, action, row, asker)
        assert all(there[one] >= here[one] for one in COORDINATES)


@pytest.mark.whole
@settings(max_examples=200, deadline=None)
@given(chances)
def test_an_invented_person_never_gets_a_cell_that_the_agreements_do_not_give(random: Random) -> None:
    """Any organisation, any roles, any area, any ties: at most what everybody of the agreements' asker has together."""
    said, action = a_policy(random), an_action(random)
    policy = Policy.build(said.lines, said.role_links, FACTS)
    invented = replace(an_asker(random), areas=random.choice((ALL_CITIES, (Area("31"),), ())))
    standing = replace(through_of(random, invented, action), roles=frozenset(FACTS.roles))
    for row in [a_row(random) for _ in range(ROWS)]:
        tied = {(tie, SUBJECT_TYPE): frozenset(PEOPLE) for tie in Tie}
        everybody = replace(invented, areas=ALL_CITIES, tied=tied)
        most = agreed_on(said, standing, action, row, everybody)
        got = seen(policy, standing, action, row, invented)
        assert all(got[one] >= most[one] for one in COORDINATES if COORDINATES[one].personal)


@pytest.mark.whole
@settings(max_examples=100, deadline=None)
@given(chances)
def test_nothing_is_shown_through_an_exchange_without_agreements(random: Random) -> None:
    said, asker, action = a_policy(random), an_asker(random), an_action(random)
    policy, standing = Policy.build(said.lines, said.role_links, FACTS), a_standing(random, asker, action)
    for agreements in (frozenset[str](), frozenset({""}), frozenset({"any"}), frozenset({"a3"})):
        through = replace(standing, through=Through(asker.organisation, agreements))
        for coordinate in COORDINATES:
            decision = policy.decide(through, coordinate, action)
            assert (decision.grants, decision.reason) == ((), "not-granted")


@pytest.mark.whole
@settings(max_examples=200, deadline=None)
@given(chances)
def test_revoking_an_agreement_takes_what_it_alone_gave_and_nothing_else(random: Random) -> None:
    """Its lines gone, and its name not among those in force: both say the same, and the other's cells stay."""
    said, asker, action = a_policy(random), an_asker(random), an_action(random)
    policy = Policy.build(said.lines, said.role_links, FACTS)
    left = Policy.build([line for line in said.lines if line.agreement != "a2"], said.role_links, FACTS)
    drawn = replace(a_standing(random, asker, action), agreement="")
    standings = {
        names: replace(drawn, through=Through(asker.organisation, names))
        for names in (AGREEMENTS, frozenset({"a1"}), frozenset({"a2"}))
    }
    both, one, other = standings.values()
    for row in [a_row(random) for _ in range(ROWS)]:
        after = seen(policy, one, action, row, asker)
        assert after == seen(left, both, action, row, asker)
        alone = seen(policy, other, action, row, asker)
        united = seen(policy, both, action, row, asker)
        # Denies of an agreement, which only a drawn policy has, close the other's cells too while it runs.
        if all(line.effect == "allow" for line in said.lines if line.agreement):
            assert united == {at: min(after[at], alone[at]) for at in COORDINATES}


def test_the_properties_are_of_policies_that_show_something_through_an_exchange() -> None:
    random, found = Random(3), set[str]()
    for _ in range(400):
        said, asker = a_policy(random), an_asker(random)
        policy, standing = Policy.build(said.lines, said.role_links, FACTS), through_of(random, asker, Action.READ)
        for coordinate in COORDINATES:
            decision = policy.decide(standing, coordinate, Action.READ)
            found.add(shown(decision, a_row(random), asker))
    assert {PLAIN, "m1", "m2", "m3", WITHHELD} <= found
