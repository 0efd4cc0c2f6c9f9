"""A town as a federated graph, for attacks: people in two areas, a register, and a clinic that computes.

`a` is the register, the bureau's. `b` is the clinic's system: an organisation of its own where a test says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph

HERE: Final = "310115016003"
THERE: Final = "310104001001"
PEOPLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "p1": {"id": "p1", "name": "Ann", "phone": "13800000001", "area": HERE},
    "p2": {"id": "p2", "name": "Bob", "phone": "13800000002", "area": THERE},
    "p3": {"id": "p3", "name": "Cat", "phone": "13800000003", "area": HERE},
}
SECRETS: Final = ("Bob", "13800000002", "p2")
TYPES: Final = """
type Query @join__type(graph: A) @join__type(graph: B) {
  people: [Person] @join__field(graph: A)
  search(name: String, first: Int): [Person] @join__field(graph: A)
  page(name: String): Page @join__field(graph: A)
  visits: [Visit] @join__field(graph: B)
}
type Page @join__type(graph: A) { edges: [Edge] }
type Edge @join__type(graph: A) { node: Person }
type Person @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: A) @join__field(graph: B, external: true)
  phone: String @join__field(graph: A) @join__field(graph: B, external: true)
  area: String @join__field(graph: A)
  friend: Person @join__field(graph: A) @join__field(graph: B, external: true)
  score: String @join__field(graph: B, requires: "phone")
  rank: String @join__field(graph: B, requires: "score")
  reach: String @join__field(graph: B, requires: "friend { phone }")
  nick: String @join__field(graph: B)
}
type Visit @join__type(graph: B, key: "id") {
  id: ID!
  of: Person @join__field(graph: B, provides: "phone")
}
"""
REGISTER: Final = """
type Query { people: [Person] search(name: String, first: Int): [Person] page(name: String): Page }
type Page { edges: [Edge] }
type Edge { node: Person }
type Person { id: ID! name: String phone: String area: String friend: Person }
"""
CLINIC: Final = """
type Query { visits: [Visit] }
type Person { id: ID! name: String phone: String friend: Person score: String rank: String reach: String nick: String }
type Visit { id: ID! of: Person }
"""


def person(key: str) -> dict[str, Any]:
    """A person as the register has them; everybody's friend is the next."""
    following = {"p1": "p2", "p2": "p3", "p3": "p1"}[key]
    return {**PEOPLE[key], "friend": lambda: person(following)}


def people(name: str | None = None, first: int | None = None) -> list[dict[str, Any]]:
    """Those of a name, or all."""
    return [person(key) for key, one in PEOPLE.items() if name in {None, one["name"]}][:first]


def register() -> Subgraph:
    """The system of the bureau."""
    root = {
        "people": people,
        "search": people,
        "page": lambda name=None: {"edges": [{"node": one} for one in people(name)]},
    }
    return Subgraph(REGISTER, root, {"Person": lambda one: person(one["id"]) if one["id"] in PEOPLE else None})


def clinic() -> Subgraph:
    """The system that computes: each of its values gives away what it was told."""
    root = {"visits": [{"id": f"v{key}", "of": {"id": key, "phone": one["phone"]}} for key, one in PEOPLE.items()]}
    return Subgraph(CLINIC, root, {"Person": _computed})


def _computed(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": told["id"],
        "nick": f"nick of {told['id']}",
        "score": f"score of {told.get('phone')}",
        "rank": f"rank of {told.get('score')}",
        "reach": f"reach of {(told.get('friend') or {}).get('phone')}",
    }


def town(policy: str, **more: Any) -> Federation:
    """The graph under a policy: people are data subjects and lie in areas."""
    settings: dict[str, Any] = {
        "subjects": {"Person": "id"},
        "areas": {"Person": "area"},
        "masks": {"Person.phone": ["redact"], "Person.name": ["name-partial", "redact"]},
    }
    return Federation(TYPES, {"a": register(), "b": clinic()}, policy, **{**settings, **more})


def lines(*said: str) -> str:
    """Policy lines, each as `coordinate` or `rows coordinate [action [shown]]`."""
    text = []
    for one in said:
        words = one.split()
        rows, coordinate, action, shown = words if len(words) == 4 else (*words, *("read", "plain")[len(words) - 2 :])
        text.append(f"p, any, {rows}, {coordinate}, {action}, any, any, allow, {shown}\n")
    return "".join(text)


def told(subgraph: Subgraph) -> list[Mapping[str, Any]]:
    """All representations that a subgraph was sent."""
    found: list[Mapping[str, Any]] = []
    for _, variables in subgraph.asked:
        for value in variables.values():
            found += value if isinstance(value, list) and all(isinstance(one, dict) for one in value) else []
    return found


def sent(subgraphs: Sequence[Subgraph]) -> str:
    """Everything that subgraphs were asked, as text."""
    return str([one.asked for one in subgraphs])
