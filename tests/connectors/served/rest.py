"""Kind `rest`: a service in this process."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract import Connector
from connectors.rest import RestConnector
from tests.connectors.served.data import PEOPLE, VISITS, declaration
from tests.support.network import Stand

KEYS_AT_ONCE = 200


def search(operation: str, key: str, columns: list[str]) -> dict[str, Any]:
    """The path item of one search, as OpenAPI describes it."""
    sent = {
        "keys": {"type": "array", "items": {"type": "string"}, "maxItems": KEYS_AT_ONCE},
        "limit": {"type": "integer", "maximum": 150},
        "cursor": {"type": ["string", "null"]},
    }
    row = {"type": "object", "properties": {name: {} for name in columns}}
    answer = {"items": {"type": "array", "items": row}, "next": {"type": ["string", "null"]}}

    def content(properties: dict[str, Any]) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}

    return {
        "post": {
            "operationId": operation,
            "x-tongguan": {
                "keys": "keys", "limit": "limit", "cursor": "cursor", "items": "items", "next": "next", "key": key
            },
            "requestBody": content(sent),
            "responses": {"200": content(answer)},
        }
    }  # fmt: skip


class RestServed:
    """A service in this process."""

    kind = "rest"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = self.open = self.most = 0
        self.document: dict[str, Any] = {
            "openapi": "3.1.0",
            "paths": {
                "/people/search": search("person", "id", list(PEOPLE[0])),
                "/visits/search": search("visit", "person", list(VISITS[0])),
            },
        }
        self._people = [dict(row, alone=None if row["alone"] is None else row["alone"] == 1) for row in PEOPLE]
        self._visits = [dict(row) for row in VISITS]
        self._slow = self._dead = False
        self.app = Starlette(
            routes=[
                Route("/people/search", partial(self._search, self._people, "id"), methods=["POST"]),
                Route("/visits/search", partial(self._search, self._visits, "person"), methods=["POST"]),
            ]
        )

    def connector(self, **changes: Any) -> Connector:
        (self.folder / "town.openapi.json").write_text(json.dumps(self.document))
        options = {"openapi": "town.openapi.json", "url": "https://town.example"}
        return RestConnector(declaration("rest", options, **changes), self.folder, Stand(self._answer))

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        rows, by = (self._people, "id") if type_name == "Person" else (self._visits, "person")
        for row in rows:
            if row[by] == key:
                row[column] = value

    def repeat(self, key: str) -> None:
        self._people.extend([row for row in self._people if row["id"] == key])

    def drop_column(self, column: str) -> None:
        answer = self.document["paths"]["/people/search"]["post"]["responses"]["200"]
        rows = answer["content"]["application/json"]["schema"]["properties"]["items"]["items"]
        del rows["properties"][column]

    def kill(self) -> None:
        self._dead = True

    def slow(self) -> None:
        self._slow = True

    def quick(self) -> None:
        self._slow = False

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self._dead:
            raise httpx.ConnectError("town.example:80 refused p1")
        return await httpx.ASGITransport(self.app).handle_async_request(request)

    async def _search(self, rows: list[dict[str, Any]], key: str, request: Request) -> Response:
        self.asked += 1
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            asked = await request.json()
            if self._slow:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
        finally:
            self.open -= 1
        keys = set(asked["keys"])
        found = [row for row in rows if row[key] in keys]
        start = int(asked["cursor"] or 0)
        end = start + asked["limit"]
        return JSONResponse({"items": found[start:end], "next": str(end) if end < len(found) else None})
