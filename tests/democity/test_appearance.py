from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from democity.appearance import NoKeyError, create_app
from democity.build import Built, build

CASES = "query($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Building { buildingNo streetCases { caseNo kind reportedAt state plate areaCode } } ... on StreetCase { caseNo buildingNo } } }"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("appearance") / "city", residents=600)


def post(city: Built, body: object, key: str | None = None, method: str = "POST") -> httpx.Response:
    shown = (city.directory / "keys" / "appearance.key").read_text().strip() if key is None else key

    async def work() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(city.directory))
        async with httpx.AsyncClient(transport=transport, base_url="http://bureau.test") as client:
            return await client.request(method, "/graphql", json=body, headers={"X-Api-Key": shown} if shown else {})

    return asyncio.run(work())


def entities(city: Built, *of: dict[str, str]) -> list[dict[str, Any] | None]:
    answer = post(city, {"query": CASES, "variables": {"of": list(of)}}).json()
    assert "errors" not in answer
    found: list[dict[str, Any] | None] = answer["data"]["_entities"]
    return found


def rows(city: Built, query: str) -> list[Any]:
    with closing(sqlite3.connect(city.directory / "appearance.sqlite")) as database:
        return database.execute(query).fetchall()


def test_a_building_is_known_by_its_number_with_its_cases_the_newest_first(city: Built) -> None:
    numbers = [number for (number,) in rows(city, "SELECT DISTINCT building_no FROM street_case ORDER BY 1")]
    wanted = [{"__typename": "Building", "buildingNo": number} for number in (*numbers, "B-nowhere")]
    for number, found in zip((*numbers, "B-nowhere"), entities(city, *wanted), strict=True):
        assert found is not None
        assert found["buildingNo"] == number
        expected = rows(
            city,
            f"SELECT case_no, kind, plate FROM street_case WHERE building_no = '{number}' ORDER BY reported_at DESC",
        )
        assert [(one["caseNo"], one["kind"], one["plate"]) for one in found["streetCases"]] == expected
    assert numbers


def test_a_case_is_known_by_its_number_and_an_unknown_one_is_null(city: Built) -> None:
    ((number, building), *_) = rows(city, "SELECT case_no, building_no FROM street_case")
    some = ({"__typename": "StreetCase", "caseNo": one} for one in (number, "SC-none"))
    assert entities(city, *some) == [{"__typename": "StreetCase", "caseNo": number, "buildingNo": building}, None]


def test_it_describes_itself_as_a_federation_subgraph(city: Built) -> None:
    sdl = post(city, {"query": "{ _service { sdl } }"}).json()["data"]["_service"]["sdl"]
    for declared in ('type Building @key(fields: "buildingNo")', 'type StreetCase @key(fields: "caseNo")'):
        assert declared in sdl


@pytest.mark.parametrize("key", ["", "wrong"])
def test_without_its_key_nobody_is_answered(city: Built, key: str) -> None:
    answer = post(city, {"query": "{ _service { sdl } }"}, key)
    assert (answer.status_code, "data" in answer.text) == (401, False)


def test_a_question_in_the_address_is_not_answered(city: Built) -> None:
    assert post(city, None, method="GET").status_code != 200


def test_nothing_is_served_without_a_key(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        create_app(tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "appearance.key").write_text("\n")
    with pytest.raises(NoKeyError):
        create_app(tmp_path)


def test_its_log_quotes_no_value(
    city: Built, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("near 'B310115016003001-01'")

    monkeypatch.setattr("democity.appearance.Cases._read", broken)
    body = {"query": CASES, "variables": {"of": [{"__typename": "Building", "buildingNo": "B310115016003001-01"}]}}
    assert post(city, body).status_code == 200
    assert "OperationalError" in caplog.text
    assert "B310115016003001-01" not in caplog.text
