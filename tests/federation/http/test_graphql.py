from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.errors import LogUnavailableError
from federation.errors import Code
from federation.pipeline import Pipeline
from federation.stages import Answered, Asked
from tests.support.city import City
from vocabulary.receipt import Entry, Receipt

SMALL = "{ __typename }"
JSON = {"Content-Type": "application/json"}
NO_OBJECTS: tuple[object, ...] = ([], [1], "", "{}", 0, 1, False, True)
NO_TEXTS: tuple[object, ...] = (0, 1, False, True, [], {}, ["epidemic-control"])


def send(city: City, method: str = "POST", **options: Any) -> httpx.Response:
    response: httpx.Response = city._loop.run(city._client.request(method, "/graphql", **options))
    return response


def signed(city: City, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {city.token('analyst')}", "X-Purpose": "epidemic-control", **JSON, **headers}


def code_of(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    assert len(error["message"]) > 15
    assert "data" not in response.json()
    assert response.status_code == Code[error["extensions"]["code"]].status
    return str(error["extensions"]["code"])


# ── the message ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_only_post_and_get_are_answered(city: City, method: str) -> None:
    response = send(city, method, headers=signed(city), params={"query": SMALL})
    assert code_of(response) == "METHOD_NOT_ALLOWED"
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "query",
    [
        "mutation { __typename }",
        "query A { __typename } mutation B { __typename }",
        "{ residents { nodes { area } } }",
        "{ __typename residents @skip(if: true) { nodes { area } } }",
    ],
)
def test_by_get_only_the_schema_is_asked_about(city: City, query: str) -> None:
    response = send(city, "GET", headers=signed(city), params={"query": query, "operationName": "A" * ("A" in query)})
    assert code_of(response) == "GET_REFUSED"
    assert response.headers["allow"] == "POST"
    assert city.entries()[-1][1]["outcome"] == "GET_REFUSED"


def test_an_answer_by_get_is_that_of_post(city: City) -> None:
    query = "query Type($name: String!) { __type(name: $name) { name fields { name } } }"
    given = {"name": "Resident"}
    by_get = send(city, "GET", headers=signed(city), params={"query": query, "variables": json.dumps(given)})
    by_post = send(city, headers=signed(city), json={"query": query, "variables": given})
    assert by_get.status_code == 200
    assert by_get.json()["data"] == by_post.json()["data"]
    assert by_get.json()["data"]["__type"]["name"] == "Resident"
    assert by_get.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE"])
def test_other_methods_give_nothing(city: City, method: str) -> None:
    response = send(city, method, headers=signed(city))
    assert response.status_code == 405
    assert "data" not in response.text
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "media",
    [
        None,
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "application/jsonp",
        "text/json, application/json",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
    ],
)
def test_only_json_is_read(city: City, media: str | None) -> None:
    headers = {name: value for name, value in signed(city).items() if name != "Content-Type"}
    if media is not None:
        headers["Content-Type"] = media
    response = send(city, headers=headers, content=json.dumps({"query": SMALL}).encode())
    assert code_of(response) == "MEDIA_TYPE_UNSUPPORTED"


