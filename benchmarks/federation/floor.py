"""The floor: a gateway written by hand for the one question. `python -m benchmarks.federation.floor STUBS PORT [KEYS]`.

Seven requests in four waves, as a planner has them too: users and top products; the reviews of either; products and
authors that the reviews name; inventory. One request a fetch and one representation an entity, merged by hand,
written by `orjson`. An entity is built once for each selection, however often it occurs. With KEYS (two keys in hex,
separated by a comma) the row rule and the masks of `masks.py` as well.

It reads no document, checks no token, knows no policy and writes no receipt: it is what any of those costs that is
measured. It knows the data: nothing that it asks for is null.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import orjson

from benchmarks.federation.client import Client, data
from benchmarks.federation.http import OK, Reply, run
from benchmarks.federation.masks import Keys, Masks, masks_for_one_answer, plain

Row: TypeAlias = dict[str, Any]

_AUTHORED: Final = "reviews{id body author{id username reviews{id body product{upc}}}}"
_TOP_PRODUCTS: Final = orjson.dumps({"query": "{topProducts{upc name price weight}}"})
_ACCOUNTS, _PRODUCTS, _REVIEWS, _INVENTORY = "/accounts", "/products", "/reviews", "/inventory"


def _of_entities(typename: str, selection: str) -> str:
    return f"query($r:[_Any!]!){{_entities(representations:$r){{...on {typename}{{{selection}}}}}}}"


_REVIEWS_OF_USERS: Final = _of_entities("User", f"reviews{{id body product{{upc {_AUTHORED}}}}}")
_REVIEWS_OF_PRODUCTS: Final = _of_entities("Product", _AUTHORED)
_PRODUCTS_FOUND: Final = _of_entities("Product", "name price weight")
_STOCK: Final = _of_entities("Product", "inStock shippingEstimate")


@dataclass(frozen=True, slots=True)
class _Found:
    """What seven requests have brought. `leaves` are products without their reviews, made ready; `reviewed` are the
    reviews of a product, by its `upc`; `authors` what reviews say of an author, `people` what accounts say, by `id`.
    """

    users: list[Row]
    of_users: list[Row]
    top: list[Row]
    reviewed: dict[str, list[Row]]
    authors: dict[str, Row]
    people: dict[str, Row]
    leaves: dict[str, Row]


class Posts(Protocol):
    """What asks the stubs: the client of this benchmark, or a library's."""

    def post(self, path: str, body: bytes) -> asyncio.Future[bytes]:
        """The body of the answer to a body. It is under way once this returns."""

    async def close(self) -> None:
        """Hang up everywhere."""


class Floor:
    """Answers the question from the stubs."""

    def __init__(self, client: Posts, keys: Keys | None = None) -> None:
        self._client = client
        self.close = client.close
        self._keys = keys
        judged = "" if keys is None else " birthday"  # what the row rule asks of each user
        self._users = orjson.dumps({"query": f"{{users{{id username name{judged}}}}}"})
        self._authors = _of_entities("User", f"name{judged}")

    async def answer(self, path: bytes, body: bytes) -> Reply:  # noqa: ARG002  (there is one question)
        """The whole answer."""
        found = await self._fetch()
        masks = plain() if self._keys is None else masks_for_one_answer(self._keys)
        return OK, orjson.dumps({"data": _merge(found, masks)})

    async def _fetch(self) -> _Found:
        post = self._client.post
        asked_users, asked_top = post(_ACCOUNTS, self._users), post(_PRODUCTS, _TOP_PRODUCTS)
        users = data(await asked_users)["users"]
        asked_of_users = post(_REVIEWS, _about(_REVIEWS_OF_USERS, "User", "id", [user["id"] for user in users]))
        top = data(await asked_top)["topProducts"]
        asked_of_top = post(_REVIEWS, _about(_REVIEWS_OF_PRODUCTS, "Product", "upc", [one["upc"] for one in top]))
        of_users = data(await asked_of_users)["_entities"]
        of_top = data(await asked_of_top)["_entities"]

        reviewed = {
            product["upc"]: product["reviews"]
            for user in of_users
            for product in (review["product"] for review in user["reviews"])
        }
        reviewed.update((product["upc"], found["reviews"]) for product, found in zip(top, of_top, strict=True))
        authors = {review["author"]["id"]: review["author"] for reviews in reviewed.values() for review in reviews}
        reviewing = (*of_users, *authors.values())
        upcs = list(dict.fromkeys(review["product"]["upc"] for one in reviewing for review in one["reviews"]))
        asked_people = post(_ACCOUNTS, _about(self._authors, "User", "id", authors))
        asked_products = post(_PRODUCTS, _about(_PRODUCTS_FOUND, "Product", "upc", upcs))

        products = {product["upc"]: product for product in top}
        products.update(zip(upcs, data(await asked_products)["_entities"], strict=True))
        stock = data(await post(_INVENTORY, _about_stock(products)))["_entities"]
        leaves = {
            upc: _leaf(upc, product, there) for (upc, product), there in zip(products.items(), stock, strict=True)
        }
        people = dict(zip(authors, data(await asked_people)["_entities"], strict=True))
        return _Found(users, of_users, top, reviewed, authors, people, leaves)


