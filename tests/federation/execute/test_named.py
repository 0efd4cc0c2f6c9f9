"""Entities that another exchange asks for: each where it was named, decided like any row, and searched for on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support.executing import Bench, Told, line, person, pseudonym, sealed, visit

ASKED = (
    "query($r: [_Any!]!) { _entities(representations: $r) "
    "{ __typename ... on Person { _masked number name } ... on Visit { finding } } }"
)
FOLLOWED = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Person { visits { finding } } } }"
TABLES = {
    "register": {"Person": [person(1), person(2), person(3, area="310104")]},
    "clinic": {"Visit": [visit("v1", "n001"), visit("v2", "n002")]},
}
READ = line("own", "Person.name") + line("own", "Visit.finding") + line("any", "Visit.person", "deliver", "org:police")
MATCH = line("any", "Person.number", "match")
FOLLOW = line("any", "Person.visits") + line("any", "Person.number", "deliver", "org:health")
AREA = ("310115",)


def ask(policy: str, *representations: object, document: str = ASKED, **how: Any) -> Told:
    bench = Bench(policy, TABLES, exchange="district", **how)
    return bench.ask(document, {"r": list(representations)}, areas=AREA)


def entities(told: Told) -> list[Any]:
    found: list[Any] = told.data["_entities"]
    return found


def named(told: Told) -> list[str | None]:
    return [one and one.get("name", one.get("finding")) for one in entities(told)]


def by_id(key: str, type_name: str = "Person") -> dict[str, object]:
    return {"__typename": type_name, "id": sealed(type_name, key, "district")}


def by_pseudonym(key: str) -> dict[str, object]:
    return {"__typename": "Person", "number": pseudonym(key)}


def probed(told: Told) -> int:
    return len(told.closing.probed.get("Person", ()))


def keys_asked(told: Told, source: str) -> Sequence[object]:
    ((_, values),) = told.asked[source]
    keys = values["keys"]
    assert isinstance(keys, tuple)
    return keys


def test_each_stands_where_it_was_named() -> None:
    told = ask(READ + MATCH, by_id("n002"), by_id("v1", "Visit"), {}, by_pseudonym("n001"), by_id("n002"))
    assert named(told) == ["name 2", "of v1", None, "name 1", "name 2"]
    assert keys_asked(told, "register") == ("n002", "n001")


def test_what_may_not_be_seen_is_as_what_is_not_there() -> None:
    """Of another area, of nobody, or sealed for another: the same null, and every search is on record."""
    representations = (by_id("n003"), by_pseudonym("n003"), by_id("n999"), by_pseudonym("n999"))
    told = ask(READ + MATCH, *representations)
    assert entities(told) == [None] * 4
    assert probed(told) == 2
    assert told.closing.rows == {}
    strange = {"__typename": "Person", "number": pseudonym("n001", "province")}
    assert entities(ask(READ + MATCH, strange)) == [None]


def test_without_match_nobody_is_named_by_a_pseudonym() -> None:
    told = ask(READ, by_pseudonym("n001"), by_id("n001"))
    assert named(told) == [None, "name 1"]
    assert keys_asked(told, "register") == ("n001",)
    assert "match" not in {one.shown for one in told.closing.shown}


def test_match_permits_the_rows_that_it_says_and_only_searches_rest_on_it() -> None:
    """One person may be named twice: what the search may not find, the id may."""
    elsewhere = line("310104", "Person.number", "match")
    told = ask(READ + elsewhere, by_pseudonym("n001"), by_id("n001"), by_pseudonym("n002"))
    assert named(told) == [None, "name 1", None]
    assert "match" in {one.shown for one in told.closing.shown}
    assert probed(told) == 2


def test_nobody_is_told_of_somebody_who_may_not_be_searched_for() -> None:
    """What is asked of other sources must not rest on rows that the search may not find."""
    elsewhere = line("310104", "Person.number", "match")
    told = ask(READ + FOLLOW + elsewhere, by_pseudonym("n001"), document=FOLLOWED)
    assert entities(told) == [None]
    assert "clinic" not in told.asked
    assert told.waves == []
    assert (told.closing.rows, told.closing.subjects) == ({}, {})  # nothing of them is released either
    found = ask(READ + FOLLOW + MATCH, by_pseudonym("n001"), document=FOLLOWED)
    assert entities(found) == [{"visits": [{"finding": "of v1"}]}]
    assert keys_asked(found, "clinic") == ("n001",)
    (wave,) = found.waves
    assert [(one.source, one.count) for one in wave.given] == [("clinic", 1)]


def test_a_key_is_shown_by_its_pseudonym_and_said_to_be() -> None:
    shown = "p, any, own, Person.number, read, any, any, allow, pair\n"
    (one,) = entities(ask(READ + shown, by_id("n001")))
    assert one["number"] == pseudonym("n001")
    assert one["_masked"] == ["number:pair"]
    (again,) = entities(ask(READ + shown + MATCH, {"__typename": "Person", "number": one["number"]}))
    assert again == one


def test_two_lists_of_one_question_are_each_their_own() -> None:
    document = (
        "query($a: [_Any!]!, $b: [_Any!]!) { a: _entities(representations: $a) { ... on Person { name } } "
        "b: _entities(representations: $b) { ... on Person { name } } }"
    )
    elsewhere = line("310104", "Person.number", "match")
    bench = Bench(READ + elsewhere, TABLES, exchange="district")
    told = bench.ask(document, {"a": [by_id("n001"), by_id("n002")], "b": [by_pseudonym("n001")]}, areas=AREA)
    assert told.data == {"a": [{"name": "name 1"}, {"name": "name 2"}], "b": [None]}


def test_a_source_that_is_down_is_said_to_be_and_costs_its_own_entities() -> None:
    told = ask(READ, by_id("n001"), by_id("v1", "Visit"), dead={"register": 0})
    assert named(told) == [None, None]  # whose visit it is, the register would have to say
    coordinates = {failure.coordinate for failure in told.state.failures}
    assert coordinates == {"Query._entities"}


def test_what_another_exchange_is_told_of_masks_is_of_its_own_question_alone() -> None:
    masked = "p, any, own, Person.name, read, any, any, allow, redact\n"
    document = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Person { _masked } } }"
    assert entities(ask(masked, by_id("n001"), document=document)) == [{"_masked": []}]
