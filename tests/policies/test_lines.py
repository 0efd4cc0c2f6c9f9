from __future__ import annotations

from dataclasses import replace

import pytest

from policies.errors import PolicyBuildError
from policies.lines import Effect, Line, PolicyFacts, patterns, written
from tests.support.rules import CONDITIONS, condition
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action
from vocabulary.rows import (
    EVERYTHING,
    OWN,
    Holds,
    RelatedArea,
    Relation,
    RowRule,
    Tie,
    TiedSubject,
    WithinArea,
    all_of,
)


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        (EVERYTHING, "any"),
        (OWN, "own"),
        (RelatedArea(Relation.PARENT), "parent"),
        (WithinArea(Area("310115")), "310115"),
        (TiedSubject(Tie.CASE), "case"),
        (all_of(OWN, Holds(CONDITIONS["adult"])), "own adult"),
        (
            all_of(WithinArea(Area("310115")), *(Holds(CONDITIONS[one]) for one in ("mine", "adult"))),
            "310115 adult mine",
        ),
        (Holds(CONDITIONS["adult"]), "adult"),
    ],
)
def test_a_line_knows_its_name_and_its_columns(rule: RowRule, written: str) -> None:
    line = Line(12, "policy.csv", "any", rule, "*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    assert line.name == "policy.csv:12"
    assert line.columns == ("any", written, "*", "read", "any", "any", "allow", "plain")


def test_a_line_cites_what_it_rests_on() -> None:
    line = Line(3, "lists.yaml", "any", OWN, "*", Action.READ, "any", "any", Effect.ALLOW, "plain", "art. 39", "ds-7")
    assert line.name == "lists.yaml:3 art. 39"
    assert replace(line, origin="").name == "lists.yaml:3"


def test_the_order_of_conditions_in_a_line_does_not_matter() -> None:
    parts: list[RowRule] = [OWN, Holds(CONDITIONS["mine"]), Holds(CONDITIONS["adult"])]
    assert written(all_of(*parts)) == written(all_of(*reversed(parts))) == "own adult mine"


def test_three_patterns_cover_a_coordinate() -> None:
    assert patterns(Coordinate("Resident", "name")) == ("Resident.name", "Resident.*", "*")


def test_a_purpose_called_any_is_refused(facts: PolicyFacts) -> None:
    with pytest.raises(PolicyBuildError, match="purpose"):
        replace(facts, purposes=frozenset({"any"}))


def test_a_mask_called_plain_is_refused(facts: PolicyFacts) -> None:
    with pytest.raises(PolicyBuildError, match="mask"):
        replace(facts, masks=frozenset({"plain"}))


@pytest.mark.parametrize("word", ["any", "own", "within", "exactly", "parent", "self", "case", "glass", "emergency"])
def test_a_condition_called_like_a_word_of_rows_is_refused(word: str, facts: PolicyFacts) -> None:
    taken = condition(word, "consent")
    with pytest.raises(PolicyBuildError, match=f"a condition can't be called `{word}`"):
        replace(facts, conditions={word: taken})
