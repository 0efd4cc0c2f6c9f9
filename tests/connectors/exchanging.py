"""What another exchange answers, and whoever asks it; what the tests of kind `exchange` share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.contract import Connector
from connectors.errors import FailureKind, SourceError
from connectors.exchange import ExchangeConnector
from tests.connectors.served import declaration
from tests.connectors.served.graphql import NAMES
from tests.support.network import Stand
from vocabulary.fetch import Fetch, Table, Values, Via
from vocabulary.receipt import Elsewhere

BY_ID = Fetch("Person", ("id", "name", "age"), Via("Person", "id"))
VISITS = Fetch("Visit", ("place", "day"), Via("Human", "id", "visits"))
LATEST = Fetch("Visit", ("place",), Via("Human", "id", "latest"))
LISTED = Fetch("Person", ("id", "name"), limit=True)
RECEIPT: Mapping[str, object] = {"log": "tongguan.local/town", "index": 7, "leaf": "ab" * 32}
ELSEWHERE = Elsewhere("town", "tongguan.local/town", 7, "ab" * 32)
OPTIONS: Mapping[str, object] = {"url": "https://town.example/graphql", "exchange": "town", "names": NAMES}
ROW: Mapping[str, object] = {"__typename": "person", "_masked": [], "k": "p1", "c0": "王小明", "c1": 73}
NODE: Mapping[str, object] = {"__typename": "person", "_masked": [], "c0": "p1", "c1": "王小明"}
VISIT_ROW: Mapping[str, object] = {"__typename": "visit", "_masked": [], "c0": "a", "c1": "2024-01-02", "c2": "p1"}
HUMAN: Mapping[str, object] = {"__typename": "Human", "k": "p1"}

Answered = httpx.Response
Handler = Callable[[httpx.Request], Answered | Awaitable[Answered]]


def said(data: object, *, receipt: object = RECEIPT, withheld: object = (), **more: object) -> Answered:
    extensions = {"receipt": receipt, "withheld": withheld}
    return httpx.Response(200, json={"data": data, "extensions": extensions, **more})


def entities(*items: object, **more: Any) -> Answered:
    return said({"rows": items}, **more)


def page(*nodes: object, end: object = None, more: object = False, **how: Any) -> Answered:
    return said({"rows": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}}, **how)


def refused(code: object, data: object = None) -> Answered:
    error = {"message": "SECRET p1", "extensions": {"code": code, "exception": "SECRET"}}
    return httpx.Response(200, json={"errors": [error], "data": data})


def connector(handler: Handler, options: Mapping[str, object] = OPTIONS, **changes: Any) -> ExchangeConnector:
    return ExchangeConnector(declaration("exchange", options, **changes), Path(), Stand(handler))


def fetched(made: Connector, request: Fetch, values: Values) -> Table:
    async def journey() -> Table:
        try:
            return await made.fetch(request, values)
        finally:
            await made.close()

    return asyncio.run(journey())


def ask(
    answers: Answered | list[Answered] | Handler, request: Fetch = BY_ID, /, *, changes: Any = None, **values: Any
) -> Table:
    """Ask for somebody; the answers come one after the other."""
    if isinstance(answers, httpx.Response):
        answers = [answers]
    handler = partial(_next, iter(answers)) if isinstance(answers, list) else answers
    made = connector(handler, **(changes or {})).on_behalf_of(lambda: {"X-Passport": "one"})
    return fetched(made, request, {"keys": ("p1", "p2"), "limit": 3, **values})


def _next(answers: Iterator[Answered], _request: httpx.Request) -> Answered:
    return next(answers)


def failure(answers: Any, request: Fetch = BY_ID, /, **values: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        ask(answers, request, **values)
    for word in ("SECRET", "example", "p1", "p2", "王"):
        assert word not in str(caught.value)
    return caught.value


def lie(answers: Any, request: Fetch = BY_ID, /, **values: Any) -> str:
    error = failure(answers, request, **values)
    assert error.kind is FailureKind.INVALID
    return str(error)


def unasked(_request: httpx.Request) -> Answered:
    """Nothing may be sent."""
    raise AssertionError("something was sent")
