from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from policies import compile as module
from policies.compile import Policy
from policies.errors import PolicyBuildError
from policies.lines import Effect, Line, PolicyFacts, RoleLink
from tests.support.rules import AT, CONDITIONS
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision, Deny, Grant
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING, OWN, Asker, Holds, InEmergency, RowFacts, WithinArea, all_of, covers

Build = Callable[..., Policy]
WORKER = Standing(frozenset({"worker"}), "health", "care", Mode.ORDINARY)
NAME = Coordinate("Resident", "name")
PHONE = Coordinate("Resident", "phone")
ADULTS = {"adult": dt.date(1990, 1, 1), "child": dt.date(2020, 1, 1)}


def first(decision: Decision, row: RowFacts, asker: Asker) -> str | None:
    """How a decision without denies shows a row's cell."""
    return next((grant.shown for grant in decision.grants if covers(grant.rows, row, asker) is True), None)


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
            Grant(OWN, "partial", "policy.csv:6"),
            Grant(OWN, "surname", "policy.csv:2"),
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
        if covers(both.decide(standing, coordinate, Action.READ).visible, RowFacts(Area(area)), Asker("health", ()))
    }
    assert seen == {("name", "310115"), ("phone", "310107")}


def test_grants_unite_cell_by_cell_under_conditions_too(policy: Build) -> None:
    """The same where conditions, not areas, tell the rows of two roles apart."""
    both = policy(
        "p, role:worker, any mine, Resident.name, read, care, ordinary, allow, plain",
        "p, role:analyst, own adult, Resident.phone, read, care, ordinary, allow, partial",
        "p, role:analyst, own adult mine, Resident.phone, read, care, ordinary, allow, plain",
    )
    standing = replace(WORKER, roles=frozenset({"worker", "analyst"}))
    asker = Asker("health", (Area("310115"),), at=AT)
    rows = {
        (owner, born): RowFacts(Area("310115016"), "Resident", "p1", {"mine": owner, "adult": ADULTS[born]})
        for owner in ("health", "eatwell")
        for born in ADULTS
    }
    seen = {
        (coordinate.field, *key): shown
        for coordinate in (NAME, PHONE)
        for key, row in rows.items()
        if (shown := first(both.decide(standing, coordinate, Action.READ), row, asker)) is not None
    }
    assert seen == {
        ("name", "health", "adult"): "plain",
        ("name", "health", "child"): "plain",
        ("phone", "health", "adult"): "plain",
        ("phone", "eatwell", "adult"): "partial",
    }


def test_in_an_emergency_every_grant_is_held_to_its_area_and_no_deny_is(policy: Build) -> None:
    decided = policy(
        "p, role:worker, own, Resident.name, read, care, any, allow, plain",
        "p, role:worker, any, Resident.name, read, care, emergency, allow, redact",
        "p, any, 310115016, Resident.name, read, any, any, deny,",
    )
    ordinary, urgent = (decided.decide(replace(WORKER, mode=mode), NAME, Action.READ) for mode in Mode)
    assert ordinary.grants == (Grant(OWN, "plain", "policy.csv:1"),)
    assert urgent.grants == (
        Grant(all_of(OWN, InEmergency()), "plain", "policy.csv:1"),
        Grant(InEmergency(), "redact", "policy.csv:2"),
    )
    assert urgent.denies == ordinary.denies == (Deny(WithinArea(Area("310115016")), "policy.csv:3"),)


