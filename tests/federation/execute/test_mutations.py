"""Mutations: one after the other, each once, whichever subgraph does them; what they lead to is fetched as always."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import FailureKind, SourceError
from federation.errors import Code, Refusal
from tests.support.federating import OPEN, Federation
from tests.support.subgraphs import Subgraph

WRITE = OPEN + "".join(
    f"p, any, any, Mutation.{act}, write, any, any, allow, plain\n" for act in ("open", "close", "note", "count")
)
TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) { case(id: ID!): Case @join__field(graph: A) }
type Mutation @join__type(graph: A) @join__type(graph: B) {
  open(title: String!): Case @join__field(graph: A)
  close(id: ID!): Case @join__field(graph: A)
  note(id: ID!, text: String): Case @join__field(graph: B)
  count: Int @join__field(graph: B)
}
type Case @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  title: String @join__field(graph: A)
  notes: [String] @join__field(graph: B)
}
"""


class Desk:
    """Two subgraphs that keep in one journal what they did, in the order in which they did it."""

    def __init__(self, *, policy: str = WRITE) -> None:
        self.journal: list[str] = []
        self.notes: dict[str, list[str]] = {}
        self.federation = Federation(
            TYPES,
            {
                "a": Subgraph(
                    """
                    type Query { case(id: ID!): Case }
                    type Mutation { open(title: String!): Case close(id: ID!): Case }
                    type Case { id: ID! title: String }
                    """,
                    {"open": self._open, "close": self._close},
                    {"Case": lambda one: {"id": one["id"], "title": f"case {one['id']}"}},
                ),
                "b": Subgraph(
                    """
                    type Query { x: Int }
                    type Mutation { note(id: ID!, text: String): Case count: Int }
                    type Case { id: ID! notes: [String] }
                    """,
                    {"note": self._note, "count": self._count},
                    {"Case": lambda one: {"id": one["id"], "notes": list(self.notes.get(one["id"], []))}},
                ),
            },
            policy=policy,
        )

    def _open(self, title: str) -> dict[str, Any]:
        self.journal.append(f"open {title}")
        return {"id": title, "title": title}

    def _close(self, id: str) -> dict[str, Any]:  # noqa: A002  (the argument's name)
        self.journal.append(f"close {id}")
        raise ValueError("secret of the desk")

    def _note(self, id: str, text: str) -> dict[str, Any]:  # noqa: A002  (the argument's name)
        self.journal.append(f"note {id} {text}")
        self.notes.setdefault(id, []).append(text)
        return {"id": id, "notes": list(self.notes[id])}

    def _count(self) -> int:
        self.journal.append("count")
        return sum(map(len, self.notes.values()))


def test_they_are_done_in_the_order_in_which_they_stand() -> None:
    desk = Desk()
    told = desk.federation.ask(
        """
        mutation ($t: String!) {
          a: note(id: "1", text: "x") { id }
          open(title: $t) { title }
          b: note(id: "1", text: "y") { id }
          count
        }
        """,
        {"t": "1"},
    )
    assert desk.journal == ["note 1 x", "open 1", "note 1 y", "count"]
    assert told.data == {"a": {"id": "1"}, "open": {"title": "1"}, "b": {"id": "1"}, "count": 2}


def test_one_that_stands_twice_is_done_twice() -> None:
    desk = Desk()
    told = desk.federation.ask(
        'mutation { a: note(id: "1", text: "x") { notes } b: note(id: "1", text: "x") { notes } }'
    )
    assert desk.journal == ["note 1 x", "note 1 x"]
    assert told.data == {"a": {"notes": ["x"]}, "b": {"notes": ["x", "x"]}}


def test_what_it_leads_to_is_fetched_before_the_next_is_done() -> None:
    desk = Desk()
    told = desk.federation.ask(
        'mutation { open(title: "1") { title notes } note(id: "1", text: "x") { title notes } after: open(title: "1") { notes } }'
    )
    assert told.data == {
        "open": {"title": "1", "notes": []},
        "note": {"title": "case 1", "notes": ["x"]},
        "after": {"notes": ["x"]},
    }
    assert all(query.startswith("query") for query, _ in desk.federation.subgraphs["a"].asked if "_entities" in query)


def test_one_that_fails_leaves_the_others() -> None:
    desk = Desk()
    told = desk.federation.ask(
        'mutation { a: note(id: "1", text: "x") { id } close(id: "1") { id title } b: note(id: "1", text: "y") { notes } }'
    )
    assert desk.journal == ["note 1 x", "close 1", "note 1 y"]
    assert told.data == {"a": {"id": "1"}, "close": None, "b": {"notes": ["x", "y"]}}
    assert [(one.code, one.source, one.coordinate) for one in told.failures] == [
        (Code.SOURCE_ERROR, "a", "Mutation.close")
    ]
    assert "secret" not in str(told.failures)


def test_one_whose_subgraph_can_not_be_reached_is_not_tried_again() -> None:
    desk = Desk()
    desk.federation.subgraphs["a"].failing = SourceError("a", FailureKind.TIMEOUT, "late")
    told = desk.federation.ask('mutation { open(title: "1") { title } note(id: "1", text: "x") { id } }')
    assert told.data == {"open": None, "note": {"id": "1"}}
    assert len(desk.federation.subgraphs["a"].asked) == 1
    assert [one.code for one in told.failures] == [Code.SOURCE_TIMEOUT]


def test_what_is_not_permitted_keeps_all_from_being_done() -> None:
    desk = Desk(policy=OPEN + "p, any, any, Mutation.note, write, any, any, allow, plain\n")
    with pytest.raises(Refusal) as refused:
        desk.federation.ask('mutation { note(id: "1", text: "x") { id } open(title: "1") { title } }')
    assert refused.value.code is Code.ACT_REFUSED
    assert not desk.journal


def test_a_typename_beside_an_act() -> None:
    desk = Desk()
    assert desk.federation.ask("mutation { __typename count }").data == {"__typename": "Mutation", "count": 0}


def test_what_is_skipped_is_not_done() -> None:
    desk = Desk()
    document = 'mutation ($s: Boolean!) { note(id: "1", text: "x") @skip(if: $s) { id } count }'
    assert desk.federation.ask(document, {"s": True}).data == {"count": 0}
    assert desk.journal == ["count"]
