"""A supplied supergraph over HTTP: who shows nothing, and what the supergraph itself requires, from every way in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.remote import Travels
from federation.errors import Unidentified
from federation.identity import ExchangeKeys, LocalKeys, PassportControl
from tests.support.subgraphs import Subgraph
from tests.support.supergraphs import home_of
from tests.support.supplied import Asked, asked_of

TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) {
  me: User @join__field(graph: A)
  named: Named @join__field(graph: A)
  any: Any @join__field(graph: A)
  secret: Secret @join__field(graph: A)
}
interface Named @join__type(graph: A) { id: ID! name: String! @requiresScopes(scopes: [["names"]]) }
type User implements Named @join__implements(graph: A, interface: "Named") @join__type(graph: A, key: "id")
    @join__type(graph: B, key: "id") {
  id: ID!
  name: String! @join__field(graph: A) @join__field(graph: B, external: true)
  card: String @join__field(graph: A) @authenticated
  greeting: String @join__field(graph: B, requires: "name")
}
union Any @join__type(graph: A) @join__unionMember(graph: A, member: "User") = User
enum Secret @join__type(graph: A) @authenticated { YES @join__enumValue(graph: A) }
type Mutation @join__type(graph: A) { rename(name: String!): User @join__field(graph: A) @authenticated }
"""
USER = {"__typename": "User", "id": "1", "name": "Ann", "card": "4711"}
POLICY = "".join(f"p, any, any, *, {action}, any, any, allow, plain\n" for action in ("read", "derive", "deliver")) + (
    "p, any, any, Mutation.*, write, any, any, allow, plain\n"
)
ANONYMOUS = '  anonymous: {organisation: bureau, roles: [visitor], areas: ["31"], purpose: shopping}\n'


def subgraphs() -> dict[str, Subgraph]:
    user = "type User implements Named { id: ID! name: String! card: String }"
    return {
        "a": Subgraph(
            "type Query { me: User named: Named any: Any secret: Secret } type Mutation { rename(name: String!): User } "
            f"interface Named {{ id: ID! name: String! }} {user} union Any = User enum Secret {{ YES }}",
            {"me": USER, "named": USER, "any": USER, "secret": "YES", "rename": lambda name: {**USER, "name": name}},
            {"User": lambda _: USER},
        ),
        "b": Subgraph(
            "type Query { x: Int } type User { id: ID! name: String greeting: String }",
            entities={"User": lambda one: {"id": one["id"], "greeting": f"Hello {one.get('name')}"}},
        ),
    }


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Asked]:
    yield from asked_of(home_of(tmp_path / "home", TYPES, ANONYMOUS, POLICY), subgraphs())


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Asked]:
    yield from asked_of(home_of(tmp_path / "home", TYPES, "  types: {}\n", POLICY), subgraphs())


# ── who shows nothing ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_shows_nothing_is_answered_for_the_declared_purpose_and_is_on_record_so(opened: Asked) -> None:
    data, _ = opened.told("{ me { id } }")
    assert data == {"me": {"id": "1"}}
    entry = opened.entries()[0]
    assert (entry["who"]["person"], entry["who"]["organisation"], entry["purpose"]) == (
        "anonymous",
        "bureau",
        "shopping",
    )
    assert entry["who"]["roles"] == ["anonymous", "visitor"]


def test_whoever_shows_nothing_may_name_a_purpose_and_none_that_does_not_exist(opened: Asked) -> None:
    opened.told("{ me { id } }", {"X-Purpose": "care"})
    assert opened.entries()[0]["purpose"] == "care"
    refused = opened.ask("{ me { id } }", {"X-Purpose": "fun"})
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (400, "PURPOSE_UNKNOWN")


def test_without_the_section_whoever_shows_nothing_is_refused(closed: Asked) -> None:
    refused = closed.ask("{ me { id } }", {"X-Purpose": "care"})
    assert (refused.status_code, "data" in refused.json()) == (401, False)


def test_whoever_shows_a_token_still_has_to_say_what_for(opened: Asked) -> None:
    headers = {name: value for name, value in opened.token("worker").items() if name != "X-Purpose"}
    assert opened.ask("{ me { id } }", headers).json()["errors"][0]["extensions"]["code"] == "PURPOSE_MISSING"


@pytest.mark.parametrize(
    "headers",
    [
        [("authorization", "Bearer forged")],
        [("authorization", "")],
        [("authorization", "Bearer ")],
        [("authorization", "Basic YTpi")],
        [("authorization", "Bearer forged"), ("authorization", "")],
        [("x-application-key", "")],
        [("x-application-key", "desk.secret")],
        [("client-cert", ":AA==:")],
        [("client-cert-chain", ":AA==:")],
    ],
    ids=str,
)
def test_a_credential_that_does_not_pass_is_never_taken_for_none(opened: Asked, headers: list[tuple[str, str]]) -> None:
    refused = opened.ask("{ me { id } }", headers)
    assert refused.status_code in {401, 403}
    assert "data" not in refused.json()
    assert all(not one.asked for one in opened.subgraphs.values())


