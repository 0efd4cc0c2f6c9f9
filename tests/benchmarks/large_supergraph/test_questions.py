from __future__ import annotations

import pytest
from graphql import GraphQLSchema, parse, validate

from benchmarks.large_supergraph.model import World
from benchmarks.large_supergraph.questions import questions

pytestmark = pytest.mark.whole


def test_questions_are_valid_different_and_over_ten_subgraphs(world: World, api: GraphQLSchema) -> None:
    asked = questions(world, 100)
    assert len({one.document for one in asked}) == 100
    assert {len(one.subgraphs) for one in asked} == {10}
    assert all(one.subgraphs <= world.subgraphs.keys() for one in asked)
    assert [errors for one in asked if (errors := validate(api, parse(one.document)))] == []


def test_the_same_seed_asks_the_same(world: World) -> None:
    assert questions(world, 5) == questions(world, 5)
    assert questions(world, 5) != questions(world, 5, seed=2)


def test_more_subgraphs_than_there_are_are_refused(world: World) -> None:
    with pytest.raises(ValueError, match="only 0 questions over 211 subgraphs"):
        questions(world, 1, over=211)
