from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from policies.clock import Moment
from policies.lines import PolicyFacts
from policies.rulebook import Rulebook, assemble
from vocabulary.agreement import Agreement, Lists, Wish
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing, Through

START, END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
AGREED = Agreement(
    id="A-1",
    asker="eatwell",
    owner="health",
    roles=(),
    wishes=(Wish("Resident.name", Action.READ, "surname"),),
    rows="own",
    purpose="care",
    mode="ordinary",
    basis="PIPL art. 34",
    start=START,
    end=END,
    origin="lists.yaml:3",
)
OTHERS = (
    replace(AGREED, id="A-2", mode="any", origin="lists.yaml:4"),
    replace(AGREED, id="A-3", mode="emergency", origin="lists.yaml:5"),
    replace(AGREED, id="A-4", purpose="audit", origin="lists.yaml:6"),
    replace(AGREED, id="A-5", asker="health", owner="eatwell", origin="lists.yaml:7"),
    replace(AGREED, id="A-6", start=START + dt.timedelta(days=1), origin="lists.yaml:8"),
)
NOW = Moment.exactly(START)
FILE = "p, any, any, Resident.*, read, any, any, allow, plain\n"
NAME = Coordinate("Resident", "name")


@pytest.fixture
def rules(facts: PolicyFacts) -> Rulebook:
    return assemble(FILE, "policy.csv", Lists(demands=(AGREED, *OTHERS)), "", facts)


@pytest.mark.parametrize(
    ("organisation", "purpose", "mode", "names"),
    [
        ("eatwell", "care", Mode.ORDINARY, {"A-1", "A-2"}),
        ("eatwell", "care", Mode.EMERGENCY, {"A-2", "A-3"}),
        ("eatwell", "audit", Mode.ORDINARY, {"A-4"}),
        ("eatwell", "any", Mode.ORDINARY, set()),
        ("health", "care", Mode.ORDINARY, {"A-5"}),
        ("", "care", Mode.ORDINARY, set()),
        ("nobody", "care", Mode.ORDINARY, set()),
    ],
)
def test_agreed_with_an_organisation_is_what_it_asked_for(
    rules: Rulebook, organisation: str, purpose: str, mode: Mode, names: set[str]
) -> None:
    assert rules.agreed_with(organisation, purpose, mode, NOW) == names


def test_what_has_not_begun_or_has_ended_is_not_agreed_on(rules: Rulebook) -> None:
    def agreed(moment: Moment) -> frozenset[str]:
        return rules.agreed_with("eatwell", "care", Mode.ORDINARY, moment)

    assert agreed(Moment.exactly(START + dt.timedelta(days=1))) == {"A-1", "A-2", "A-6"}
    second = dt.timedelta(seconds=1)
    for moment in (START - second, END):
        assert agreed(Moment.exactly(moment)) == frozenset()
    # While the clocks disagree, only what is in force at both times.
    assert agreed(Moment(START - second, START)) == agreed(Moment(END - second, END)) == frozenset()


def test_what_is_agreed_with_an_exchange_is_what_it_is_shown(rules: Rulebook) -> None:
    for mode in Mode:
        names = rules.agreed_with("eatwell", "care", mode, NOW)
        standing = Standing(frozenset(), "health", "care", mode, through=Through("eatwell", names))
        decision = rules.policy.decide(standing, NAME, Action.READ)
        assert {grant.shown for grant in decision.grants} == {"surname"}
        assert {grant.line.partition(" and ")[0] for grant in decision.grants} == {"policy.csv:1"}
        alone = rules.agreed_with("nobody", "care", mode, NOW)
        assert not rules.policy.decide(replace(standing, through=Through("nobody", alone)), NAME, Action.READ).grants
