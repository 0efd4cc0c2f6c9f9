"""Promise 6. Giving to a source is a release: what the other organisation's system learns, and under which line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.city import QUESTION, STREET, City
from vocabulary.fetch import Fetch, Table, Values

ASK = {"street": STREET, "first": 50}


@pytest.fixture
def eavesdrop(monkeypatch: pytest.MonkeyPatch) -> Callable[[City], dict[str, list[tuple[Fetch, Any]]]]:
    """Everything that each source is asked, with the values."""

    def listen(city: City) -> dict[str, list[tuple[Fetch, Any]]]:
        heard: dict[str, list[tuple[Fetch, Any]]] = {}
        for name, connector in city.exchange.connectors.items():

            async def fetch(request: Fetch, values: Values, name: str = name, original: Any = connector.fetch) -> Table:
                heard.setdefault(name, []).append((request, dict(values)))
                table: Table = await original(request, values)
                return table

            monkeypatch.setattr(connector, "fetch", fetch)
        return heard

    return listen


def without(policy: str, *words: str) -> str:
    return "\n".join(line for line in policy.splitlines() if not all(word in line for word in words)) + "\n"


def test_the_company_learns_the_identity_numbers_of_the_rows_shown_and_nothing_else(
    make_city: Callable[..., City], eavesdrop: Callable[[City], dict[str, list[tuple[Fetch, Any]]]]
) -> None:
    city = make_city()
    heard = eavesdrop(city)
    reply = city.ask("committee", QUESTION, ASK)
    ((request, values),) = heard["delivery"]
    assert request.type == "MealService"
    shown = len(reply.data["residents"]["nodes"])
    assert len(values["keys"]) == shown
    own = {number for (number,) in city.rows("SELECT identity_no FROM resident WHERE area_code LIKE '310115016003%'")}
    assert set(values["keys"]) <= own


def test_without_a_deliver_line_nothing_is_told(
    make_city: Callable[..., City], eavesdrop: Callable[[City], dict[str, list[tuple[Fetch, Any]]]], built_city: Any
) -> None:
    policy = without((built_city / "policy.csv").read_text("utf-8"), "org:eatwell")
    city = make_city(policy=policy)
    heard = eavesdrop(city)
    reply = city.ask("analyst", QUESTION, ASK)
    assert "delivery" not in heard
    assert {one["mealService"] for one in reply.data["residents"]["nodes"]} == {None}
    assert reply.withheld["Resident.mealService"] == "deliver"
    assert any(one["latestVaccination"] for one in reply.data["residents"]["nodes"])


def test_a_deliver_line_of_one_area_tells_that_area_only(
    make_city: Callable[..., City], eavesdrop: Callable[[City], dict[str, list[tuple[Fetch, Any]]]], built_city: Any
) -> None:
    policy = (built_city / "policy.csv").read_text("utf-8")
    policy = policy.replace("p, org:eatwell, any,", "p, org:eatwell, 310115016004,")
    city = make_city(policy=policy)
    heard = eavesdrop(city)
    city.ask("analyst", QUESTION, {"street": STREET, "first": 500})
    there = {number for (number,) in city.rows("SELECT identity_no FROM resident WHERE area_code LIKE '310115016004%'")}
    ((_, values),) = heard["delivery"]
    assert values["keys"]
    assert set(values["keys"]) <= there


def test_a_relation_that_may_not_be_read_is_not_followed(
    make_city: Callable[..., City], eavesdrop: Callable[[City], dict[str, list[tuple[Fetch, Any]]]], built_city: Any
) -> None:
    policy = without((built_city / "policy.csv").read_text("utf-8"), "role:health-analyst", "Resident.mealService")
    city = make_city(policy=policy)
    heard = eavesdrop(city)
    city.ask("analyst", QUESTION, ASK)
    assert "delivery" not in heard


def test_where_no_cell_on_the_other_side_may_be_seen_nothing_is_asked(
    make_city: Callable[..., City], eavesdrop: Callable[[City], dict[str, list[tuple[Fetch, Any]]]], built_city: Any
) -> None:
    policy = without((built_city / "policy.csv").read_text("utf-8"), "role:health-analyst", "MealService.")
    city = make_city(policy=policy)
    heard = eavesdrop(city)
    reply = city.ask("analyst", QUESTION, ASK)
    assert "delivery" not in heard
    assert {one["mealService"] for one in reply.data["residents"]["nodes"]} == {None}


def test_what_was_told_stands_in_the_log_with_its_line(city: City) -> None:
    city.ask("analyst", QUESTION, {"street": STREET, "first": 3})
    wave = next(entry for _, entry in reversed(city.entries()) if entry["kind"] == "wave")
    given = {one["organisation"]: one for one in wave["given"]}
    assert given["eatwell"]["coordinate"] == "Resident.identityNo"
    assert given["eatwell"]["count"] == 3
    assert given["eatwell"]["line"].startswith("policy.csv:")


def test_one_person_is_asked_about_once_however_often_they_occur(
    make_city: Callable[..., City], eavesdrop: Callable[[City], dict[str, list[tuple[Fetch, Any]]]]
) -> None:
    city = make_city()
    heard = eavesdrop(city)
    document = """{
      a: residents(first: 10) { nodes { mealService { active } emergencyContact { mealService { active } } } }
      b: residents(first: 10) { edges { node { again: mealService { active } } } }
    }"""
    city.ask("analyst", document)
    keys = [key for _, values in heard["delivery"] for key in values["keys"]]
    assert len(keys) == len(set(keys))