def test_safeguards_narrow_every_read_grant_and_nothing_else(policy: Build) -> None:
    decided = policy(
        "p, any, own, Visit.*, read, any, any, allow, plain",
        "p, any, any adult, Visit.finding, read, any, any, allow, redact",
        "p, org:health, any, Visit.finding, deliver, any, any, allow, plain",
    )
    adult, agreed = Holds(CONDITIONS["adult"]), Holds(CONDITIONS["agreed"])
    finding = Coordinate("Visit", "finding")
    assert decided.decide(WORKER, finding, Action.READ).grants == (
        Grant(all_of(OWN, adult, agreed), "plain", "policy.csv:1"),
        Grant(all_of(adult, agreed), "redact", "policy.csv:2"),
    )
    audit = replace(WORKER, purpose="audit")
    assert decided.decide(audit, finding, Action.READ).grants[0].rows == all_of(OWN, adult)
    assert decided.decide(WORKER, Coordinate("Visit", "date"), Action.READ).grants[0].rows == OWN
    receiver = Standing(frozenset(), "health", "care", Mode.ORDINARY)
    assert decided.decide(receiver, finding, Action.DELIVER).grants[0].rows == EVERYTHING


def test_a_line_of_an_agreement_counts_where_it_is_asked_under_that_one(facts: PolicyFacts) -> None:
    line = Line(1, "lists.yaml", "any", OWN, "Resident.name", Action.READ, "any", "any", Effect.ALLOW, "plain")
    agreed = Policy.build(
        [replace(line, agreement="a1"), replace(line, number=2, rows=EVERYTHING, shown="redact")], [], facts
    )
    for agreement, shown in (("a1", ["plain", "redact"]), ("a2", ["redact"]), ("", ["redact"])):
        decision = agreed.decide(replace(WORKER, agreement=agreement), NAME, Action.READ)
        assert [grant.shown for grant in decision.grants] == shown


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
    assert answers == [Decision(NAME, (Grant(OWN, "plain", "policy.csv:1"),))] * 16


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


def test_what_stays_compiled_is_bounded_in_all(policy: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many standings with many decisions each, and many lines in each of those."""
    lines = [f"p, role:{role}, own, *, read, care, any, allow, plain" for role in ("worker", "analyst", "officer")]
    decided = policy(*lines)
    monkeypatch.setattr(module, "REMEMBERED", 10)
    for roles in ("worker", "analyst", "officer", "worker analyst", "worker officer", "worker analyst officer"):
        standing = replace(WORKER, roles=frozenset(roles.split()))
        for coordinate in decided.facts.coordinates:
            held = decided.decide(standing, coordinate, Action.READ)
            assert [grant.line for grant in held.grants] == [
                f"policy.csv:{number}"
                for number, role in enumerate(("worker", "analyst", "officer"), start=1)
                if role in standing.roles
            ]
            assert sum(len(one.grants) for one in decided._made.values()) + len(decided._made) <= 10 + 3
            assert decided._remembered <= 10


def test_a_decision_under_another_purpose_is_never_taken_for_this_one(policy: Build) -> None:
    """The same lines, none of which counts: what is said depends on what another purpose would show."""
    decided = policy(
        "p, role:worker, any, Resident.name, read, audit, any, allow, plain",
        "p, role:worker, any, Resident.name, read, care, any, deny,",
    )
    reasons = [
        decided.decide(replace(WORKER, purpose=purpose, roles=roles), NAME, Action.READ).reason
        for roles in (WORKER.roles, frozenset({"analyst"}))
        for purpose in ("care", "audit", "")
    ]
    assert reasons == ["purpose", "", "purpose", "not-granted", "not-granted", "not-granted"]


def test_a_purpose_that_is_closed_for_all_rows_would_show_nothing(policy: Build) -> None:
    allow, closed = (f"p, any, any, Resident.name, read, audit, any, {effect}" for effect in ("allow, plain", "deny,"))
    part = "p, any, 310115, Resident.name, read, audit, any, deny,"
    anybody = "p, any, any, *, read, audit, any, deny,"
    said = [policy(*lines).decide(WORKER, NAME, Action.READ).reason for lines in ([allow, part], [allow, closed])]
    assert said == ["purpose", "not-granted"]
    assert policy(allow, anybody).decide(WORKER, NAME, Action.READ).reason == "not-granted"
