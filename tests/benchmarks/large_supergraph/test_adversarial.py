from __future__ import annotations

import pytest
from graphql import FragmentDefinitionNode, GraphQLSchema, parse, validate

from benchmarks.large_supergraph.adversarial import KINDS, adversarial
from benchmarks.large_supergraph.model import World

pytestmark = pytest.mark.whole


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [4, 20])
def test_every_document_is_valid(world: World, api: GraphQLSchema, kind: str, scale: int) -> None:
    assert validate(api, parse(adversarial(world, scale)[kind])) == []


def test_documents_stay_short(world: World) -> None:
    """They grow with the scale, and not as what they spread out to does."""
    small, large = (adversarial(world, scale) for scale in (10, 20))
    assert all(len(large[kind]) < 3 * len(small[kind]) for kind in KINDS)


def test_every_kind_asks_for_much(world: World) -> None:
    documents = adversarial(world, 20)
    fragments = [one for one in parse(documents["deep aliases"]).definitions if isinstance(one, FragmentDefinitionNode)]
    assert len(fragments) == 21
    assert documents["wide aliases"].count("...All") == 100
    assert documents["interface fan-out"].count("... on ") == 50
    assert documents["many paths"].count("next") == 20
