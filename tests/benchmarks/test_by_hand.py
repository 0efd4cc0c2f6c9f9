"""The floor and the peer answer what the gateway answers: otherwise a ratio would compare two different things."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from benchmarks import floor, peer_strawberry
from benchmarks.by_hand import OWN_AREA
from benchmarks.questions import FIELDS, PAGE
from benchmarks.servers import GOVERNED, OPEN
from democity.personas import PERSONAS
from tests.support.city import City

_STREET = "310115016"
_EVERYWHERE = "31"


@pytest.fixture
def governed(make_city: Callable[..., City], built_city: Path) -> City:
    made = make_city(policy=(built_city / "policy.csv").read_text("utf-8") + GOVERNED)
    assert isinstance(made, City)
    return made


def _by_hand(app: Starlette, area: str, first: int) -> Any:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://floor.test") as client:
            body = {"query": PAGE, "variables": {"first": first}}
            return await client.post("/graphql", json=body, headers={OWN_AREA: area})

    answer = asyncio.run(ask())
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("make_app", [floor.make_app, peer_strawberry.make_app], ids=["floor", "strawberry"])
@pytest.mark.parametrize(("area", "first"), [(_STREET, 1), (_STREET, 1000), (_EVERYWHERE, 1000)])
def test_gives_the_cells_of_the_gateway(
    governed: City, make_app: Callable[[Path], Starlette], area: str, first: int
) -> None:
    asker = replace(PERSONAS["analyst"], areas=(area,))

    asked = governed.ask(asker, PAGE, {"first": first})
    by_hand = _by_hand(make_app(governed.home / "population.sqlite"), area, first)

    assert asked.withheld == {}
    assert by_hand["data"] == asked.data
    assert "errors" not in by_hand


def test_the_question_has_seven_fields_of_which_three_are_masked(governed: City) -> None:
    asked = governed.ask(replace(PERSONAS["analyst"], areas=(_STREET,)), PAGE, {"first": 10})

    assert len(FIELDS) == 7
    assert [list(node) for node in asked.data["residents"]["nodes"]] == [list(FIELDS)] * 10
    assert asked.masked == {
        "Resident.name": ["name-partial"],
        "Resident.phone": ["phone-partial"],
        "Resident.address": ["address-street"],
    }


def test_a_city_without_such_residents_has_an_empty_page(built_city: Path) -> None:
    answer = _by_hand(floor.make_app(built_city / "population.sqlite"), "110101", 10)

    assert answer == {"data": {"residents": {"nodes": []}}}


def test_an_open_policy_opens_the_same_cells(make_city: Callable[..., City]) -> None:
    opened = make_city(policy=OPEN)

    asked = opened.ask(replace(PERSONAS["analyst"], areas=(_STREET,)), PAGE, {"first": 1000})

    assert asked.withheld == {}
    assert asked.masked == {}
    assert [node["name"] for node in asked.data["residents"]["nodes"]] == [
        name for (name,) in opened.rows("SELECT name FROM resident ORDER BY serial LIMIT 1000")
    ]
