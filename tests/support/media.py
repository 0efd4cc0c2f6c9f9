"""A graph with an interface object, for attacks: `a` knows of which type each medium is, `b` likes and scores them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph

MEDIA = """
type Query @join__type(graph: A) @join__type(graph: B) { media: [Media] @join__field(graph: B) }
interface Media @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true) {
  id: ID!
  secret: String @join__field(graph: A) @join__field(graph: B, external: true)
  score: String @join__field(graph: B, requires: "secret")
  likes: Int @join__field(graph: B)
}
type Book implements Media @join__type(graph: A, key: "id") @join__implements(graph: A, interface: "Media") {
  id: ID! secret: String @join__field(graph: A) score: String @join__field likes: Int @join__field
}
type Film implements Media @join__type(graph: A, key: "id") @join__implements(graph: A, interface: "Media") {
  id: ID! secret: String @join__field(graph: A) score: String @join__field likes: Int @join__field
}
"""


def media(policy: str, **more: Any) -> Federation:
    kinds = {"m1": "Book", "m2": "Film"}
    return Federation(
        MEDIA,
        {
            "a": register(kinds),
            "b": Subgraph(
                "type Query { media: [Media] } type Media { id: ID! secret: String score: String likes: Int }",
                {"media": [{"id": one, "likes": 5} for one in kinds]},
                {"Media": lambda it: {"id": it["id"], "likes": 5, "score": f"of {it.get('secret')}"}},
            ),
        },
        policy,
        **more,
    )


def register(kinds: dict[str, str]) -> Subgraph:
    """The subgraph that knows of which type each is."""

    def known(it: Mapping[str, Any]) -> dict[str, str]:
        return {"__typename": kinds[it["id"]], "id": it["id"], "secret": f"s-{it['id']}"}

    one = Subgraph(
        """
        type Query { x: Int }
        interface Media { id: ID! secret: String }
        type Book implements Media { id: ID! secret: String }
        type Film implements Media { id: ID! secret: String }
        """,
        entities=(finds := {"Book": known, "Film": known}),
    )
    finds["Media"] = known  # asked for by the interface's name, and no member of the union
    return one
