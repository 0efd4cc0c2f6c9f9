from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.compile import Policy
from policies.diff import Difference, diff, difference, distinguished
from policies.lines import PolicyFacts, PolicyLines
from policies.load import load
from policies.reference import WITHHELD
from tests.policies.drawn import COORDINATES, FACTS, a_policy, a_row, a_standing, an_asker, shown
from vocabulary.principal import Action, Mode, Standing

WORKER = Standing(frozenset({"worker"}), "health", "care", Mode.ORDINARY)
NAME = "p, role:worker, %s, Resident.name, read, care, any, allow, %s"
PHONE = "p, role:worker, own, Resident.phone, read, care, any, allow, plain"
Build = Callable[..., Policy]
Read = Callable[..., PolicyLines]
chances = st.randoms(use_true_random=False)


@pytest.fixture
def read(facts: PolicyFacts) -> Read:
    def said(*lines: str) -> PolicyLines:
        return load("".join(f"{line}\n" for line in lines), file="policy.csv", facts=facts)

    return said


@pytest.fixture
def differences(policy: Build, facts: PolicyFacts) -> Callable[..., tuple[Difference, ...]]:
    """What differs for one standing."""

    def look(old: list[str], new: list[str], standing: Standing = WORKER) -> tuple[Difference, ...]:
        return diff(policy(*old), policy(*new), [standing], facts.coordinates)

    return look


@pytest.mark.whole  # thousands of examples
@settings(max_examples=300, deadline=None)
@given(chances)
def test_where_no_difference_is_told_no_cell_differs_and_its_sign_is_right(random: Random) -> None:
    """Never a silent change, and never a `+` that takes: half of a policy's lines stay, as in a real change."""
    said, asker = a_policy(random), an_asker(random)
    kept = tuple(line for line in said.lines if random.random() < 0.8) or said.lines
    old, new = (Policy.build(lines, said.role_links, FACTS) for lines in (said.lines, kept))
    standing = a_standing(random, asker)
    for coordinate, known in COORDINATES.items():
        found = difference(old, new, standing, coordinate, Action.READ, chain=known.chain)
        order = ("plain", *known.chain, WITHHELD)
        for row in [a_row(random) for _ in range(6)]:
            before, after = (
                order.index(shown(one.decide(standing, coordinate, Action.READ), row, asker)) for one in (old, new)
            )
            if found is None:
                assert after == before
            elif found.sign == "+":
                assert after <= before
            elif found.sign == "-":
                assert after >= before


@pytest.mark.whole
@settings(max_examples=200, deadline=None)
@given(chances)
def test_the_order_of_lines_makes_no_difference(random: Random) -> None:
    said = a_policy(random)
    mixed = random.sample(said.lines, len(said.lines))
    old, new = (Policy.build(lines, said.role_links, FACTS) for lines in (said.lines, mixed))
    standings = [a_standing(random, an_asker(random)) for _ in range(3)]
    assert diff(old, new, standings, COORDINATES) == ()


@pytest.mark.whole
@settings(max_examples=200, deadline=None)
@given(chances)
def test_whoever_sees_more_or_less_is_among_the_standings_that_lines_tell_apart(random: Random) -> None:
    said = a_policy(random)
    new = replace(said, lines=said.lines[:-1])
    before, after = (Policy.build(one.lines, one.role_links, FACTS) for one in (said, new))
    told = distinguished(said, new, FACTS)
    assert told.left_out == 0
    found = {(one.coordinate, one.action) for one in diff(before, after, told.standings, COORDINATES)}
    drawn = a_standing(random, an_asker(random))
    exchange = drawn.through and replace(drawn.through, agreements=frozenset({random.choice(("a1", "a2"))}))
    single = replace(drawn, roles=frozenset({random.choice(sorted(FACTS.roles))}), agreement="", through=exchange)
    for one in diff(before, after, [single], COORDINATES):
        assert (one.coordinate, one.action) in found


