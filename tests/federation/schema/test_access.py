"""Rights that fields ask for: together they only ever ask for more."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.schema.access import together
from federation.schema.compose import compose
from tests.federation.schema.composing import LINK, composed, refused, type_of

A = 'type Query { a: Shop } type Shop @key(fields: "no") { no: Int x: Int @shareable %s }'
B = 'type Shop @key(fields: "no") { no: Int x: Int @shareable %s }'

DEMANDS = st.frozensets(st.frozensets(st.sampled_from("abc"), max_size=3), min_size=1, max_size=4)


@given(DEMANDS, DEMANDS, st.frozensets(st.sampled_from("abc")))
def test_who_fulfils_two_demands_together_fulfils_each_and_the_other_way_round(
    one: frozenset[frozenset[str]], other: frozenset[frozenset[str]], held: frozenset[str]
) -> None:
    def fulfils(demand: frozenset[frozenset[str]]) -> bool:
        return any(each <= held for each in demand)

    assert fulfils(together([one, other])) == (fulfils(one) and fulfils(other))
    assert not any(first < second for first, second in combinations(sorted(together([one, other]), key=len), 2))


def test_what_subgraphs_ask_for_adds_up() -> None:
    text = composed(
        a=A % 'y: Int @shareable @requiresScopes(scopes: [["a"], ["b"]]) @authenticated',
        b=B % 'y: Int @shareable @requiresScopes(scopes: [["c"]]) @policy(policies: [["p"]])',
    )
    assert (
        'y: Int @requiresScopes(scopes: [["a", "c"], ["b", "c"]]) @authenticated @policy(policies: [["p"]])'
    ) in type_of(text, "Shop")


def test_an_alternative_that_asks_for_more_than_another_is_none() -> None:
    text = composed(
        a=A % 'y: Int @shareable @requiresScopes(scopes: [["a"], ["b"]])',
        b=B % 'y: Int @shareable @requiresScopes(scopes: [["a"]])',
    )
    assert '@requiresScopes(scopes: [["a"]])' in text


def test_the_supergraph_must_not_be_used_without_them() -> None:
    text = compose({"a": LINK + A % "y: Int @authenticated"})
    assert '@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)' in text
    assert "directive @authenticated on " in text
    assert "requiresScopes" not in text


def test_an_interface_asks_for_what_its_objects_ask_for() -> None:
    text = composed(
        a="""
        type Query { i: I }
        interface I { x: Int }
        type S implements I @authenticated { x: Int }
        type T implements I { x: Int @requiresScopes(scopes: [["a"]]) }
        """
    )
    assert "interface I\n  @join__type(graph: A)\n  @authenticated\n{" in text
    assert 'x: Int @requiresScopes(scopes: [["a"]])' in type_of(text, "I")


def test_an_object_asks_for_what_an_interface_object_adds_with_it() -> None:
    whole = 'type Query { i: I } interface I @key(fields: "no") { no: Int } type T implements I @key(fields: "no") { no: Int }'
    standing = 'type I @interfaceObject @key(fields: "no") { no: Int y: Int @authenticated }'
    assert "y: Int @join__field @authenticated" in type_of(composed(a=whole, b=standing), "T")


REQUIRED = 'y: Int @external z: Int @requires(fields: "y") %s'


@pytest.mark.parametrize(
    ("asked", "own", "is_enough"),
    [
        ("@authenticated", "", False),
        ("@authenticated", "@authenticated", True),
        ('@requiresScopes(scopes: [["a"], ["b"]])', '@requiresScopes(scopes: [["a"]])', True),
        ('@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a"], ["b"]])', False),
        ('@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a", "b"]])', True),
        ('@policy(policies: [["a"]])', '@requiresScopes(scopes: [["a"]])', False),
        ("@requiresScopes(scopes: [[]])", "", True),
    ],
)
def test_what_requires_a_right_asks_for_it_too(asked: str, own: str, is_enough: bool) -> None:
    found = refused(a=A % f"y: Int {asked}", b=B % (REQUIRED % own))
    assert [one.partition(":")[0] for one in found] == ([] if is_enough else ["MISSING_TRANSITIVE_AUTH_REQUIREMENTS"])