# ── what the supergraph requires ──────────────────────────────────────────────────────────────────────────────────────

WAYS = [
    "{ me { name } }",
    "{ me { other: name } }",
    "{ me { ...F } } fragment F on User { name }",
    "{ me { ...F } } fragment F on Named { name }",
    "{ named { name } }",
    "{ named { ... on User { name } } }",
    "{ any { ... on User { name } } }",
    "{ any { ... on Named { name } } }",
    "query ($x: Boolean = true) { me { name @include(if: $x) } }",
]


@pytest.mark.parametrize("query", WAYS)
def test_a_scope_is_asked_for_on_every_way(opened: Asked, query: str) -> None:
    for headers in (None, opened.token("worker")):
        answer = opened.ask(query, headers)
        assert "Ann" not in answer.text
        assert {one["reason"] for one in answer.json()["extensions"]["withheld"]} == {"requires-scope"}
    assert "Ann" in opened.ask(query, opened.token("names")).text


def test_what_is_not_shown_is_not_even_asked_for(opened: Asked) -> None:
    opened.ask("{ me { id name card } }")
    assert all("name" not in document and "card" not in document for document, _ in opened.subgraphs["a"].asked)


def test_what_a_subgraph_computes_of_it_is_not_shown_either(opened: Asked) -> None:
    """GHSA-m8jr-fxqx-8xx6: what `@requires` fetched was checked for nobody."""
    answer = opened.ask("{ me { greeting } }", opened.token("worker"))
    assert "Ann" not in answer.text
    assert all("Ann" not in json.dumps(given) for _, given in opened.subgraphs["b"].asked)
    assert "Hello Ann" in opened.ask("{ me { greeting } }", opened.token("names")).text


def test_being_authenticated_takes_a_credential(opened: Asked) -> None:
    data, withheld = opened.told("{ me { card } secret }")
    assert data == {"me": {"card": None}, "secret": None}
    assert withheld == {"User.card": "authenticated", "Query.secret": "authenticated"}
    data, withheld = opened.told("{ me { card } secret }", opened.token("worker"))
    assert (data, withheld) == ({"me": {"card": "4711"}, "secret": "YES"}, {})


def test_an_act_takes_what_it_requires_and_is_not_done_otherwise(opened: Asked) -> None:
    refused = opened.ask('mutation { rename(name: "Bo") { id } }')
    assert refused.json()["errors"][0]["extensions"]["code"] == "ACT_REFUSED"
    assert not opened.subgraphs["a"].asked
    assert opened.told('mutation { rename(name: "Bo") { id } }', opened.token("worker"))[0] == {"rename": {"id": "1"}}


def test_a_role_in_a_token_does_not_make_it_worth_more(opened: Asked) -> None:
    _, withheld = opened.told("{ me { card } }", opened.token("worker", "anonymous"))
    assert withheld == {"User.card": "authenticated"}


def test_one_plan_is_not_anothers(opened: Asked) -> None:
    """The same document, by turns: plans and decisions are remembered by standing."""
    for _ in range(2):
        assert opened.told("{ me { card } }")[0] == {"me": {"card": None}}
        assert opened.told("{ me { card } }", opened.token("visitor"))[0] == {"me": {"card": "4711"}}


def test_there_are_no_pages_over_a_supplied_supergraph(opened: Asked) -> None:
    assert opened.ask("{ me { id } }", path="/").status_code == 404


# ── who asks, as subgraphs are told ─────────────────────────────────────────────────────────────────────────────────────


def test_a_passport_goes_to_whom_it_is_declared_for_on_record_first_and_the_token_to_nobody(closed: Asked) -> None:
    closed.subgraphs["b"].travels = Travels.SIGNED
    data, _ = closed.told("{ me { greeting } }", closed.token("names"))
    assert data == {"me": {"greeting": "Hello Ann"}}
    assert closed.subgraphs["a"].shown == [{}]
    (shown,) = closed.subgraphs["b"].shown
    assert shown.keys() == {"X-Passport"}
    keys = LocalKeys(json.loads(ExchangeKeys(closed.home / "keys").published))
    name = closed.exchange.graphs.current.rules.world.catalogue.name
    control = PassportControl("b", {name: keys}, clock=lambda: time.time() - 1)
    passport = control.check(shown["X-Passport"])
    assert (passport.organisation, passport.purpose, set(passport.roles)) == ("bureau", "care", {"names"})
    assert passport.receipt is not None
    wave = dict(closed.exchange.search.recent(None, 50))[passport.receipt.entry]
    assert {"organisation": "bureau", "source": "b", "coordinate": "User", "line": "passport", "count": 0} in wave[
        "given"
    ]
    with pytest.raises(Unidentified):
        PassportControl("a", {name: keys}).check(shown["X-Passport"])
