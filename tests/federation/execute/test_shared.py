"""What several subgraphs have in common: value types, split among them, and lists that must meet."""

from __future__ import annotations

from connectors.errors import FailureKind, SourceError
from federation.errors import Code
from federation.execute.failures import Failure
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph


def shared() -> Federation:
    """Both have the city and its districts; neither has all of their fields, and they have no keys."""
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { city(tier: Int): City districts: [District] grid: [[District]] }
        type City @join__type(graph: A) @join__type(graph: B) {
          name: String @join__field(graph: A) people: Int @join__field(graph: B) code: String center: Point
        }
        type Point @join__type(graph: A) @join__type(graph: B) {
          x: Int @join__field(graph: A) y: Int @join__field(graph: B)
        }
        type District @join__type(graph: A) @join__type(graph: B) {
          name: String @join__field(graph: A) people: Int @join__field(graph: B)
        }
        """,
        {
            "a": Subgraph(
                """
                type Query { city(tier: Int): City districts: [District] grid: [[District]] }
                type City { name: String code: String center: Point }
                type Point { x: Int }
                type District { name: String }
                """,
                {
                    "city": lambda tier=1: {"name": f"Shanghai {tier}", "code": "31", "center": {"x": 3}},
                    "districts": [{"name": "Pudong"}, {"name": "Xuhui"}, None],
                    "grid": [[{"name": "Pudong"}], None, [None, {"name": "Xuhui"}]],
                },
            ),
            "b": Subgraph(
                """
                type Query { city(tier: Int): City districts: [District] grid: [[District]] }
                type City { people: Int code: String center: Point }
                type Point { y: Int }
                type District { people: Int }
                """,
                {
                    "city": lambda tier=1: {"people": 25 * tier, "code": "31", "center": {"y": 4}},
                    "districts": [{"people": 5}, {"people": 1}, None],
                    "grid": [[{"people": 5}], None, [None, {"people": 1}]],
                },
            ),
        },
    )


def test_the_fields_of_a_shared_object_are_split_among_those_who_have_them() -> None:
    federation = shared()
    told = federation.ask("{ city { people name code center { y x } } }")
    assert told.data == {
        "city": {"people": 25, "name": "Shanghai 1", "code": "31", "center": {"y": 4, "x": 3}},
    }
    assert all(len(one.asked) == 1 for one in federation.subgraphs.values())


def test_one_subgraph_that_has_it_all_is_enough() -> None:
    federation = shared()
    assert federation.ask("{ city { name code } }").data == {"city": {"name": "Shanghai 1", "code": "31"}}
    assert not federation.subgraphs["b"].asked


def test_arguments_go_to_each_of_them() -> None:
    told = shared().ask("query ($t: Int) { city(tier: $t) { people name } first: city { people name } }", {"t": 2})
    assert told.data == {
        "city": {"people": 50, "name": "Shanghai 2"},
        "first": {"people": 25, "name": "Shanghai 1"},
    }


def test_the_root_says_its_name_beside_data_and_alone() -> None:
    federation = shared()
    assert federation.ask("{ root: __typename }").data == {"root": "Query"}
    assert not any(one.asked for one in federation.subgraphs.values())
    assert federation.ask("{ __typename city { code } }").data == {"__typename": "Query", "city": {"code": "31"}}


def test_lists_meet_object_by_object() -> None:
    told = shared().ask("{ districts { name people } }")
    assert told.data == {"districts": [{"name": "Pudong", "people": 5}, {"name": "Xuhui", "people": 1}, None]}


def test_lists_of_lists_meet_too() -> None:
    told = shared().ask("{ grid { name people } }")
    assert told.data == {
        "grid": [[{"name": "Pudong", "people": 5}], None, [None, {"name": "Xuhui", "people": 1}]],
    }


def test_a_shorter_list_leaves_the_rest_unknown() -> None:
    federation = shared()
    federation.subgraphs["b"].root = {"districts": [{"people": 5}]}
    told = federation.ask("{ districts { name people } }")
    assert told.data == {"districts": [{"name": "Pudong", "people": 5}, {"name": "Xuhui", "people": None}, None]}


def test_one_that_has_nothing_takes_nothing_away() -> None:
    federation = shared()
    federation.subgraphs["b"].root = {"city": None}
    assert federation.ask("{ city { name people } }").data == {"city": {"name": "Shanghai 1", "people": None}}


def test_one_that_fails_costs_its_own_fields() -> None:
    federation = shared()
    federation.subgraphs["b"].failing = SourceError("b", FailureKind.TIMEOUT, "too late")
    told = federation.ask("{ city { name people } districts { people name } }")
    assert told.data == {
        "city": {"name": "Shanghai 1", "people": None},
        "districts": [{"people": None, "name": "Pudong"}, {"people": None, "name": "Xuhui"}, None],
    }
    assert {(one.code, one.source) for one in told.failures} == {(Code.SOURCE_TIMEOUT, "b")}


def test_the_first_that_fails_costs_its_own_fields_too() -> None:
    federation = shared()
    federation.subgraphs["a"].failing = SourceError("a", FailureKind.UNAVAILABLE, "down")
    told = federation.ask("{ city { name people } districts { people name } }")
    assert told.data == {
        "city": {"name": None, "people": 25},
        "districts": [{"people": 5, "name": None}, {"people": 1, "name": None}, None],
    }
    assert {(one.code, one.source) for one in told.failures} == {(Code.SOURCE_UNAVAILABLE, "a")}


def below_an_entity() -> Federation:
    """A value type below an entity: whoever is entered by the key has its own fields of it."""
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { residents: [Resident] @join__field(graph: A) }
        type Resident @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") { id: ID! home: Home }
        type Home @join__type(graph: A) @join__type(graph: B) {
          street: String @join__field(graph: A) post: String @join__field(graph: B)
        }
        """,
        {
            "a": Subgraph(
                "type Query { residents: [Resident] } type Resident { id: ID! home: Home } type Home { street: String }",
                {
                    "residents": [
                        {"id": "1", "home": {"street": "Fuzhou Road"}},
                        {"id": "2", "home": None},
                        {"id": "3", "home": {"street": "Yan'an Road"}},
                    ]
                },
                {"Resident": lambda one: one},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Resident { id: ID! home: Home } type Home { post: String }",
                entities={"Resident": lambda one: {"id": one["id"], "home": {"post": f"20000{one['id']}"}}},
            ),
        },
    )


def test_a_value_below_an_entity_is_completed_by_the_entity_s_key() -> None:
    told = below_an_entity().ask("{ residents { id home { street post } } }")
    assert told.data == {
        "residents": [
            {"id": "1", "home": {"street": "Fuzhou Road", "post": "200001"}},
            {"id": "2", "home": {"street": None, "post": "200002"}},
            {"id": "3", "home": {"street": "Yan'an Road", "post": "200003"}},
        ]
    }


def test_and_where_the_other_fails_its_part_is_null() -> None:
    federation = below_an_entity()
    federation.subgraphs["b"].failing = SourceError("b", FailureKind.OVERLOADED, "busy")
    told = federation.ask("{ residents { id home { street post } } }")
    assert [one["home"] for one in told.data["residents"]] == [
        {"street": "Fuzhou Road", "post": None},
        None,
        {"street": "Yan'an Road", "post": None},
    ]
    assert told.failures == [Failure(Code.SOURCE_OVERLOADED, "b", "Resident.home", ("residents",))]
