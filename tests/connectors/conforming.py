"""What the suite for every kind of connector asks by: see `test_conformance.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connectors.contract import Connector
from connectors.errors import SourceError, UnsupportedError
from tests.connectors.served import Served
from vocabulary.fetch import Fetch, Table, Via
from vocabulary.values import Value

FIELDS = ("id", "name", "age", "score", "livesAlone", "birthDate", "seenAt", "area", "boss.id")
PERSON = Via("Person", "id")


def visits(relation: str, *fields: str) -> Fetch:
    return Fetch("Visit", fields or ("place",), Via("Human", "id", relation))


def run(served: Served, ask: Callable[[Connector], Awaitable[Any]], **changes: Any) -> Any:
    """Ask a connector and close it. Nothing may stay open behind it."""

    async def journey() -> Any:
        connector = served.connector(**changes)
        try:
            return await ask(connector)
        finally:
            await asyncio.wait_for(connector.close(), 10)

    try:
        return asyncio.run(journey())
    finally:
        assert served.open == 0


def fetched(served: Served, request: Fetch, **values: Value | tuple[Value, ...]) -> Table:
    async def ask(connector: Connector) -> Table:
        return await connector.fetch(request, values)

    table: Table = run(served, ask)
    assert table.fields == request.fields
    assert all(len(column) == table.count for column in table.columns)
    assert table.owners is None or len(table.owners) == table.count
    return table


def by_owner(table: Table) -> dict[Value, list[tuple[Value, ...]]]:
    """The rows of each owner, in their order."""
    assert table.owners is not None
    rows = list(zip(table.owners, *table.columns, strict=True))
    return {owner: [row[1:] for row in rows if row[0] == owner] for owner in table.owners}


def failed(served: Served, request: Fetch, **values: Value | tuple[Value, ...]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetched(served, request, **values)
    assert caught.value.source == "town"
    return caught.value


def refused(served: Served, request: Fetch, **values: Value | tuple[Value, ...]) -> None:
    """What a connector cannot do, it refuses: typed, saying whether it may come, and without asking the source."""
    with pytest.raises(UnsupportedError) as caught:
        fetched(served, request, **values)
    gap = served.connector().capabilities.gap
    assert gap is not None
    assert caught.value.kind is gap.kind
    assert gap.reason in str(caught.value)
    assert served.asked == 0
