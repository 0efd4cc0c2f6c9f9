"""Facts of subjects that a plan does not reach: had from their one home, hidden, or not known."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from tests.support.executing import AT, NAMES, Bench, Told, line, person, sealed, ticket, visit
from vocabulary.fetch import ALWAYS, Fetch, Via

TOLD = line("any", "Visit.person", "deliver", "org:police")
"""The police's register may be told whose visit it is, so that it says where that person lives."""
OWN = line("own", "Visit.finding")
NODE = "query($id: ID!) { node(id: $id) { ... on Visit { finding } } }"
TICKETS = "{ tickets { nodes { title visit { finding } } } }"
DESK = line("any", "Ticket.title") + line("any", "Ticket.visit") + line("any", "Ticket.visit", "deliver", "org:health")
NEAR, FAR = person(1), person(2, area="310104")
CHILD = person(3, birthDate=dt.date(2015, 1, 1))
VISITS = [visit("v1", "n001"), visit("v2", "n002"), visit("v3", "n003"), visit("v4", "n001"), visit("v5", "nobody")]


def bench(policy: str, tickets: tuple[str, ...] = ()) -> Bench:
    tables = {
        "register": {"Person": [NEAR, FAR, CHILD]},
        "clinic": {"Visit": VISITS},
        "desk": {"Ticket": [ticket(serial, code) for serial, code in enumerate(tickets)]},
    }
    return Bench(policy, tables)


def by_id(told_of: Bench, code: str, areas: tuple[str, ...] = ("310115",)) -> Told:
    return told_of.ask(NODE, {"id": sealed("Visit", code)}, areas=areas)


def findings(told: Told) -> list[str | None]:
    return [one["visit"] and one["visit"]["finding"] for one in told.data["tickets"]["nodes"]]


@pytest.mark.parametrize(
    ("code", "finding"),
    [("v1", "of v1"), ("v2", None), ("v3", "of v3"), ("v5", None), ("nothing", None)],
    ids=["near", "far", "a child near", "somebody whom the register does not know", "no visit"],
)
def test_the_area_of_a_visit_is_its_persons(code: str, finding: str | None) -> None:
    told = by_id(bench(OWN + TOLD), code)
    assert told.data["node"] == (None if finding is None else {"finding": finding})


def test_facts_are_asked_of_their_home_by_key_and_are_in_no_answer() -> None:
    told = by_id(bench(OWN + TOLD), "v1")
    ((fetch, values),) = told.asked["register"]
    assert fetch == Fetch("Person", ("number", "area"), via=Via("Person", "number"))
    assert values["keys"] == ("n001",)
    assert "310115016003" not in str(told.data)
    assert told.closing.rows == {"Visit": 1}
    assert told.state.rows["Person"].count == 0


def test_what_the_home_is_told_is_on_record_first() -> None:
    told = by_id(bench(OWN + TOLD), "v1")
    (wave,) = told.waves
    assert told.entries.index(wave) < told.entries.index(told.closing)
    (given,) = wave.given
    assert (given.organisation, given.source, given.coordinate, given.count) == (
        "police",
        "register",
        "Visit.person",
        1,
    )
    assert given.line == "policy.csv:2"
    assert wave.subjects == {"Person": tuple(NAMES.of("Person", ["n001"]))}
    assert told.closing.waves == (0,)
    assert ("Visit.person", "deliver police") in {(one.coordinate, one.shown) for one in told.closing.shown}


@pytest.mark.parametrize("deliver", ["", line("own", "Visit.person", "deliver", "org:police")])
def test_without_a_line_for_any_area_nothing_is_told_and_nothing_shown(deliver: str) -> None:
    """A line for some areas would need the very area that is asked for."""
    told = by_id(bench(OWN + deliver), "v1")
    assert told.data == {"node": None}
    assert set(told.asked) == {"clinic"}
    assert told.waves == []
    assert (told.closing.rows, told.closing.subjects) == ({}, {})


def test_a_line_for_another_organisation_does_not_let_the_home_be_told() -> None:
    told = by_id(bench(OWN + line("any", "Visit.person", "deliver", "org:health")), "v1")
    assert told.data == {"node": None}
    assert set(told.asked) == {"clinic"}


def test_a_dead_home_withholds_and_costs_nothing_else() -> None:
    told = by_id(replace(bench(OWN + TOLD), dead={"register": 0}), "v1")
    assert told.data == {"node": None}
    assert told.closing.sources == {"clinic": "answered", "register": "unavailable"}
    assert (told.closing.rows, told.closing.subjects) == ({}, {})


def test_a_deny_in_an_area_that_is_not_known_closes() -> None:
    policy = line("any", "Visit.finding") + "p, any, 310104, Visit.finding, read, any, any, deny,\n"
    assert by_id(bench(policy), "v1").data == {"node": None}
    assert by_id(bench(policy + TOLD), "v1").data == {"node": {"finding": "of v1"}}
    assert by_id(bench(policy + TOLD), "v2").data == {"node": None}


