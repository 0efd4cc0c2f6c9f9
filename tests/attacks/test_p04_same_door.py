"""Promise 4. Every way in is the same door: the next committee's residents, by every path there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from democity.personas import PERSONAS
from tests.support.city import City

OWN, NEXT = "310115016003", "310115016004"


def areas(reply: object, found: list[str] | None = None) -> list[str]:
    """Every `area` anywhere in an answer."""
    found = [] if found is None else found
    if isinstance(reply, dict):
        for name, value in reply.items():
            if name.endswith("area") and isinstance(value, str):
                found.append(value)
            else:
                areas(value, found)
    elif isinstance(reply, list):
        for one in reply:
            areas(one, found)
    return found


@pytest.mark.parametrize(
    "document",
    [
        "{ residents(first: 1000) { nodes { area } } }",
        '{ residents(first: 1000, where: {area: {within: ["31"]}}) { nodes { area } } }',
        '{ residents(first: 1000, where: {not: {area: {within: ["310115016003"]}}}) { nodes { area } } }',
        '{ residents(first: 1000, where: {or: [{area: {within: ["310115016004"]}}, {ageBand: {gte: 70}}]}) { nodes { area } } }',
        "{ residents(first: 1000, orderBy: [{field: area, direction: DESC}]) { edges { node { area } } } }",
        "{ a: residents(first: 1000) { nodes { x_area: area } } b: residents(first: 1000) { edges { node { area } } } }",
        "{ residents(first: 1000) { ...F } } fragment F on ResidentConnection { nodes { ...G } } fragment G on Resident { area }",
        "{ residents(first: 1000) { nodes { ... on Node { ... on Resident { area } } } } }",
        "{ residents(first: 1000) { nodes { emergencyContact { area } } } }",
        "{ residents(first: 1000) { nodes { emergencyContact { emergencyContact { area } } } } }",
        "{ residents(first: 1000) { nodes { latestVaccination { resident { area emergencyContact { area } } } } } }",
    ],
)
def test_no_document_reaches_the_next_committee(city: City, document: str) -> None:
    found = areas(city.ask("committee", document).data)
    assert found or "not:" in document
    assert all(area.startswith(OWN) for area in found)


def test_asking_for_the_next_committee_by_filter_gives_nothing(city: City) -> None:
    document = "query($a: [String!]) { residents(where: {area: {within: $a}}) { nodes { area } pageInfo { hasNextPage endCursor } } }"
    there = city.ask("committee", document, {"a": [NEXT]})
    nowhere = city.ask("committee", document, {"a": ["310151999"]})
    empty = {"residents": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}
    assert there.data == nowhere.data == empty


def test_the_list_is_as_long_as_ones_own_committee(city: City) -> None:
    nodes = city.ask("committee", "{ residents(first: 1000) { nodes { area } } }").data["residents"]["nodes"]
    ((own,),) = city.rows("SELECT count(*) FROM resident WHERE area_code LIKE ?", (f"{OWN}%",))
    assert len(nodes) == own


def test_a_contact_elsewhere_is_as_if_there_were_none(city: City) -> None:
    nodes = city.ask("committee", "{ residents(first: 1000) { nodes { emergencyContact { area } } } }")
    truth = city.rows(
        "SELECT c.area_code FROM resident r LEFT JOIN resident c ON c.identity_no = r.contact_identity_no "
        "WHERE r.area_code LIKE ? ORDER BY r.serial",
        (f"{OWN}%",),
    )
    expected = [{"area": area} if area and area.startswith(OWN) else None for (area,) in truth]
    assert [one["emergencyContact"] for one in nodes.data["residents"]["nodes"]] == expected
    assert any(area and not area.startswith(OWN) for (area,) in truth)


def test_an_id_opens_only_for_the_organisation_that_it_was_given_to(city: City) -> None:
    mine = city.ask("committee", "{ residents(first: 1) { nodes { id area } } }").data["residents"]["nodes"][0]
    theirs = city.ask("neighbour", "{ residents(first: 1) { nodes { id area } } }").data["residents"]["nodes"][0]
    node = "query($id: ID!) { node(id: $id) { id ... on Resident { area } } }"
    assert city.ask("committee", node, {"id": mine["id"]}).data == {"node": mine}
    for stolen in (theirs["id"], "x", "", mine["id"][:-2], mine["id"] + "A", "a" * 400):
        assert city.ask("committee", node, {"id": stolen}).data == {"node": None}


def test_an_id_of_the_whole_city_does_not_open_for_a_smaller_area(city: City) -> None:
    """The same organisation, another person of it with a smaller area: the id opens, the row rule still decides."""
    document = '{ residents(first: 1, where: {area: {within: ["%s"]}}) { nodes { id area } } }'
    found = city.ask("analyst", document % NEXT).data["residents"]["nodes"][0]
    local = replace(PERSONAS["analyst"], person="zhou.li", areas=(OWN,))
    node = "query($id: ID!) { node(id: $id) { id ... on Resident { area } } }"
    assert city.ask("analyst", node, {"id": found["id"]}).data == {"node": found}
    assert city.ask(local, node, {"id": found["id"]}).data == {"node": None}


def test_a_cursor_is_bound_to_its_principal_document_and_arguments(city: City) -> None:
    document = "query($after: String, $a: [String!]) { residents(first: 2, after: $after, where: {area: {within: $a}}) { nodes { area } pageInfo { endCursor } } }"
    first = city.ask("committee", document, {"a": [OWN]})
    cursor = first.data["residents"]["pageInfo"]["endCursor"]
    assert city.ask("committee", document, {"a": [OWN], "after": cursor}).status == 200
    assert city.ask("neighbour", document, {"a": [OWN], "after": cursor}).code == "CURSOR_INVALID"
    assert city.ask("committee", document, {"a": ["31"], "after": cursor}).code == "CURSOR_INVALID"
    other = document.replace("nodes { area }", "nodes { ageBand }")
    assert city.ask("committee", other, {"a": [OWN], "after": cursor}).code == "CURSOR_INVALID"
    assert city.ask("committee", document, {"a": [OWN], "after": "x" + cursor}).code == "CURSOR_INVALID"


def test_pages_put_together_are_the_whole_list_once(city: City) -> None:
    document = "query($after: String) { residents(first: 17, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"
    seen: list[str] = []
    cursor, more = None, True
    while more:
        page = city.ask("committee", document, {"after": cursor}).data["residents"]
        seen += [one["id"] for one in page["nodes"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    whole = city.ask("committee", "{ residents(first: 1000) { nodes { id } } }").data["residents"]["nodes"]
    assert seen == [one["id"] for one in whole]
    assert len(set(seen)) == len(seen)


def test_there_is_no_list_of_what_belongs_to_people_elsewhere(city: City) -> None:
    for field in ("vaccinations", "tests", "healthCodes", "mealServices", "_entities", "_service"):
        assert city.ask("analyst", f"{{ {field} {{ __typename }} }}").code == "DOCUMENT_INVALID"


def test_two_ids_in_one_question_lead_each_to_its_own(city: City) -> None:
    nodes = city.ask("analyst", "{ residents(first: 2) { nodes { id area } } }").data["residents"]["nodes"]
    one, two = nodes
    document = """query ($one: ID!, $two: ID!) {
      b: node(id: $two) { ... on Resident { id area } }
      a: node(id: $one) { ... on Resident { id area } }
      none: node(id: "x") { ... on Resident { id area } }
    }"""
    reply = city.ask("analyst", document, {"one": one["id"], "two": two["id"]})
    assert reply.data == {"b": two, "a": one, "none": None}
