"""Ways between subgraphs: by which keys, in how many requests, and what fields cost from where an object is."""

from __future__ import annotations

from graphql import parse

from federation.document.operation import Field
from federation.plan.federated.asks import Asks
from federation.plan.federated.paths import FREE, Cost, Paths, provided_below
from federation.schema.field_set import FieldSet, field_set
from federation.schema.join_graph import FieldIn, read_join_graph


def paths(types: str, graphs: str = "abcd") -> tuple[Paths, Asks]:
    values = "".join(f'{one.upper()} @join__graph(name: "{one}", url: "http://{one}")\n' for one in graphs)
    graph = read_join_graph(parse(f"enum join__Graph {{ {values} }} {types}", no_location=True))
    asks = Asks(graph)
    return Paths(graph, asks), asks


CHAIN = """
type T @join__type(graph: A, key: "a") @join__type(graph: B, key: "a") @join__type(graph: B, key: "b")
  @join__type(graph: C, key: "b") @join__type(graph: C, key: "c") @join__type(graph: D, key: "c", resolvable: false) {
  a: ID @join__field(graph: A) @join__field(graph: B)
  b: ID @join__field(graph: B) @join__field(graph: C)
  c: ID @join__field(graph: C) @join__field(graph: D)
  inC: Int @join__field(graph: C)
  inD: Int @join__field(graph: D)
  inB: Int @join__field(graph: B)
  told: Int @join__field(graph: B, requires: "inC")
}
"""


def test_hops_count_requests_one_after_the_other() -> None:
    found = paths(CHAIN)[0].hops("T", frozenset("a"))
    assert {graph: (hop.steps, hop.key.fields) for graph, hop in found.items()} == {
        "b": (1, field_set("a")),
        "c": (2, field_set("b")),
    }


def test_a_key_that_is_not_resolvable_is_no_hop_in_but_a_way_out() -> None:
    known, _ = paths(CHAIN)
    assert "d" not in known.hops("T", frozenset("c"))
    assert {graph: hop.steps for graph, hop in known.hops("T", frozenset("d")).items()} == {"c": 1, "b": 2, "a": 3}


def test_what_two_subgraphs_have_together_may_be_a_key() -> None:
    known, _ = paths(
        """
        type T @join__type(graph: A, key: "a") @join__type(graph: B, key: "a") @join__type(graph: C, key: "a b") {
          a: ID b: ID @join__field(graph: B) @join__field(graph: C) x: Int @join__field(graph: C)
        }
        """
    )
    assert {graph: hop.steps for graph, hop in known.hops("T", frozenset("a")).items()} == {"b": 1, "c": 2}


def test_a_key_that_only_the_other_side_knows_leads_nowhere() -> None:
    known, _ = paths(
        'type T @join__type(graph: A) @join__type(graph: B, key: "id") { x: Int @join__field(graph: A) id: ID @join__field(graph: B) }'
    )
    assert not known.hops("T", frozenset("a"))


def test_an_external_key_can_not_be_given() -> None:
    known, _ = paths(
        'type T @join__type(graph: A) @join__type(graph: B, key: "id") { id: ID @join__field(graph: A, external: true) @join__field(graph: B) }'
    )
    assert not known.hops("T", frozenset("a"))


def test_keys_that_need_each_other_end() -> None:
    """Each key is below an object of the other type: the search meets itself, and stops."""
    known, _ = paths(
        """
        type T @join__type(graph: A, key: "u { id }") @join__type(graph: B, key: "u { id }") { u: U }
        type U @join__type(graph: A, key: "t { u { id } }") @join__type(graph: B, key: "t { u { id } }") {
          t: T id: ID @join__field(graph: B)
        }
        """
    )
    assert not known.hops("T", frozenset("a"))
    assert set(known.hops("T", frozenset("b"))) == {"a"}


def cost(text: str, graph: str = "a", provided: FieldSet = ()) -> Cost:
    known, asks = paths(CHAIN)
    return known.cost("T", graph, asks.of("T", field_set(text)), provided)


def test_costs_count_requests_and_what_can_not_be_had() -> None:
    assert cost("a __typename") == FREE
    assert cost("inB") == Cost(0, 1)
    assert cost("inC") == Cost(0, 2)
    assert cost("inD") == Cost(1, 0)
    assert cost("inD", "d") == FREE


def test_a_subgraph_that_is_entered_is_entered_once() -> None:
    assert cost("b inB") == Cost(0, 1)


def test_what_must_be_told_first_takes_a_request_more() -> None:
    assert cost("told").steps > cost("inB").steps


def test_what_the_subgraph_does_not_have_at_all_is_missed() -> None:
    known, asks = paths("type T @join__type(graph: A) { x: Int }")
    assert known.cost("T", "b", asks.of("T", field_set("x"))) == Cost(1, 0)


def test_what_is_provided_is_had_here() -> None:
    known, asks = paths(
        """
        type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID x: Int @join__field(graph: A, external: true) @join__field(graph: B)
        }
        """
    )
    fields = asks.of("T", field_set("x"))
    assert known.cost("T", "a", fields) == Cost(0, 1)
    assert known.cost("T", "a", fields, field_set("x")) == FREE
    inside = known.graph.types["T"].inside["a"]
    assert known.resolves(inside, "x") is None
    assert known.resolves(inside, "x", field_set("x")) is not None
    assert known.resolves(inside, "nothing") is None


def test_what_is_provided_goes_on_below() -> None:
    known = FieldIn("T", "T", provides=field_set("a"))
    assert provided_below("t", known, field_set("t { b } u { c }")) == field_set("a b")


def test_what_is_provided_may_be_of_some_types_only() -> None:
    known, _ = paths(
        """
        interface I @join__type(graph: A) { x: Int }
        type T implements I @join__implements(graph: A, interface: "I") @join__type(graph: A) { x: Int }
        type U @join__type(graph: A) { x: Int }
        """
    )
    provided = field_set("... on I { x } ... on U { x }")
    assert [one.on for one in known.provided("T", provided)] == [("I",)]
    assert [one.on for one in known.provided("U", provided)] == [("U",)]


def test_a_question_s_fields_and_a_set_s_cost_the_same() -> None:
    known, asks = paths(CHAIN)
    asked = (Field("k", "inC", (), "Int", many=False),)
    assert known.cost("T", "a", asked) == known.cost("T", "a", asks.of("T", field_set("inC")))
