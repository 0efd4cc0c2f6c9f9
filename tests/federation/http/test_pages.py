"""The pages' door gives what `/graphql` gives, and nothing beside it that holds data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from federation.app import make_pages_door
from federation.http.answering import Answering
from federation.http.pages import PagesDoor
from portal.contract import Question, RefusedError
from tests.support.city import QUESTION, STREET, City


def door_of(city: City) -> PagesDoor:
    exchange = city.exchange
    return make_pages_door(exchange, Answering(exchange.pipeline, exchange.door, exchange.metrics, concurrency=4))


def told(body: dict[str, Any]) -> object:
    """A body without the number of its receipt, and without what is left, of which each answer takes."""
    extensions = {name: one for name, one in body.get("extensions", {}).items() if name not in {"receipt", "left"}}
    return {**body, "extensions": extensions}


@pytest.mark.parametrize(
    ("document", "purpose", "agreement", "mode"),
    [
        (QUESTION, "epidemic-control", "", ""),
        ("{ residents(first: 3) { nodes { name livesAlone } } }", "elderly-care", "A-2026-001", ""),
        ("{ residents { nodes { nme } } }", "epidemic-control", "", ""),
        ('{ residents(where: {phone: {eq: "1"}}) { nodes { name } } }', "epidemic-control", "", ""),
        ("{", "epidemic-control", "", ""),
        (QUESTION, "", "", ""),
        (QUESTION, "curiosity", "", ""),
        (QUESTION, "epidemic-control", "A-1", ""),
        (QUESTION, "epidemic-control", "", "emergency"),
        (QUESTION, "epidemic-control", "", "odd"),
    ],
)
def test_a_page_gets_the_status_and_body_of_http(
    city: City, document: str, purpose: str, agreement: str, mode: str
) -> None:
    variables = {"street": STREET} if "$street" in document else {}
    token = city.token("analyst")
    question = Question(document, variables, purpose, mode, agreement)
    reply = city.run(door_of(city).ask(token, question))
    headers = {"Authorization": f"Bearer {token}"}
    headers |= {
        f"X-{name}": one for name, one in (("Purpose", purpose), ("Agreement", agreement), ("Mode", mode)) if one
    }
    http = city.post({"query": document, "variables": variables}, headers)
    assert reply.status == http.status
    assert told(orjson.loads(reply.body)) == told(http.body)
    assert reply.code == ("OK" if http.status == 200 else http.code)


def test_the_shape_says_which_coordinate_stands_behind_each_key(city: City) -> None:
    question = Question("{ people: residents(first: 1) { nodes { day: name } } }", {}, "epidemic-control")
    reply = city.run(door_of(city).ask(city.token("analyst"), question))
    assert reply.shape.fields["people"].fields["nodes"].fields["day"].coordinates == ("Resident.name",)


def test_who_is_signed_in_is_who_the_token_names(city: City) -> None:
    person = city.run(door_of(city).person(city.token("committee")))
    assert (person.principal.id, person.organisation.id) == ("li.na", "huamu-committee-3")
    assert [role.en for role in person.roles] == ["Neighbourhood committee worker"]


def test_a_token_that_is_none_is_refused_everywhere_and_counted(city: City) -> None:
    door, before = door_of(city), city.exchange.door._counts["TOKEN_INVALID"]
    for work in (
        lambda: door.person("x.y.z"),
        lambda: door.outlook("x.y.z", Question("", purpose="epidemic-control")),
        lambda: door.open_session("x.y.z"),
    ):
        with pytest.raises(RefusedError) as refused:
            city.run(work())
        assert refused.value.code == "TOKEN_INVALID"
    assert city.run(door.ask("x.y.z", Question("{ __typename }", purpose="epidemic-control"))).code == "TOKEN_INVALID"
    assert city.exchange.door._counts["TOKEN_INVALID"] - before >= 3  # the first of a window is on record at once


def test_an_outlook_is_of_a_purpose_that_there_is(city: City) -> None:
    for purpose, code in (("", "PURPOSE_MISSING"), ("curiosity", "PURPOSE_UNKNOWN")):
        with pytest.raises(RefusedError) as refused:
            city.run(door_of(city).outlook(city.token("analyst"), Question("", purpose=purpose)))
        assert refused.value.code == code


def test_an_outlook_follows_the_policy_at_once(make_city: Callable[..., City]) -> None:
    city = make_city()
    door, token = door_of(city), city.token("committee")
    question = Question("", purpose="epidemic-control")
    assert city.run(door.outlook(token, question)).types["Resident"].fields["name"].way == "name-surname"
    policy = (city.home / "policy.csv").read_text("utf-8")
    kept = [one for one in policy.splitlines(keepends=True) if "committee-worker, own, Resident.name" not in one]
    city.revise("".join(kept))
    assert city.run(door.outlook(token, question)).types["Resident"].fields["name"].way == ""


def test_a_plan_asks_nobody_and_holds_no_value(city: City) -> None:
    question = Question(QUESTION, {"street": STREET}, "epidemic-control")
    reply = city.run(door_of(city).plan(city.token("analyst"), question))
    body = orjson.loads(reply.body)
    assert reply.status == 200
    assert "ask population: list Resident" in body["data"]["plan"]
    assert STREET not in reply.body.decode()
    assert "sources" not in city.entries()[-1][1]


def test_a_plan_of_an_act_does_not_act(city: City) -> None:
    document = 'mutation { breakGlass(type: "Resident", key: "1", reason: "x") { number } }'
    reply = city.run(door_of(city).plan(city.token("doctor"), Question(document, purpose="medical-rescue")))
    assert "breakGlass: write" in orjson.loads(reply.body)["data"]["plan"]
    assert city.exchange.registry.glass.unreviewed() == ()


def test_a_plan_is_refused_as_the_question_is(city: City) -> None:
    document = '{ residents(where: {phone: {eq: "1"}}) { nodes { name } } }'
    reply = city.run(door_of(city).plan(city.token("analyst"), Question(document, purpose="epidemic-control")))
    assert (reply.code, reply.status) == ("ARGUMENT_REFUSED", 403)
    assert city.entries()[-1][1]["outcome"] == "ARGUMENT_REFUSED"


def test_marks_are_of_their_use_and_text(city: City) -> None:
    door = door_of(city)
    marks = {door.mark(use, text) for use in ("form", "other") for text in ("a", "b", "")}
    assert len(marks) == 6


def test_a_made_up_person_is_one_of_the_list(city: City) -> None:
    for name in ("nobody", "", "resident"):
        with pytest.raises(RefusedError):
            door_of(city).development_token(name)
