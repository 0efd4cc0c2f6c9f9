from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from policies import compile as module
from policies.compile import Policy
from policies.errors import PolicyBuildError
from policies.lines import Effect, Line, PolicyFacts, RoleLink
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision, Deny, Grant
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING, OwnAreas, WithinArea, covers

Build = Callable[..., Policy]
WORKER = Standing(frozenset({"worker"}), "health", "care", Mode.ORDINARY)
NAME = Coordinate("Resident", "name")
PHONE = Coordinate("Resident", "phone")


def test_grants_are_least_strict_first_then_by_line(policy: Build) -> None:
    decision = policy(
        "p, role:worker, any, Resident.name, read, care, any, allow, redact",
        "p, any, own, Resident.name, read, any, ordinary, allow, surname",
        "p, org:health, 310115, Resident.name, read, care, any, allow, partial",
        "p, role:worker, 310107, Resident.*, read, care, any, allow, plain",
        "p, any, 310107, Resident.*, read, any, any, deny,",
        "p, any, own, Resident.name, read, care, any, allow, partial",
    ).decide(WORKER, NAME, Action.READ)
    assert decision == Decision(
        NAME,
        grants=(
            Grant(WithinArea(Area("310107")), "plain", "policy.csv:4"),
            Grant(WithinArea(Area("310115")), "partial", "policy.csv:3"),
            Grant(OwnAreas(), "partial", "policy.csv:6"),
            Grant(OwnAreas(), "surname", "policy.csv:2"),
            Grant(EVERYTHING, "redact", "policy.csv:1"),
        ),
        denies=(Deny(WithinArea(Area("310107")), "policy.csv:5"),),
    )


@pytest.mark.parametrize(
    "line",
    [
        "p, role:analyst, any, Resident.name, read, care, ordinary, allow, plain",
        "p, org:eatwell, any, Resident.name, read, care, ordinary, allow, plain",
        "p, role:worker, any, Resident.phone, read, care, ordinary, allow, plain",
        "p, role:worker, any, Visit.*, read, care, ordinary, allow, plain",
        "p, role:worker, any, Resident.name, derive, care, ordinary, allow, plain",
        "p, role:worker, any, Resident.name, read, care, emergency, allow, plain",
    ],
)
def test_a_line_for_another_grants_nothing(line: str, policy: Build) -> None:
    assert policy(line).decide(WORKER, NAME, Action.READ) == Decision(NAME, reason="not-granted")


def test_no_action_implies_another(policy: Build) -> None:
    opened = policy("p, any, any, *, read, any, any, allow, plain")
    for action in Action:
        assert bool(opened.decide(WORKER, NAME, action).grants) == (action is Action.READ)


def test_what_is_not_known_is_decided_against_even_by_an_open_policy(policy: Build) -> None:
    opened = policy("p, any, any, *, read, any, any, allow, plain")
    nobody = Coordinate("Resident", "nobody")
    assert opened.decide(WORKER, nobody, Action.READ) == Decision(nobody, reason="unknown")
    assert not opened.decide(replace(WORKER, purpose="curiosity"), NAME, Action.READ).grants
    assert not opened.decide(replace(WORKER, purpose=""), NAME, Action.READ).grants
    assert opened.decide(replace(WORKER, roles=frozenset({"made-up"})), NAME, Action.READ).grants


def test_a_role_that_nobody_declared_holds_nothing(policy: Build) -> None:
    granted = policy("p, role:worker, any, *, read, any, any, allow, plain", "g, role:officer, role:worker")
    for role in ("role:worker", "worker ", "Worker", "", "any"):
        stranger = replace(WORKER, roles=frozenset({role}))
        assert granted.decide(stranger, NAME, Action.READ).reason == "not-granted"


def test_an_organisation_is_not_a_role_of_its_name(policy: Build) -> None:
    granted = policy("p, role:worker, any, *, read, any, any, allow, plain")
    impostor = Standing(frozenset(), "worker", "care", Mode.ORDINARY)
    assert granted.decide(impostor, NAME, Action.READ).reason == "not-granted"


def test_modes_match_exactly_and_any_matches_both(policy: Build) -> None:
    decided = policy(
        "p, any, any, Resident.name, read, care, ordinary, allow, redact",
        "p, any, any, Resident.name, read, care, emergency, allow, plain",
        "p, any, any, Resident.name, read, care, any, allow, surname",
    )
    shown = {
        mode: [grant.shown for grant in decided.decide(replace(WORKER, mode=mode), NAME, Action.READ).grants]
        for mode in Mode
    }
    assert shown == {Mode.ORDINARY: ["surname", "redact"], Mode.EMERGENCY: ["plain", "surname"]}


def test_nested_roles_nine_deep(policy: Build) -> None:
    names = [f"role:deep{level}" for level in range(10)]
    links = [f"g, {holder}, {held}" for holder, held in pairwise(names)]
    nested = policy(*links, "p, role:deep9, any, Resident.name, read, any, any, allow, plain")
    top = replace(WORKER, roles=frozenset({"deep0"}))
    assert [grant.line for grant in nested.decide(top, NAME, Action.READ).grants] == ["policy.csv:10"]
    assert not nested.decide(replace(WORKER, roles=frozenset({"deep10"})), NAME, Action.READ).grants


