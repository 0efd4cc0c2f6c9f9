"""Rows of a type are held once, whatever the places that they come to; each place shows its own, and asks about its own."""

from __future__ import annotations

from tests.support.executing import Bench, Told, line, person, visit

PEOPLE = [person(1), person(2), person(3)]
VISITS = [visit(f"v{at}", f"n00{at}") for at in (1, 2, 3)]
SEEN = line("any", "Person.name") + line("any", "Person.number") + line("any", "Visit.finding")
FOLLOWED = line("any", "Person.visits") + line("any", "Person.number", "deliver", "org:health")
TWO = """{
  one: people(where: {number: {eq: "n001"}}) { nodes { name visits { finding } } pageInfo { hasNextPage } }
  other: people(where: {number: {in: ["n002", "n001"]}}) { nodes { number name } pageInfo { hasNextPage } }
}"""


def ask(document: str, policy: str = SEEN + FOLLOWED) -> Told:
    return Bench(policy, {"register": {"Person": PEOPLE}, "clinic": {"Visit": VISITS}}).ask(document)


def test_each_list_shows_the_rows_that_it_was_asked_for() -> None:
    data = ask(TWO).data
    assert data["one"]["nodes"] == [{"name": "name 1", "visits": [{"finding": "of v1"}]}]
    assert data["other"]["nodes"] == [{"number": "n001", "name": "name 1"}, {"number": "n002", "name": "name 2"}]


def test_nobody_is_told_of_rows_that_another_list_has() -> None:
    told = ask(TWO)
    ((_, values),) = told.asked["clinic"]
    assert values["keys"] == ("n001",)
    (wave,) = told.waves
    assert [one.count for one in wave.given] == [1]
    assert {kind: len(people) for kind, people in wave.subjects.items()} == {"Person": 1}


def test_a_row_that_comes_by_two_ways_is_released_once_and_by_both() -> None:
    told = ask(TWO)
    assert told.closing.rows == {"Person": 2, "Visit": 1}
    assert {kind: len(people) for kind, people in told.closing.subjects.items()} == {"Person": 2}


def test_what_one_way_may_not_lead_to_the_other_does_not_either() -> None:
    """A field that may be followed for nobody is asked for nowhere, however many lists name it."""
    both = TWO.replace("nodes { number name }", "nodes { number name visits { finding } }")
    told = ask(both, SEEN + line("any", "Person.visits"))  # nobody may be told
    assert "clinic" not in told.asked
    every = [*told.data["one"]["nodes"], *told.data["other"]["nodes"]]
    assert [one["visits"] for one in every] == [None] * 3