def test_a_type_that_is_declared_twice_is_none(city: City) -> None:
    headers = [*signed(city).items(), ("Content-Type", "text/plain")]
    assert code_of(send(city, headers=headers, content=json.dumps({"query": SMALL}))) == "MEDIA_TYPE_UNSUPPORTED"


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "Application/JSON", " application/json ;x"])
def test_json_may_be_written_in_several_ways(city: City, media: str) -> None:
    headers = {**signed(city), "Content-Type": media}
    assert send(city, headers=headers, content=json.dumps({"query": SMALL})).json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"query": "{ __typename }"',
        b'{"query": "{ __typename }"} {}',
        b"{'query': '{ __typename }'}",
        b'{"query": "\xff\xfe"}',
        b'{"query": "\\ud800"}',
        b'{"query": NaN}',
        b'{"query": "a\nb"}',
        b'\xef\xbb\xbf{"query": "{ __typename }"}',
        '{"query": "{ __typename }"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"variables":' * 10_000,
        b"\x1f\x8b\x08\x00",
        b"\x00",
        b"query=%7B__typename%7D",
        # JSON, and no object
        b"null",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b'"{ __typename }"',
        b"1",
        b"true",
    ],
    ids=lambda body: repr(body[:25]),
)
def test_a_body_that_is_no_json_object(city: City, body: bytes) -> None:
    assert code_of(send(city, headers=signed(city), content=body)) == "BODY_MALFORMED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": None},
        {"query": 1},
        {"query": ["{ __typename }"]},
        {"query": {"kind": "Document"}},
        *({"variables": value} for value in NO_OBJECTS),
        *({"extensions": value} for value in NO_OBJECTS),
        *({"operationName": value} for value in NO_TEXTS),
        *({"extensions": {"purpose": value}} for value in NO_TEXTS),
        {"extensions": {"agreement": 5}},
    ],
    ids=str,
)
def test_a_part_of_the_wrong_shape(city: City, wrong: dict[str, object]) -> None:
    headers = {name: value for name, value in signed(city).items() if name != "X-Purpose"}
    extensions = {"extensions": {"purpose": "epidemic-control"}}
    body = json.dumps({"query": SMALL, **extensions, **wrong})
    assert code_of(send(city, headers=headers, content=body)) == "BODY_MALFORMED"


@pytest.mark.parametrize("right", [{"variables": None}, {"extensions": None}, {"operationName": None}, {"id": "else"}])
def test_a_part_may_be_null(city: City, right: dict[str, object]) -> None:
    body = json.dumps({"query": SMALL, **right})
    assert send(city, headers=signed(city), content=body).json()["data"] == {"__typename": "Query"}


def test_a_query_that_is_missing(city: City) -> None:
    assert code_of(send(city, headers=signed(city), json={"variables": {}})) == "BODY_MALFORMED"


def test_a_body_over_the_limit_is_not_read_to_its_end(make_city: Callable[..., City]) -> None:
    city = make_city(body_limit=1_000)
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100
            yield b" " * 100

    async def asked() -> httpx.Response:
        return await city._client.post("/graphql", headers=signed(city), content=chunks())

    assert code_of(city._loop.run(asked())) == "BODY_TOO_LARGE"
    assert taken < 2_000


@pytest.mark.parametrize(("size", "status"), [(999, 200), (1_000, 200), (1_001, 413), (50_000, 413)])
def test_the_limit_of_a_body(make_city: Callable[..., City], size: int, status: int) -> None:
    city = make_city(body_limit=1_000)
    body = json.dumps({"query": SMALL}).encode().ljust(size)
    assert send(city, headers=signed(city), content=body).status_code == status


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["query", "variables", "extensions", "operationName", "purpose", "first"])
                    | st.text(max_size=5),
                    inner,
                    max_size=4,
                )
            ),
        ).map(lambda value: json.dumps(value).encode()),
        st.text(max_size=80).map(lambda text: json.dumps({"query": text}).encode()),
        st.text('{}()[]:$!@."residents nodes name first12 \n#…', max_size=80).map(
            lambda text: json.dumps({"query": "{ residents " + text}).encode()
        ),
    )
)
def test_whatever_bytes_are_sent_nothing_breaks(city: City, body: bytes) -> None:
    response = send(city, headers=signed(city), content=body)
    if response.status_code != 200:
        assert code_of(response) not in {"INTERNAL", "RECEIPT_UNAVAILABLE"}


