"""Promise 3. A masked value leaves no other way: not by filter, order, cursor, error text, log line or plan."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable

import pytest

from tests.support.city import QUESTION, STREET, City

SOMEBODY = (
    "SELECT identity_no, name, phone, birth_date FROM resident WHERE area_code LIKE '310115016003%' ORDER BY serial"
)
READ_ALL = "{ residents(first: 50) { nodes { name ageBand } } }"


@pytest.mark.parametrize("who", ["analyst", "committee"])
@pytest.mark.parametrize("field", ["name", "phone", "identityNo"])
@pytest.mark.parametrize(
    "where",
    [
        "{%(field)s: {eq: $v}}",
        "{%(field)s: {in: [$v]}}",
        "{%(field)s: {startsWith: $v}}",
        "{not: {%(field)s: {eq: $v}}}",
        '{or: [{%(field)s: {eq: $v}}, {area: {within: ["31"]}}]}',
        "{and: [{not: {or: [{%(field)s: {eq: $v}}]}}]}",
        "{%(field)s: {isNull: false}}",
    ],
)
def test_a_masked_field_cannot_be_filtered_by(city: City, who: str, field: str, where: str) -> None:
    uses = "$v" in where
    document = f"query{'($v: String!)' if uses else ''} {{ residents(where: {where % {'field': field}}) {{ nodes {{ area }} }} }}"
    identity, name, phone, _ = city.rows(SOMEBODY)[0]
    value = {"name": name, "phone": phone, "identityNo": identity}[field]
    reply = city.ask(who, document, {"v": value} if uses else {})
    assert (reply.status, reply.code) == (403, "ARGUMENT_REFUSED")
    assert value not in reply.text


def test_the_answer_to_a_refused_filter_does_not_tell_whether_it_would_match(city: City) -> None:
    document = "query($v: String!) { residents(where: {name: {eq: $v}}) { nodes { area } } }"
    name = city.rows(SOMEBODY)[0][1]
    hit, miss = city.ask("analyst", document, {"v": name}), city.ask("analyst", document, {"v": "没有这个人"})
    assert hit.body == miss.body


@pytest.mark.parametrize("field", ["name", "phone", "identityNo", "birthDate", "livesAlone"])
def test_a_masked_field_cannot_be_ordered_by(city: City, field: str) -> None:
    document = f"{{ residents(orderBy: [{{field: {field}}}]) {{ nodes {{ ageBand }} }} }}"
    assert city.ask("analyst", document).code == "ORDER_REFUSED"


def test_the_default_order_says_nothing_about_anyone(city: City) -> None:
    shown = city.ask("analyst", "{ residents(first: 200) { nodes { area ageBand } } }").data["residents"]["nodes"]
    register = city.rows("SELECT area_code, identity_no FROM resident ORDER BY serial LIMIT 200")
    assert [one["area"] for one in shown] == [area for area, _ in register]
    numbers = [identity for _, identity in register]
    assert numbers not in (sorted(numbers), sorted(numbers, reverse=True))


@pytest.mark.parametrize("age", [73, 71, 69, 17])
def test_a_band_decides_only_at_its_edges(city: City, age: int) -> None:
    reply = city.ask("analyst", f"{{ residents(where: {{ageBand: {{gte: {age}}}}}) {{ nodes {{ ageBand }} }} }}")
    assert reply.code == "ARGUMENT_INVALID"
    assert "70" in reply.body["errors"][0]["message"]


def test_a_band_is_decided_exactly_at_its_edge(city: City) -> None:
    document = "{ residents(first: 1000, where: {ageBand: {%s}}) { nodes { ageBand } } }"
    old = city.ask("analyst", document % "gte: 70").data["residents"]["nodes"]
    young = city.ask("analyst", document % "lt: 18").data["residents"]["nodes"]
    assert {one["ageBand"] for one in old} == {"70-79", "80-89", "90+"}
    assert {one["ageBand"] for one in young} == {"0-17"}
    either = city.ask("analyst", document % 'in: ["0-17", "90+"]').data["residents"]["nodes"]
    assert {one["ageBand"] for one in either} == {"0-17", "90+"}
    negated = "{ residents(first: 1000, where: {not: {ageBand: {gte: 70}}}) { nodes { ageBand } } }"
    assert not {one["ageBand"] for one in city.ask("analyst", negated).data["residents"]["nodes"]} & {"70-79", "90+"}


def test_no_cursor_or_id_holds_a_value_in_the_open(city: City) -> None:
    document = "{ residents(first: 5) { edges { cursor node { id } } pageInfo { endCursor } } }"
    edges = city.ask("analyst", document).data["residents"]["edges"]
    register = city.rows("SELECT identity_no, serial FROM resident ORDER BY serial LIMIT 5")
    for edge, (identity, serial) in zip(edges, register, strict=True):
        for sealed in (edge["cursor"], edge["node"]["id"]):
            raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            assert identity.encode() not in raw
            assert str(serial).encode() not in raw
    assert len({len(edge["cursor"]) for edge in edges}) == 1
    assert len({len(edge["node"]["id"]) for edge in edges}) == 1


def test_nothing_of_a_question_or_answer_reaches_the_operators_log(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    identity, name, phone, _ = city.rows(SOMEBODY)[0]
    city.ask("analyst", QUESTION, {"street": STREET})
    city.ask("analyst", "query($v: String!) { residents(where: {name: {eq: $v}}) { nodes { area } } }", {"v": name})
    city.ask("officer", "query($p: String!) { accesses(where: {subject: {eq: $p}}) { nodes { at } } }", {"p": identity})
    for secret in (identity, name, phone):
        assert secret not in caplog.text
        assert secret not in city.get("/metrics").text
        assert secret not in city.get("/health/ready").text


def test_a_plain_identity_number_is_not_shown_where_the_birth_date_is_hidden(make_city: Callable[..., City]) -> None:
    line = "p, role:health-analyst, own, Resident.%s, read, epidemic-control, ordinary, allow, plain\n"
    city = make_city(policy=line % "identityNo" + line % "area")
    reply = city.ask("analyst", "{ residents { nodes { identityNo } } }")
    assert {one["identityNo"] for one in reply.data["residents"]["nodes"]} == {None}
    assert reply.withheld["Resident.identityNo"] == "reveals"
    open_city = make_city(policy="".join(line % one for one in ("identityNo", "birthDate", "sex")))
    shown = open_city.ask("analyst", "{ residents { nodes { identityNo } } }").data["residents"]["nodes"]
    assert all(one["identityNo"] for one in shown)


def test_a_band_needs_its_input_or_a_derive_line(make_city: Callable[..., City]) -> None:
    line = "p, role:health-analyst, own, Resident.ageBand, read, epidemic-control, ordinary, allow, plain\n"
    city = make_city(policy=line)
    reply = city.ask("analyst", "{ residents { nodes { ageBand } } }")
    assert reply.withheld["Resident.ageBand"] == "derive"
    assert reply.data == {"residents": {"nodes": []}}


def test_withheld_cells_never_match_where_only_some_rows_are_plain(make_city: Callable[..., City]) -> None:
    line = "p, role:health-analyst, %s, Resident.%s, read, epidemic-control, ordinary, allow, %s\n"
    city = make_city(
        policy=line % ("310115016003", "name", "plain")
        + line % ("any", "name", "redact")
        + line % ("any", "area", "plain")
    )
    for where in ('{name: {eq: "%s"}}', '{not: {name: {eq: "%s"}}}', '{or: [{name: {eq: "%s"}}]}'):
        for identity_area in ("310115016003%", "310115016004%"):
            name = city.rows("SELECT name FROM resident WHERE area_code LIKE ? LIMIT 1", (identity_area,))[0][0]
            document = f"{{ residents(first: 1000, where: {where % name}) {{ nodes {{ area }} }} }}"
            nodes = city.ask("analyst", document).data["residents"]["nodes"]
            assert all(one["area"].startswith("310115016003") for one in nodes)


LISTS = "p, any, own, %s, read, any, any, allow, plain\n"


@pytest.mark.parametrize("date_is_plain", [True, False])
def test_the_order_of_a_relation_tells_nothing_that_is_hidden(
    make_city: Callable[..., City], date_is_plain: bool
) -> None:
    shown = ["Resident.vaccinations", "Resident.area", "Vaccination.dose", *(["Vaccination.date"] * date_is_plain)]
    deliver = "p, org:health-commission, any, Resident.identityNo, deliver, any, any, allow, plain\n"
    city = make_city(policy="".join(LISTS % one for one in shown) + deliver)
    document = "{ residents(first: 1000) { nodes { vaccinations { dose date } } } }"
    nodes = city.ask("analyst", document).data["residents"]["nodes"]
    lists = [one["vaccinations"] for one in nodes if len(one["vaccinations"] or ()) >= 2]
    assert len(lists) > 100
    latest_first = sum(found == sorted(found, key=lambda one: -one["dose"]) for found in lists)  # doses follow dates
    if date_is_plain:
        assert all(found == sorted(found, key=lambda one: one["date"], reverse=True) for found in lists)
    else:
        assert {one["date"] for found in lists for one in found} == {None}
        assert latest_first < 0.8 * len(lists)
