from __future__ import annotations

import pytest
from graphql import get_introspection_query

from federation.document.about_schema import is_about_schema
from federation.document.limits import Limits
from federation.document.parse import Documents
from tests.federation.document.schema import ACTING


def judged(document: str) -> bool:
    return is_about_schema(Documents(ACTING, Limits()).parse(document))


@pytest.mark.parametrize(
    "document",
    [
        "{ __typename }",
        "{ x: __typename @include(if: true) }",
        "query A { __typename } query B { __schema { queryType { name } } }",
        "query T($n: String!) { __type(name: $n) { name } }",
        "{ ... { __typename ... on Query { __schema { types { name } } } } }",
        '{ ...F } fragment F on Query { __type(name: "Resident") { ...G } } fragment G on __Type { name }',
        get_introspection_query(),
    ],
    ids=lambda text: text[:40],
)
def test_what_asks_about_the_schema(document: str) -> None:
    assert judged(document)


@pytest.mark.parametrize(
    "document",
    [
        "{ residents { nodes { name } } }",
        '{ node(id: "1") { id } }',
        "{ node(id: 1) { __typename } }",
        "{ __schema: residents { nodes { __typename } } }",
        "{ __typename residents @skip(if: true) { nodes { name } } }",
        "{ __typename ... @include(if: false) { residents { nodes { name } } } }",
        "{ __typename ... on Query { ... { residents { nodes { name } } } } }",
        "{ ...F } fragment F on Query { __typename residents { nodes { name } } }",
        "{ __typename ...F } fragment F on Query { ...G } fragment G on Query { node(id: 1) { id } }",
        "query A { __typename } query B { residents { nodes { name } } }",
        "mutation { __typename }",
        "query A { __typename } mutation B { __typename }",
        'mutation { approve(id: "1") { id } }',
    ],
)
def test_what_asks_for_more(document: str) -> None:
    assert not judged(document)
