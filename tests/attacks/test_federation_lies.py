"""A subgraph that lies: what was not asked for, and what is of the wrong type, is shown to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import FailureKind, SourceError
from connectors.remote import RemoteError, Reply
from federation.errors import Code
from tests.support.federating import OPEN, Federation
from tests.support.media import media
from tests.support.town import THERE, lines, person, town

SECRET = "the secret of somebody else"


def answering(graph: Federation, name: str, data: dict[str, Any]) -> None:
    """Have a subgraph answer with this, whatever it is asked."""
    graph.subgraphs[name].answering = lambda _: Reply(data, ())


@pytest.mark.parametrize(
    "entities",
    [
        [{"nick": SECRET}],  # fewer than were asked about
        [{"nick": SECRET}] * 4,  # more
        [{"__typename": "Visit", "id": SECRET}] * 3,  # another type
        [{"nick": [SECRET]}] * 3,
        [{"nick": {"a": SECRET}}] * 3,
        [[SECRET]] * 3,
        SECRET,
        {"nick": SECRET},
    ],
)
def test_entities_that_are_not_those_that_were_asked_about_are_not_shown(entities: object) -> None:
    graph = town(OPEN)
    answering(graph, "b", {"_entities": entities})
    answer = graph.ask("{ people { name nick } }")
    assert [one["nick"] for one in answer.data["people"]] == [None] * 3
    assert SECRET not in str(answer.data) + str(answer.failures) + str(answer.entries)


def test_an_area_of_another_type_hides_the_row() -> None:
    graph = town(lines("any Query.*", "own Person.*"))
    found = [{**person("p1"), "area": area} for area in ("31x", "3101", "31", "310115000000", " 310115 ")]
    graph.subgraphs["a"].root = {"people": found}
    assert graph.ask("{ people { area } }", areas=["31"]).data == {
        "people": [{"area": "31"}, {"area": "310115000000"}, {"area": " 310115 "}]
    }
    answering(graph, "a", {"people": [{"id": "p1", "name": "Ann", "area": ["310115"]}]})
    assert graph.ask("{ people { name } }", areas=["31"]).data == {"people": []}


def test_a_padded_area_is_closed_by_the_deny_of_its_code() -> None:
    graph = town(OPEN + "p, any, 310115016, Person.*, read, any, any, deny,\n")
    graph.subgraphs["a"].root = {"people": [{**person("p1"), "area": "310115016000"}, {**person("p3"), "area": "31x"}]}
    assert graph.ask("{ people { name } }").data == {"people": []}


@pytest.mark.parametrize("subject", [None, ["p1"], {"id": "p1"}, True])
def test_a_subject_that_is_nobody_hides_the_row(subject: object) -> None:
    graph = town(OPEN)
    answering(graph, "a", {"people": [{"id": subject, "name": "Ann", "area": THERE}]})
    answer = graph.ask("{ people { name } }")
    assert answer.data == {"people": []}
    assert "Ann" not in str(answer.entries)


def test_a_subject_that_comes_as_a_number_is_the_same_person() -> None:
    graph = town(OPEN, barred=frozenset({"7"}))
    answering(graph, "a", {"people": [{"id": 7, "name": "Ann", "area": THERE}, {"id": 8, "name": "Bo", "area": THERE}]})
    assert graph.ask("{ people { name } }").data == {"people": [{"name": "Bo"}]}


def test_an_error_quotes_nothing_of_a_subgraph() -> None:
    graph = town(OPEN)
    graph.subgraphs["b"].failing = SourceError("b", FailureKind.TIMEOUT, SECRET)
    answer = graph.ask("{ people { name nick } }")
    assert [one["name"] for one in answer.data["people"]] == ["Ann", "Bob", "Cat"]
    assert SECRET not in str(answer.failures)
    assert all(isinstance(part, str) for one in answer.failures for part in one.path)  # no index of a row


def test_a_mask_over_what_it_is_not_for_shows_nothing() -> None:
    graph = town(lines("any Query.*", "any Person.id", "any Person.name read redact"))
    answering(graph, "a", {"people": [{"id": "p1", "name": [SECRET]}]})
    answer = graph.ask("{ people { id name } }")
    assert answer.data == {"people": [{"id": "p1", "name": None}]}
    assert {one.code for one in answer.failures} == {Code.SOURCE_INVALID}


def test_an_entity_of_another_key_is_not_shown() -> None:
    """Rows are decided by what one subgraph says of them; another's cells must be those of the same person."""
    graph = town(lines("any Query.*", "own Person.*"))
    find = graph.subgraphs["b"].entities["Person"]
    other = {"p1": "p2", "p3": "p3"}
    graph.subgraphs["b"].entities = {"Person": lambda told: find({**told, "id": other[told["id"]]})}
    answer = graph.ask("{ people { name n: nick } }", areas=["310115"])
    assert answer.data == {"people": [{"name": "Ann", "n": None}, {"name": "Cat", "n": "nick of p3"}]}
    assert {(one.code, one.coordinate) for one in answer.failures} == {(Code.SOURCE_INVALID, "Person.nick")}
    assert "p2" not in str(answer.data) + str(answer.failures)


def test_an_interface_object_of_another_key_is_not_shown() -> None:
    graph = media(OPEN, subjects={"Book": "id", "Film": "id"})
    find = graph.subgraphs["a"].entities["Media"]
    graph.subgraphs["a"].entities = {"Media": lambda told: {**find(told), "id": "m2"}}
    assert graph.ask("{ media { secret likes } }").data == {"media": [{"secret": "s-m2", "likes": 5}]}


def test_an_answer_need_not_repeat_keys_where_everything_is_open() -> None:
    graph = town(OPEN, subjects={}, areas={})
    graph.ask("{ people { nick } }")
    ((query, _),) = graph.subgraphs["b"].asked
    assert query.endswith("{ ... on Person { nick } } }")


@pytest.mark.parametrize(
    ("document", "name", "path"),
    [
        ("{ people { name phone } }", "a", ("people", 1, "phone")),
        ("{ people { name friend { phone } } }", "a", ("people", 0, "friend", "phone")),
        ("{ people { name friend { name } } }", "a", ("people", 1, "friend", "name")),
    ],
)
def test_an_error_about_a_row_that_may_not_be_seen_is_not_told(document: str, name: str, path: tuple[Any, ...]) -> None:
    graph = town(lines("any Query.*", "own Person.*"))
    graph.subgraphs[name].answering = lambda reply: Reply(reply.data, (RemoteError(path, ""),))
    assert not graph.ask(document, areas=["310115"]).failures
    (failure,) = graph.ask(document, areas=["31"]).failures
    assert failure.code is Code.SOURCE_ERROR


def test_an_error_about_an_entity_is_told_to_whoever_may_see_it() -> None:
    graph = town(lines("any Query.*", "own Person.*"))
    graph.subgraphs["b"].answering = lambda reply: Reply(reply.data, (RemoteError(("_entities", 1, "nick"), ""),))
    (failure,) = graph.ask("{ people { nick } }", areas=["310115"]).failures
    assert (failure.coordinate, failure.path) == ("Person.nick", ("people",))