@pytest.mark.parametrize(
    ("old", "new", "sign", "text"),
    [
        ([PHONE], [PHONE, NAME % ("own", "plain")], "+", "withheld → plain where own [policy.csv:2]"),
        ([PHONE, NAME % ("own", "plain")], [PHONE], "-", "plain where own [policy.csv:2] → withheld"),
        ([NAME % ("own", "surname")], [NAME % ("own", "partial")], "+", "surname where own"),
        ([NAME % ("own", "plain")], [NAME % ("own adult", "plain")], "-", "plain where (adult and own)"),
        ([NAME % ("310115", "plain")], [NAME % ("310115016", "plain")], "-", "plain where within 310115016"),
        ([NAME % ("310115", "plain")], [NAME % ("310104", "plain")], "±", "plain where within 310104"),
        (
            [NAME % ("own", "plain")],
            [NAME % ("own", "plain"), "p, any, 310104, *, read, any, any, deny,"],
            "-",
            "plain where own [policy.csv:1], never where within 310104 [policy.csv:2]",
        ),
        (
            [NAME % ("own", "plain")],
            [NAME % ("own", "plain"), "p, any, any, *, read, any, any, deny,"],
            "-",
            "→ withheld [policy.csv:2]",
        ),
    ],
    ids=str,
)
def test_what_differs_is_told_with_its_line(
    differences: Callable[..., tuple[Difference, ...]], old: list[str], new: list[str], sign: str, text: str
) -> None:
    (found,) = [one for one in differences(old, new) if one.coordinate.field == "name"]
    assert found.sign == sign
    assert str(found).startswith(f"{sign} role:worker of health, care, ordinary · Resident.name: ")
    assert text in str(found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([NAME % ("own", "plain")], [PHONE, NAME % ("own", "plain")]),
        ([NAME % ("own", "plain")], [NAME % ("own", "plain"), NAME % ("own", "partial")]),
        ([NAME % ("own", "plain")], [NAME % ("own", "plain"), NAME % ("own adult", "plain")]),
        ([NAME % ("own", "plain")], ["p, any, own, Resident.name, read, care, any, allow, plain"]),
        ([PHONE], [PHONE, "p, any, any, Resident.name, read, any, any, deny,"]),
        ([PHONE], [PHONE, NAME % ("own", "plain"), "p, any, any, Resident.name, read, any, any, deny,"]),
    ],
    ids=str,
)
def test_what_is_only_written_otherwise_is_no_difference(
    differences: Callable[..., tuple[Difference, ...]], old: list[str], new: list[str]
) -> None:
    assert [one for one in differences(old, new) if one.coordinate.field == "name"] == []


def test_standings_with_the_same_difference_stand_together(policy: Build, facts: PolicyFacts) -> None:
    standings = [
        replace(WORKER, organisation=name, agreement=under) for name in ("health", "eatwell") for under in "ab"
    ]
    (found,) = diff(policy(PHONE), policy(PHONE, NAME % ("own", "plain")), standings, facts.coordinates)
    assert found.standings == tuple(standings)
    assert "under b | role:worker of eatwell, care, ordinary, under a | and 1 more · Resident.name" in str(found)


def test_only_standings_that_a_changed_line_concerns_are_told_apart(read: Read, facts: PolicyFacts) -> None:
    old, new = read(PHONE), read(PHONE, NAME % ("own", "plain"), "g, role:officer, role:worker")
    told = distinguished(read(PHONE, "g, role:officer, role:worker"), new, facts)
    assert {one.roles for one in told.standings} == {frozenset(), frozenset({"worker"}), frozenset({"officer"})}
    assert {one.purpose for one in told.standings} == {"care", "audit"}
    assert distinguished(old, old, facts).standings == ()
    assert frozenset({"officer"}) in {one.roles for one in distinguished(old, new, facts).standings}


def test_what_is_left_out_is_counted(read: Read, facts: PolicyFacts) -> None:
    old, new = read(PHONE), read(NAME % ("own", "plain"))
    whole = distinguished(old, new, facts)
    part = distinguished(old, new, facts, most=3)
    assert (len(part.standings), part.left_out) == (3, len(whole.standings) - 3)


def test_nobody_is_asked_about_under_an_agreement_that_is_not_theirs(read: Read, facts: PolicyFacts) -> None:
    said = read(PHONE, "p, org:health, own, Resident.name, read, audit, any, allow, plain")
    agreed = replace(said, lines=(said.lines[0], replace(said.lines[1], agreement="A-1")))
    told = distinguished(read(PHONE), agreed, facts).standings
    under = {(one.organisation, one.purpose) for one in told if one.agreement}
    assert under == {("health", "audit")}


def test_what_an_exchange_is_shown_is_compared_too(read: Read, facts: PolicyFacts) -> None:
    """An agreement on what its asker's people have anyway shows more to nobody but its exchange."""
    line = "p, org:health, own, Resident.name, read, care, ordinary, allow, plain"
    old, twice = read(line), read(line, line.replace("own", "own adult"))
    new = replace(twice, lines=(twice.lines[0], replace(twice.lines[1], agreement="A-1")))
    before, after = (Policy.build(one.lines, [], facts) for one in (old, new))
    (found,) = diff(before, after, distinguished(old, new, facts).standings, facts.coordinates)
    assert str(found) == (
        "+ anybody of health, care, ordinary, through the exchange of health · Resident.name: withheld → plain where "
        "(adult and own) [policy.csv:1 and policy.csv:2]"
    )
