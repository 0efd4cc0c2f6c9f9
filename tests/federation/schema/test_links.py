from __future__ import annotations

import pytest

from federation.schema.compose import CompositionFailedError, compose
from tests.federation.schema.composing import types_of

QUERY = "type Query { a: Shop }"
FEDERATION = "https://specs.apollo.dev/federation"


def linked(arguments: str, more: str = "") -> str:
    return f'extend schema @link(url: "{FEDERATION}/v2.3", {arguments}) {more} {QUERY}'


@pytest.mark.parametrize("version", ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9"])
def test_every_version_of_federation_2_is_read(version: str) -> None:
    sdl = f"""
    extend schema @link(url: "{FEDERATION}/v{version}", import: ["@key"])
    {QUERY} type Shop @key(fields: "no") {{ no: Int }}
    """
    assert '@join__type(graph: A, key: "no")' in compose({"a": sdl})


def test_link_itself_can_be_renamed() -> None:
    sdl = f"""
    schema @uses(url: "https://specs.apollo.dev/link/v1.0", as: "uses")
      @uses(url: "{FEDERATION}/v2.0", import: [{{name: "@key", as: "@id"}}]) {{ query: Query }}
    {QUERY} type Shop @id(fields: "no") {{ no: Int }}
    """
    assert '@join__type(graph: A, key: "no")' in compose({"a": sdl})


def test_a_specification_that_federation_takes_in_can_be_linked_on_its_own() -> None:
    sdl = """
    extend schema @link(url: "https://specs.apollo.dev/inaccessible/v0.2")
      @link(url: "https://specs.apollo.dev/tag/v0.3", import: [{name: "@tag", as: "@label"}])
    type Query { a: Int @label(name: "x") b: Int @inaccessible }
    """
    text = types_of(compose({"a": sdl}))
    assert 'a: Int @tag(name: "x")' in text
    assert "b: Int @inaccessible" in text


@pytest.mark.parametrize(
    ("sdl", "code"),
    [
        (f'extend schema @link(url: "x") {QUERY}', "INVALID_LINK_IDENTIFIER"),
        (f'extend schema @link(url: "https://specs.apollo.dev") {QUERY}', "INVALID_LINK_IDENTIFIER"),
        (f'extend schema @link(url: "{FEDERATION}/vx") {QUERY}', "INVALID_LINK_IDENTIFIER"),
        (f'extend schema @link(url: "{FEDERATION}/v6.9") {QUERY}', "UNKNOWN_FEDERATION_LINK_VERSION"),
        (f'extend schema @link(url: "https://specs.apollo.dev/link/v6.9") {QUERY}', "UNKNOWN_LINK_VERSION"),
        (linked('import: ["@keys"]'), "INVALID_LINK_DIRECTIVE_USAGE"),
        (linked('import: [{name: "@key", as: "id"}]'), "INVALID_LINK_DIRECTIVE_USAGE"),
        (linked('import: [{as: "@id"}]'), "INVALID_LINK_DIRECTIVE_USAGE"),
        (linked('import: ["@key", {name: "@tag", as: "@key"}]'), "INVALID_LINK_DIRECTIVE_USAGE"),
        (
            linked("", f'extend schema @link(url: "{FEDERATION}/v2.0", import: ["@key"])').replace(", )", ")"),
            "INVALID_LINK_DIRECTIVE_USAGE",
        ),
        (linked('import: ["@interfaceObject"]').replace("v2.3", "v2.0"), "INVALID_LINK_DIRECTIVE_USAGE"),
        (
            f'extend schema @link(url: "{FEDERATION}/v2.0") {QUERY} type Shop @key(fields: "no") {{ no: Int }}',
            "INVALID_GRAPHQL",
        ),
        (f'{QUERY} type Shop @federation__key(fields: "no") {{ no: Int }}', "INVALID_GRAPHQL"),
    ],
)
def test_it_refuses(sdl: str, code: str) -> None:
    with pytest.raises(CompositionFailedError) as failed:
        compose({"a": sdl})
    assert {error.code for error in failed.value.errors} == {code}, failed.value
    assert all(error.message.startswith("a: ") for error in failed.value.errors)
