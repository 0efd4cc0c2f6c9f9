"""A table of a test's own on a real server, and one connector on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.sql import SqlConnector
from tests.connectors.served import WORDS
from tests.support.servers.database import PASSWORD
from tests.support.servers.mariadb import MariadbServer
from tests.support.servers.postgresql import PostgresqlServer
from vocabulary.catalogue import FieldDeclaration, SourceDeclaration, TypeDeclaration
from vocabulary.fetch import ALWAYS, Compare, Fetch, Op, Order, Predicate, Via
from vocabulary.values import Column, Value

Server = PostgresqlServer | MariadbServer


def field(name: str, scalar: str, part: str | None = None, column: str | None = None) -> FieldDeclaration:
    return FieldDeclaration(name, scalar, column or name, 1, WORDS, part=part)


class Town:
    """A database with one table `thing`, key `id`."""

    def __init__(self, server: Server, folder: Path, options: str = "") -> None:
        self.server = server
        self.folder = folder
        self.database = server.create_database(options)
        (folder / "password").write_text(PASSWORD + "\n")

    def live(self, sql: str, *arguments: Any) -> list[Any]:
        return self.server.execute(sql, *arguments, database=self.database)

    def source(
        self, *fields: FieldDeclaration, table: str = "thing", user: str = "reader", **changes: Any
    ) -> SourceDeclaration:
        thing = TypeDeclaration(
            "Thing", table, WORDS, key="id", subject=None, area=None, collection="things",
            fields=(field("id", "String"), *fields), page_by="id",
        )  # fmt: skip
        options = {"url": self.server.url(self.database, user), "password": {"file": "password"}}
        options = changes.pop("options", options)
        return SourceDeclaration("town", "bureau", "sql", options, **{"timeout": 5.0, "types": (thing,), **changes})

    def connector(self, *fields: FieldDeclaration, **changes: Any) -> SqlConnector:
        return SqlConnector(self.source(*fields, **changes), self.folder)

    def ask(self, work: Callable[[SqlConnector], Awaitable[Any]], *fields: FieldDeclaration, **changes: Any) -> Any:
        async def journey() -> Any:
            connector = self.connector(*fields, **changes)
            try:
                return await work(connector)
            finally:
                await asyncio.wait_for(connector.close(), 10)

        return asyncio.run(journey())

    def cells(self, one: FieldDeclaration, where: Predicate = ALWAYS, **values: Any) -> Column:
        """The cells of a field, in the order of the ids."""
        request = Fetch("Thing", (one.name,), where=where, order=(Order("id"),), limit=True)
        table = self.ask(lambda made: made.fetch(request, {"limit": 1000, **values}), one)
        column: Column = table.columns[0]
        return column

    def ids(self, one: FieldDeclaration, op: Op, value: Value | tuple[Value, ...]) -> list[Value]:
        request = Fetch("Thing", ("id",), where=Compare(one.name, op, "value"), order=(Order("id"),), limit=True)
        column: Column = self.ask(lambda made: made.fetch(request, {"limit": 1000, "value": value}), one).columns[0]
        return column

    def by_key(self, *keys: str, fields: tuple[FieldDeclaration, ...] = ()) -> list[Value]:
        request = Fetch("Thing", ("id",), Via("Thing", "id"))
        return list(self.ask(lambda made: made.fetch(request, {"keys": keys}), *fields).columns[0])

    def statement(self) -> str:
        """A fetch by keys, as it is sent."""

        async def made(connector: SqlConnector) -> str:
            await connector.check()
            query = connector._query(Fetch("Thing", ("id",), Via("Thing", "id")))
            return query.statement({"keys": ("k1", "k2")})[0]

        text: str = self.ask(made)
        return text

    def order_of(self, one: FieldDeclaration) -> str:
        """The first term of an order by a field, as it is sent."""

        async def made(connector: SqlConnector) -> str:
            await connector.check()
            query = connector._query(Fetch("Thing", ("id",), order=(Order(one.name),), limit=True))
            return query.statement({"limit": 10})[0].partition("ORDER BY")[2].partition(",")[0].strip()

        text: str = self.ask(made, one)
        return text

    def ordered(self, one: FieldDeclaration) -> list[Value]:
        request = Fetch("Thing", (one.name,), order=(Order(one.name),), limit=True)
        return list(self.ask(lambda made: made.fetch(request, {"limit": 1000}), one).columns[0])

    def failure(self, *fields: FieldDeclaration, request: Fetch | None = None, **changes: Any) -> SourceError:
        asked = request or Fetch("Thing", ("id", *(one.name for one in fields)), limit=True)
        with pytest.raises(SourceError) as caught:
            self.ask(lambda made: made.fetch(asked, {"limit": 1000, "keys": ("a",)}), *fields, **changes)
        return caught.value

    def lie(self, one: FieldDeclaration, *secrets: str) -> None:
        """Reading the field is refused as INVALID, by name, and nothing is quoted."""
        error = self.failure(one)
        assert error.kind is FailureKind.INVALID
        assert "Thing" in str(error)
        assert not [secret for secret in secrets if secret in str(error)]

    def unfit(self, one: FieldDeclaration, *words: str) -> None:
        """The field is refused at start, and not read later either."""
        with pytest.raises(DeclarationError) as caught:
            self.ask(lambda made: made.check(), one)
        for word in ("town", "thing", one.name, *words):
            assert word in str(caught.value), (word, str(caught.value))
        self.lie(one)


@contextmanager
def town(server: Server, folder: Path, options: str = "") -> Iterator[Town]:
    made = Town(server, folder, options)
    try:
        yield made
    finally:
        server.start_if_stopped()
        server.drop_database(made.database)
