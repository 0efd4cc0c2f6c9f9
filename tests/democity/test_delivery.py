from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from democity.build import build
from democity.delivery import MOST, NoKeyError, TokenBucket, create_app

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette

PATH = "/v1/meal-services/search"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("demo") / "city", residents=2000).directory


@pytest.fixture(scope="module")
def served(directory: Path) -> list[str]:
    with closing(sqlite3.connect(directory / "delivery.sqlite")) as database:
        return [number for (number,) in database.execute("SELECT identity_no FROM meal_service ORDER BY identity_no")]


@pytest.fixture(scope="module")
def key(directory: Path) -> str:
    return (directory / "keys" / "delivery.key").read_text("ascii").strip()


@pytest.fixture
def app(directory: Path) -> Starlette:
    (directory / "delivery.log").unlink(missing_ok=True)
    return create_app(directory)


def ask(app: Starlette, method: str = "POST", path: str = PATH, **request: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://delivery") as client:
            return await client.request(method, path, **request)

    return asyncio.run(send())


def search(app: Starlette, key: str, body: object) -> httpx.Response:
    return ask(app, headers={"X-Api-Key": key}, json=body)


def log(directory: Path) -> list[dict[str, Any]]:
    path = directory / "delivery.log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_those_who_are_served_are_found_and_no_others(app: Starlette, key: str, served: list[str]) -> None:
    answer = search(app, key, {"identityNos": [*served[:3], "310115190001010000"]})
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [item["identityNo"] for item in items] == served[:3]
    assert answer.json()["next"] is None
    for item in items:
        assert set(item) == {"identityNo", "active", "mealsLast30Days", "lastDeliveryOn", "dietaryNotes"}
        assert type(item["active"]) is bool


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_the_pages_of_a_search_hold_everyone_once(app: Starlette, key: str, served: list[str], limit: int) -> None:
    asked, found, cursor = served[:7], [], None
    for _ in range(len(asked)):
        page = search(app, key, {"identityNos": asked[::-1] + asked, "limit": limit, "cursor": cursor}).json()
        assert len(page["items"]) <= limit
        found += [item["identityNo"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert cursor is None
    assert found == asked


@pytest.mark.parametrize(
    "headers", [{}, {"X-Api-Key": ""}, {"X-Api-Key": "wrong"}, {"X-Api-Key": "é".encode("latin-1")}]
)
def test_without_the_key_nothing_is_said_or_logged(app: Starlette, directory: Path, headers: dict[str, Any]) -> None:
    answer = ask(app, headers=headers, json={"identityNos": ["310115190001010000"]})
    assert answer.status_code == 401
    assert set(answer.json()) == {"error"}
    assert log(directory) == []


def test_a_city_without_a_key_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        create_app(tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "delivery.key").write_text("\n")
    with pytest.raises(NoKeyError):
        create_app(tmp_path)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 30_000, 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"identityNos": []}', 400),
        (b'{"identityNos": "310115190001010000"}', 400),
        (b'{"identityNos": [310115190001010000]}', 400),
        (b'{"identityNos": ["3101151900010100000"]}', 400),
        (json.dumps({"identityNos": ["1"] * (MOST + 1)}).encode(), 400),
        (b'{"identityNos": ["1"], "limit": 0}', 400),
        (b'{"identityNos": ["1"], "limit": 1001}', 400),
        (b'{"identityNos": ["1"], "limit": true}', 400),
        (b'{"identityNos": ["1"], "cursor": "-1"}', 400),
        (b'{"identityNos": ["1"], "cursor": "1 OR 1"}', 400),
        (b'{"identityNos": ["1"], "cursor": "99999999999999999999"}', 400),
        (b'{"identityNos": ["1"], "cursor": 1}', 400),
        (b'{"identityNos": ["1"], "name": "x"}', 400),
        (b" " * 70_000, 413),
        (b'{"identityNos": ["\\ud800"]}', 200),
        (json.dumps({"identityNos": ["310115190001010000"] * MOST}).encode(), 200),
    ],
)
def test_malformed_bodies_get_their_status(app: Starlette, key: str, content: bytes, status: int) -> None:
    answer = ask(app, headers={"X-Api-Key": key}, content=content)
    assert answer.status_code == status
    if status != 200:
        assert set(answer.json()) == {"error"}
        assert "310115" not in answer.text


def test_the_log_holds_what_was_told_and_no_number(
    app: Starlette, directory: Path, key: str, served: list[str]
) -> None:
    search(app, key, {"identityNos": served[:2], "limit": 10})
    search(app, key, {"identityNos": served[:3], "limit": 10, "cursor": None, served[0]: "x"})
    lines = log(directory)
    assert [(line["fields"], line["count"]) for line in lines] == [
        (["identityNos", "limit"], 2),
        (["cursor", "identityNos", "limit", "(other)"], 3),
    ]
    assert all(set(line) == {"at", "fields", "count"} for line in lines)
    assert not any(number in (directory / "delivery.log").read_text() for number in served)


def test_too_many_requests_are_turned_away_until_time_has_passed(directory: Path, key: str) -> None:
    now = [0.0]
    app = create_app(directory, rate=3, clock=lambda: now[0])
    body = {"identityNos": ["310115190001010000"]}
    assert ask(app, json=body).status_code == 401, "and it uses nothing up"
    assert [search(app, key, body).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert search(app, key, body).headers["Retry-After"] == "1"
    now[0] += 1
    assert [search(app, key, body).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_bucket_never_holds_more_than_its_rate() -> None:
    now = [0.0]
    bucket = TokenBucket(2, lambda: now[0])
    now[0] += 3600
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] += 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]


def test_health_and_description_are_open(app: Starlette, directory: Path) -> None:
    assert ask(app, "GET", "/health").json() == {"status": "ok"}
    document = ask(app, "GET", "/openapi.json")
    assert document.json() == json.loads((directory / "delivery.openapi.json").read_text("utf-8"))
    assert document.headers["content-type"] == "application/json"


def test_other_methods_are_refused(app: Starlette) -> None:
    assert ask(app, "GET").status_code == 405
