"""Kind `exchange`: another exchange in this process; its lists are answered here, from the rows of the town."""

from __future__ import annotations

import datetime as dt
import json
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from strawberry.asgi import GraphQL

from connectors.contract import Connector
from connectors.exchange import ExchangeConnector
from tests.connectors.served.data import declaration
from tests.connectors.served.graphql import NAMES, SubgraphServed
from tests.support.network import Stand
from vocabulary.fetch import ALWAYS, And, Compare, IsNull, Not, Op, Or, Predicate, Within

RECEIPT = {"log": "tongguan.local/town", "index": 7, "leaf": "ab" * 32}


class ExchangeServed(SubgraphServed):
    """An exchange in this process. Its ids are not sealed, since the data set is known by them."""

    kind = "exchange"
    unoffered = (Compare("name", Op.GT, "a"), Compare("place", Op.NE, "hidden"))

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.receipt: object = RECEIPT
        self.withheld: list[dict[str, str]] = []
        self.page = 1_000
        self.passports: list[str] = []
        self._dead = False

    def connector(self, **changes: Any) -> Connector:
        options = {"url": "https://town.example/graphql", "exchange": "town", "names": NAMES}
        made = ExchangeConnector(declaration("exchange", options, **changes), self.folder, Stand(self._answer))
        return made.on_behalf_of(lambda: {"X-Passport": f"passport-{len(self.passports)}"})

    @staticmethod
    def offers(where: Predicate, by_key: bool) -> bool:
        """An entity is asked for by its id alone; the area of a list is compared by `within`, and else not."""
        if by_key:
            return where == ALWAYS
        match where:
            case And(parts) | Or(parts):
                return all(ExchangeServed.offers(part, by_key=False) for part in parts)
            case Not(part):
                return ExchangeServed.offers(part, by_key=False)
            case Compare(field) | IsNull(field):
                return field != "area"
            case Within():
                return True

    def kill(self) -> None:
        self._dead = True

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self._dead:
            raise httpx.ConnectError("town.example:80 refused p1")
        if "X-Passport" not in request.headers:  # the probe, which asks for nobody's data
            return httpx.Response(401, json={"errors": [{"message": "", "extensions": {"code": "TOKEN_MISSING"}}]})
        self.passports.append(request.headers["X-Passport"])
        sent = json.loads(request.content)
        if "rows: people(" in sent["query"]:
            self.town.asked += 1
            body: dict[str, Any] = {"data": {"rows": self._listed(sent["query"], sent["variables"])}}
        else:
            inner = httpx.ASGITransport(GraphQL[None, None](self.town.schema()))
            answered = await inner.handle_async_request(
                httpx.Request("POST", request.url, json=sent, headers={"Accept": "application/json"})
            )
            body = json.loads(await answered.aread())
        body["extensions"] = {"receipt": self.receipt, "withheld": self.withheld}
        return httpx.Response(200, json=body)

    def _listed(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        rows = [row for row in self.town.people.values() if _holds(variables.get("where", {}), row) is True]
        rows += [row for row in rows if row["id"] in self.town.repeated]
        for term in reversed(variables.get("orderBy", [])):
            rows.sort(key=lambda row, of=term["field"]: _rank(row, of), reverse=term["direction"] == "DESC")  # type: ignore[misc]
        first, start = min(variables["first"], self.page), int(variables["after"] or 0)
        names = query.partition("_masked ")[2].partition(" }")[0].split()
        aliases = list(zip(names[::2], names[1::2], strict=True))
        nodes = [
            {"__typename": "person", "_masked": self.town.masked.get(row["id"], [])}
            | {alias.removesuffix(":"): row[column] for alias, column in aliases}
            for row in rows[start : start + first]
        ]
        more = start + first < len(rows)
        return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": str(start + first) if more else None}}


def _rank(row: dict[str, Any], column: str) -> tuple[bool, Any]:
    value = _value(row, column)
    return (value is not None, value)


def _value(row: dict[str, Any], column: str) -> Any:
    value = row[column]
    if column != "seen" or value is None:
        return value
    moment = dt.datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _holds(where: dict[str, Any], row: dict[str, Any]) -> bool | None:
    """Three-valued, as an exchange's lists are filtered."""
    answers: list[bool | None] = []
    for word, of in where.items():
        if word == "not":
            inner = _holds(of, row)
            answers.append(None if inner is None else not inner)
        elif word in {"and", "or"}:
            found = [_holds(part, row) for part in of]
            answers.append(_every(found) if word == "and" else _some(found))
        else:
            answers += [_compare(op, _value(row, word), value, word) for op, value in of.items()]
    return _every(answers)


def _every(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _some(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def _compare(op: str, cell: Any, value: Any, column: str) -> bool | None:
    if op == "isNull":
        return (cell is None) is value
    if cell is None or value is None:
        return None
    return bool(_OPERATORS[op](cell, dt.datetime.fromisoformat(value) if column == "seen" else value))


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda cell, those: cell in those,
    "within": lambda cell, those: any(cell.startswith(one) for one in those),
    "startsWith": lambda cell, start: cell.startswith(start),
}
