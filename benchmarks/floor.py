"""The floor: the least that anyone could do to answer the question over HTTP.

The gateway's SQL and masks by hand, `orjson`, Starlette and uvicorn as the gateway runs them. No GraphQL, no token, no
policy, no receipt, and no second thread: it reads SQLite where it stands, which no service for others could do.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.by_hand import OWN_AREA, columns, connect
from benchmarks.questions import FIELDS


def make_app(database: Path) -> Starlette:
    connection = connect(database)

    async def answer(request: Request) -> Response:
        first = orjson.loads(await request.body())["variables"]["first"]
        rows = zip(*columns(connection, request.headers[OWN_AREA], first), strict=True)
        nodes = [dict(zip(FIELDS, row, strict=True)) for row in rows]
        return Response(orjson.dumps({"data": {"residents": {"nodes": nodes}}}), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])


def serve(app: Starlette, port: int) -> None:
    """As `federation.serving` does."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=65_536,
    )


if __name__ == "__main__":
    serve(make_app(Path(sys.argv[1])), int(sys.argv[2]))
