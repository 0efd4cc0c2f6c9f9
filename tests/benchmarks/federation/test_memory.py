from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from benchmarks.federation.given import Given
from benchmarks.federation.memory import Memory
from benchmarks.federation.subgraphs import subgraphs_of

Ask = Callable[..., Any]


@pytest.fixture
def memories(given: Given) -> dict[str, Memory]:
    return {one.name: Memory(one, given.data) for one in subgraphs_of(given.supergraph)}


@pytest.fixture
def ask(memories: dict[str, Memory]) -> Ask:
    def asked(subgraph: str, query: str, **variables: Any) -> Any:
        return orjson.loads(memories[subgraph].answer(orjson.dumps({"query": query, "variables": variables})))

    return asked


def test_any_document_is_answered(ask: Ask) -> None:
    query = """
    query Any($first: Int, $deep: Boolean = false) {
      kind: __typename
      products: topProducts(first: $first) { ...Named ... on Product @include(if: $deep) { weight } }
    }
    fragment Named on Product { __typename upc title: name }
    """
    assert ask("products", query, first=1) == {
        "data": {"kind": "Query", "products": [{"__typename": "Product", "upc": "a", "title": "Kettle"}]}
    }
    assert ask("products", query, first=1, deep=True)["data"]["products"][0]["weight"] == 9


def test_entities_come_in_the_order_of_their_representations(ask: Ask) -> None:
    query = "query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on User { name } } }"
    users = [{"__typename": "User", "id": key} for key in ("u2", "nobody", "u1")]
    assert ask("accounts", query, r=users) == {
        "data": {
            "_entities": [
                {"__typename": "User", "name": "Bo Chen"},
                None,
                {"__typename": "User", "name": "Ada Wong"},
            ]
        }
    }


def test_what_a_field_requires_must_be_brought(ask: Ask) -> None:
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { inStock shippingEstimate } } }"
    brought = {"__typename": "Product", "upc": "a"}
    several = [brought, brought | {"price": 10, "weight": 7}, brought | {"price": 1001, "weight": 7}]
    found = ask("inventory", query, r=several)["data"]["_entities"]
    assert [one["shippingEstimate"] for one in found] == [None, 3, 0]
    assert [one["inStock"] for one in found] == [True, True, True]


def test_reviews_know_their_products_and_the_one_author(ask: Ask) -> None:
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { reviews { id author { username } } } ... on User { reviews { product { upc } } } } }"
    about = [{"__typename": "Product", "upc": "b"}, {"__typename": "User", "id": "u2"}]
    assert ask("reviews", query, r=about)["data"]["_entities"] == [
        {"reviews": [{"id": "r3", "author": {"username": "ada"}}]},
        {"reviews": [{"product": {"upc": "c"}}, {"product": {"upc": "a"}}]},
    ]


def test_a_subgraph_says_its_sdl(ask: Ask, given: Given) -> None:
    told = ask("inventory", "{ _service { sdl } }")["data"]["_service"]["sdl"]
    assert told == subgraphs_of(given.supergraph)[1].sdl


def test_a_subgraph_has_no_field_of_another(ask: Ask) -> None:
    assert "errors" in ask(
        "inventory", "query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { name } } }", r=[]
    )


@pytest.mark.parametrize("body", [b"", b"[]", b'"query"', b"{}", b'{"query": 1'])
def test_what_is_no_request_gets_errors(memories: dict[str, Memory], body: bytes) -> None:
    assert "errors" in orjson.loads(memories["accounts"].answer(body))


def test_the_same_bytes_are_executed_once(memories: dict[str, Memory]) -> None:
    accounts = memories["accounts"]
    body = orjson.dumps({"query": "{ me { id } }"})
    first = accounts.answer(body)
    assert accounts.answer(body) is first
    assert accounts.executed == 1
    accounts.answer(body.replace(b"id", b"name"))
    assert accounts.executed == 2
