from __future__ import annotations

from dataclasses import replace

import pytest

from federation.exchange.applying import Applying
from federation.rules import rulebook_of, texts_of
from tests.federation.exchange.test_entries import CITY, in_force, rules
from vocabulary.agreement import Lists, Openness, Responsibility
from vocabulary.coordinate import Coordinate
from vocabulary.values import Value


def told(coordinate: str, organisation: str, lists: Lists | None = None) -> dict[str, Value]:
    policy = rules().keeper.current() if lists is None else in_force(lists=lists)
    world, known = rules().world, Coordinate.parse(coordinate)
    facts = world.supergraph.coordinates()[known]
    source = str(facts.graph or world.supergraph.types[known.type].home)
    return dict(Applying(world, policy, organisation).of(known, facts, source))


@pytest.mark.parametrize(
    ("coordinate", "organisation", "said", "contact"),
    [
        (
            "Resident.phone",
            "health-commission",
            "read Resident.phone pseudonym",
            "data-steward@public-security.example",
        ),
        ("Resident.phone", "public-security-bureau", "nothing to apply for", "data-steward@public-security.example"),
        ("Resident.tests", "eatwell", "answered by Health Commission", "data-steward@health.example"),
        ("Mutation.draftAgreement", "eatwell", "An act can't be agreed on", "security@data-bureau.example"),
        ("Access.person", "eatwell", "own records", "security@data-bureau.example"),
        ("Access.person", "data-bureau", "nothing to apply for", "security@data-bureau.example"),
    ],
)
def test_an_entry_says_how_to_apply(coordinate: str, organisation: str, said: str, contact: str) -> None:
    found = told(coordinate, organisation)
    assert said in str(found["how"])
    assert found["contact"] == contact


def test_how_to_apply_names_who_may_draft_and_the_least_that_shows_something() -> None:
    how = str(told("Resident.livesAlone", "eatwell")["how"])
    assert "数据管理员" in how
    assert "data-steward" in how
    assert "市公安局" in how
    assert "`read Resident.livesAlone plain`" in how


def test_the_responsibility_list_says_who_answers_and_how_open_it_is() -> None:
    entry = Responsibility("eatwell", ("Resident.*",), Openness.CONDITIONAL, "article 1", "lists.yaml:1")
    found = told("Resident.phone", "health-commission", Lists(responsibilities=(entry,)))
    assert (found["owner"], found["ownerZh"]) == ("eatwell", "好食配送")
    assert (found["openness"], found["article"]) == ("conditional", "article 1")
    nearer = replace(entry, organisation="data-bureau", patterns=("Resident.phone",), openness=Openness.OPEN)
    found = told("Resident.phone", "health-commission", Lists(responsibilities=(entry, nearer)))
    assert (found["owner"], found["openness"]) == ("data-bureau", "open")


def test_what_nobody_answers_for_cannot_be_applied_for() -> None:
    entry = Responsibility("eatwell", ("MealService.*",), Openness.CLOSED, "article 1", "lists.yaml:1")
    found = told("Resident.phone", "health-commission", Lists(responsibilities=(entry,)))
    assert "no organisation answers for it" in str(found["how"])
    assert (found["owner"], found["openness"]) == ("public-security-bureau", None)
    assert found["contact"] == "security@data-bureau.example"


def test_without_a_responsibility_list_the_owner_of_the_source_answers() -> None:
    found = told("Resident.phone", "health-commission", Lists())
    assert (found["owner"], found["openness"]) == ("public-security-bureau", None)
    assert "read Resident.phone" in str(found["how"])


def test_an_organisation_that_may_draft_nothing_is_told_so() -> None:
    texts = dict(texts_of(CITY))
    lines = texts["policy.csv"].splitlines()
    texts["policy.csv"] = "\n".join(line for line in lines if "draftAgreement" not in line) + "\n"
    policy = replace(in_force(), rules=rulebook_of(texts, rules().keeper.current().policy.facts))
    known = Coordinate.parse("Resident.phone")
    facts = rules().world.supergraph.coordinates()[known]
    how = str(Applying(rules().world, policy, "health-commission").of(known, facts, "population")["how"])
    assert "nobody of your organisation may draft yet" in how
