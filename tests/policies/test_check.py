from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.check import Kind, Shape, check, entry_lines, implies
from policies.lines import Line, PolicyFacts, RoleLink
from policies.load import load
from policies.reference import cell
from tests.policies.drawn import ACTIONS, COORDINATES, FACTS, a_policy, a_row, a_standing, an_asker
from tests.support.rules import askers, facts_of, rows, rules
from vocabulary.agreement import Agreement, Negative, Wish
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action
from vocabulary.rows import Asker, RowFacts, RowRule, WithinArea, covers
from vocabulary.values import Value

Found = Callable[..., list[tuple[str, str]]]
NAME = "p, role:worker, %s, Resident.name, read, care, ordinary, allow, %s"
SHAPE = Shape(
    reveals={Coordinate("Resident", "identityNo"): (Coordinate("Resident", "birthDate"),)},
    companions={Coordinate("Resident", "ageBand"): Coordinate("Resident", "birthDate")},
    leads={Coordinate("Resident", "phone"): "Visit"},
    nowhere=frozenset({"Place"}),
)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
AGREED = Agreement(
    "A-1",
    "health",
    "eatwell",
    (),
    (Wish("Resident.name", Action.READ, "partial"),),
    "own adult",
    "care",
    "ordinary",
    "PIPL art. 34",
    START,
    START.replace(year=2027),
    "lists.yaml:7",
)
chances = st.randoms(use_true_random=False)


@pytest.fixture
def found(facts: PolicyFacts) -> Found:
    """What is odd about these lines: each line's number with the kind."""

    def look(*lines: str, shape: Shape | None = SHAPE) -> list[tuple[str, str]]:
        said = load("".join(f"{line}\n" for line in lines), file="policy.csv", facts=facts)
        return [
            (one.line.removeprefix("policy.csv:"), one.kind) for one in check(said.lines, said.role_links, facts, shape)
        ]

    return look


@pytest.mark.whole  # thousands of examples
@settings(max_examples=300, deadline=None)
@given(chances)
def test_removing_what_is_dead_or_shadowed_changes_no_decision(random: Random) -> None:
    said = a_policy(random)
    useless = {one.line for one in check(said.lines, said.role_links, FACTS) if one.kind in {"dead", "shadowed"}}
    without = [
        tuple(line for line in said.lines if line.name not in gone) for gone in [useless, *({name} for name in useless)]
    ]
    for _ in range(12):
        action, asker = random.choice(ACTIONS), an_asker(random)
        standing = a_standing(random, asker, action)
        for row in (a_row(random), a_row(random)):
            for coordinate in COORDINATES:

                def shown(
                    lines: tuple[Line, ...], of: Coordinate = coordinate, at: RowFacts = row, act: Action = action
                ) -> str:
                    links = said.role_links
                    return cell(lines, links, asker, standing, FACTS, coordinate=of, action=act, row=at)  # noqa: B023

                before = shown(said.lines)
                assert [shown(lines) for lines in without] == [before] * len(without)


def test_random_policies_have_lines_that_are_dead_and_lines_that_are_shadowed() -> None:
    """The property above could hold of a check that finds nothing."""
    random, kinds = Random(7), set[str]()
    for _ in range(200):
        said = a_policy(random)
        kinds |= {one.kind for one in check(said.lines, said.role_links, FACTS)}
    assert {Kind.DEAD, Kind.SHADOWED} <= kinds


