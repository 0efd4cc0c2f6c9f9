from __future__ import annotations

import pytest
from graphql import parse, print_ast

from federation.schema.composition_problem import CompositionFailedError
from federation.schema.features import canonical
from federation.schema.supergraph import Supergraph
from tests.support.supergraphs import JOIN, USERS, federated, supergraph
from vocabulary.catalogue import GraphDeclaration

APOLLO = "https://specs.apollo.dev"
GUARDED = USERS.replace("name: String!", "name: String! @login")
LOGIN = "directive @login on FIELD_DEFINITION"


def refused(sdl: str) -> str:
    with pytest.raises(CompositionFailedError) as failed:
        Supergraph.federated(sdl, GraphDeclaration())
    return str(failed.value)


def words(graph: Supergraph, coordinate: str) -> list[str]:
    type_name, _, field = coordinate.partition(".")
    return [one.word for one in graph.types[type_name].fields[field].requires]


@pytest.mark.parametrize(
    "link",
    [
        f'@link(url: "{APOLLO}/authenticated/v0.1", as: "login", for: SECURITY)',
        f'@link(url: "{APOLLO}/authenticated/v0.1", import: [{{name: "@authenticated", as: "@login"}}], for: SECURITY)',
        f'@link(url: "{APOLLO}/federation/v2.9", import: [{{name: "@authenticated", as: "@login"}}])',
        f'@link(url: "{APOLLO}/authenticated/v0.1", as: "a", import: [{{name: "@authenticated", as: "@login"}}])',
    ],
)
def test_a_renamed_directive_guards_as_ever(link: str) -> None:
    """GHSA of July 2025 (CVE-2025-64347): a router that looked for `@authenticated` alone left renamed ones open."""
    graph = federated(GUARDED, links=link, defined=LOGIN)
    assert words(graph, "User.name") == ["authenticated"]


def test_a_directive_that_hides_under_another_name_hides() -> None:
    types = USERS.replace("name: String!", "name: String! @secret")
    link = (
        f'@link(url: "{APOLLO}/inaccessible/v0.2", import: [{{name: "@inaccessible", as: "@secret"}}], for: SECURITY)'
    )
    graph = federated(types, links=link, defined="directive @secret on FIELD_DEFINITION")
    assert graph.types["User"].fields["name"].inaccessible
    assert "name" not in graph.api.type_map["User"].fields  # type: ignore[attr-defined]  # it is an object


def test_whoever_takes_the_name_of_a_guard_guards_nothing_by_it_and_hides_no_guard() -> None:
    types = USERS.replace("name: String!", "name: String! @authenticated @login")
    links = (
        f'@link(url: "{APOLLO}/authenticated/v0.1", as: "login", for: SECURITY)'
        '@link(url: "https://other.example/authenticated/v1.0")'
    )
    graph = federated(types, links=links, defined=f"{LOGIN}\ndirective @authenticated on FIELD_DEFINITION")
    assert words(graph, "User.name") == ["authenticated"]


@pytest.mark.parametrize("name", ["authenticated", "inaccessible"])
def test_a_guard_that_no_link_explains_is_refused(name: str) -> None:
    types = USERS.replace("name: String!", f"name: String! @{name}")
    sdl = supergraph(types.replace(f"@{name}", "@x")).replace("@x", f"@{name}")
    assert f"@{name}, which no @link explains" in refused(f"{sdl}\ndirective @{name} on FIELD_DEFINITION")


@pytest.mark.parametrize(
    "link",
    [
        f'@link(url: "{APOLLO}/authenticated/v0.2", for: SECURITY)',
        f'@link(url: "{APOLLO}/authenticated/v0.2")',  # it means more than its purpose says
        f'@link(url: "{APOLLO}/context/v0.1", for: SECURITY)',
        f'@link(url: "{APOLLO}/connect/v0.1", for: EXECUTION)',
        '@link(url: "https://other.example/secrecy/v1.0", for: SECURITY)',
        '@link(url: "https://other.example/inaccessible/v0.2", for: SECURITY)',
    ],
)
def test_what_a_graph_must_not_be_used_without_and_is_not_understood_is_refused(link: str) -> None:
    assert "which this graph must not be used without" in refused(supergraph(USERS, links=link))


def test_other_specifications_change_nothing_and_leave_no_types_behind() -> None:
    defined = "directive @tag(name: String!) repeatable on FIELD_DEFINITION\nscalar tag__Name"
    types = USERS.replace("name: String!", 'name: String! @tag(name: "x")')
    graph = federated(types, links=f'@link(url: "{APOLLO}/tag/v0.3")', defined=defined)
    assert not [name for name in graph.api.type_map if "__" in name.removeprefix("__")]


@pytest.mark.parametrize("version", ["v0.3", "v0.4", "v0.5"])
def test_versions_of_join_that_are_understood(version: str) -> None:
    assert federated(USERS, join=JOIN.replace("v0.3", version)).graphs == ("a", "b")


@pytest.mark.parametrize("version", ["v0.1", "v0.2", "v0.6", "v1.0"])
def test_versions_of_join_that_are_not(version: str) -> None:
    assert f"join/{version}, which" in refused(supergraph(USERS, join=JOIN.replace("v0.3", version)))


def test_join_and_link_themselves_may_be_renamed() -> None:
    whole = supergraph(USERS)
    renamed = (
        whole.replace("join__", "j__")
        .replace('/join/v0.3"', '/join/v0.3", as: "j"')
        .replace("@link(", "@uses(")
        .replace("link__", "uses__")
        .replace('/link/v1.0"', '/link/v1.0", as: "uses"')
    )
    read = Supergraph.federated(renamed, GraphDeclaration())
    assert read.join == Supergraph.federated(whole, GraphDeclaration()).join
    assert print_ast(canonical(parse(renamed))).count("@join__type") == whole.count("@join__type(")


def test_a_field_may_be_called_like_a_specification() -> None:
    renamed = supergraph(USERS.replace("tags:", "uses:")).replace("@link(", "@uses(").replace("link__", "uses__")
    graph = Supergraph.federated(renamed.replace('/link/v1.0"', '/link/v1.0", as: "uses"'), GraphDeclaration())
    assert "uses" in graph.types["User"].fields


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ('schema @core(feature: "https://specs.apollo.dev/core/v0.1") { query: Query }', "Federation 1"),
        ("schema { query: Query }", "a schema without @link"),
        ('schema @link(url: "https://specs.apollo.dev/link/v1.0") { query: Query }', "it is no supergraph"),
        ('schema @link(url: "https://specs.apollo.dev/link/v1.1") { query: Query }', "no version of @link"),
    ],
)
def test_what_is_no_supergraph_of_federation_2(schema: str, said: str) -> None:
    core = "directive @core(feature: String!) repeatable on SCHEMA"
    _, _, rest = supergraph(USERS).partition("{ query: Query }")
    assert said in refused(f"{schema}\n{core}\n{rest}")


def test_a_name_that_stands_for_two_things_is_refused() -> None:
    links = f'@link(url: "{APOLLO}/authenticated/v0.1", as: "x") @link(url: "https://other.example/x/v1.0")'
    assert "x is linked twice" in refused(supergraph(USERS, links=links))
