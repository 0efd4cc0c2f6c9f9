"""Kind `graphql`: a subgraph in this process, asked over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from strawberry.asgi import GraphQL

from connectors.contract import Connector
from connectors.graphql import GraphQLConnector
from tests.connectors.served.data import RELATIONS, declaration
from tests.connectors.served.town import Town
from tests.support.network import Stand

NAMES = {f"Human.{relation.name}": "records" for relation in RELATIONS}


class SubgraphServed:
    """The hands on a town that both kinds have in common."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.town = Town()

    @property
    def asked(self) -> int:
        return self.town.asked

    @property
    def open(self) -> int:
        return self.town.open

    @property
    def most(self) -> int:
        return self.town.most

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        if (type_name, column) == ("Person", "id") and isinstance(value, str):  # found by it from now on
            self.town.people[value] = {**self.town.people.pop(key), "id": value}
        else:
            self.town.changed[type_name, key, column] = value

    def repeat(self, key: str) -> None:
        self.town.repeated.add(key)

    def drop_column(self, column: str) -> None:
        self.town.dropped.add(column)

    def slow(self) -> None:
        self.town.is_slow = True

    def quick(self) -> None:
        self.town.is_slow = False


class GraphQLServed(SubgraphServed):
    """A service in this process."""

    kind = "graphql"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._dead = False

    def connector(self, **changes: Any) -> Connector:
        app = GraphQL[None, None](self.town.schema())
        inner = httpx.ASGITransport(app)

        async def answer(request: httpx.Request) -> httpx.Response:
            if self._dead:
                raise httpx.ConnectError("town.example:80 refused p1")
            return await inner.handle_async_request(request)

        options = {"url": "https://town.example/graphql", "names": NAMES}
        return GraphQLConnector(declaration("graphql", options, **changes), self.folder, Stand(answer))

    def kill(self) -> None:
        self._dead = True
