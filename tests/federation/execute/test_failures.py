"""What goes wrong in one subgraph costs its own fields, is told by coordinate and path, and says nothing of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.errors import FailureKind, SourceError
from connectors.remote import RemoteError, Reply
from federation.errors import Code
from federation.execute.failures import Failure
from tests.support.federating import Federation, Told
from tests.support.subgraphs import Subgraph

ROWS: list[dict[str, Any]] = [{"id": "1", "name": "Ann", "tags": ["x"]}, {"id": "2", "name": "Bo", "tags": []}]


def clinic() -> Federation:
    def doctor(one: Any) -> dict[str, Any]:
        return {"id": one["id"], "room": int(one["id"]) * 10, "shifts": [{"day": "Mon"}, {"day": "Tue"}]}

    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { clinic: Clinic @join__field(graph: A) }
        type Clinic @join__type(graph: A) { name: String doctors: [Doctor] }
        type Doctor @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          name: String @join__field(graph: A)
          tags: [String] @join__field(graph: A)
          room: Int @join__field(graph: B)
          shifts: [Shift] @join__field(graph: B)
        }
        type Shift @join__type(graph: B) { day: String }
        """,
        {
            "a": Subgraph(
                """
                type Query { clinic: Clinic }
                type Clinic { name: String doctors: [Doctor] }
                type Doctor { id: ID! name: String tags: [String] }
                """,
                {"clinic": {"name": "North", "doctors": ROWS}},
                {"Doctor": lambda one: one},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Doctor { id: ID! room: Int shifts: [Shift] } type Shift { day: String }",
                entities={"Doctor": doctor},
            ),
        },
    )


DOCUMENT = "{ clinic { name staff: doctors { name tags room shifts { day } } } }"
AT = ("clinic", "staff")
SECRET = "310115199001011234"


def asked(name: str, change: Callable[[Any], Any]) -> Told:
    """The question, where a subgraph's data are changed on the way."""
    federation = clinic()

    def answering(reply: Reply) -> Reply:
        return Reply(change(reply.data), reply.errors)

    federation.subgraphs[name].answering = answering
    told = federation.ask(DOCUMENT)
    assert SECRET not in str(told.failures)
    return told


def put(*path: str | int, value: object = SECRET) -> Callable[[Any], Any]:
    """Puts something else at a place of the data."""

    def change(data: Any) -> Any:
        at = data
        for one in path[:-1]:
            at = at[one]
        at[path[-1]] = value
        return data

    return change


def with_entities(find: Callable[[Any], Any]) -> Federation:
    """The clinic, where B finds doctors in another way."""
    federation = clinic()
    federation.subgraphs["b"].entities = {"Doctor": find}
    return federation


def staff(told: Told, field: str) -> list[Any]:
    return [one[field] for one in told.data["clinic"]["staff"]]


@pytest.mark.parametrize("kind", FailureKind)
def test_a_subgraph_that_can_not_be_asked(kind: FailureKind) -> None:
    federation = clinic()
    federation.subgraphs["b"].failing = SourceError("b", kind, SECRET)
    told = federation.ask(DOCUMENT)
    assert staff(told, "name") == ["Ann", "Bo"]
    assert staff(told, "room") == staff(told, "shifts") == [None, None]
    assert {one.coordinate for one in told.failures} == {"Doctor.room", "Doctor.shifts"}
    assert all(one.source == "b" and one.path == AT and one.code.name.startswith("SOURCE_") for one in told.failures)
    assert SECRET not in str(told.failures)


def test_one_at_the_root_leaves_nothing_to_ask_others_for() -> None:
    federation = clinic()
    federation.subgraphs["a"].failing = SourceError("a", FailureKind.UNAVAILABLE, "down")
    told = federation.ask(DOCUMENT)
    assert told.data == {"clinic": None}
    assert told.failures == [Failure(Code.SOURCE_UNAVAILABLE, "a", "Query.clinic", ())]
    assert not federation.subgraphs["b"].asked


def test_an_error_at_a_path_is_told_without_its_words() -> None:
    def failing(one: Any) -> Any:
        if one["id"] == "1":
            return ValueError(SECRET)  # which graphql-core raises at this item
        return {"id": "2", "room": 20}

    told = with_entities(failing).ask(DOCUMENT)
    assert staff(told, "room") == [None, 20]
    assert [(one.code, one.source, one.path) for one in told.failures] == [(Code.SOURCE_ERROR, "b", AT)]
    assert SECRET not in str(told.failures)


def test_an_error_below_an_entity_names_the_field() -> None:
    def late(**_: Any) -> Any:
        raise ValueError(SECRET)

    told = with_entities(lambda one: {"id": one["id"], "room": late, "shifts": [{"day": late}]}).ask(DOCUMENT)
    assert staff(told, "room") == [None, None]
    assert staff(told, "shifts") == [[{"day": None}], [{"day": None}]]
    assert {(one.code, one.coordinate) for one in told.failures} == {
        (Code.SOURCE_ERROR, "Doctor.room"),
        (Code.SOURCE_ERROR, "Shift.day"),
    }
    assert {one.path for one in told.failures} == {AT}  # down to the first list


@pytest.mark.parametrize(("code", "expected"), [("FORBIDDEN", Code.SOURCE_REFUSED), (SECRET, Code.SOURCE_ERROR)])
def test_an_error_s_code_is_one_of_ours(code: str, expected: Code) -> None:
    federation = clinic()
    path = ("_entities", 0, "room")
    federation.subgraphs["b"].answering = lambda reply: Reply(reply.data, (RemoteError(path, code),))
    told = federation.ask(DOCUMENT)
    assert told.failures == [Failure(expected, "b", "Doctor.room", AT)]
    assert staff(told, "room") == [10, 20]


