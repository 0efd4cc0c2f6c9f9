"""Arguments as an oracle (promise 3): what a subgraph makes of one is not known, so it takes plain cells or `match`."""

from __future__ import annotations

import pytest

from tests.support.federating import OPEN, Federation
from tests.support.subgraphs import Subgraph
from tests.support.town import lines, town

SEARCHES = [
    '{ search(name: "Bob") { id } }',
    '{ s: search(name: "Bob") { __typename } }',
    '{ ... { search(name: "Bob") { id } } }',
    "{ search(first: 1) { id } }",
    '{ page(name: "Bob") { edges { node { id } } } }',
    '{ page(name: "Bob") { edges { __typename } } }',
]
BUT_NAME = ("any Query.*", "any Page.*", "any Edge.*", "any Person.id", "any Person.phone")


@pytest.mark.parametrize("document", SEARCHES)
@pytest.mark.parametrize("name", [(), ("any Person.name read redact",), ("own Person.name",)])
def test_arguments_find_nothing_by_what_is_not_plain(document: str, name: tuple[str, ...]) -> None:
    graph = town(lines(*BUT_NAME, *name))
    answer = graph.ask(document)
    assert set(answer.data.values()) == {None}
    assert set(answer.withheld.values()) == {"match"}
    assert not graph.subgraphs["a"].asked


@pytest.mark.parametrize("document", SEARCHES)
def test_arguments_find_nothing_among_people_however_plain_they_are(document: str) -> None:
    """Rows of somebody barred, or about nobody known, are hidden whatever the lines say."""
    answer = town(OPEN).ask(document)
    assert set(answer.withheld.values()) == {"match"}


def test_match_lets_them_search_and_shows_no_more() -> None:
    graph = town(lines(*BUT_NAME, "any Query.search match", "any Query.page match"))
    assert graph.ask('{ search(name: "Bob") { id name } }').data == {"search": [{"id": "p2", "name": None}]}
    assert graph.ask('{ page(name: "Bob") { edges { node { id } } } }').data == {
        "page": {"edges": [{"node": {"id": "p2"}}]}
    }


def test_match_finds_no_row_that_may_not_be_seen() -> None:
    graph = town(lines("any Query.*", "own Person.*", "any Query.search match"))
    assert graph.ask('{ search(name: "Bob") { id } }', areas=["310115"]).data == {"search": []}
    assert graph.ask('{ search(name: "Nobody") { id } }', areas=["310115"]).data == {"search": []}


def test_match_on_some_rows_is_none_for_a_field_of_the_root() -> None:
    graph = town(lines("any Query.*", "any Person.*", "own Query.search match"))
    assert graph.ask('{ search(name: "Bob") { id } }').withheld == {"Query.search": "match"}


HOMES = """
type Query @join__type(graph: A) {
  homes(street: String): [Home] @join__field(graph: A)
}
type Home @join__type(graph: A, key: "id") { id: ID! at: Address  label(last: Int): String  tag(loud: Boolean): String }
type Address @join__type(graph: A) { street: String city: String }
"""


def homes(policy: str) -> Federation:
    found = {"id": "h1", "at": {"street": "Elm", "city": "S"}, "label": lambda last=9: "a-long-label"[-last:]}
    return Federation(
        HOMES,
        {
            "a": Subgraph(
                """
                type Query { homes(street: String): [Home] }
                type Home { id: ID! at: Address label(last: Int): String tag(loud: Boolean): String }
                type Address { street: String city: String }
                """,
                {"homes": lambda street=None: [found] if street in {None, "Elm"} else []},
            )
        },
        policy,
        masks={"Home.label": ["name-partial"], "Address.street": ["redact"]},
    )


@pytest.mark.parametrize("street", [(), ("any Address.street read redact",)])
def test_what_belongs_to_an_entity_and_has_no_key_is_no_oracle_either(street: tuple[str, ...]) -> None:
    policy = lines("any Query.*", "any Home.*", "any Address.city", *street)
    answer = homes(policy).ask('{ homes(street: "Elm") { id } }')
    assert answer.withheld == {"Query.homes": "match"}
    answer = homes(lines("any Query.*", "any Home.*", "any Address.*")).ask('{ homes(street: "Elm") { id } }')
    assert answer.data == {"homes": [{"id": "h1"}]}


def test_an_argument_moves_nothing_under_a_mask() -> None:
    """`label(last: 2)` of a masked label would be short enough for the mask to show."""
    masked = lines("any Query.*", "any Home.id", "any Home.label read name-partial")
    answer = homes(masked).ask("{ homes { id label(last: 2) } }")
    assert answer.data == {"homes": [{"id": "h1", "label": None}]}
    assert answer.withheld == {"Home.label": "match"}
    assert homes(masked).ask("{ homes { label } }").plan.masked == {"Home.label": ("name-partial",)}
    plain = lines("any Query.*", "any Home.id", "any Home.label")
    assert homes(plain).ask("{ homes { label(last: 2) } }").data == {"homes": [{"label": "el"}]}
