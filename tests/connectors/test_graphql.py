"""What only a remote subgraph can do to us."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import post
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from connectors.graphql import GraphQLConnector
from connectors.subgraph import MAX_KEYS
from tests.connectors.served import GraphQLServed, declaration
from tests.connectors.served.graphql import NAMES
from tests.support.network import Stand
from vocabulary.fetch import Fetch, Table, Via

BY_ID = Fetch("Person", ("id", "age"), Via("Person", "id"))
VISITS = Fetch("Visit", ("place",), Via("Human", "id", "visits"))
ROW = {"__typename": "person", "k": "p1", "c0": 73}
VISIT = {"__typename": "visit", "c0": "a", "c1": "p1", "c2": None}
GRAPHQL = "application/graphql-response+json"
OPTIONS: Mapping[str, object] = {
    "url": "https://town.example/graphql/",
    "auth": {"header": "X-Api-Key", "file": "town.key"},
    "names": NAMES,
}

Handler = Callable[[httpx.Request], httpx.Response]


def rows(*items: object, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"data": {"rows": items}, **more}, headers={"Content-Type": GRAPHQL})


def failing(path: object = None, code: object = None, **more: object) -> httpx.Response:
    error = {"message": "SECRET p1", "path": path, "extensions": {"code": code, "exception": "SECRET"}}
    return httpx.Response(200, json={"errors": [error], "data": None, **more})


def connector(
    folder: Path, handler: Handler, options: Mapping[str, object] = OPTIONS, **changes: Any
) -> GraphQLConnector:
    (folder / "town.key").write_text("hunter2-SECRET\n")

    return GraphQLConnector(declaration("graphql", options, **changes), folder, Stand(handler))


def ask(made: GraphQLConnector, request: Fetch = BY_ID, keys: tuple[Any, ...] = ("p1", "p2")) -> Table:
    async def journey() -> Table:
        try:
            return await made.fetch(request, {"keys": keys})
        finally:
            await made.close()

    return asyncio.run(journey())


def _given(answer: httpx.Response, _request: httpx.Request) -> httpx.Response:
    return answer


def failure(folder: Path, answer: httpx.Response | Exception, request: Fetch = BY_ID, **how: Any) -> SourceError:
    def handler(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(SourceError) as caught:
        ask(connector(folder, handler), request, **how)
    for word in ("SECRET", "example", "p1", "p2"):
        assert word not in str(caught.value)
    return caught.value


def test_keys_travel_as_variables_and_the_document_holds_no_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return rows(ROW, None)

    assert ask(connector(tmp_path, handler)).columns == (["p1"], [73])
    (request,) = seen
    sent = json.loads(request.content)
    assert str(request.url) == "https://town.example/graphql"
    assert request.method == "POST"
    assert "p1" not in sent["query"]
    assert sent["variables"] == {"of": [{"__typename": "person", "id": "p1"}, {"__typename": "person", "id": "p2"}]}
    assert sent.keys() == {"query", "variables"}
    assert request.headers["X-Api-Key"] == "hunter2-SECRET"
    assert request.headers["Accept"] == f"{GRAPHQL}, application/json"
    assert request.headers["Accept-Encoding"] == "gzip, deflate"
    assert "SECRET" not in caplog.text
    assert "p1" not in caplog.text


def test_the_document_is_written_once_for_a_shape(tmp_path: Path) -> None:
    made = connector(tmp_path, lambda _: rows(ROW, None))
    assert made._question(BY_ID) is made._question(BY_ID)


def test_many_keys_are_one_request_up_to_the_bound(tmp_path: Path) -> None:
    asked: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(len(json.loads(request.content)["variables"]["of"]))
        return rows(*[None] * asked[-1])

    ask(connector(tmp_path, handler), keys=tuple(f"p{i}" for i in range(MAX_KEYS + 1)))
    assert asked == [MAX_KEYS, 1]


@pytest.mark.parametrize(
    "answer",
    [
        rows(),
        rows(ROW),
        rows(ROW, None, ROW),  # a longer list than was asked for
        rows(ROW, ROW),  # another's place
        rows(None, ROW),
        rows({**ROW, "k": "SECRET"}, None),
        rows({**ROW, "__typename": "SECRET"}, None),
        rows({**ROW, "c0": "SECRET"}, None),
        rows({**ROW, "c0": True}, None),
        rows({**ROW, "c0": [73]}, None),
        rows({**ROW, "c0": {"v": 73}}, None),
        rows({"__typename": "person", "k": "p1"}, None),  # half a row
        httpx.Response(200, json={"data": None}),
        httpx.Response(200, json={"data": {"rows": None}}),
        httpx.Response(200, json={"data": {"_entities": [ROW, None]}}),
        httpx.Response(200, json={}),
        httpx.Response(200, json=[{"data": {"rows": [ROW, None]}}]),
        httpx.Response(200, content=b'{"data": SECRET', headers={"Content-Type": GRAPHQL}),
        httpx.Response(200, content=b"[" * 100_000, headers={"Content-Type": GRAPHQL}),
        httpx.Response(200, content=b'{"a":' * 100_000, headers={"Content-Type": GRAPHQL}),
        httpx.Response(200, html="<h1>Log in, SECRET</h1>"),
        httpx.Response(200, json={}, headers={"Content-Encoding": "x-SECRET"}),
        httpx.Response(204),
        httpx.Response(302, headers={"Location": "http://elsewhere.example/SECRET"}),
        httpx.Response(400, json={"errors": [{"message": "SECRET"}]}),
        httpx.Response(404),
        failing(),
        failing(code="GRAPHQL_VALIDATION_FAILED"),
        failing(code="BAD_USER_INPUT", path=["rows"]),
        failing(path=["rows", 0, "c0"]),
        httpx.Response(200, json={"data": {"rows": [ROW, None]}, "errors": [{"message": "SECRET"}]}),
        httpx.Response(200, json={"data": {"rows": [ROW, None]}, "errors": {"message": "SECRET"}}),
        httpx.Response(200, json={"data": {"rows": [ROW, None]}, "errors": ["SECRET"]}),
        httpx.Response(200, json={"errors": [{"extensions": "SECRET", "path": {}}]}),
        failing(code=["FORBIDDEN"]),
        failing(code={"FORBIDDEN": 1}),
    ],
)
def test_a_lying_subgraph_is_invalid(tmp_path: Path, answer: httpx.Response) -> None:
    assert failure(tmp_path, answer).kind is FailureKind.INVALID


def test_a_cells_error_names_its_coordinate(tmp_path: Path) -> None:
    assert "in place of a value of Person.age" in str(failure(tmp_path, failing(path=["rows", 0, "c0"])))


def test_a_schema_that_has_changed_meanwhile_names_source_and_type(tmp_path: Path) -> None:
    for answer in (failing(code="GRAPHQL_VALIDATION_FAILED"), failing(), httpx.Response(400)):
        error = failure(tmp_path, answer)
        assert (error.kind, error.source) == (FailureKind.INVALID, "town")
        assert "Person" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failing(path=["rows", 0]), FailureKind.UNAVAILABLE),
        (failing(path=["rows"]), FailureKind.UNAVAILABLE),
        (failing(path=["rows"], code="INTERNAL_SERVER_ERROR"), FailureKind.UNAVAILABLE),
        (failing(path=["rows", 0, "c0"], code="FORBIDDEN"), FailureKind.REFUSED),
        (failing(code="UNAUTHENTICATED"), FailureKind.REFUSED),
        (httpx.Response(401), FailureKind.REFUSED),
        (httpx.Response(503), FailureKind.UNAVAILABLE),
        (httpx.Response(429), FailureKind.OVERLOADED),
        (httpx.ConnectError("town.example SECRET"), FailureKind.UNAVAILABLE),
    ],
)
def test_each_failure_has_its_kind(tmp_path: Path, answer: httpx.Response | Exception, kind: FailureKind) -> None:
    assert failure(tmp_path, answer).kind is kind


def test_no_error_is_no_failure(tmp_path: Path) -> None:
    for answer in (rows(ROW, None, errors=None), rows(ROW, None, errors=[])):
        assert ask(connector(tmp_path, partial(_given, answer))).count == 1


def test_a_null_is_no_row(tmp_path: Path) -> None:
    assert ask(connector(tmp_path, lambda _: rows(None, None))).count == 0


@pytest.mark.parametrize(
    "owner",
    [
        {"__typename": "Human", "k": "p1", "r": [{**VISIT, "c1": "SECRET"}]},  # somebody else's row
        {"__typename": "Human", "k": "p1", "r": [{**VISIT, "c1": None}]},
        {"__typename": "Human", "k": "p2", "r": []},
        {"__typename": "person", "k": "p1", "r": []},
        {"__typename": "Human", "k": "p1", "r": [{**VISIT, "__typename": "person"}]},
        {"__typename": "Human", "k": "p1", "r": "SECRET"},
        {"__typename": "Human", "k": "p1", "r": {"p1": VISIT}},
        {"__typename": "Human", "k": "p1"},
        {"__typename": "Human", "k": "p1", "r": [{"__typename": "visit", "c0": "a", "c1": "p1"}]},
    ],
)
def test_rows_of_another_owner_are_a_lie(tmp_path: Path, owner: object) -> None:
    assert failure(tmp_path, rows(owner, None), VISITS).kind is FailureKind.INVALID


def test_more_rows_than_the_relation_bounds_are_left(tmp_path: Path) -> None:
    owner = {"__typename": "Human", "k": "p1", "r": [VISIT] * 20_000}
    assert ask(connector(tmp_path, lambda _: rows(owner, None)), VISITS).count == 100


def test_a_relation_there_may_be_one_object(tmp_path: Path) -> None:
    owner = {"__typename": "Human", "k": "p1", "r": VISIT}
    table = ask(connector(tmp_path, lambda _: rows(owner, None)), VISITS)
    assert (table.columns, table.owners) == ((["a"],), ["p1"])


WORDS = ("data", "rows", "errors", "extensions", "code", "path", "__typename", "k", "r", "c0", "c1", "c2", "v")
SAID = ("p1", "p2", "person", "Human", "visit", "FORBIDDEN", "rows", "c0", "2024-05-01", "SECRET")
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(SAID)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
)
row = st.fixed_dictionaries({"__typename": st.just("visit"), "c0": anything, "c1": anything, "c2": anything})
entity = st.one_of(
    anything,
    st.fixed_dictionaries({"__typename": st.just("person"), "k": st.sampled_from(SAID), "c0": anything}),
    st.fixed_dictionaries(
        {"__typename": st.just("Human"), "k": st.just("p1"), "r": st.lists(row, max_size=3) | anything}
    ),
)
bodies = st.one_of(
    anything,
    st.fixed_dictionaries({"data": st.fixed_dictionaries({"rows": st.lists(entity, min_size=2, max_size=2)})}),
    st.fixed_dictionaries({"errors": st.lists(anything, max_size=2), "data": anything}),
)


@pytest.mark.whole
@settings(max_examples=200, deadline=None)
@given(body=bodies, request=st.sampled_from([BY_ID, VISITS]))
def test_whatever_is_answered_is_rows_that_were_asked_for_or_the_sources_failure(body: object, request: Fetch) -> None:
    answer = json.dumps(body).encode()
    sent = httpx.Response(200, headers={"Content-Type": GRAPHQL}, stream=httpx.ByteStream(answer))
    options = {"url": "https://town.example", "names": NAMES}
    made = GraphQLConnector(declaration("graphql", options), Path(), Stand(partial(_given, sent)))
    try:
        table = ask(made, request)
    except SourceError as error:
        assert "SECRET" not in str(error)  # noqa: PT017  (either may happen)
    else:
        keys = table.owners if request is VISITS else table.column("id")
        assert {"p1", "p2"}.issuperset(keys or ())


def test_a_huge_answer_is_left_while_it_still_comes(tmp_path: Path) -> None:
    sent = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            nonlocal sent
            while True:
                sent += 2**20
                yield b" " * 2**20

    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Endless(), headers={"Content-Type": GRAPHQL})

    with pytest.raises(SourceError, match="16 MiB") as caught:
        ask(connector(tmp_path, handler))
    assert caught.value.kind is FailureKind.INVALID
    assert sent <= post.MAX_BYTES + 2**21


def test_what_is_no_key_there_is_never_asked_by(tmp_path: Path) -> None:
    for request in (
        Fetch("Person", ("id",), Via("Person", "name")),
        Fetch("Visit", (), Via("Human", "name", "visits")),
    ):
        with pytest.raises(UnsupportedError, match="by its key alone") as caught:
            ask(connector(tmp_path, lambda _: rows()), request)
        assert caught.value.kind is GapKind.NEVER


# ------------------------------------------------------------------------------------------------------------- check


def checked(folder: Path, answer: httpx.Response) -> list[bytes]:
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return answer

    async def journey() -> None:
        made = connector(folder, handler)
        try:
            await made.check()
        finally:
            await made.close()

    asyncio.run(journey())
    return seen


def described(sdl: object) -> httpx.Response:
    return httpx.Response(200, json={"data": {"_service": {"sdl": sdl}}})


def test_check_asks_for_the_schema_and_nothing_else(tmp_path: Path) -> None:
    sdl = GraphQLServed(tmp_path).town.schema().as_str()
    assert checked(tmp_path, described(sdl)) == [b'{"query":"{ _service { sdl } }"}']
    with pytest.raises(DeclarationError, match=r"type person \(type Person\) has no field born \(field birthDate\)"):
        checked(tmp_path, described(sdl.replace("born", "birth")))


@pytest.mark.parametrize(
    "answer",
    [
        described(None),
        described(["type A"]),
        described("SECRET {"),
        described(""),
        httpx.Response(200, json={"data": {"_service": "SECRET"}}),
        httpx.Response(200, json={"data": None}),
        failing(code="GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_what_describes_itself_in_no_sdl_is_invalid(tmp_path: Path, answer: httpx.Response) -> None:
    with pytest.raises(SourceError) as caught:
        checked(tmp_path, answer)
    assert caught.value.kind is FailureKind.INVALID
    assert "SECRET" not in str(caught.value)


# ----------------------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"url": "town.example"}, "http"),
        ({"url": "http://user:SECRET@town.example"}, "credentials go into auth"),
        ({"url": "https://town.example/?key=SECRET"}, "credentials go into auth"),
        ({"secret": "SECRET"}, "of kind graphql are: url, and if needed auth, tls, max_bytes and names"),
        ({"auth": {"header": "X-Api-Key", "file": "absent.key"}}, "auth.file cannot be read"),
        ({"names": {"Human.visits": "SECRET }"}}, r"names\.Human\.visits: write the name"),
    ],
)
def test_wrong_options_are_refused_with_what_to_write(tmp_path: Path, changes: dict[str, object], hint: str) -> None:
    with pytest.raises(DeclarationError, match=hint) as caught:
        connector(tmp_path, lambda _: rows(), {**OPTIONS, **changes})
    assert "SECRET" not in str(caught.value)


def test_a_url_is_needed(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="of kind graphql are: url"):
        connector(tmp_path, lambda _: rows(), {})
