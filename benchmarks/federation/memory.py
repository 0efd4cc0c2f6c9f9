"""The four subgraphs, answering from memory: GraphQL by graphql-core, data by the benchmark's lists.

Each answers any valid document over its own part of the schema, `_entities` and `_service` included, and knows no more
than it would alone: inventory computes `shippingEstimate` from the price and weight that a representation brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson
from graphql import (
    GraphQLResolveInfo,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    build_schema,
    graphql_sync,
    parse,
)

from benchmarks.federation.subgraphs import Subgraph

Row: TypeAlias = dict[str, Any]
Data: TypeAlias = Mapping[str, Sequence[Row]]
Resolver: TypeAlias = Callable[..., Any]
"""Takes the row that the field is of, and the field's arguments by name."""

_FIRST_REVIEWS: Final = 2
_FREE_ABOVE: Final = 1_000
_KEPT: Final = 4_096
_INVALID: Final = b'{"errors":[{"message":"the request is no JSON object with a query"}]}'
_ENTRANCES: Final = """
scalar _Any
type _Service { sdl: String! }
"""


class Memory:
    """One subgraph over the lists.

    The data never change, so an answer is kept by the bytes of its request: whoever asks the same again is answered
    without GraphQL. `executed` counts those that were not.
    """

    def __init__(self, subgraph: Subgraph, data: Data) -> None:
        self.executed = 0
        self._schema = _schema(subgraph.sdl)
        self._fields, self._entities = _SUBGRAPHS[subgraph.name](data)
        self._sdl = subgraph.sdl
        self._kept: dict[bytes, bytes] = {}

    def answer(self, body: bytes) -> bytes:
        """The body of the answer to the body of a request, GraphQL over HTTP."""
        kept = self._kept.get(body)
        if kept is None:
            kept = self._execute(body)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[body] = kept
        return kept

    def _execute(self, body: bytes) -> bytes:
        self.executed += 1
        try:
            asked = orjson.loads(body)
            query = asked["query"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            return _INVALID
        result = graphql_sync(
            self._schema,
            query,
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
            field_resolver=self._resolve,
            type_resolver=lambda row, *_: row["__typename"],
        )
        return orjson.dumps(result.formatted)

    def _resolve(self, row: Row | None, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        match info.parent_type.name, info.field_name:
            case "Query", "_service":
                return {"sdl": self._sdl}
            case "Query", "_entities":
                return [self._entity(one) for one in arguments["representations"]]
            case owner, name:
                resolver = self._fields.get((owner, name))
                return (row or {}).get(name) if resolver is None else resolver(row, **arguments)

    def _entity(self, representation: Row) -> Row | None:
        found = self._entities[representation["__typename"]](representation)
        return None if found is None else {**found, "__typename": representation["__typename"]}


def _schema(sdl: str) -> GraphQLSchema:
    """The subgraph's schema with federation's entrances (subgraph specification of Apollo Federation v2)."""
    types = [one for one in parse(sdl).definitions if isinstance(one, ObjectTypeDefinitionNode)]
    entities = [one.name.value for one in types if any(used.name.value == "key" for used in one.directives or ())]
    queries, union = "_service: _Service!", ""
    if entities:
        queries += " _entities(representations: [_Any!]!): [_Entity]!"
        union = f"union _Entity = {' | '.join(entities)}"
    extend = "extend " if any(one.name.value == "Query" for one in types) else ""
    whole = f"{sdl}\n{_ENTRANCES}\n{union}\n{extend}type Query {{ {queries} }}"
    return build_schema(whole, assume_valid_sdl=True)  # federation's directives are not defined in it


_Built: TypeAlias = tuple[Mapping[tuple[str, str], Resolver], Mapping[str, Callable[[Row], Row | None]]]


def _by(rows: Sequence[Row], key: str) -> Callable[[Row], Row | None]:
    index = {row[key]: row for row in rows}
    return lambda representation: index.get(representation.get(key))


def _accounts(data: Data) -> _Built:
    users = data["users"]
    by_id = _by(users, "id")
    return {
        ("Query", "me"): lambda _: users[0],
        ("Query", "user"): lambda _, id: by_id({"id": id}),  # noqa: A006  (GraphQL's argument)
        ("Query", "users"): lambda _: users,
    }, {"User": by_id}


def _products(data: Data) -> _Built:
    products = data["products"]
    return {("Query", "topProducts"): lambda _, first=5: products[:first]}, {"Product": _by(products, "upc")}


def _inventory(data: Data) -> _Built:
    stock = {row["upc"]: row["in_stock"] for row in data["inventory"]}

    def estimate(row: Row) -> int | None:
        price, weight = row.get("price"), row.get("weight")
        if price is None or weight is None:
            return None
        return 0 if price > _FREE_ABOVE else weight // 2

    def product(representation: Row) -> Row | None:
        upc = representation.get("upc")
        return {**representation, "inStock": stock[upc]} if upc in stock else None

    return {("Product", "shippingEstimate"): estimate}, {"Product": product}


def _reviews(data: Data) -> _Built:
    reviews, author = data["reviews"], data["users"][0]
    of_product: dict[str, list[Row]] = {}
    for review in reviews:
        of_product.setdefault(review["product"]["upc"], []).append(review)
    return {
        ("Review", "author"): lambda _: author,
        ("User", "reviews"): lambda _: reviews[:_FIRST_REVIEWS],
        ("Product", "reviews"): lambda row: of_product.get(row["upc"], []),
    }, {
        "User": lambda representation: {"id": representation["id"]},
        "Product": lambda representation: {"upc": representation["upc"]},
        "Review": _by(reviews, "id"),
    }


_SUBGRAPHS: Final[Mapping[str, Callable[[Data], _Built]]] = {
    "accounts": _accounts,
    "inventory": _inventory,
    "products": _products,
    "reviews": _reviews,
}
