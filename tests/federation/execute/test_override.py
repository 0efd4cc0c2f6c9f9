"""`@override`: a field that has moved is asked of whom it moved to, on every path."""

from __future__ import annotations

from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph

TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) {
  clinics: [Clinic] @join__field(graph: B)
  places: [Place] @join__field(graph: B)
  count: Int @join__field(graph: A, override: "b")
}
interface Place @join__type(graph: A) @join__type(graph: B) { id: ID! name: String }
type Clinic implements Place @join__implements(graph: A, interface: "Place") @join__implements(graph: B, interface: "Place")
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: A, override: "b") @join__field(graph: B, usedOverridden: true)
  beds: Int @join__field(graph: A, override: "b")
  doctors: Int @join__field(graph: B)
}
type School implements Place @join__implements(graph: B, interface: "Place") @join__type(graph: B, key: "id") {
  id: ID! name: String
}
"""


def moved() -> Federation:
    clinic = {"__typename": "Clinic", "id": "1", "name": "old", "beds": 1, "doctors": 2}
    school = {"__typename": "School", "id": "2", "name": "No. 2"}
    interface = "interface Place { id: ID! name: String }"
    return Federation(
        TYPES,
        {
            "a": Subgraph(
                f"type Query {{ count: Int }} {interface} type Clinic implements Place {{ id: ID! name: String beds: Int }}",
                {"count": 7},
                {"Clinic": lambda one: {"id": one["id"], "name": "new", "beds": 40}},
            ),
            "b": Subgraph(
                f"""
                type Query {{ clinics: [Clinic] places: [Place] count: Int }} {interface}
                type Clinic implements Place {{ id: ID! name: String beds: Int doctors: Int }}
                type School implements Place {{ id: ID! name: String }}
                """,
                {"clinics": [clinic], "places": [clinic, school], "count": 1},
                {"Clinic": lambda one: {**clinic, **one}},
            ),
        },
    )


def test_a_field_that_moved_is_asked_of_its_new_subgraph() -> None:
    federation = moved()
    assert federation.ask("{ clinics { beds doctors } }").data == {"clinics": [{"beds": 40, "doctors": 2}]}
    assert "beds" not in federation.subgraphs["b"].asked[0][0]


def test_a_root_field_that_moved_is_asked_of_its_new_subgraph() -> None:
    federation = moved()
    assert federation.ask("{ count }").data == {"count": 7}
    assert not federation.subgraphs["b"].asked


def test_what_the_old_one_still_knows_is_not_asked_of_it() -> None:
    assert moved().ask("{ clinics { name } }").data == {"clinics": [{"name": "new"}]}


def test_a_field_of_an_interface_that_moved_for_one_of_its_types_is_asked_by_type() -> None:
    told = moved().ask("{ places { name ... on Clinic { beds } } }")
    assert told.data == {"places": [{"name": "new", "beds": 40}, {"name": "No. 2"}]}
