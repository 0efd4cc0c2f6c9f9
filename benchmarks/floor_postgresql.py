"""The floor on PostgreSQL: asyncpg with a pool, and otherwise as `floor.py`."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import AsyncIterator

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.by_hand import OWN_AREA, masked
from benchmarks.floor import serve
from benchmarks.questions import FIELDS

SQL = """
SELECT name, birth_date, phone, address, area_code, lives_alone, sex, identity_no, serial FROM population.resident
WHERE area_code >= $1 AND area_code < $2 ORDER BY serial LIMIT $3
"""


def make_app(url: str, connections: int) -> Starlette:
    """`connections`: as many as the gateway may have."""
    pools: list[asyncpg.Pool] = []

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=connections, max_size=connections) as pool:
            pools.append(pool)
            yield

    async def answer(request: Request) -> Response:
        first, own = orjson.loads(await request.body())["variables"]["first"], request.headers[OWN_AREA]
        rows = (await pools[0].fetch(SQL, own, str(int(own) + 1), first + 1))[:first]
        cells = zip(*masked(rows, _as_it_is), strict=True)
        nodes = [dict(zip(FIELDS, row, strict=True)) for row in cells]
        return Response(orjson.dumps({"data": {"residents": {"nodes": nodes}}}), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


def _as_it_is(day: dt.date) -> dt.date:
    return day


if __name__ == "__main__":
    serve(make_app(sys.argv[1], int(sys.argv[3])), int(sys.argv[2]))
