"""What steps ask alike is one list, in which each entity stands once; what is wrong with one costs who asked for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from connectors.remote import RemoteError, Reply
from federation.errors import Code
from tests.support.federating import OPEN, Federation, Told
from tests.support.subgraphs import Subgraph

DOCUMENT = "{ head { id phone } staff { id phone } night { id phone } }"


def clinic(staff: list[str], policy: str = OPEN, answering: Callable[[Reply], Reply] | None = None) -> Federation:
    def people(keys: list[str]) -> list[dict[str, Any]]:
        return [{"id": one, "area": "310115" if one < "m" else "310101"} for one in keys]

    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) {
          head: Person @join__field(graph: A) staff: [Person] @join__field(graph: A) night: [Person] @join__field(graph: A)
        }
        type Person @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID! area: String @join__field(graph: A) phone: String @join__field(graph: B)
        }
        """,
        {
            "a": Subgraph(
                """
                type Query { head: Person staff: [Person] night: [Person] }
                type Person { id: ID! area: String }
                """,
                {"head": people(["ann"])[0], "staff": people(staff), "night": people(["bob", "zoe"])},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Person { id: ID! phone: String }",
                entities={"Person": lambda one: {"id": one["id"], "phone": f"of {one['id']}"}},
                answering=answering,
            ),
        },
        policy=policy,
        areas={"Person": "area"},
    )


def told_of(federation: Federation) -> list[list[str]]:
    """The entities of each list that the second subgraph was sent, request by request."""
    asked: list[Mapping[str, Any]] = [variables for _, variables in federation.subgraphs["b"].asked]
    return [[one["id"] for one in listed] for variables in asked for listed in variables.values()]


def phones(told: Told) -> dict[str, list[str | None]]:
    return {
        key: [one and one["phone"] for one in (value if isinstance(value, list) else [value])]
        for key, value in told.data.items()
    }


def test_each_entity_is_told_once_and_found_wherever_it_stands() -> None:
    federation = clinic(["bob", "ann", "carl"])
    assert phones(federation.ask(DOCUMENT)) == {
        "head": ["of ann"],
        "staff": ["of bob", "of ann", "of carl"],
        "night": ["of bob", "of zoe"],
    }
    assert told_of(federation) == [["ann", "bob", "carl", "zoe"]]


def test_fields_that_are_not_the_same_are_lists_of_their_own() -> None:
    federation = clinic(["bob"])
    told = federation.ask("{ head { id phone } staff { id mobile: phone kind: __typename } night { id } }")
    assert told.data["staff"] == [{"id": "bob", "mobile": "of bob", "kind": "Person"}]
    assert told_of(federation) == [["ann", "bob"]]  # an alias is no other field


def test_who_may_not_be_seen_is_in_no_list() -> None:
    policy = (
        "p, any, 310115, Person.*, read, any, any, allow, plain\np, any, any, Query.*, read, any, any, allow, plain\n"
    )
    federation = clinic(["bob", "zoe"], policy)
    assert phones(federation.ask(DOCUMENT)) == {"head": ["of ann"], "staff": ["of bob"], "night": ["of bob"]}
    assert told_of(federation) == [["ann", "bob"]]


def test_an_error_about_one_entity_is_told_where_it_stands_and_nowhere_else() -> None:
    def failing(reply: Reply) -> Reply:
        return replace(reply, errors=(RemoteError(("_entities", 3, "phone"), "FORBIDDEN"),))

    told = clinic(["bob", "carl"], answering=failing).ask(DOCUMENT)  # 0 ann, 1 bob, 2 carl, 3 zoe
    assert [(one.code, one.path) for one in told.failures] == [(Code.SOURCE_REFUSED, ("night",))]


def test_an_error_about_an_entity_that_nobody_asked_for_may_be_about_any() -> None:
    def failing(reply: Reply) -> Reply:
        return replace(reply, errors=(RemoteError(("_entities", 9, "phone"), ""),))

    told = clinic(["bob"], answering=failing).ask(DOCUMENT)
    assert {one.path for one in told.failures} == {("head",), ("staff",), ("night",)}


@pytest.mark.parametrize("lie", [{"phone": 5}, {}, {"phone": ["x"]}])
def test_a_lie_about_one_entity_costs_only_those_who_asked_for_it(lie: dict[str, Any]) -> None:
    def lying(reply: Reply) -> Reply:
        found = list((reply.data or {})["_entities"])
        found[-1] = lie  # zoe
        return replace(reply, data={"_entities": found})

    told = clinic(["bob"], answering=lying).ask(DOCUMENT)
    assert phones(told) == {"head": ["of ann"], "staff": ["of bob"], "night": [None, None]}
    assert [(one.code, one.path) for one in told.failures] == [(Code.SOURCE_INVALID, ("night",))]


def test_a_list_that_is_too_short_is_nobodys() -> None:
    def short(reply: Reply) -> Reply:
        return replace(reply, data={"_entities": (reply.data or {})["_entities"][:-1]})

    told = clinic(["bob"], answering=short).ask(DOCUMENT)
    assert phones(told) == {"head": [None], "staff": [None], "night": [None, None]}
    assert {one.path for one in told.failures} == {("head",), ("staff",), ("night",)}


def test_who_asks_about_nobody_is_told_of_no_failure() -> None:
    def nothing(reply: Reply) -> Reply:
        return replace(reply, data={"_entities": None})

    told = clinic([], answering=nothing).ask(DOCUMENT)
    assert {one.path for one in told.failures} == {("head",), ("night",)}
