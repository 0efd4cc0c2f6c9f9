from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from policies.compile import Policy
from policies.lines import Effect, Line, PolicyFacts
from policies.model import LINE, MODEL, enforce, subjects_of
from tests.support.rules import AT
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing, Through
from vocabulary.rows import EVERYTHING, Asker, RowFacts, Tie, WithinArea
from vocabulary.values import Value

WORKER = Standing(frozenset({"worker"}), "health", "care", Mode.ORDINARY)
NAME = Coordinate("Resident", "name")
OPEN = "p, any, any, *, read, any, any, allow, plain"


ASKER = Asker("health", (Area("310115"),), at=AT)


def sees(
    policy: Policy,
    row: RowFacts,
    coordinate: Coordinate = NAME,
    *,
    standing: Standing = WORKER,
    asker: Asker = ASKER,
    action: Action = Action.READ,
) -> bool:
    return enforce(policy.enforcer, standing, policy.facts, asker=asker, coordinate=coordinate, action=action, row=row)


def at(area: str | None, subject: str | None = None, **values: Value) -> RowFacts:
    return RowFacts(Area(area) if area else None, "Resident", subject, values)


def test_the_model_is_shipped_with_the_package() -> None:
    assert "some(where (p.eft == allow)) && !some(where (p.eft == deny))" in MODEL


def test_subjects_are_every_role_and_the_organisation() -> None:
    standing = Standing(frozenset({"worker", "analyst"}), "health", "care", Mode.ORDINARY)
    assert subjects_of(standing) == ("role:analyst", "role:worker", "org:health")


def test_enforce_sees_own_rows_only(policy: Callable[..., Policy]) -> None:
    own = policy("p, role:worker, own, Resident.name, read, care, ordinary, allow, plain")
    assert sees(own, at("310115016"))
    assert not sees(own, at("310107"))
    assert not sees(own, at(None))
    assert not sees(own, at("310115016"), coordinate=Coordinate("Resident", "phone"))


def test_a_deny_wins_and_holds_where_the_area_is_not_known(policy: Callable[..., Policy]) -> None:
    closed = policy(OPEN, "p, any, 310115016, Resident.*, read, any, any, deny,")
    assert sees(closed, at("310115"))
    assert not sees(closed, at("310115016003"))
    assert not sees(closed, at(None))


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ("own", {"310115", "310115016"}),
        ("within", {"310115016"}),
        ("exactly", {"310115"}),
        ("parent", {"31"}),
        ("310115016", {"310115016"}),
        ("any", {"31", "310115", "310115016", "310107"}),
    ],
)
def test_enforce_sees_an_area_as_the_words_say(policy: Callable[..., Policy], word: str, seen: set[str]) -> None:
    place = Coordinate("Place", "name")
    opened = policy(f"p, any, {word}, Place.name, read, any, any, allow, plain")
    assert {area for area in ("31", "310115", "310115016", "310107") if sees(opened, at(area), place)} == seen


def test_enforce_sees_the_subjects_that_are_tied(policy: Callable[..., Policy]) -> None:
    opened = policy("p, any, case, Resident.name, read, any, any, allow, plain")
    tied = replace(ASKER, tied={(Tie.CASE, "Resident"): frozenset({"p1"})})
    assert sees(opened, at(None, "p1"), asker=tied)
    assert not sees(opened, at("310115", "p2"), asker=tied)
    assert not sees(opened, at("310115"), asker=tied)
    assert not sees(opened, at(None, "p1"))


def test_enforce_judges_conditions_and_an_unknown_one_denies(policy: Callable[..., Policy]) -> None:
    opened = policy("p, any, own adult, Resident.name, read, any, any, allow, plain")
    adult, child = dt.date(1990, 1, 1), dt.date(2020, 1, 1)
    assert sees(opened, at("310115", adult=adult))
    assert not sees(opened, at("310115", adult=child))
    assert not sees(opened, at("310107", adult=adult))
    assert not sees(opened, at("310115"))
    closed = policy(OPEN, "p, any, any adult, Resident.name, read, any, any, deny,")
    assert [sees(closed, at("310115", adult=born)) for born in (adult, child, None)] == [False, True, False]


