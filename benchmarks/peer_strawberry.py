"""The peer: the same question through Strawberry's own executor, over the same SQL and the same masks by hand.

As its users run it for speed: documents parsed and validated once, `orjson`, its own Starlette view. No token, no
policy, no receipt.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from benchmarks.by_hand import OWN_AREA, columns, connect
from benchmarks.floor import serve


@strawberry.type
class Resident:
    name: str | None
    age_band: str | None
    phone: str | None
    address: str | None
    area: str | None
    lives_alone: bool | None
    sex: str | None


_NAMES = tuple(one.name for one in dataclasses.fields(Resident))


@strawberry.type
class ResidentConnection:
    nodes: list[Resident]


def _query(find: Callable[[str, int], ResidentConnection]) -> type:
    @strawberry.type
    class Query:
        @strawberry.field
        def residents(self, info: strawberry.Info, first: int) -> ResidentConnection:
            return find(info.context["request"].headers[OWN_AREA], first)

    return Query


class _View(GraphQL[None, None]):
    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def make_app(database: Path) -> Starlette:
    connection = connect(database)

    def find(own: str, first: int) -> ResidentConnection:
        rows = zip(*columns(connection, own, first), strict=True)
        return ResidentConnection(nodes=[Resident(**dict(zip(_NAMES, row, strict=True))) for row in rows])

    parsed, valid = ParserCache(), ValidationCache()  # made once: a request that made its own would find it empty
    schema = strawberry.Schema(_query(find), extensions=[lambda: parsed, lambda: valid])
    return Starlette(routes=[Route("/graphql", _View(schema, graphql_ide=None), methods=["POST"])])


if __name__ == "__main__":
    serve(make_app(Path(sys.argv[1])), int(sys.argv[2]))