@settings(max_examples=300, deadline=None)
@given(rules, rules, rows, askers)
def test_what_a_rule_implies_always_covers_as_much(
    narrow: RowRule, wide: RowRule, cells: dict[str, Value], asker: Asker
) -> None:
    if implies(narrow, wide):
        row = facts_of(cells)
        inner, outer = covers(narrow, row, asker), covers(wide, row, asker)
        assert inner is not True or outer is True
        assert outer is not False or inner is False


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        # dead
        ((NAME % ("own", "plain"), "p, any, any, Resident.*, read, any, any, deny,"), [("1", "dead")]),
        ((NAME % ("310115016", "plain"), "p, any, 310115, *, read, care, any, deny,"), [("1", "dead")]),
        ((NAME % ("own adult", "plain"), "p, any, any adult, Resident.*, read, any, any, deny,"), [("1", "dead")]),
        ((NAME % ("own", "plain"), "p, any, 310115, *, read, any, any, deny,"), []),
        ((NAME % ("own", "plain"), "p, any, any adult, Resident.*, read, any, any, deny,"), []),
        ((NAME % ("own", "plain"), "p, any, any, *, read, audit, any, deny,"), []),
        ((NAME % ("own", "plain"), "p, role:officer, any, *, read, any, any, deny,"), []),
        ((NAME % ("own", "partial"), NAME % ("own", "plain")), [("1", "dead")]),
        ((NAME % ("own", "redact"), NAME % ("own", "partial")), [("1", "dead")]),
        ((NAME % ("own", "partial"), NAME % ("own adult", "plain")), []),
        (
            ("p, any, own, Place.name, read, any, any, allow, plain",),
            [("1", "dead")],
        ),
        (("g, role:officer, role:analyst", NAME % ("own", "plain")), [("1", "dead")]),
        # shadowed
        ((NAME % ("own adult", "plain"), NAME % ("own", "plain")), [("1", "shadowed")]),
        ((NAME % ("own", "plain"), "p, any, own, Resident.*, read, any, any, allow, plain"), [("1", "shadowed")]),
        ((NAME % ("310115016", "plain"), NAME % ("310115", "plain")), [("1", "shadowed")]),
        (("p, any, 31, *, read, any, any, deny,", "p, any, any, *, read, any, any, deny,"), [("1", "shadowed")]),
        (
            (
                NAME % ("own", "plain"),
                "g, role:worker, role:analyst",
                "p, role:analyst, own, Resident.name, read, any, any, allow, plain",
            ),
            [("1", "shadowed")],
        ),
        ((NAME % ("own", "plain"), "p, role:analyst, own, Resident.name, read, any, any, allow, plain"), []),
        # lonely
        (("p, any, own, Resident.ageBand, read, care, any, allow, plain",), [("1", "lonely")]),
        (
            (
                "p, any, own, Resident.ageBand, read, care, any, allow, plain",
                "p, role:worker, own, Resident.birthDate, derive, care, any, allow, plain",
            ),
            [],
        ),
        (("p, role:worker, own, Resident.phone, read, care, any, allow, plain",), [("1", "lonely")]),
        (
            (
                "p, role:worker, own, Resident.phone, read, care, any, allow, plain",
                "p, role:analyst, own, Visit.date, read, care, any, allow, plain",
            ),
            [("1", "lonely")],
        ),
        (
            (
                "p, role:worker, own, Resident.phone, read, care, any, allow, plain",
                "p, org:health, own, Visit.date, read, care, any, allow, plain",
            ),
            [],
        ),
        (("p, role:worker, own, Resident.identityNo, match, care, any, allow, plain",), [("1", "lonely")]),
        # wide
        (("p, role:worker, own, *, read, care, any, allow, plain",), [("1", "wide")]),
        (("p, role:worker, any, Resident.name, read, care, any, allow, plain",), [("1", "wide")]),
        (("p, role:worker, any, Place.name, read, care, any, allow, plain",), []),
        (("p, role:worker, any adult, Resident.name, read, care, any, allow, plain",), []),
        (("p, org:eatwell, any, Resident.identityNo, deliver, care, any, allow, plain",), []),
    ],
    ids=str,
)
def test_what_is_found(found: Found, lines: tuple[str, ...], kinds: list[tuple[str, str]]) -> None:
    assert found(*lines) == kinds


def test_a_mask_below_a_plain_line_that_gives_siblings_away_is_not_dead(found: Found) -> None:
    """On rows where the birth date is hidden the plain grant gives way, and the mask shows."""
    number = "p, role:worker, own, Resident.identityNo, read, care, any, allow, "
    assert found(f"{number}plain", f"{number}partial") == []
    assert found(f"{number}plain", f"{number}partial", shape=None) == [("2", "dead")]


def test_of_two_lines_that_say_the_same_the_first_one_stays(facts: PolicyFacts) -> None:
    said = load(NAME % ("own", "plain") + "\n", file="a.csv", facts=facts)
    twice = (*said.lines, replace(said.lines[0], file="b.csv"))
    assert [one.line for one in check(twice, [], facts)] == ["b.csv:1"]


def test_what_nobody_is_or_asks_for_is_dead(facts: PolicyFacts) -> None:
    said = load(NAME % ("own", "plain") + "\n", file="policy.csv", facts=facts)
    for change, word in (
        ({"subject": "role:ghost"}, "nobody is role:ghost"),
        ({"subject": "org:ghost"}, "nobody is org:ghost"),
        ({"purpose": "haunting"}, "nobody asks for haunting"),
        ({"agreement": "A-0"}, "there is no agreement A-0"),
    ):
        line = replace(said.lines[0], **change)  # type: ignore[arg-type]  # its fields
        (finding,) = check([line], [], facts, agreements=[])
        assert (finding.kind, finding.problem) == (Kind.DEAD, word)
    assert check([replace(said.lines[0], agreement="A-0")], [], facts) == ()


