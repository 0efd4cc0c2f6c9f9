"""The appearance bureau's own system (绿化和市容管理局): a Federation subgraph in a process of its own, behind a key.

`python -m democity.appearance --directory D --port P` serves it on 127.0.0.1. It knows buildings by their number alone,
and what was reported in front of them: the exchange's `graphql` connector asks it for entities by their keys.
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Self

import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from democity.process import run

_LOG: Final = logging.getLogger("democity.appearance")


class NoKeyError(Exception):
    """There is no key to compare with: an empty one would let in whoever sends none."""


@strawberry.federation.type(keys=["caseNo"], description="市容事件 · Something that was reported in the street")
class StreetCase:
    """Where, what, when, and how far it has come."""

    case_no: strawberry.ID
    building_no: str
    area_code: str
    kind: str
    reported_at: dt.datetime
    state: str
    plate: str | None

    @classmethod
    async def resolve_reference(cls, info: strawberry.Info, caseNo: strawberry.ID) -> Self | None:  # noqa: N803  (the key's name)
        """The case with this number, if there is one."""
        found: list[Self] = await info.context["by_number"].load(caseNo)
        return found[0] if found else None


async def _cases_of(root: strawberry.Parent[Building], info: strawberry.Info) -> list[StreetCase]:
    found: list[StreetCase] = await info.context["of_building"].load(root.building_no)
    return found


@strawberry.federation.type(keys=["buildingNo"], description="楼栋 · A building of the housing bureau")
class Building:
    """Known by its number alone; cases come the newest first, and none where there is no such building."""

    building_no: str
    street_cases: list[StreetCase] = strawberry.field(
        resolver=_cases_of, description="楼前事件 · What was reported in front of it"
    )

    @classmethod
    def resolve_reference(cls, buildingNo: str) -> Self:  # noqa: N803  (the key's name)
        """Any number is taken: whether there is such a building is not the bureau's to say."""
        return cls(building_no=buildingNo)


class Cases:
    """The bureau's table, read in batches."""

    def __init__(self, database: Path) -> None:
        self._database = f"{database.resolve().as_uri()}?mode=ro"

    async def of_buildings(self, numbers: list[str]) -> list[list[StreetCase]]:
        """The cases of each of these buildings, in their order."""
        return await run_in_threadpool(self._read, "building_no", numbers)

    async def by_numbers(self, numbers: list[str]) -> list[list[StreetCase]]:
        """The case with each of these numbers, alone in a list, or none."""
        return await run_in_threadpool(self._read, "case_no", numbers)

    def _read(self, column: str, values: list[str]) -> list[list[StreetCase]]:
        marks = ", ".join("?" * len(values))
        query = (
            f"SELECT {column}, case_no, building_no, area_code, kind, reported_at, state, plate FROM street_case "  # noqa: S608  (our own names)
            f"WHERE {column} IN ({marks}) ORDER BY reported_at DESC, case_no"
        )
        found: dict[str, list[StreetCase]] = {value: [] for value in values}
        with closing(sqlite3.connect(self._database, uri=True)) as connection:
            for value, case_no, building_no, area_code, kind, reported_at, state, plate in connection.execute(
                query, values
            ):
                case = StreetCase(
                    case_no=strawberry.ID(case_no),
                    building_no=building_no,
                    area_code=area_code,
                    kind=kind,
                    reported_at=dt.datetime.fromisoformat(reported_at),
                    state=state,
                    plate=plate,
                )
                found[value].append(case)
        return list(found.values())


class _Schema(strawberry.federation.Schema):
    """Its log says that something failed, and quotes nothing."""

    def process_errors(self, errors: list[GraphQLError], execution_context: object = None) -> None:  # noqa: ARG002
        """One line for each."""
        for error in errors:
            _LOG.warning("a question failed: %s", type(error.original_error or error).__name__)


class Subgraph(GraphQL[dict[str, Any], None]):
    """Answers questions; each has batches of its own."""

    def __init__(self, cases: Cases) -> None:
        super().__init__(_Schema(types=[Building, StreetCase]), graphql_ide=None, allow_queries_via_get=False)
        self._cases = cases

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        """What resolvers need."""
        loaders = {"of_building": DataLoader(self._cases.of_buildings), "by_number": DataLoader(self._cases.by_numbers)}
        return {"request": request, "response": response, **loaders}


class Guarded:
    """Lets through whoever shows the key."""

    def __init__(self, app: ASGIApp, key: bytes) -> None:
        self._app, self._key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        shown = Request(scope).headers.get("X-Api-Key", "").encode("latin-1")
        if hmac.compare_digest(shown, self._key):
            await self._app(scope, receive, send)
        else:
            await JSONResponse({"error": "the header X-Api-Key is missing or wrong"}, 401)(scope, receive, send)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def create_app(directory: Path) -> Starlette:
    """The service over a built city.

    Raises:
        OSError: the directory holds no key; nothing is served without one.
        NoKeyError: the key is empty.
    """
    key = (directory / "keys" / "appearance.key").read_bytes().strip()
    if not key:
        raise NoKeyError(f"{directory}/keys/appearance.key is empty; build the city again")
    subgraph = Guarded(Subgraph(Cases(directory / "appearance.sqlite")), key)
    return Starlette(routes=[Route("/health", _health), Route("/graphql", subgraph)])


if __name__ == "__main__":
    run("democity.appearance", "the appearance bureau", create_app)
