"""Kind `rest`, against the same search without a connector: 1,000 rows of eight fields, in one request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson

from benchmarks.rates import ROWS, Pair
from benchmarks.subgraphs import FIELDS, JSON, KEYS, REQUEST, connector, serving

_SERVICE: Final = """\
import orjson
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

LIKE = {"name": "王小明", "sex": "f", "born": "1950-01-02", "phone": "13800138000", "address": "花木街道1号",
        "area": "310115016003001", "alone": True}


async def search(request):
    items = [{"id": key, **LIKE} for key in orjson.loads(await request.body())["keys"]]
    return Response(orjson.dumps({"items": items, "next": None}), media_type="application/json")


app = Starlette(routes=[Route("/search", search, methods=["POST"])])
"""


@contextmanager
def service(folder: Path) -> Iterator[Pair]:
    """A service whose answers cost it next to nothing."""
    (folder / "service.py").write_text(_SERVICE, encoding="utf-8")
    (folder / "service.openapi.json").write_text(json.dumps(_document()), encoding="utf-8")
    sessions: list[aiohttp.ClientSession] = []  # one, of the loop that asks
    with serving(folder, "service:app") as url:

        async def alone() -> int:
            if not sessions:
                sessions.append(aiohttp.ClientSession())
            content = orjson.dumps({"keys": KEYS, "limit": ROWS, "cursor": None})
            async with sessions[0].post(f"{url}search", data=content, headers=JSON) as answer:
                return len(orjson.loads(await answer.read())["items"])

        async def end() -> None:
            await sessions[0].close()

        made = connector("rest", {"openapi": "service.openapi.json", "url": url}, folder)
        yield Pair("rest", "aiohttp and orjson", made, REQUEST, {"keys": KEYS}, alone, end)


def _document() -> dict[str, Any]:
    names = {"keys": "keys", "limit": "limit", "cursor": "cursor", "items": "items", "next": "next", "key": "id"}
    sent = {"keys": {"type": "array", "maxItems": ROWS}, "limit": {"type": "integer", "maximum": ROWS}, "cursor": {}}
    row = {"type": "object", "properties": {name: {} for name in FIELDS}}
    answer = {"items": {"type": "array", "items": row}, "next": {}}
    post = {
        "operationId": "Person",
        "x-tongguan": names,
        "requestBody": _content(sent),
        "responses": {"200": _content(answer)},
    }
    return {"openapi": "3.1.0", "paths": {"/search": {"post": post}}}


def _content(properties: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}