def test_a_line_that_opens_what_an_agreement_asks_for_makes_that_idle(facts: PolicyFacts) -> None:
    text = "p, org:health, own, Resident.name, read, care, any, allow, partial\n"
    said = load(text, file="policy.csv", facts=facts)
    (finding,) = check(said.lines, [], facts, agreements=[AGREED])
    assert (finding.line, finding.kind) == ("policy.csv:1", Kind.IDLE)
    assert "without A-1" in str(finding)
    narrower = load(text.replace("own", "310115"), file="policy.csv", facts=facts)
    assert check(narrower.lines, [], facts, agreements=[AGREED]) == ()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("p, org:health, own adult, Resident.name, read, care, ordinary, allow, partial", []),
        ("p, org:health, own adult mine, Resident.name, read, care, ordinary, allow, surname", []),
        ("p, org:health, own, Resident.name, read, care, ordinary, allow, partial", ["wider"]),
        ("p, org:health, own adult, Resident.name, read, care, ordinary, allow, plain", ["wider"]),
        ("p, org:health, own adult, Resident.phone, read, care, ordinary, allow, partial", ["wider"]),
        ("p, org:eatwell, own adult, Resident.name, read, care, ordinary, allow, partial", ["wider"]),
        ("p, org:health, own adult, Resident.name, read, care, any, allow, partial", ["wider"]),
        ("p, org:health, own adult, Resident.name, read, audit, ordinary, allow, partial", ["wider"]),
    ],
)
def test_a_line_under_an_agreement_opens_no_more_than_that_asks_for(
    facts: PolicyFacts, text: str, kinds: list[str]
) -> None:
    said = load(f"{text}\n", file="policy.csv", facts=facts)
    lines = [replace(line, agreement="A-1") for line in said.lines]
    assert [one.kind for one in check(lines, [], facts, agreements=[AGREED])] == kinds


def test_a_line_of_an_agreement_is_not_shadowed_by_one_of_none(facts: PolicyFacts) -> None:
    """Through an exchange nothing else opens what was agreed on with it."""
    wide_line = "p, org:health, any, Resident.name, read, any, any, allow, plain\n"
    text = wide_line + "p, org:health, own, Resident.name, read, care, any, allow, plain\n"
    said = load(text, file="policy.csv", facts=facts)
    for wide, narrow, kinds in (
        ("", "", [Kind.SHADOWED]),
        ("A-1", "A-1", [Kind.SHADOWED]),
        ("", "A-1", []),
        ("A-2", "A-1", []),
    ):
        lines = [replace(said.lines[0], agreement=wide), replace(said.lines[1], agreement=narrow)]
        assert [one.kind for one in check(lines, [], facts)] == kinds


def test_the_lines_of_an_entry_cite_it(facts: PolicyFacts) -> None:
    (line,) = entry_lines(AGREED, facts)
    assert (line.name, line.agreement) == ("lists.yaml:7.1 A-1 (PIPL art. 34)", "A-1")
    closed = entry_lines(Negative("N-1", ("eatwell",), ("Visit.*",), "PIPL art. 28", "lists.yaml:3"), facts)
    assert {(one.effect, one.agreement, one.subject) for one in closed} == {("deny", "", "org:eatwell")}


def test_findings_stand_in_the_order_of_the_lines(found: Found) -> None:
    wide = [f"p, role:{role}, any, Resident.name, read, care, any, allow, plain" for role in ("worker", "analyst")]
    lonely = "p, any, own, Resident.ageBand, read, care, any, allow, plain"
    assert found(wide[0], lonely, wide[1]) == [("1", "wide"), ("2", "lonely"), ("3", "wide")]


@pytest.mark.whole  # thousands of examples
def test_a_hundred_thousand_lines_take_seconds(facts: PolicyFacts) -> None:
    roles = frozenset(f"r{number}" for number in range(1_000))
    many = replace(facts, roles=facts.roles | roles)
    (line,) = load(NAME % ("310115016", "plain") + "\n", file="policy.csv", facts=facts).lines
    names = sorted(roles)
    lines = [
        replace(
            line,
            number=number,
            subject=f"role:{names[number % 1_000]}",
            purpose=("care", "any")[number % 2],
            rows=WithinArea(Area(f"310115{101_000 + number}")),
        )
        for number in range(100_000)
    ]
    links = [RoleLink(one, "policy.csv", f"role:r{one}", f"role:r{one + 1}") for one in range(999) if one % 9]
    started = time.perf_counter()
    check(lines, links, many)
    assert time.perf_counter() - started < 30  # some seconds; a scan of all lines for each would take hours
