from __future__ import annotations

import pytest
from graphql import GraphQLSchema, build_schema

from benchmarks.large_supergraph.generate import generate
from benchmarks.large_supergraph.model import World


@pytest.fixture(scope="session")
def world() -> World:
    return generate()


@pytest.fixture(scope="session")
def api(world: World) -> GraphQLSchema:
    return build_schema(world.api_sdl())
