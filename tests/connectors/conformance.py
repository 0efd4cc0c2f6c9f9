"""What every connector is held to, with one small data set: each kind brings a way to serve it (`SERVED`).

The data: entities `Person` by `id`, and rows `Visit` that belong to people whose home is another source.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract import Connector, Rows
from connectors.rest import RestConnector
from connectors.sql import SqlConnector
from vocabulary.catalogue import (
    FieldDeclaration,
    ReferenceDeclaration,
    RelationDeclaration,
    SourceDeclaration,
    TypeDeclaration,
    Words,
)

WORDS = Words("", "")
ODD = (
    "o'hara",
    '"; DROP TABLE person; --',
    "100%_\\",
    "汉字\u3000名",
    "👩‍👩‍👧",
    "' OR 1=1 --",
    "tab\there",
    "a\x00b",
    "",
)
MANY = 2_500

_PERSON = ("id", "name", "age", "score", "alone", "born", "seen", "area", "boss")
_P1, _P2 = "310115016003001", "310115016003002"
PEOPLE: list[dict[str, Any]] = [
    dict(zip(_PERSON, row, strict=True))
    for row in (
        ("p1", "王小明", 73, 1.5, 1, "1951-02-03", "2024-05-01T08:30:00+08:00", _P1, "p2"),
        ("p2", "王", 40, -2.0, 0, "1984-12-31", "2024-05-01T01:00:00", _P2, None),
        ("p3", None, None, None, None, None, None, None, "p1"),
        ("p4", "Wang", 40, 0.0, 0, "1984-12-30", "2024-05-01T00:30:00.000001Z", "310104", "p1"),
        ("P4", "wang", 0, 3.0, 1, "2000-01-01", "2024-04-30T23:59:59Z", "31010", "p4"),
        *((odd, odd, 7, 0.5, 0, "2020-02-29", "2020-02-29T00:00:00Z", "32", odd) for odd in ODD),
        *((f"m{i:05d}", "m", -i, 0.25, 0, "1990-01-01", "1990-01-01T00:00:00Z", "3302", None) for i in range(MANY)),
    )
]
VISITS: list[dict[str, Any]] = [
    dict(zip(("person", "day", "place"), row, strict=True))
    for row in (
        ("p1", "2024-01-02", "b"),
        ("p1", "2024-03-01", "a"),
        ("p1", None, "z"),
        ("p1", "2024-02-01", "c"),
        ("p2", None, "only"),
        ("p4", "2023-01-01", "early"),
        ("p4", "2023-01-02", None),
        *((odd, "2020-02-29", odd) for odd in ODD),
    )
]


def taken(name: str, scalar: str, column: str | None = None) -> FieldDeclaration:
    return FieldDeclaration(name, scalar, column or name, 1, WORDS)


PERSON = TypeDeclaration(
    "Person",
    "person",
    WORDS,
    key="id",
    subject="id",
    area="area",
    collection="people",
    fields=(
        taken("id", "String"),
        taken("name", "String"),
        taken("age", "Int"),
        taken("score", "Float"),
        taken("livesAlone", "Boolean", "alone"),
        taken("birthDate", "Date", "born"),
        taken("seenAt", "DateTime", "seen"),
        taken("area", "String"),
    ),
    references=(ReferenceDeclaration("boss", "Person", "id", "boss", 1, WORDS),),
)
VISIT = TypeDeclaration(
    "Visit",
    "visit",
    WORDS,
    key=None,
    subject="person",
    area=None,
    collection=None,
    fields=(taken("day", "Date"), taken("place", "String")),
    references=(ReferenceDeclaration("person", "Human", "id", "person", 1, WORDS),),
)


def relation(name: str, *, many: bool, order: tuple[str, ...] = (), bound: int = 100) -> RelationDeclaration:
    return RelationDeclaration(name, "Human", "id", "Visit", "person.id", many, order, bound, 1, WORDS)


RELATIONS = (
    relation("visits", many=True, order=("day",)),
    relation("latest", many=False, order=("-day",)),
    relation("earliest", many=False, order=("day",)),
    relation("two", many=True, order=("-day", "place"), bound=2),
    relation("any", many=False),
)


def declaration(connector: str, options: Mapping[str, object], **changes: Any) -> SourceDeclaration:
    known: dict[str, Any] = {"types": (PERSON, VISIT), "relations": RELATIONS, "timeout": 5.0, "concurrency": 2}
    return SourceDeclaration("town", "bureau", connector, options, **{**known, **changes})


class Served(Protocol):
    """A source in which the data set lies, and hands on it that a test needs."""

    kind: str
    asked: int  # requests for data that have reached it
    open: int  # those that it is busy with
    most: int  # and the most that it ever was

    def connector(self, **changes: Any) -> Connector:
        """A connector; `changes` of its declaration."""

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        """Make one cell what it should not be."""

    def repeat(self, key: str) -> None:
        """Have the person of this key twice."""

    def drop_column(self, column: str) -> None:
        """Have no such column of `person` any more."""

    def kill(self) -> None:
        """Be gone."""

    def slow(self) -> None:
        """Never answer, from now on."""

    def quick(self) -> None:
        """Answer again."""


async def until(condition: Callable[[], object]) -> None:
    """Let others run until it holds."""
    while not condition():  # noqa: ASYNC110  (a thread may be what is waited for: it has no event to await)
        await asyncio.sleep(0)


# ---------------------------------------------------------------------------------------------------------- sql

_COLUMNS = "id TEXT, name TEXT, age INTEGER, score REAL, alone INTEGER, born TEXT, seen TEXT, area TEXT, boss TEXT"


class SqliteServed:
    """A SQLite file. It is slow when a table is a view that counts without end."""

    kind = "sql"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "town.sqlite"
        self.asked = self.open = self.most = 0
        self._lock = threading.Lock()
        with self.live() as live:
            live.execute(f"CREATE TABLE person ({_COLUMNS})")
            live.execute("CREATE TABLE visit (person TEXT, day TEXT, place TEXT)")
            live.executemany(
                "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [tuple(row.values()) for row in PEOPLE]
            )
            live.executemany("INSERT INTO visit VALUES (?, ?, ?)", [tuple(row.values()) for row in VISITS])

    @contextmanager
    def live(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection

    def connector(self, **changes: Any) -> Connector:
        made = SqlConnector(declaration("sql", {"url": f"sqlite:///{self.file.name}"}, **changes), self.folder)
        fetch = made._fetch

        def counted(*arguments: Any) -> Rows:
            with self._lock:
                self.asked += 1
                self.open += 1
                self.most = max(self.most, self.open)
            try:
                return fetch(*arguments)
            finally:
                with self._lock:
                    self.open -= 1

        setattr(made, "_fetch", counted)  # noqa: B010  (a method, to the type checker)
        return made

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        table, by = ("person", "id") if type_name == "Person" else ("visit", "person")
        with self.live() as live:
            live.execute(f"UPDATE {table} SET {column} = ? WHERE {by} = ?", (value, key))

    def repeat(self, key: str) -> None:
        with self.live() as live:
            live.execute("INSERT INTO person SELECT * FROM person WHERE id = ?", (key,))

    def drop_column(self, column: str) -> None:
        with self.live() as live:
            live.execute(f"ALTER TABLE person DROP COLUMN {column}")

    def kill(self) -> None:
        self.file.unlink()

    def slow(self) -> None:
        with self.live() as live:
            live.execute("ALTER TABLE person RENAME TO kept")
            live.execute(
                "CREATE VIEW person AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                " SELECT kept.* FROM n, kept WHERE i < 0"
            )

    def quick(self) -> None:
        with self.live() as live:
            live.execute("DROP VIEW person")
            live.execute("ALTER TABLE kept RENAME TO person")


# --------------------------------------------------------------------------------------------------------- rest

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
        options = {"openapi": "town.openapi.json", "url": "http://town.example"}
        return RestConnector(declaration("rest", options, **changes), self.folder, httpx.MockTransport(self._answer))

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


SERVED: tuple[Callable[[Path], Served], ...] = (SqliteServed, RestServed)