@pytest.mark.parametrize(
    "path",
    [(), ("nowhere", SECRET), ("_entities", 99, "room", "deeper"), ("_entities", 0, SECRET), (SECRET,)],
)
def test_an_error_at_a_path_that_does_not_exist_is_told_where_it_can_be(path: tuple[str | int, ...]) -> None:
    federation = clinic()
    federation.subgraphs["b"].answering = lambda reply: Reply(reply.data, (RemoteError(path, ""),))
    told = federation.ask(DOCUMENT)
    (one,) = told.failures
    assert (one.code, one.source, one.path) == (Code.SOURCE_ERROR, "b", AT)
    assert SECRET not in str(one)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("room",), SECRET, "Doctor.room"),
        (("room",), True, "Doctor.room"),
        (("room",), 2**31, "Doctor.room"),
        (("room",), [1], "Doctor.room"),
        (("room",), {"a": 1}, "Doctor.room"),
        (("room",), 1.5, "Doctor.room"),
        (("shifts",), {"day": SECRET}, "Doctor.shifts"),
        (("shifts",), SECRET, "Doctor.shifts"),
        (("shifts",), [SECRET], "Doctor.shifts"),
        (("shifts",), [[{"day": "Mon"}]], "Doctor.shifts"),
        (("shifts", 0, "day"), 7, "Shift.day"),
        (("shifts", 0, "day"), [SECRET], "Shift.day"),
        (("shifts", 0), {}, "Shift.day"),
    ],
)
def test_what_is_not_what_was_asked_for_is_not_shown(path: tuple[str | int, ...], value: object, field: str) -> None:
    told = asked("b", put("_entities", 0, *path, value=value))
    assert told.failures == [Failure(Code.SOURCE_INVALID, "b", field, AT)]
    assert staff(told, "name") == ["Ann", "Bo"]
    if field == "Doctor.room":
        assert staff(told, "room") == [None, None]
        assert staff(told, "shifts") == [[{"day": "Mon"}, {"day": "Tue"}]] * 2
    elif field == "Doctor.shifts":
        assert staff(told, "room") == [10, 20]
        assert staff(told, "shifts") == [None, None]
    else:
        assert staff(told, "room") == [10, 20]
        assert staff(told, "shifts") == [[{"day": None}, {"day": None}]] * 2


def test_a_field_that_is_missing_is_told() -> None:
    def without(data: Any) -> Any:
        del data["_entities"][1]["room"]
        return data

    told = asked("b", without)
    assert told.failures == [Failure(Code.SOURCE_INVALID, "b", "Doctor.room", AT)]
    assert staff(told, "shifts") == [[{"day": "Mon"}, {"day": "Tue"}]] * 2


@pytest.mark.parametrize(
    "change",
    [
        lambda data: {"_entities": data["_entities"][:1]},
        lambda data: {"_entities": [*data["_entities"], data["_entities"][0]]},
        lambda data: {"_entities": data["_entities"][0]},
        lambda _: {"_entities": SECRET},
        lambda _: {"_entities": None},
        lambda _: {},
        lambda _: None,
    ],
)
def test_another_number_of_entities_than_were_asked_for_is_none(change: Callable[[Any], Any]) -> None:
    told = asked("b", change)
    assert staff(told, "room") == staff(told, "shifts") == [None, None]
    assert staff(told, "name") == ["Ann", "Bo"]
    assert {(one.code, one.source, one.coordinate, one.path) for one in told.failures} == {
        (Code.SOURCE_INVALID, "b", "Doctor.room", AT),
        (Code.SOURCE_INVALID, "b", "Doctor.shifts", AT),
    }


def test_an_entity_that_is_no_object_is_not_there() -> None:
    told = asked("b", put("_entities", 0))
    assert staff(told, "room") == [None, 20]


@pytest.mark.parametrize(
    "change",
    [
        put("clinic"),
        put("clinic", value=[{"name": SECRET}]),
        put("clinic", value=7),
        lambda _: {},
        lambda _: None,
    ],
)
def test_a_root_that_is_not_what_was_asked_for_is_null(change: Callable[[Any], Any]) -> None:
    told = asked("a", change)
    assert told.data == {"clinic": None}
    assert told.failures == [Failure(Code.SOURCE_INVALID, "a", "Query.clinic", ())]


def test_a_list_that_is_none_costs_the_list() -> None:
    told = asked("a", put("clinic", "doctors", value={"id": SECRET}))
    assert told.data == {"clinic": {"name": "North", "staff": None}}
    assert told.failures == [Failure(Code.SOURCE_INVALID, "a", "Clinic.doctors", ("clinic",))]


def test_a_list_of_leaves_holds_leaves() -> None:
    told = asked("a", put("clinic", "doctors", 0, "tags", value=[SECRET, ["y"]]))
    assert staff(told, "tags") == [None, None]
    assert told.failures == [Failure(Code.SOURCE_INVALID, "a", "Doctor.tags", AT)]


def test_null_is_no_failure() -> None:
    told = asked("a", put("clinic", value=None))
    assert told.data == {"clinic": None}
    assert not told.failures


def test_what_was_not_asked_for_is_not_shown() -> None:
    told = asked("a", put("clinic", "phone"))
    assert SECRET not in str(told.data)
    assert not told.failures


def test_failures_are_bounded() -> None:
    federation = clinic()
    errors = [RemoteError(("clinic", "doctors", number), "") for number in range(10_000)]
    federation.subgraphs["a"].answering = lambda reply: Reply(reply.data, tuple(errors))
    told = federation.ask(DOCUMENT)
    assert told.failures == [Failure(Code.SOURCE_ERROR, "a", "Clinic.doctors", AT)]
