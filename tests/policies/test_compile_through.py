"""Compiled decisions of those who ask through another exchange."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies import compile as module
from policies.compile import Policy
from policies.lines import Effect, Line, PolicyFacts, RoleLink
from tests.policies.test_compile import NAME, PHONE, WORKER
from tests.support.rules import CONDITIONS
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision, Grant
from vocabulary.principal import Action, Mode, Through
from vocabulary.rows import EVERYTHING, NOTHING, OWN, Holds, InEmergency, WithinArea, all_of

FILE = Line(1, "policy.csv", "role:worker", OWN, "Resident.*", Action.READ, "care", "any", Effect.ALLOW, "plain")
AGREED = replace(
    FILE,
    file="lists.yaml",
    subject="org:eatwell",
    rows=WithinArea(Area("310115")),
    pattern="Resident.name",
    shown="surname",
    agreement="A-1",
)
THROUGH = replace(WORKER, through=Through("eatwell", frozenset({"A-1"})))


def test_through_another_exchange_the_person_is_met_with_what_is_agreed_on(facts: PolicyFacts) -> None:
    decided = Policy.build([FILE, AGREED], [], facts)
    rows = all_of(OWN, WithinArea(Area("310115")))
    assert decided.decide(THROUGH, NAME, Action.READ) == Decision(
        NAME, (Grant(rows, "surname", "policy.csv:1 and lists.yaml:1"),)
    )
    assert decided.decide(WORKER, NAME, Action.READ) == Decision(NAME, (Grant(OWN, "plain", "policy.csv:1"),))
    assert decided.decide(THROUGH, PHONE, Action.READ) == Decision(PHONE, reason="not-granted")
    stranger = replace(THROUGH, roles=frozenset({"analyst"}))
    assert decided.decide(stranger, NAME, Action.READ) == Decision(NAME, reason="not-granted")


@pytest.mark.parametrize(
    "through",
    [
        Through("eatwell", frozenset()),
        Through("eatwell", frozenset({""})),  # would be the lines of no agreement
        Through("eatwell", frozenset({"A-2"})),
        Through("health", frozenset({"A-1"})),  # another's agreement
        Through("", frozenset({"A-1"})),
    ],
)
def test_an_exchange_with_which_nothing_is_agreed_on_is_shown_nothing(through: Through, facts: PolicyFacts) -> None:
    for_it = replace(FILE, number=2, subject="org:eatwell", rows=EVERYTHING)  # for its people, who ask here
    decided = Policy.build([FILE, for_it, replace(for_it, number=3, subject="any"), AGREED], [], facts)
    found = decided.decide(replace(THROUGH, through=through), NAME, Action.READ)
    assert (found.grants, found.reason) == ((), "not-granted")


def test_an_agreement_for_a_role_is_for_whoever_is_said_to_have_it(facts: PolicyFacts) -> None:
    for_role = replace(AGREED, subject="role:worker")
    decided = Policy.build([FILE, for_role], [RoleLink(1, "policy.csv", "role:officer", "role:worker")], facts)
    shown = {
        role: [one.shown for one in decided.decide(replace(THROUGH, roles=frozenset({role})), NAME, Action.READ).grants]
        for role in ("worker", "officer", "analyst")
    }
    assert shown == {"worker": ["surname"], "officer": ["surname"], "analyst": []}


def test_a_deny_that_concerns_the_calling_organisation_alone_closes_through_it(facts: PolicyFacts) -> None:
    deny = replace(FILE, number=2, subject="org:eatwell", rows=WithinArea(Area("310115016")), purpose="any")
    deny = replace(deny, effect=Effect.DENY, shown="")
    decided = Policy.build([FILE, AGREED, deny, replace(deny, number=3, subject="org:health")], [], facts)
    denied = [
        [deny.line for deny in decided.decide(one, NAME, Action.READ).denies]
        for one in (WORKER, THROUGH, replace(THROUGH, organisation="eatwell"))
    ]
    assert denied == [["policy.csv:3"], ["policy.csv:3", "policy.csv:2"], ["policy.csv:2"]]


def test_what_the_person_may_do_by_an_agreement_of_their_own_is_not_what_the_exchange_may(facts: PolicyFacts) -> None:
    own = replace(FILE, agreement="A-9")
    decided = Policy.build([own, AGREED], [], facts)
    under = replace(THROUGH, agreement="A-9")
    assert decided.decide(under, NAME, Action.READ).visible == all_of(OWN, WithinArea(Area("310115")))
    assert decided.decide(THROUGH, NAME, Action.READ).grants == ()
    assert decided.decide(replace(under, through=Through("eatwell", frozenset())), NAME, Action.READ).grants == ()


def test_every_action_is_met_alike_and_what_can_t_be_agreed_on_is_nobodys(facts: PolicyFacts) -> None:
    mine = [replace(FILE, number=number, pattern="*", action=action) for number, action in enumerate(Action, start=1)]
    given = replace(AGREED, pattern="*", shown="plain")
    theirs = [replace(given, number=number, action=action) for number, action in enumerate(Action, start=1)]
    every, reads = Policy.build([*mine, *theirs], [], facts), Policy.build([*mine, theirs[0]], [], facts)
    act = Coordinate("Mutation", "assignCase")
    for action in Action:
        assert every.decide(THROUGH, NAME, action).visible == all_of(OWN, WithinArea(Area("310115")))
        assert bool(reads.decide(THROUGH, NAME, action).grants) == (action is Action.READ)
    assert reads.decide(WORKER, act, Action.WRITE).grants
    assert not reads.decide(THROUGH, act, Action.WRITE).grants


def test_emergencies_and_safeguards_narrow_both_sides(facts: PolicyFacts) -> None:
    finding, urgent = Coordinate("Visit", "finding"), replace(THROUGH, mode=Mode.EMERGENCY)
    decided = Policy.build([replace(FILE, pattern="*"), replace(AGREED, pattern="*", shown="plain")], [], facts)
    (grant,) = decided.decide(urgent, finding, Action.READ).grants
    needed = (InEmergency(), Holds(CONDITIONS["adult"]), Holds(CONDITIONS["agreed"]))
    assert grant.rows == all_of(OWN, WithinArea(Area("310115")), *needed)


def test_whose_records_those_are_is_not_for_the_calling_exchange_to_say(facts: PolicyFacts) -> None:
    """`mine` was agreed on for the organisation that asks: a person of another one would have its records shown."""
    mine = replace(AGREED, rows=Holds(CONDITIONS["mine"]))
    closed = replace(mine, number=2, agreement="", effect=Effect.DENY, shown="", subject="any")
    opened, shut = Policy.build([FILE, mine], [], facts), Policy.build([FILE, AGREED, closed], [], facts)
    assert opened.decide(THROUGH, NAME, Action.READ).grants == ()
    assert opened.decide(replace(THROUGH, organisation="eatwell"), NAME, Action.READ).grants
    assert shut.decide(THROUGH, NAME, Action.READ).visible == NOTHING
    assert shut.decide(replace(THROUGH, organisation="eatwell"), NAME, Action.READ).visible != NOTHING


def test_a_decision_through_an_exchange_is_never_taken_for_another(facts: PolicyFacts) -> None:
    """The same lines on either side, in every combination, asked in every order: what is remembered says who asks."""
    mine = replace(AGREED, number=2, rows=all_of(OWN, Holds(CONDITIONS["mine"])), agreement="A-2", shown="plain")
    lines = [FILE, AGREED, mine]
    standings = [
        replace(WORKER, organisation=organisation, agreement=agreement, through=through)
        for organisation in ("health", "eatwell")
        for agreement in ("", "A-1", "A-2")
        for through in (
            None,
            *(Through("eatwell", frozenset(names)) for names in ((), ("A-1",), ("A-2",), ("A-1", "A-2"))),
        )
    ]
    fresh = {one: Policy.build(lines, [], facts).decide(one, NAME, Action.READ) for one in standings}
    assert len(set(fresh.values())) > 6
    for ordered in (standings, standings[::-1]):
        decided = Policy.build(lines, [], facts)
        assert {one: decided.decide(one, NAME, Action.READ) for one in ordered} == fresh
        assert {one: decided.decide(one, NAME, Action.READ) for one in ordered} == fresh


def test_what_stays_compiled_through_exchanges_is_bounded_too(
    facts: PolicyFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STANDINGS", 4)
    monkeypatch.setattr(module, "REMEMBERED", 10)
    agreed = [
        replace(AGREED, number=number, agreement=f"A-{number}", pattern="*", shown="plain") for number in range(1, 9)
    ]
    decided = Policy.build([FILE, *agreed], [], facts)
    for one in agreed:
        standing = replace(WORKER, through=Through("eatwell", frozenset({one.agreement})))
        for coordinate in decided.facts.coordinates:
            found = decided.decide(standing, coordinate, Action.READ).grants
            assert [grant.line for grant in found] == [f"policy.csv:1 and {one.name}"] * (coordinate.type == "Resident")
            assert len(decided._made) <= 10
            assert decided._remembered <= 10
    assert decided._standing.cache_info().currsize <= 4
