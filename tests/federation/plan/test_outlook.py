"""What pages may offer is what the exchange would take: compared with plans, for everybody of the demo city."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from democity.personas import PERSONAS
from federation.document.limits import Limits
from federation.document.operation import Questions
from federation.document.parse import Documents
from federation.errors import Code, Refusal
from federation.plan.govern import Governance
from federation.plan.outlook import outlook
from federation.plan.planner import Planner
from federation.schema.visible import visible_schema
from tests.support.planning import CITY, demo_world, policy_of
from vocabulary.coordinate import Coordinate
from vocabulary.outlook import MIXED, WITHHELD, Outlook
from vocabulary.principal import Mode, Standing

WORLD = demo_world()
POLICY = policy_of((CITY / "policy.csv").read_text("utf-8"), WORLD)
VALUES = {
    "String": '"x"',
    "Int": "1",
    "Float": "1.5",
    "Boolean": "true",
    "Date": '"2020-01-01"',
    "DateTime": '"2020-01-01T00:00:00Z"',
}
WHO = ("analyst", "committee", "doctor", "officer", "steward", "caseworker")
STANDINGS = [
    Standing(frozenset(PERSONAS[name].roles), PERSONAS[name].organisation, purpose, mode)
    for name in WHO
    for purpose, mode in (
        (PERSONAS[name].purpose, Mode.ORDINARY),
        (PERSONAS[name].purpose, Mode.EMERGENCY),
        ("elderly-care", Mode.ORDINARY),
    )
]
DOCUMENTS = Documents(WORLD.supergraph.api, Limits())
QUESTIONS = Questions(WORLD.supergraph.api, Limits())


@cache
def governance(standing: Standing) -> Governance:
    return Governance(POLICY, WORLD.supergraph, standing)


@cache
def looked(standing: Standing) -> Outlook:
    return outlook(governance(standing), WORLD, WORLD.supergraph.api)


def code_of(standing: Standing, document: str) -> Code | None:
    question = QUESTIONS.ask(DOCUMENTS.parse(document), None, {})
    try:
        Planner(WORLD).plan(question.operation, governance(standing))
    except Refusal as refusal:
        return refusal.code
    return None


def filters(standing: Standing) -> Iterator[tuple[str, bool]]:
    """Every comparison that the schema knows, as a question, and whether it is offered."""
    api = WORLD.supergraph.api
    for kind in looked(standing).types.values():
        if not kind.collection:
            continue
        input_type: Any = api.type_map[f"{kind.name}Where"]
        where = input_type.fields
        for name, field in kind.fields.items():
            if name not in where:
                assert field.operators == ()
                continue
            for operator, operand in where[name].type.fields.items():
                scalar = str(operand.type).strip("[]!")
                value = VALUES[scalar] if not field.options or scalar == "Int" else f'"{field.options[0]}"'
                value = str(70) if field.options and scalar == "Int" else value
                value = f"[{value}]" if str(operand.type).startswith("[") else value
                document = (
                    f"{{ {kind.collection}(where: {{{name}: {{{operator}: {value}}}}}) {{ nodes {{ __typename }} }} }}"
                )
                yield document, operator in field.operators


@pytest.mark.parametrize("standing", STANDINGS, ids=str)
def test_a_filter_is_offered_exactly_where_it_is_not_refused(standing: Standing) -> None:
    found = list(filters(standing))
    assert len(found) > 50
    for document, is_offered in found:
        code = code_of(standing, document)
        assert (code is not Code.ARGUMENT_REFUSED) is is_offered, document


@pytest.mark.parametrize("standing", STANDINGS[:8], ids=str)
def test_how_a_field_is_shown_is_how_a_plan_shows_it(standing: Standing) -> None:
    for kind in looked(standing).types.values():
        view = governance(standing).view(kind.name)
        for name, field in kind.fields.items():
            decision = view.decisions[name]
            ways = {grant.shown for grant in decision.grants}
            assert (field.way == WITHHELD) == (str(decision.visible) == "none")
            if field.way not in {WITHHELD, MIXED}:
                assert field.way in ways


def test_a_committee_could_see_and_filter_what_its_policy_says() -> None:
    worker = PERSONAS["committee"]
    found = looked(Standing(frozenset(worker.roles), worker.organisation, "epidemic-control", Mode.ORDINARY))
    resident = found.types["Resident"]
    assert (resident.is_person, resident.collection, resident.area) == (True, "residents", "area")
    assert {name for name, one in resident.fields.items() if one.operators} == {"area", "ageBand"}
    assert resident.fields["ageBand"].options[-1] == "90+"
    assert resident.fields["name"].way == "name-surname"
    assert resident.fields["phone"].way == "redact"
    assert resident.fields["identityNo"].way == WITHHELD
    assert resident.fields["mealService"].owner == "eatwell"
    assert found.acts == ()


def test_an_identifier_that_may_be_matched_is_searched_exactly_alone() -> None:
    doctor = PERSONAS["doctor"]
    found = looked(Standing(frozenset(doctor.roles), doctor.organisation, "medical-rescue", Mode.ORDINARY))
    assert found.types["Resident"].fields["identityNo"].operators == ("eq", "in")
    assert "breakGlass" in found.acts


def test_what_the_negative_list_hides_is_in_no_outlook() -> None:
    graph = WORLD.supergraph
    hidden = frozenset({Coordinate("Test", "result"), Coordinate("Resident", "healthCode")})
    api = visible_schema(graph.api, graph.types, graph.collections, hidden)
    found = outlook(governance(STANDINGS[0]), WORLD, api)
    assert "result" not in found.types["Test"].fields
    assert "healthCode" not in found.types["Resident"].fields
