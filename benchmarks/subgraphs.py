"""The kinds `graphql` and `python`, against the same request and answer without a connector.

A round is 1,000 rows of eight fields, in two requests of 500 keys. Answers made beforehand show what it costs to ask
and to read, and nothing of what Strawberry costs.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import aiohttp
import httpx
import orjson

from benchmarks.rates import Alone, Pair
from benchmarks.servers import free_port
from connectors import Connector, connect
from connectors.python import PythonConnector
from vocabulary.catalogue import FieldDeclaration, SourceDeclaration, TypeDeclaration, Words
from vocabulary.fetch import Fetch, Via

ROWS: Final = 1_000
AT_ONCE: Final = 500
JSON: Final = {"Content-Type": "application/json"}
FIELDS: Final = ("id", "name", "sex", "born", "phone", "address", "area", "alone")
_TYPES: Final = {"born": "Date", "alone": "Boolean"}
_WORDS: Final = Words("-", "-")
_SUBGRAPH: Final = """\
import orjson
import strawberry
import strawberry.asgi
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from strawberry.extensions import ParserCache, ValidationCache

LIKE = {"name": "王小明", "sex": "f", "born": "1950-01-02", "phone": "13800138000", "address": "花木街道1号",
        "area": "310115016003001", "alone": True}


@strawberry.federation.type(keys=["id"])
class Person:
    id: strawberry.ID
    name: str
    sex: str
    born: str
    phone: str
    address: str
    area: str
    alone: bool

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Person":
        return cls(id=id, **LIKE)


schema = strawberry.federation.Schema(types=[Person], extensions=[ParserCache, ValidationCache])
app = strawberry.asgi.GraphQL(schema)


async def made_beforehand(request):
    asked = orjson.loads(await request.body())["variables"]["of"]
    cells = {f"c{i}": cell for i, cell in enumerate(LIKE.values())}
    rows = [{"__typename": "Person", "k": one["id"], **cells} for one in asked]
    return Response(orjson.dumps({"data": {"rows": rows}}), media_type="application/json")


served = Starlette(routes=[Route("/", made_beforehand, methods=["POST"])])
"""
KEYS: Final = tuple(f"p{i:05d}" for i in range(ROWS))
REQUEST: Final = Fetch("Person", FIELDS, Via("Person", "id"))
_DOCUMENT: Final = (
    "query ($of: [_Any!]!) { rows: _entities(representations: $of) { __typename ... on Person { k: id "
    + " ".join(f"c{i}: {field}" for i, field in enumerate(FIELDS[1:]))
    + " } } }"
)


def subgraphs(folder: Path) -> Iterator[Pair]:
    """Each kind, in turn; every process that is started for one has ended when the next is asked for."""
    (folder / "people.py").write_text(_SUBGRAPH, encoding="utf-8")
    mounted = connector("python", {"file": "people.py"}, folder)
    if not isinstance(mounted, PythonConnector):
        raise TypeError("kind python is another connector's")
    yield Pair("python", "Strawberry's execute", mounted, REQUEST, {"keys": KEYS}, _executed(mounted))
    for name, app in (("graphql, Strawberry behind", "app"), ("graphql, answers made beforehand", "served")):
        with serving(folder, f"people:{app}") as url:
            made = connector("graphql", {"url": url}, folder)
            alone, end = _posted(url)
            yield Pair(name, "aiohttp and orjson", made, REQUEST, {"keys": KEYS}, alone, end)


def _executed(mounted: PythonConnector) -> Alone:
    async def run() -> int:
        count = 0
        for batch in _batches():
            result = await mounted.schema.execute(_DOCUMENT, {"of": batch})
            count += len((result.data or {})["rows"])
        return count

    return run


def _posted(url: str) -> tuple[Alone, Callable[[], Awaitable[None]]]:
    sessions: list[aiohttp.ClientSession] = []  # one, of the loop that asks

    async def run() -> int:
        if not sessions:
            sessions.append(aiohttp.ClientSession())
        count = 0
        for batch in _batches():
            content = orjson.dumps({"query": _DOCUMENT, "variables": {"of": batch}})
            async with sessions[0].post(url, data=content, headers=JSON) as answer:
                count += len(orjson.loads(await answer.read())["data"]["rows"])
        return count

    async def end() -> None:
        await sessions[0].close()

    return run, end


def _batches() -> Iterator[list[dict[str, str]]]:
    for start in range(0, ROWS, AT_ONCE):
        yield [{"__typename": "Person", "id": key} for key in KEYS[start : start + AT_ONCE]]


def connector(kind: str, options: dict[str, object], folder: Path) -> Connector:
    fields = tuple(FieldDeclaration(name, _TYPES.get(name, "String"), name, 1, _WORDS) for name in FIELDS)
    person = TypeDeclaration("Person", "Person", _WORDS, "id", None, None, None, fields)
    return connect(SourceDeclaration("people", "bureau", kind, options, timeout=30.0, types=(person,)), folder)


@contextmanager
def serving(folder: Path, app: str) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, cwd=folder)
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