def test_what_is_held_does_not_hold_its_holder(policy: Build) -> None:
    nested = policy("g, role:officer, role:worker", "p, role:officer, any, *, read, any, any, allow, plain")
    assert nested.decide(WORKER, NAME, Action.READ).reason == "not-granted"


def test_delivery_is_decided_for_the_receiving_organisation(policy: Build) -> None:
    given = policy("p, org:eatwell, any, Resident.identityNo, deliver, care, ordinary, allow, plain")
    number = Coordinate("Resident", "identityNo")
    receiver = Standing(frozenset(), "eatwell", "care", Mode.ORDINARY)
    assert given.decide(receiver, number, Action.DELIVER).visible == EVERYTHING
    assert not given.decide(WORKER, number, Action.DELIVER).grants
    assert not given.decide(receiver, number, Action.READ).grants


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["p, any, own, Resident.name, read, care, any, allow, plain"], ""),
        (["p, any, own, Resident.phone, read, care, any, allow, plain"], "not-granted"),
        (["p, any, any, Resident.name, read, any, any, deny,"], "not-granted"),
        (["p, any, own, Resident.name, read, audit, any, allow, plain"], "purpose"),
        (["p, role:analyst, own, Resident.name, read, audit, any, allow, plain"], "not-granted"),
        (["p, any, own, Resident.name, read, audit, emergency, allow, plain"], "not-granted"),
        (
            [
                "p, any, own, Resident.name, read, care, any, allow, plain",
                "p, any, any, Resident.name, read, care, any, deny,",
            ],
            "denied",
        ),
        (
            [
                "p, any, own, Resident.name, read, care, any, allow, plain",
                "p, any, 310115, Resident.name, read, care, any, deny,",
            ],
            "",
        ),
        (
            [
                "p, any, own, Resident.name, read, audit, any, allow, plain",
                "p, any, any, Resident.name, read, care, any, deny,",
            ],
            "purpose",
        ),
        (
            [
                "p, any, own, Resident.name, read, audit, any, allow, plain",
                "p, any, any, Resident.name, read, any, any, deny,",
            ],
            "not-granted",
        ),
    ],
)
def test_the_reason_in_one_word(lines: list[str], reason: str, policy: Build) -> None:
    assert policy(*lines).decide(WORKER, NAME, Action.READ).reason == reason


def test_grants_unite_cell_by_cell(policy: Build) -> None:
    """Promise 5. Two roles, two areas, two fields: neither field may spread over the other's rows.

    Other engines unite the rows and the columns of two roles apart (hasura/graphql-engine 10711).
    """
    both = policy(
        "p, role:worker, 310115, Resident.name, read, care, ordinary, allow, plain",
        "p, role:analyst, 310107, Resident.phone, read, care, ordinary, allow, plain",
    )
    standing = replace(WORKER, roles=frozenset({"worker", "analyst"}))
    seen = {
        (coordinate.field, area)
        for coordinate in (NAME, PHONE)
        for area in ("310115", "310107")
        if covers(both.decide(standing, coordinate, Action.READ).visible, Area(area), (Area("31"),))
    }
    assert seen == {("name", "310115"), ("phone", "310107")}


def test_a_decision_is_made_once(policy: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    decided = policy("p, any, any, *, read, any, any, allow, plain")
    first = decided.decide(WORKER, NAME, Action.READ)
    monkeypatch.setattr(module, "_decision", None)  # asked again, it would fail
    again = Standing(frozenset(["worker"]), "health", "care", Mode.ORDINARY)
    assert decided.decide(again, Coordinate("Resident", "name"), Action.READ) is first


def test_memory_is_bounded(policy: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STANDINGS", 2)
    decided = policy("p, any, any, *, read, any, any, allow, plain")
    for organisation in "abc":
        standing = replace(WORKER, organisation=organisation)
        for field in ("name", "nobody", "nothing"):
            decided.decide(standing, Coordinate("Resident", field), Action.READ)
        assert len(decided._standing(standing).decisions) == 1
    assert decided._standing.cache_info().currsize == 2


def test_many_threads_get_one_answer(policy: Build) -> None:
    decided = policy("p, role:worker, own, *, read, care, any, allow, plain")
    answers: list[Decision] = []
    threads = [
        threading.Thread(target=lambda: answers.append(decided.decide(WORKER, NAME, Action.READ))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [Decision(NAME, (Grant(OwnAreas(), "plain", "policy.csv:1"),))] * 16


def test_two_lines_of_one_name_are_refused(facts: PolicyFacts) -> None:
    allow = Line(1, "policy.csv", "any", EVERYTHING, "*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    deny = replace(allow, effect=Effect.DENY, shown="")
    with pytest.raises(PolicyBuildError, match=r"policy\.csv:1"):
        Policy.build([allow, deny], [], facts)


def test_roles_deeper_than_casbin_follows_are_refused_here_too(facts: PolicyFacts) -> None:
    """Each of several files may be right, and their roles together too deep."""
    links = [RoleLink(level, "policy.csv", f"role:deep{level}", f"role:deep{level + 1}") for level in range(10)]
    with pytest.raises(PolicyBuildError, match="role:deep0 holds role:deep10"):
        Policy.build([], links, facts)
    Policy.build([], links[1:], facts)