def test_what_rests_on_no_fact_of_a_subject_asks_for_none() -> None:
    told = by_id(bench(line("any fresh", "Visit.finding") + TOLD), "v1")
    assert told.data == {"node": {"finding": "of v1"}}
    assert set(told.asked) == {"clinic"}
    old = [visit("v1", "n001", day=AT.date() - dt.timedelta(days=2))]
    tables = {"clinic": {"Visit": old}}
    assert by_id(Bench(line("any fresh", "Visit.finding"), tables), "v1").data == {"node": None}


def test_a_condition_on_the_subject_is_a_fact_like_its_area() -> None:
    told = by_id(bench(line("own adult", "Visit.finding") + TOLD), "v1")
    assert told.data == {"node": {"finding": "of v1"}}
    ((fetch, _),) = told.asked["register"]
    assert fetch.fields == ("number", "area", "birthDate")
    assert by_id(bench(line("own adult", "Visit.finding") + TOLD), "v3").data == {"node": None}
    assert by_id(bench(line("own adult", "Visit.finding")), "v1").data == {"node": None}


def test_consent_is_the_subjects_and_no_source_is_asked_for_it() -> None:
    policy = line("any agreed", "Visit.finding")
    told = by_id(replace(bench(policy), consented=frozenset({"n001"})), "v1")
    assert told.data == {"node": {"finding": "of v1"}}
    assert set(told.asked) == {"clinic"}
    assert by_id(bench(policy), "v1").data == {"node": None}


def test_by_a_reference_they_are_had_in_the_same_way() -> None:
    told = bench(DESK + OWN + TOLD, ("v1", "v2", "v5", "v4", "v1")).ask(TICKETS, areas=["310115"])
    assert findings(told) == ["of v1", None, None, "of v4", "of v1"]
    ((_, values),) = told.asked["register"]
    assert values["keys"] == ("n001", "n002", "nobody")  # each once, whoever may be seen
    assert [wave.given[0].organisation for wave in told.waves] == ["health", "police"]
    assert told.closing.subjects == {"Person": tuple(NAMES.of("Person", ["n001"]))}
    assert told.closing.rows == {"Ticket": 5, "Visit": 2}


def test_by_a_reference_a_dead_home_withholds_what_rests_on_it_alone() -> None:
    told = replace(bench(DESK + OWN + TOLD, ("v1", "v2")), dead={"register": 0}).ask(TICKETS)
    assert [one["title"] for one in told.data["tickets"]["nodes"]] == ["ticket 0", "ticket 1"]
    assert findings(told) == [None, None]


def test_by_a_reference_nothing_is_shown_without_a_deliver_line() -> None:
    told = bench(DESK + OWN, ("v1", "v2")).ask(TICKETS)
    assert findings(told) == [None, None]
    assert set(told.asked) == {"desk", "clinic"}


def test_facts_are_asked_for_once_in_a_request() -> None:
    document = "query($id: ID!) { node(id: $id) { ... on Visit { finding } } tickets { nodes { visit { finding } } } }"
    told = bench(DESK + OWN + TOLD, ("v4", "v2")).ask(document, {"id": sealed("Visit", "v1")}, areas=["310115"])
    assert told.data["node"] == {"finding": "of v1"}
    assert findings(told) == ["of v4", None]
    assert [values["keys"] for _, values in told.asked["register"]] == [("n001",), ("n002",)]


def test_of_people_that_the_plan_has_reached_nothing_more_is_asked() -> None:
    policy = (
        line("any", "Person.name")
        + line("any", "Person.visits")
        + line("any", "Person.number", "deliver", "org:health")
        + line("own adult", "Visit.finding")
    )
    told = bench(policy).ask("{ people { nodes { name visits { finding } } } }", areas=["310115"])
    seen = {one["name"]: one["visits"] for one in told.data["people"]["nodes"]}
    assert sorted(one["finding"] for one in seen["name 1"]) == ["of v1", "of v4"]
    assert (seen["name 2"], seen["name 3"]) == (None, None)  # not asked for: nothing there may be shown
    assert len(told.asked["register"]) == 1
    ((_, values),) = told.asked["clinic"]
    assert values["keys"] == ("n001",)
    assert told.closing.rows == {"Person": 3, "Visit": 2}


def test_a_tie_is_to_the_subject_of_a_row_and_no_source_of_records_is_told_of_it() -> None:
    policy = line("case", "Visit.finding") + line("case", "Person.name")
    of_one = replace(bench(policy), cases=frozenset({"n002"}))
    assert by_id(of_one, "v2").data == {"node": {"finding": "of v2"}}
    told = by_id(of_one, "v1")
    assert told.data == {"node": None}
    ((fetch, values),) = told.asked["clinic"]
    assert fetch.where == ALWAYS
    assert values["keys"] == ("v1",)
    assert set(told.asked) == {"clinic"}
    listed = of_one.ask("{ people { nodes { name } } }")
    assert listed.data == {"people": {"nodes": [{"name": "name 2"}]}}
    ((_, values),) = listed.asked["register"]
    assert values["case.Person"] == ("n002",)