# ── who asks, and why ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "TOKEN_MISSING"),
        ("", "TOKEN_MISSING"),
        ("Bearer", "TOKEN_MISSING"),
        ("Bearer ", "TOKEN_MISSING"),
        ("Basic d2FuZy5taW46", "TOKEN_MISSING"),
        ("Bearer x", "TOKEN_INVALID"),
        ("Bearer a.b.c", "TOKEN_INVALID"),
        ("bearer \u00e9\u00ff.x.y", "TOKEN_INVALID"),
        ("Bearer " + "a" * 60_000, "TOKEN_INVALID"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_without_a_good_token_a_sender_is_told_how(city: City, authorization: str | None, code: str) -> None:
    headers = dict(JSON) if authorization is None else {**JSON, "Authorization": authorization.encode("latin-1")}
    response = send(city, headers=headers, json={"query": SMALL})
    assert (code_of(response), response.status_code) == (code, 401)
    assert response.headers["www-authenticate"] == "Bearer"


def test_the_purpose_may_come_in_the_extensions(city: City) -> None:
    headers = {name: value for name, value in signed(city).items() if name != "X-Purpose"}
    asked = {"query": SMALL, "extensions": {"purpose": "epidemic-control"}}
    assert send(city, headers=headers, json=asked).status_code == 200
    assert city.entries()[-1][1]["purpose"] == "epidemic-control"


def test_the_header_wins_over_the_extensions(city: City) -> None:
    asked = {"query": SMALL, "extensions": {"purpose": "elderly-care"}}
    assert send(city, headers=signed(city), json=asked).status_code == 200
    assert city.entries()[-1][1]["purpose"] == "epidemic-control"


@pytest.mark.parametrize(
    ("purpose", "code"), [(None, "PURPOSE_MISSING"), ("", "PURPOSE_MISSING"), ("x", "PURPOSE_UNKNOWN")]
)
def test_no_purpose_or_none_that_is_known(city: City, purpose: str | None, code: str) -> None:
    headers = {name: value for name, value in signed(city).items() if name != "X-Purpose"}
    if purpose is not None:
        headers["X-Purpose"] = purpose
    response = send(city, headers=headers, json={"query": SMALL})
    assert code_of(response) == code
    assert "epidemic-control" in response.text
    assert city.entries()[-1][1]["outcome"] == code


@pytest.mark.parametrize("how", ["header", "extensions"])
def test_an_agreement_is_refused_while_there_is_none(city: City, how: str) -> None:
    headers = signed(city, **({"X-Agreement": "a-1"} if how == "header" else {}))
    body = {"query": SMALL, "extensions": {"agreement": "a-1"} if how == "extensions" else {}}
    assert code_of(send(city, headers=headers, json=body)) == "AGREEMENT_UNKNOWN"


# ── the answer ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("application/graphql-response+json;q=0.1, application/json;q=0.9", "application/json"),
    ],
)
@pytest.mark.parametrize("good", [True, False])
def test_the_media_type_of_an_answer(city: City, accept: str, media: str, good: bool) -> None:
    headers = signed(city, Accept=accept) if good else {**JSON, "Accept": accept}
    response = send(city, headers=headers, json={"query": SMALL})
    assert response.status_code == (200 if good else 401)
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.headers["vary"] == "accept"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_is_answered_in_a_type_that_is_not_taken(city: City, method: str) -> None:
    before = len(city.entries())
    body: dict[str, Any] = {"params": {"query": SMALL}} if method == "GET" else {"json": {"query": SMALL}}
    response = send(city, method, headers=signed(city, Accept="text/html"), **body)
    assert code_of(response) == "ACCEPT_UNSUPPORTED"
    city.run_flush()
    assert all(entry["kind"] == "unidentified" for _, entry in city.entries()[before:])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "DOCUMENT_MALFORMED"),
        ({"query": "{ nobody }"}, "DOCUMENT_INVALID"),
        ({"query": SMALL, "operationName": "A"}, "OPERATION_UNKNOWN"),
        ({"query": "query($id: ID!) { node(id: $id) { id } }"}, "VARIABLES_INVALID"),
        ({"query": "{ residents(first: 0) { nodes { area } } }"}, "ARGUMENT_INVALID"),
        ({"query": '{ residents(where: {identityNo: {eq: "1"}}) { nodes { area } } }'}, "ARGUMENT_REFUSED"),
        ({"documentId": "sha256:none"}, "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
def test_what_is_refused_for_what_stands_in_it_has_its_status_in_the_new_type_alone(
    city: City, body: dict[str, object], code: str
) -> None:
    response = send(city, headers=signed(city, Accept="application/json"), json=body)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (200, code)
    assert "data" not in response.json()
    assert code_of(send(city, headers=signed(city), json=body)) == code


@pytest.mark.parametrize("change", [{"X-Purpose": "x"}, {"Authorization": "Bearer x"}, {"X-Mode": "emergency"}])
def test_whom_nothing_is_answered_is_told_so_by_the_status_in_either_type(city: City, change: dict[str, str]) -> None:
    replies = [
        send(city, headers=signed(city, Accept=media, **change), json={"query": SMALL})
        for media in ("application/json", "application/graphql-response+json")
    ]
    assert code_of(replies[0]) == code_of(replies[1])


@pytest.mark.parametrize("good", [True, False])
def test_no_answer_is_kept_on_its_way(city: City, good: bool) -> None:
    headers = signed(city) if good else JSON
    response = send(city, headers=headers, json={"query": SMALL})
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert not {"server", "set-cookie"} & response.headers.keys()


# ── many at once, and failures ────────────────────────────────────────────────────────────────────────────────────────


def test_too_many_at_once_are_refused_and_counted(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city(concurrency=2)
    answer = Pipeline.answer
    gate, inside = asyncio.Event(), asyncio.Event()
    waits: list[Asked] = []

    async def held(self: Pipeline, asked: Asked) -> Answered:
        waits.append(asked)
        if len(waits) == 2:
            inside.set()
        await gate.wait()
        return await answer(self, asked)

    monkeypatch.setattr(Pipeline, "answer", held)

    async def work() -> tuple[list[httpx.Response], httpx.Response, httpx.Response]:
        def ask() -> Any:
            return city._client.post("/graphql", headers=signed(city), json={"query": SMALL})

        waiting = [asyncio.create_task(ask()) for _ in range(2)]
        await inside.wait()
        refused = await ask()
        gate.set()
        done = list(await asyncio.gather(*waiting))
        return done, refused, await ask()

    done, refused, after = city._loop.run(work())
    assert [one.status_code for one in done] == [200, 200]
    assert (code_of(refused), refused.status_code) == ("OVERLOADED", 503)
    assert after.status_code == 200
    assert {"OVERLOADED": 1} in [entry.get("counts") for _, entry in city.entries()]


def test_a_slow_sender_keeps_nobody_else_out(make_city: Callable[..., City]) -> None:
    city = make_city(concurrency=1)

    async def work() -> httpx.Response:
        started, done = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            started.set()
            yield b"{"
            await done.wait()
            yield b"}"

        slow = asyncio.create_task(city._client.post("/graphql", headers=signed(city), content=slowly()))
        await started.wait()
        answered = await city._client.post("/graphql", headers=signed(city), json={"query": SMALL})
        done.set()
        await slow
        return answered

    assert city._loop.run(work()).status_code == 200


def test_a_place_is_free_again_after_whatever_happened(make_city: Callable[..., City]) -> None:
    city = make_city(concurrency=1)
    for body in (b"{", b'{"query": "{ nobody }"}', b'{"query": 1}', b'{"query": "{ __typename }"}'):
        assert send(city, headers=signed(city), content=body).status_code != 503
    assert send(city, headers=JSON, json={"query": SMALL}).status_code == 401
    assert send(city, headers=signed(city), json={"query": SMALL}).status_code == 200


def test_a_failure_of_ours_has_its_code_and_says_nothing_else(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    city = make_city()

    def crash(*_: object) -> None:
        raise ZeroDivisionError("310115195001011234")

    monkeypatch.setattr(Pipeline, "_identify", crash)
    response = send(city, headers=signed(city), json={"query": SMALL})
    assert (code_of(response), response.status_code) == ("INTERNAL", 500)
    assert "310115195001011234" not in response.text
    assert city.entries()[-1][1]["counts"] == {"INTERNAL": 1}
    assert any(record.exc_info for record in caplog.records)


def test_while_the_log_fails_even_a_refusal_says_so(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()

    async def full(_entry: Entry) -> Receipt:
        raise LogUnavailableError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(city.exchange.log, "append", full)
        response = send(city, headers=JSON, json={"query": SMALL})
        assert (code_of(response), response.status_code) == ("RECEIPT_UNAVAILABLE", 503)
    assert code_of(send(city, headers=JSON, json={"query": SMALL})) == "TOKEN_MISSING"
    assert city.entries()[-1][1]["counts"] == {"TOKEN_MISSING": 2}
