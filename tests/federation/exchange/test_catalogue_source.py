from __future__ import annotations

from dataclasses import replace

import pytest

from federation.exchange.catalogue_source import ENTRY, FOR_US, ORGANISATION, declaration
from federation.rules import StartError, catalogue_of, rulebook_of, texts_of
from federation.schema.facts import FieldKind
from tests.federation.exchange.test_entries import CITY, rules
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING, Holds, leaves

FIELDS = [one.name for one in declaration("data-bureau").type(ENTRY).fields if not one.inaccessible]


def test_every_field_is_for_the_asker_s_organisation_whatever_the_lines_say() -> None:
    texts = {**texts_of(CITY), "policy.csv": "p, any, any, *, read, any, any, allow, plain\n", "lists.yaml": ""}
    facts = rules().keeper.current().policy.facts
    policy = rulebook_of(texts, facts).policy
    guard = Holds(facts.conditions[FOR_US.name])
    for purpose in rules().world.catalogue.purposes:
        for mode in Mode:
            for name in FIELDS:
                standing = Standing(frozenset(("committee-worker",)), "eatwell", purpose, mode)
                (grant,) = policy.decide(standing, Coordinate(ENTRY, name), Action.READ).grants
                assert guard in leaves(grant.rows)
                assert grant.rows != EVERYTHING
    resident = policy.decide(replace(standing, mode=Mode.ORDINARY), Coordinate("Resident", "name"), Action.READ)
    assert resident.visible == EVERYTHING  # which only the safeguard makes otherwise


@pytest.mark.parametrize("action", [Action.MATCH, Action.DERIVE, Action.DELIVER, Action.WRITE])
def test_no_other_action_gets_at_an_entry(action: Action) -> None:
    """A safeguard narrows `read` alone: whatever else a line could permit would be for everybody's entries."""
    lines = f"p, any, any, {ENTRY}.*, {action}, any, any, allow, plain\n"
    texts = {**texts_of(CITY), "policy.csv": lines, "lists.yaml": ""}
    facts = rules().keeper.current().policy.facts
    graph = rules().world.supergraph
    assert all(
        not one.identifier and one.kind in {FieldKind.SCALAR, FieldKind.ID}
        for one in graph.types[ENTRY].fields.values()
    )
    leading = [str(one) for one, field in graph.coordinates().items() if field.type == ENTRY]
    assert leading == []  # neither a relation nor an act
    if action in {Action.MATCH, Action.WRITE}:
        with pytest.raises(Exception, match=str(action)):
            rulebook_of(texts, facts)


def test_whose_an_entry_is_cannot_be_asked() -> None:
    assert Coordinate(ENTRY, ORGANISATION) not in rules().world.supergraph.coordinates()
    assert rules().world.supergraph.types[ENTRY].fields[ORGANISATION].inaccessible


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  population:\n", "  catalogue:\n"),
        ("      HealthCode:\n", f"      {ENTRY}:\n"),
        ("        collection: residents\n", "        collection: catalogue\n"),
        ("conditions:\n", "conditions:\n  for-us: {kind: value, field: sex, is: 女}\n"),
    ],
)
def test_its_names_are_taken(before: str, after: str) -> None:
    text = texts_of(CITY)["exchange.yaml"]
    assert before in text
    with pytest.raises(StartError, match="is a word of the exchange itself"):
        catalogue_of(text.replace(before, after, 1))
