from __future__ import annotations

import pytest

from federation.schema.declare import ExchangeRefusedError, parse
from federation.schema.declare_graph import subgraph_sources
from tests.support.supergraphs import DECLARED, EXCHANGE
from vocabulary.area import Area
from vocabulary.catalogue import AnonymousDeclaration, GraphDeclaration, GraphField, GraphType, SubgraphDeclaration


def graph_of(declared: str) -> GraphDeclaration:
    graph = parse(EXCHANGE + declared, file="exchange.yaml").graph
    assert graph is not None
    return graph


def problems(text: str) -> str:
    with pytest.raises(ExchangeRefusedError) as refused:
        parse(text, file="exchange.yaml")
    return str(refused.value)


def test_everything_that_may_be_declared() -> None:
    assert graph_of(DECLARED) == GraphDeclaration(
        AnonymousDeclaration("bureau", ("visitor",), (Area("31"),), "shopping"),
        {"a": SubgraphDeclaration("a", "people", "http://127.0.0.1:9202/a", {}, 1.5, 4)},
        {
            "User": GraphType(
                "User",
                ("id",),
                ("area",),
                {"name": GraphField("name", 3, "identity", ("name-partial", "redact"), ("tags",))},
            ),
            "Post": GraphType("Post", ("author", "id")),
        },
    )


def test_nothing_needs_to_be_declared() -> None:
    empty = parse(EXCHANGE.replace("supergraph:\n", "supergraph: {}\n"), file="exchange.yaml")
    assert (empty.graph, empty.sources) == (GraphDeclaration(), {})


def test_every_subgraph_is_a_source_of_somebody() -> None:
    auth = "{header: X-Key, file: keys/a.key}"
    declared = graph_of(f"  subgraphs: {{a: {{owner: people, auth: {auth}, identity: none, max_bytes: 10}}}}\n")
    sources = subgraph_sources(declared, {"a": "http://a", "b": "http://b"}, "bureau")
    assert {name: (one.owner, one.connector, one.timeout, one.concurrency) for name, one in sources.items()} == {
        "a": ("people", "subgraph", 2.0, 32),
        "b": ("bureau", "subgraph", 2.0, 32),
    }
    assert sources["b"].options == {"url": "http://b"}
    assert sources["a"].options == {
        "url": "http://a",
        "auth": {"header": "X-Key", "file": "keys/a.key"},
        "identity": "none",
        "max_bytes": 10,
    }


SOURCES = """\
sources:
  town:
    owner: bureau
    connector: sql
    types: {}
"""


def test_sources_or_a_supergraph_and_never_both() -> None:
    neither = problems(EXCHANGE.replace("supergraph:\n", ""))
    assert "exchange.yaml:1: the file lacks `sources` or `supergraph`; write `sources: …`" in neither
    both = problems(EXCHANGE + DECLARED + SOURCES)
    assert "`supergraph` stands beside `sources`; write one of the two" in both


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("organisation: bureau", "organisation: burau", 16, "`burau` is not a declared organisation; write `bureau`"),
        ("roles: [visitor]", "roles: [root]", 16, "`root` is not a declared role"),
        ("purpose: shopping", "purpose: shop", 16, "`shop` is not a declared purpose"),
        ('areas: ["31"], purpose', 'areas: ["3101"], purpose', 16, "`3101` is no area code"),
        ("owner: people", "owner: peple", 18, "`peple` is not a declared organisation"),
        ("masks: [name-partial", "masks: [name-parts", 24, "`name-parts` is not a declared mask"),
        ("reveals: [tags]", "reveals: [name]", 24, "`name` is not another field of User"),
        ("      subject: id\n", "", 23, "a personal category in User, which names no subject"),
        ("level: 3", "level: 5", 24, "`level` is too large"),
        ("subject: author.id", "subject: author.home.id", 25, "`author.home.id` cannot be written like this"),
        ("timeout: 1.5", "timeout: 0", 18, "`timeout` is too small"),
        ("area: area", "aera: area", 22, "`aera` is not known here; write `area` if that is meant"),
        ("    a: {", '    "a\\nb": {', 18, "names no subgraph"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, said: str) -> None:
    assert old in DECLARED
    told = problems(EXCHANGE + DECLARED.replace(old, new, 1))
    assert f"exchange.yaml:{line}: " in told
    assert said in told


def test_a_safeguard_may_guard_a_category_of_the_supergraph() -> None:
    guards = """\
conditions: {consenting: {kind: consent}}
safeguards: [{categories: [identity], require: [consenting]}]
"""
    assert parse(EXCHANGE + DECLARED + guards, file="x").safeguards[0].categories == ("identity",)
    assert "`health` is not a category of some field" in problems(
        EXCHANGE + DECLARED + guards.replace("[identity]", "[health]")
    )


def test_no_problem_shows_what_a_subgraph_is_shown() -> None:
    told = problems(EXCHANGE + "  subgraphs: {a: {owner: nobody, auth: {header: X, value: hunter2}}}\n")
    assert "hunter2" not in told