def test_enforce_holds_every_grant_to_the_area_of_an_emergency(policy: Callable[..., Policy]) -> None:
    opened = policy(OPEN, "p, any, 310115016, *, read, any, any, deny,")
    urgent = replace(WORKER, mode=Mode.EMERGENCY)
    asker = replace(ASKER, emergencies=(Area("310115"),))
    assert [sees(opened, at(area), standing=urgent, asker=asker) for area in ("310115", "310107", None)] == [
        True,
        False,
        False,
    ]
    assert not sees(opened, at("310115016003"), standing=urgent, asker=asker)
    assert not sees(opened, at("310115"), standing=urgent)
    assert sees(opened, at("310107"), standing=WORKER, asker=asker)


def test_enforce_holds_every_read_of_a_sensitive_category_to_its_safeguards(policy: Callable[..., Policy]) -> None:
    opened = policy(OPEN)
    finding, born = Coordinate("Visit", "finding"), dt.date(1990, 1, 1)
    assert sees(opened, at(None, adult=born, agreed=True), finding)
    assert not sees(opened, at(None, adult=born), finding)
    assert not sees(opened, at(None, agreed=True), finding)
    assert sees(opened, at(None, adult=born), finding, standing=replace(WORKER, purpose="audit"))
    assert sees(opened, at(None), Coordinate("Visit", "place"))


def test_enforce_counts_a_line_of_an_agreement_under_that_one_alone(facts: PolicyFacts) -> None:
    line = Line(
        1, "lists.yaml", "any", EVERYTHING, "*", Action.READ, "any", "any", Effect.ALLOW, "plain", agreement="a1"
    )
    agreed = Policy.build([line], [], facts)
    seen = [sees(agreed, at(None), standing=replace(WORKER, agreement=one)) for one in ("a1", "a2", "")]
    assert seen == [True, False, False]


def test_enforce_counts_through_another_exchange_what_both_open_and_neither_closes(facts: PolicyFacts) -> None:
    line = Line(1, "policy.csv", "role:worker", EVERYTHING, "*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    given = replace(line, number=2, subject="org:eatwell", rows=WithinArea(Area("310115")), agreement="a1")
    closed = replace(given, number=3, rows=WithinArea(Area("310115016")), agreement="", effect=Effect.DENY, shown="")
    agreed = Policy.build([line, given, closed], [], facts)
    for names, seen in (({"a1"}, [True, False, False]), ({"a2"}, [False] * 3), ({"", "any"}, [False] * 3)):
        standing = replace(WORKER, through=Through("eatwell", frozenset(names)))
        assert [sees(agreed, at(area), standing=standing) for area in ("310115", "310104", "310115016")] == seen
        stranger = replace(standing, roles=frozenset({"analyst"}))
        assert not sees(agreed, at("310115"), standing=stranger)


def test_enforce_ex_names_no_line_for_an_allow(policy: Callable[..., Policy]) -> None:
    """Why the compiled grants must name theirs: Casbin names the line of a deny, and none that allowed."""
    opened = policy(OPEN)
    request = (subjects_of(WORKER), (at(None), ASKER), (), NAME, Action.READ, "care", Mode.ORDINARY, ("any", ""))
    assert opened.enforcer.enforce_ex(*request) == (True, [])
    assert [grant.line for grant in opened.decide(WORKER, NAME, Action.READ).grants] == ["policy.csv:1"]
    closed = policy(OPEN, "p, any, any, Resident.*, read, any, any, deny,")
    said, rule = closed.enforcer.enforce_ex(*request)
    assert (said, rule[LINE]) == (False, "policy.csv:2")


def test_casbin_counts_an_effect_under_another_name_as_an_allow(policy: Callable[..., Policy]) -> None:
    """Why the model calls its token `eft`."""
    closed = policy(OPEN, "p, any, any, Resident.*, read, any, any, deny,")
    assert not sees(closed, at("310115"))
    assertion = closed.enforcer.model["p"]["p"]
    assertion.tokens = ["p_effect" if token == "p_eft" else token for token in assertion.tokens]
    closed.enforcer.model["m"]["m"].value = closed.enforcer.model["m"]["m"].value.replace("p_eft", "p_effect")
    assert sees(closed, at("310115"))


def test_a_disabled_enforcer_would_allow_everything_and_decides_nothing(policy: Callable[..., Policy]) -> None:
    """Casbin has an off switch (`enable_enforce`); compiled decisions don't pass by it."""
    closed = policy("p, role:analyst, any, Resident.name, read, any, any, allow, plain")
    closed.enforcer.enable_enforce(enabled=False)
    assert sees(closed, at("310115"))
    assert closed.decide(WORKER, NAME, Action.READ).reason == "not-granted"
