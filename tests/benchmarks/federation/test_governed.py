"""The home of the governed run is one that a router takes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.federation.governed import governed_home, keys_of
from federation.rules import EXCHANGE_FILE, POLICY_FILE, SUPERGRAPH_FILE, policy_facts, world_of
from policies.load import load
from tests.support.federating import DIRECTIVES, JOIN

GRAPH = """
enum join__Graph { A @join__graph(name: "a", url: "http://127.0.0.1:1/a") }
type Query @join__type(graph: A) { users: [User] topProducts(first: Int = 5): [Product] }
type User @join__type(graph: A, key: "id") { id: ID! name: String username: String birthday: Int reviews: [Review] }
type Review @join__type(graph: A, key: "id") { id: ID! body: String product: Product author: User }
type Product @join__type(graph: A, key: "upc") { upc: String! name: String }
"""


def test_the_policy_loads_against_the_declared_graph(tmp_path: Path) -> None:
    home = governed_home(tmp_path / "home")
    texts = {EXCHANGE_FILE: (home / EXCHANGE_FILE).read_text("utf-8"), SUPERGRAPH_FILE: JOIN + DIRECTIVES + GRAPH}
    world = world_of(texts)
    said = load(
        (home / POLICY_FILE).read_text("utf-8"),
        file=POLICY_FILE,
        facts=policy_facts(world.catalogue, world.supergraph),
    )
    assert [one.shown for one in said.lines if one.shown != "plain"] == ["name-partial", "pseudonym", "pseudonym"]


def test_the_keys_of_a_home_are_its_own(tmp_path: Path) -> None:
    one, other = keys_of(tmp_path / "one"), keys_of(tmp_path / "other")
    assert one == keys_of(tmp_path / "one")
    assert len({one.username, one.body, other.username, other.body}) == 4
