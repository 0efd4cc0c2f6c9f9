"""A supergraph that changes while it is served: nothing is shown that the policy does not permit, then or meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.remote import Reply
from federation import reloading
from tests.support.subgraphs import Subgraph
from tests.support.supergraphs import EXCHANGE, home_of
from tests.support.supplied import Asked, asked_of

TYPES = """
type Query @join__type(graph: A) { me: User @join__field(graph: A) }
type User @join__type(graph: A, key: "id") {
  id: ID!
  name: String @join__field(graph: A)
  card: String @join__field(graph: A) @requiresScopes(scopes: [["cards"]])
}
"""
MASKED = """\
  subgraphs: {a: {owner: people}}
  types:
    User:
      fields:
        name: {level: 3, masks: [name-partial, redact]}
        card: {level: 4, masks: [redact]}
"""
LAX = "  subgraphs: {a: {owner: people}}\n  types: {}\n"
LINES = "p, any, any, Query.me, read, any, any, allow, plain\np, any, any, User.id, read, any, any, allow, plain\n"
NAME_MASKED = LINES + "p, any, any, User.name, read, any, any, allow, name-partial\n"
NAME_PLAIN = LINES + "p, any, any, User.name, read, any, any, allow, plain\n"
ALL = LINES + "p, any, any, User.*, read, any, any, allow, plain\n"
NAME, CARD = "Annabel Lee", "4711-0815"


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Asked]]:
    monkeypatch.setattr(reloading, "QUIET", 0.0)
    made: list[Iterator[Asked]] = []

    def asked(types: str = TYPES, declared: str = MASKED, policy: str = NAME_MASKED) -> Asked:
        made.append(asked_of(home_of(tmp_path / "home", types, declared, policy), {"a": subgraph(), "b": subgraph()}))
        return next(made[-1])

    yield asked
    for one in made:
        assert next(one, None) is None


def subgraph() -> Subgraph:
    fields = "{ id: ID! name: String card: String }"
    person = {"id": "1", "name": NAME, "card": CARD}
    return Subgraph(
        f"type Query {{ me: User you: Person }} type User {fields} type Person {fields}", {"me": person, "you": person}
    )


def reload(asked: Asked, types: str = TYPES, declared: str = MASKED, policy: str = NAME_MASKED) -> bool:
    home_of(asked.home, types, declared, policy)
    assert asked.exchange.reloading is not None
    return asyncio.run(asked.exchange.reloading.look(is_told=True))


def leaks(answer: httpx.Response) -> bool:
    return NAME in answer.text or CARD in answer.text


def shown(asked: Asked, query: str = "{ me { id name card } }", *roles: str) -> httpx.Response:
    return asked.ask(query, asked.token(*(roles or ("worker",))))


WITHOUT = TYPES.replace(' @requiresScopes(scopes: [["cards"]])', "")


def test_a_directive_that_is_dropped_shows_nothing_that_no_line_permits(ask: Callable[..., Asked]) -> None:
    asked = ask()
    before = shown(asked)
    assert reload(asked, WITHOUT)
    after = shown(asked)
    assert not leaks(before)
    assert not leaks(after)
    reasons = {one["coordinate"]: one["reason"] for one in after.json()["extensions"]["withheld"]}
    assert reasons == {"User.card": "not-granted"}


def test_a_directive_that_is_added_narrows_from_the_next_question_on(ask: Callable[..., Asked]) -> None:
    """Plans are remembered by document and standing: none of the graph before may serve the next."""
    asked = ask(WITHOUT, MASKED, ALL)
    assert CARD in shown(asked).text
    assert reload(asked, TYPES, MASKED, ALL)
    for roles in ("worker", "visitor"):
        assert CARD not in shown(asked, "{ me { id name card } }", roles).text
    assert CARD in shown(asked, "{ me { id name card } }", "cards").text


RENAMED = TYPES.replace("me: User", "you: Person").replace("type User", "type Person")


@pytest.mark.parametrize("declared", [MASKED, LAX], ids=["declared", "not declared"])
def test_a_type_that_is_renamed_leaves_its_governance_behind_for_nobody(
    ask: Callable[..., Asked], declared: str
) -> None:
    """Its masks and lines name a type that is no more: the whole supergraph is refused."""
    asked = ask(TYPES, MASKED, NAME_MASKED)
    assert not reload(asked, RENAMED, declared)
    assert "data" not in shown(asked, "{ you { id name card } }").json()
    assert not leaks(shown(asked))


def test_a_type_beside_it_under_another_name_is_default_denied(ask: Callable[..., Asked]) -> None:
    asked = ask()
    both = TYPES.replace(
        "me: User @join__field(graph: A)", "me: User @join__field(graph: A) you: Person @join__field(graph: A)"
    )
    person = (
        TYPES[TYPES.index("type User") :]
        .replace("type User", "type Person")
        .replace('@requiresScopes(scopes: [["cards"]])', "")
    )
    assert reload(asked, both + person)
    answer = shown(asked, "{ me { name } you { id name card } }")
    assert answer.json()["data"]["you"] is None
    assert not leaks(answer)


def test_a_mask_that_becomes_stricter_is_compiled_anew(ask: Callable[..., Asked]) -> None:
    asked = ask()
    partly = shown(asked).json()["data"]["me"]["name"]
    assert partly not in {NAME, None}
    stricter = EXCHANGE.replace("kind: partial-name, keep: ends", "kind: redact")
    home_of(asked.home, TYPES, MASKED, NAME_MASKED, stricter)
    assert asked.exchange.reloading is not None
    assert asyncio.run(asked.exchange.reloading.look())
    assert shown(asked).json()["data"]["me"]["name"] not in {NAME, partly}


def meanwhile(asked: Asked, change: Callable[[], Awaitable[object]]) -> httpx.Response:
    """A question whose subgraph answers only once something else was in force."""

    async def run() -> httpx.Response:
        is_asked, may_answer = asyncio.Event(), asyncio.Event()

        async def late(reply: Reply) -> Reply:
            is_asked.set()
            await may_answer.wait()
            return reply

        asked.subgraphs["a"].answering = late
        query = "{ me { id name card } }"
        under_way = asyncio.create_task(asked.asking(query, asked.token("worker")))
        await is_asked.wait()
        asked.subgraphs["a"].answering = None
        graph = asked.exchange.graphs.current
        changing = asyncio.ensure_future(change())
        async with asyncio.timeout(10):
            while asked.exchange.graphs.current is graph:  # noqa: ASYNC110  (nobody tells of it)
                await asyncio.sleep(0.001)
        may_answer.set()
        answer = await under_way
        await changing
        return answer

    return asyncio.run(run())


def test_what_was_decided_by_one_graph_is_released_by_the_same(ask: Callable[..., Asked]) -> None:
    """Released by the lax one, what the strict one withheld would be shown; and what it never fetched, asked for."""
    asked = ask(TYPES, MASKED, ALL)
    looking: Any = asked.exchange.reloading

    async def change() -> None:
        home_of(asked.home, WITHOUT, MASKED, ALL)
        await looking.look()

    answer = meanwhile(asked, change)
    assert (answer.status_code, answer.json()["data"]["me"]) == (200, {"id": "1", "name": NAME, "card": None})
    assert {one["reason"] for one in answer.json()["extensions"]["withheld"]} == {"requires-scope"}
    assert all("card" not in document for document, _ in asked.subgraphs["a"].asked)
    epochs = [one["epoch"] for one in asked.entries() if one["kind"] == "release"]
    assert CARD in shown(asked).text
    assert asked.entries()[0]["epoch"] not in epochs


def test_what_is_revoked_with_another_graph_is_not_released_by_the_one_before(ask: Callable[..., Asked]) -> None:
    """The graph before cannot read the new policy, which names a field of the new one: it must not go on by the old."""
    asked = ask(TYPES, MASKED, NAME_PLAIN)
    looking: Any = asked.exchange.reloading
    types = TYPES.replace("  name:", "  nick: String @join__field(graph: A)\n  name:")

    async def change() -> None:
        home_of(asked.home, types, MASKED, LINES + "p, any, any, User.nick, read, any, any, allow, plain\n")
        await looking.look()

    answer = meanwhile(asked, change)
    assert not leaks(answer)
    assert answer.json()["errors"][0]["extensions"]["code"] == "POLICY_UNAVAILABLE"
    assert not leaks(shown(asked))


def test_a_document_that_is_kept_by_its_hash_is_read_against_the_graph_in_force(ask: Callable[..., Asked]) -> None:
    asked = ask(WITHOUT, MASKED, ALL)
    document = "{ me { card } }"
    digest = hashlib.sha256(document.encode()).hexdigest()

    def by_hash(body: dict[str, Any]) -> httpx.Response:
        async def run() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(asked.app), base_url="http://exchange"
            ) as client:
                named = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
                return await client.post("/graphql", json={**body, "extensions": named}, headers=asked.token("worker"))

        return asyncio.run(run())

    assert CARD in by_hash({"query": document}).text
    assert CARD in by_hash({}).text
    gone = WITHOUT.replace("  card: String @join__field(graph: A)", "")
    assert reload(asked, gone, MASKED.replace("        card: {level: 4, masks: [redact]}\n", ""), ALL)
    answer = by_hash({})
    assert "data" not in answer.json()
    assert not leaks(answer)


def test_whoever_asks_is_told_nothing_of_what_is_wrong_with_a_supergraph(ask: Callable[..., Asked]) -> None:
    asked = ask()
    before = shown(asked).json()
    assert not reload(asked, TYPES.replace("type User", "type Secret"))
    after = shown(asked)
    assert "Secret" not in after.text + str(after.headers)
    assert {**after.json(), "extensions": None} == {**before, "extensions": None}
    assert "Secret" not in asked.get("/health/ready").text + asked.get("/metrics").text
