from __future__ import annotations

import pytest

from benchmarks.federation.given import Given
from benchmarks.federation.subgraphs import UnknownJoinError, moved, subgraphs_of


def test_each_subgraph_has_its_own_part(given: Given) -> None:
    found = {one.name: one.sdl for one in subgraphs_of(given.supergraph)}

    assert list(found) == ["accounts", "inventory", "products", "reviews"]
    assert found["inventory"].partition("\n\n")[2] == (
        'type Product @key(fields: "upc") {\n'
        "  upc: String!\n"
        "  price: Int @external\n"
        "  weight: Int @external\n"
        "  inStock: Boolean\n"
        '  shippingEstimate: Int @requires(fields: "price weight")\n'
        "}\n"
    )
    assert '  author: User @provides(fields: "username")\n' in found["reviews"]
    assert "  username: String @external\n" in found["reviews"]
    assert "  topProducts(first: Int = 5): [Product]\n" in found["products"]
    assert "@shareable" not in found["accounts"].partition("\n\n")[2]


def test_what_several_resolve_is_shareable() -> None:
    supergraph = """
    enum join__Graph { A @join__graph(name: "a", url: "x") B @join__graph(name: "b", url: "y") }
    type Thing @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
      id: ID!
      both: Int
      named: Int @join__field(graph: A) @join__field(graph: B)
      one: Int @join__field(graph: A) @join__field(graph: B, external: true)
    }
    """
    assert subgraphs_of(supergraph)[0].sdl.partition("\n\n")[2] == (
        'type Thing @key(fields: "id") {\n  id: ID!\n  both: Int @shareable\n  named: Int @shareable\n  one: Int\n}\n'
    )


def test_subgraphs_move(given: Given) -> None:
    names = [one.name for one in subgraphs_of(given.supergraph)]
    there = moved(given.supergraph, {name: f"http://127.0.0.1:1/{name}" for name in names})
    assert [one.url for one in subgraphs_of(there)] == [f"http://127.0.0.1:1/{name}" for name in names]
    assert "stubs.test" not in there


@pytest.mark.parametrize(
    "definition",
    [
        'type Thing @join__type(graph: A, key: "id", isInterfaceObject: true) { id: ID! }',
        'type Thing @join__type(graph: A) { id: ID! @join__field(graph: A, override: "b") }',
        "interface Thing @join__type(graph: A) { id: ID! }",
        "type Thing implements Other @join__type(graph: A) { id: ID! }",
    ],
)
def test_what_is_not_understood_is_refused(definition: str) -> None:
    with pytest.raises(UnknownJoinError, match="Thing"):
        subgraphs_of(f'enum join__Graph {{ A @join__graph(name: "a", url: "x") }} {definition}')
