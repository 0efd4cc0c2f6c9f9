"""Rows/s through the kinds `graphql` and `python`, against the same request and answer without a connector.

`python -m benchmarks.subgraphs` prints a line for each. The two take turns, so that a busy machine slows both alike;
the ratio is made within a round, and medians are told. A round is 1,000 rows of eight fields, in two requests of 500
keys. Answers made beforehand show what it costs to ask and to read, and nothing of what Strawberry costs.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import httpx
import orjson

from benchmarks.servers import free_port
from connectors import Connector, connect
from connectors.python import PythonConnector
from vocabulary.catalogue import FieldDeclaration, SourceDeclaration, TypeDeclaration, Words
from vocabulary.fetch import Fetch, Via

ROWS: Final = 1_000
AT_ONCE: Final = 500
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
_KEYS: Final = tuple(f"p{i:05d}" for i in range(ROWS))
_REQUEST: Final = Fetch("Person", FIELDS, Via("Person", "id"))
_DOCUMENT: Final = (
    "query ($of: [_Any!]!) { rows: _entities(representations: $of) { __typename ... on Person { k: id "
    + " ".join(f"c{i}: {field}" for i, field in enumerate(FIELDS[1:]))
    + " } } }"
)

Round = Callable[[httpx.AsyncClient], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Rate:
    """Rows per second through the connector and without it, and the first by the second."""

    name: str
    connector: float
    plain: float
    ratio: float

    def __str__(self) -> str:
        speeds = f"{self.connector:,.0f} rows/s through the connector, {self.plain:,.0f} without"
        return f"{self.name}: {speeds}; ratio {self.ratio:.2f}"


def measure(folder: Path, rounds: int) -> Iterator[Rate]:
    """Measure each kind, and end every process that was started for it."""
    (folder / "people.py").write_text(_SUBGRAPH, encoding="utf-8")
    mounted = _connector("python", {"file": "people.py"}, folder)
    if isinstance(mounted, PythonConnector):
        yield asyncio.run(_rate("python", mounted, _executed(mounted), rounds))
    for name, app in (("graphql, Strawberry behind", "app"), ("graphql, answers made beforehand", "served")):
        with _serving(folder, app) as url:
            yield asyncio.run(_rate(name, _connector("graphql", {"url": url}, folder), _posted(url), rounds))


async def _rate(name: str, connector: Connector, plain: Round, rounds: int) -> Rate:
    async def through(_: httpx.AsyncClient) -> int:
        return (await connector.fetch(_REQUEST, {"keys": _KEYS})).count

    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            speeds = [(await _speed(through, client), await _speed(plain, client)) for _ in range(rounds + 1)]
        finally:
            await connector.close()
    warm = speeds[1:]
    ratio = median(one / other for one, other in warm)
    return Rate(name, median(one for one, _ in warm), median(other for _, other in warm), ratio)


async def _speed(one: Round, client: httpx.AsyncClient) -> float:
    started = time.perf_counter()
    if await one(client) != ROWS:
        raise RuntimeError("not the rows that were asked for")
    return ROWS / (time.perf_counter() - started)


def _executed(mounted: PythonConnector) -> Round:
    async def run(_: httpx.AsyncClient) -> int:
        count = 0
        for batch in _batches():
            result = await mounted.schema.execute(_DOCUMENT, {"of": batch})
            count += len((result.data or {})["rows"])
        return count

    return run


def _posted(url: str) -> Round:
    async def run(client: httpx.AsyncClient) -> int:
        count = 0
        for batch in _batches():
            content = orjson.dumps({"query": _DOCUMENT, "variables": {"of": batch}})
            answer = await client.post(url, content=content, headers={"Content-Type": "application/json"})
            count += len(orjson.loads(answer.content)["data"]["rows"])
        return count

    return run


def _batches() -> Iterator[list[dict[str, str]]]:
    for start in range(0, ROWS, AT_ONCE):
        yield [{"__typename": "Person", "id": key} for key in _KEYS[start : start + AT_ONCE]]


def _connector(kind: str, options: dict[str, object], folder: Path) -> Connector:
    fields = tuple(FieldDeclaration(name, _TYPES.get(name, "String"), name, 1, _WORDS) for name in FIELDS)
    person = TypeDeclaration("Person", "Person", _WORDS, "id", None, None, None, fields)
    return connect(SourceDeclaration("people", "bureau", kind, options, timeout=30.0, types=(person,)), folder)


@contextmanager
def _serving(folder: Path, app: str) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"people:{app}", "--port", str(port), "--log-level", "error"]
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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for rate in measure(Path(temporary), 30):
            print(rate)
