"""What a document may ask for at most: entities that another exchange names are counted, each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from graphql import extend_schema, parse

from federation.document.limits import Limits
from federation.document.operation import Question, Questions
from federation.document.parse import Documents
from federation.errors import Code, Refusal
from tests.federation.document.schema import SCHEMA

AS_SUBGRAPH = extend_schema(
    SCHEMA,
    parse(
        "scalar _Any union _Entity = Resident | Firm "
        "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
    ),
)
ENTITIES = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Resident { name friends(first: 9) { name } } ... on Firm { title } } }"


def named(count: int) -> Mapping[str, object]:
    return {"of": [{"__typename": "Resident", "id": f"r{one}"} for one in range(count)]}


def ask(questions: Questions, text: str, variables: Mapping[str, object]) -> Question:
    return questions.ask(Documents(AS_SUBGRAPH, Limits()).parse(text), None, variables)


def refused(text: str, variables: Mapping[str, object], cost: int) -> Refusal:
    with pytest.raises(Refusal) as caught:
        ask(Questions(AS_SUBGRAPH, Limits(cost=cost)), text, variables)
    return caught.value


@pytest.mark.parametrize("count", [0, 1, 20, 21, 500, 1_000])
def test_each_named_entity_is_an_object_with_what_is_asked_of_it(count: int) -> None:
    assert ask(Questions(AS_SUBGRAPH, Limits(cost=10 * count)), ENTITIES, named(count)).operation
    if count:
        refusal = refused(ENTITIES, named(count), 10 * count - 1)
        assert refusal.code is Code.DOCUMENT_TOO_COSTLY
        assert f"could hold {10 * count} objects" in refusal.message


def test_a_document_that_is_known_is_counted_anew_for_each_number() -> None:
    questions = Questions(AS_SUBGRAPH, Limits(cost=100))
    for _ in range(2):
        assert ask(questions, ENTITIES, named(10)).operation
        with pytest.raises(Refusal):
            ask(questions, ENTITIES, named(11))


def test_however_often_they_are_asked_for_each_time_counts() -> None:
    text = "query ($of: [_Any!]!, $n: Int) { a: _entities(representations: $of) { ... on Firm { title } } b: _entities(representations: $of) { ... on Resident { friends(first: $n) { name } } } }"
    assert ask(Questions(AS_SUBGRAPH, Limits(cost=5 + 5 * 8)), text, {**named(5), "n": 7}).operation
    assert refused(text, {**named(5), "n": 7}, 44).code is Code.DOCUMENT_TOO_COSTLY
    assert refused(text, {**named(5), "n": 8}, 45).code is Code.DOCUMENT_TOO_COSTLY


class Unread(dict[str, object]):
    """An object that nobody may look into."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("it was read before it was counted")


def test_too_many_are_refused_before_any_of_them_is_read() -> None:
    refusal = refused(ENTITIES, {"of": [Unread(id="x")] * 1_001}, 100_000)
    assert (refusal.code, "more than 1000 items" in refusal.message) == (Code.DOCUMENT_TOO_WIDE, True)


def test_an_argument_of_that_name_is_a_value_like_any_other_elsewhere() -> None:
    schema = extend_schema(SCHEMA, parse("extend type Query { drawn(representations: [String!]): [Firm] }"))
    text = "query ($of: [String!]) { drawn(representations: $of) { title } }"
    questions = Questions(schema, Limits(cost=20))
    assert questions.ask(Documents(schema, Limits()).parse(text), None, {"of": ["x"] * 900}).operation
