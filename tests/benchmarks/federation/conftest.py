"""A small benchmark of the tests' own: the same schema, other people and other things."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.federation.given import Given, read
from tests.support.federating import DIRECTIVES

SUPERGRAPH = (
    f"{DIRECTIVES}"
    """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }
enum join__Graph {
  ACCOUNTS @join__graph(name: "accounts", url: "http://stubs.test/accounts")
  INVENTORY @join__graph(name: "inventory", url: "http://stubs.test/inventory")
  PRODUCTS @join__graph(name: "products", url: "http://stubs.test/products")
  REVIEWS @join__graph(name: "reviews", url: "http://stubs.test/reviews")
}
type Query @join__type(graph: ACCOUNTS) @join__type(graph: PRODUCTS) @join__type(graph: REVIEWS) {
  me: User @join__field(graph: ACCOUNTS)
  user(id: ID!): User @join__field(graph: ACCOUNTS)
  users: [User] @join__field(graph: ACCOUNTS)
  topProducts(first: Int = 5): [Product] @join__field(graph: PRODUCTS)
}
type User @join__type(graph: ACCOUNTS, key: "id") @join__type(graph: REVIEWS, key: "id") {
  id: ID!
  name: String @join__field(graph: ACCOUNTS)
  username: String @join__field(graph: ACCOUNTS) @join__field(graph: REVIEWS, external: true)
  birthday: Int @join__field(graph: ACCOUNTS)
  reviews: [Review] @join__field(graph: REVIEWS)
}
type Product
  @join__type(graph: INVENTORY, key: "upc") @join__type(graph: PRODUCTS, key: "upc") @join__type(graph: REVIEWS, key: "upc")
{
  upc: String!
  price: Int @join__field(graph: INVENTORY, external: true) @join__field(graph: PRODUCTS)
  weight: Int @join__field(graph: INVENTORY, external: true) @join__field(graph: PRODUCTS)
  inStock: Boolean @join__field(graph: INVENTORY)
  shippingEstimate: Int @join__field(graph: INVENTORY, requires: "price weight")
  name: String @join__field(graph: PRODUCTS)
  reviews: [Review] @join__field(graph: REVIEWS)
}
type Review @join__type(graph: REVIEWS, key: "id") {
  id: ID!
  body: String
  product: Product
  author: User @join__field(graph: REVIEWS, provides: "username")
}
"""
)
USERS: list[dict[str, Any]] = [
    {"id": "u1", "name": "Ada Wong", "username": "ada", "birthday": 1_234_567_890},
    {"id": "u2", "name": "Bo Chen", "username": "bo", "birthday": 1_234_567_890},
]
PRODUCTS: list[dict[str, Any]] = [
    {"upc": "a", "name": "Kettle", "price": 40, "weight": 9},
    {"upc": "b", "name": "Piano", "price": 5000, "weight": 400},
    {"upc": "c", "name": "Kite", "price": 12, "weight": 2},
]
STOCK: list[dict[str, Any]] = [
    {"upc": "a", "in_stock": True},
    {"upc": "b", "in_stock": False},
    {"upc": "c", "in_stock": True},
]
REVIEWS: list[dict[str, Any]] = [
    {"id": "r1", "body": "Boils at once.", "product": {"upc": "c"}},
    {"id": "r2", "body": "I like it.", "product": {"upc": "a"}},
    {"id": "r3", "body": "I like it.", "product": {"upc": "b"}},
]
ESTIMATES = {"a": 4, "b": 0, "c": 1}
_USER, _REVIEW, _PRODUCT = "id username name", "id body", "inStock name price shippingEstimate upc weight"
_TOLD = f"reviews {{ {_REVIEW} author {{ {_USER} reviews {{ {_REVIEW} product {{ {_PRODUCT} }} }} }} }}"
QUESTION = orjson.dumps(
    {
        "query": f"query TestQuery {{ users {{ {_USER} reviews {{ {_REVIEW} product {{ {_PRODUCT} {_TOLD} }} }} }} "
        f"topProducts {{ {_PRODUCT} {_TOLD} }} }}"
    }
)


def _product(upc: str, *, reviewed: bool) -> dict[str, Any]:
    """As the question asks for it, made for every occurrence anew."""
    product = next(one for one in PRODUCTS if one["upc"] == upc)
    stock = next(one["in_stock"] for one in STOCK if one["upc"] == upc)
    leaf = {
        "inStock": stock,
        "name": product["name"],
        "price": product["price"],
        "shippingEstimate": ESTIMATES[upc],
        "upc": upc,
        "weight": product["weight"],
    }
    if not reviewed:
        return leaf
    of_it = [one for one in REVIEWS if one["product"]["upc"] == upc]
    return leaf | {
        "reviews": [{"id": r["id"], "body": r["body"], "author": _user(USERS[0], deep=False)} for r in of_it]
    }


def _user(user: dict[str, Any], *, deep: bool) -> dict[str, Any]:
    reviews = [
        {"id": one["id"], "body": one["body"], "product": _product(one["product"]["upc"], reviewed=deep)}
        for one in REVIEWS[:2]
    ]
    return {"id": user["id"], "username": user["username"], "name": user["name"], "reviews": reviews}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = {"users": USERS, "products": PRODUCTS, "inventory": STOCK, "reviews": REVIEWS}
    users = [_user(one, deep=True) for one in USERS]
    products = [_product(one["upc"], reviewed=True) for one in PRODUCTS]
    (tmp_path / "supergraph.graphql").write_text(SUPERGRAPH, "utf-8")
    (tmp_path / "query.json").write_bytes(QUESTION)
    (tmp_path / "expected_response.json").write_bytes(orjson.dumps({"data": {"users": users, "topProducts": products}}))
    (tmp_path / "data.json").write_bytes(orjson.dumps(data))
    return tmp_path


@pytest.fixture
def given(folder: Path) -> Given:
    return read(folder)
