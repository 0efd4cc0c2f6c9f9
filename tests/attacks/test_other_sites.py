"""Attacks on `/graphql` from a browser that is led here by another site, and through what stands in addresses."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from federation.pipeline import Pipeline
from tests.support.city import City

SMALL = "{ __typename }"
BODY = json.dumps({"query": SMALL, "extensions": {"purpose": "epidemic-control"}})
IN_ADDRESS = {"query": SMALL, "extensions": json.dumps({"purpose": "epidemic-control"})}
# What a page of another site can send without being allowed to (Fetch, "CORS-safelisted request-header"), in the name
# of a browser that shows a client certificate unasked: headers with credentials stand here for that.
SAFELISTED = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")


def send(city: City, method: str, headers: Mapping[str, str], **options: Any) -> httpx.Response:
    known = {"Authorization": f"Bearer {city.token('analyst')}"}
    response: httpx.Response = city.run(
        city._client.request(method, "/graphql", headers={**known, **headers}, **options)
    )
    return response


@pytest.fixture
def untouched(city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    """A city that fails where anybody is identified for what was sent."""

    async def reached(*_: object) -> None:
        raise AssertionError("it was asked")

    monkeypatch.setattr(Pipeline, "answer", reached)
    return city


@pytest.mark.parametrize("media", [*SAFELISTED, *(f"{one}; charset=utf-8" for one in SAFELISTED[:2]), None])
@pytest.mark.parametrize("body", [BODY, f"query={quote(SMALL)}", ""])
def test_a_form_of_another_site_asks_nothing(untouched: City, media: str | None, body: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"} | ({"Content-Type": media} if media else {})
    response = send(untouched, "POST", headers, content=body.encode(), params=IN_ADDRESS)
    assert response.status_code == 415


@pytest.mark.parametrize("query", [SMALL, "mutation { __typename }", "{ residents { nodes { area } } }"])
@pytest.mark.parametrize("accept", ["*/*", "text/html,*/*;q=0.8", "application/json"])
def test_a_link_of_another_site_asks_nothing(untouched: City, query: str, accept: str) -> None:
    headers = {"Accept": accept, "Accept-Language": "zh", "Content-Language": "zh", "Range": "bytes=0-1"}
    response = send(untouched, "GET", headers, params={**IN_ADDRESS, "query": query})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "PURPOSE_MISSING")


@pytest.mark.parametrize("wanted", ["POST", "GET"])
def test_no_other_site_is_allowed_to_send_more(untouched: City, wanted: str) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": wanted,
        "Access-Control-Request-Headers": "content-type,x-purpose,authorization",
    }
    response = send(untouched, "OPTIONS", headers)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control-")]


def test_no_answer_may_be_read_by_another_site(city: City) -> None:
    headers = {"Origin": "https://evil.example", "Content-Type": "application/json", "X-Purpose": "epidemic-control"}
    for response in (
        send(city, "POST", headers, content=BODY.encode()),
        send(city, "GET", headers, params={"query": SMALL}),
    ):
        assert response.status_code == 200
        assert not [name for name in response.headers if name.startswith("access-control-")]


def test_the_parameters_of_an_address_count_for_nothing_in_a_post(city: City) -> None:
    headers = {"Content-Type": "application/json", "X-Purpose": "epidemic-control"}
    other = {"query": "mutation { __typename }", "operationName": "X"}
    response = send(city, "POST", headers, content=BODY.encode(), params=other)
    assert response.json()["data"] == {"__typename": "Query"}


def test_nothing_of_an_address_is_written_down(
    make_city: Callable[..., City], caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody puts a person into an address all the same: it is refused, and we at least don't write it down."""
    city = make_city()
    ((identity, phone),) = city.rows("SELECT identity_no, phone FROM resident WHERE phone IS NOT NULL LIMIT 1")
    documents = (
        f'{{ residents(where: {{identityNo: {{eq: "{identity}"}}}}) {{ nodes {{ area }} }} }}',
        f'{{ __typename residents(where: {{phone: {{eq: "{phone}"}}}}) @skip(if: true) {{ nodes {{ area }} }} }}',
        f"{{ a{identity}: residents {{ nodes {{ area }} }} }}",
        f'{{ residents(where: "{identity}") {{ nodes {{ area }} }} }}',
        f'{{ "{phone}',
    )
    with caplog.at_level(logging.DEBUG):
        for document in documents:
            response = send(city, "GET", {"X-Purpose": "epidemic-control"}, params={"query": document})
            assert "data" not in response.json()
            assert response.headers["cache-control"] == "no-store"
    city.run_flush()
    ours = [path for path in (city.home / "audit").iterdir() if path.is_file()]
    written = b"".join(path.read_bytes() for path in ours)
    assert b"GET_REFUSED" in written
    logged = [str(vars(record)) for record in caplog.records if record.name.startswith("tongguan")]
    assert logged
    for value in (identity, phone):
        assert value.encode() not in written
        assert all(value not in line for line in logged)