def _about(query: str, typename: str, key: str, values: Iterable[str]) -> bytes:
    """The body of a request for entities by a key."""
    representations = [{"__typename": typename, key: value} for value in values]
    return orjson.dumps({"query": query, "variables": {"r": representations}})


def _about_stock(products: Mapping[str, Row]) -> bytes:
    """The same with what `shippingEstimate` requires."""
    representations = [
        {"__typename": "Product", "upc": upc, "price": product["price"], "weight": product["weight"]}
        for upc, product in products.items()
    ]
    return orjson.dumps({"query": _STOCK, "variables": {"r": representations}})


def _leaf(upc: str, product: Row, there: Row) -> Row:
    return {
        "inStock": there["inStock"],
        "name": product["name"],
        "price": product["price"],
        "shippingEstimate": there["shippingEstimate"],
        "upc": upc,
        "weight": product["weight"],
    }


def _merge(found: _Found, masks: Masks) -> Row:
    """One tree, in the order of the document. An author or a product is built once, and stands wherever it occurs."""
    leaves = found.leaves
    authors: dict[str, Row | None] = {}
    for key, author in found.authors.items():
        person = found.people[key]
        reviews = [
            {"id": one["id"], "body": masks.body(one["body"]), "product": leaves[one["product"]["upc"]]}
            for one in author["reviews"]
        ]
        authors[key] = _user(key, author["username"], person, reviews, masks)
    reviews_of = {
        upc: [
            {"id": one["id"], "body": masks.body(one["body"]), "author": authors[one["author"]["id"]]}
            for one in reviews
        ]
        for upc, reviews in found.reviewed.items()
    }
    whole = {upc: {**leaves[upc], "reviews": reviews} for upc, reviews in reviews_of.items()}
    users = [
        _user(
            user["id"],
            user["username"],
            user,
            [
                {"id": one["id"], "body": masks.body(one["body"]), "product": whole[one["product"]["upc"]]}
                for one in theirs["reviews"]
            ],
            masks,
        )
        for user, theirs in zip(found.users, found.of_users, strict=True)
    ]
    return {"users": users, "topProducts": [whole[product["upc"]] for product in found.top]}


def _user(key: str, username: str, person: Row, reviews: list[Row], masks: Masks) -> Row | None:
    """None where the row rule does not hold."""
    if not masks.is_covered(person):
        return None
    return {"id": key, "username": masks.username(username), "name": masks.name(person["name"]), "reviews": reviews}


def keys_in(arguments: Sequence[str]) -> Keys | None:
    """The keys of the masks, where they are given."""
    return Keys(*map(bytes.fromhex, arguments[0].split(","))) if arguments else None


def main(arguments: Sequence[str]) -> None:
    stubs, port, *rest = arguments
    run(Floor(Client(int(stubs)), keys_in(rest)).answer, int(port))


if __name__ == "__main__":
    main(sys.argv[1:])
