"""What another exchange had masked is not found here by any way that this exchange has of comparing it.

The lower tier decides filters on what the asker sees there. Here a masked cell is shown as it came, and otherwise it is
nothing: no fact of a rule, no subject, no key, no place in an order, no input of what is computed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest

from tests.support.executing import Bench, Said, Told, line, person, sealed, ticket, visit

SECRET = "310115199001011234"
READ = line("own", "Person.name") + line("own", "Person.birthDate")
CLINIC = line("own", "Visit.finding") + line("own", "Visit.day") + line("own", "Person.visits")
TOLD = line("any", "Visit.person", "deliver", "org:police") + line("any", "Person.number", "deliver", "org:health")
DESK = line("any", "Ticket.title") + line("any", "Ticket.visit") + line("any", "Ticket.visit", "deliver", "org:health")
PEOPLE = "query($w: PersonWhere, $o: [PersonOrder!]) { people(where: $w, orderBy: $o) { nodes { name birthDate } pageInfo { endCursor } } }"
NODE = "query($id: ID!) { node(id: $id) { ... on Visit { finding } } }"
TICKETS = "{ tickets { nodes { title visit { finding } } } }"


def bench(policy: str, masked: dict[str, dict[Any, str]], **how: Any) -> Bench:
    people = [person(1), person(2), person(3, birthDate=dt.date(2020, 1, 1))]
    visits = [visit("v1", "n001", day=dt.date(2026, 3, 1)), visit("v2", "n001", day=dt.date(2026, 3, 2))]
    tables = {
        "register": {"Person": people},
        "clinic": {"Visit": visits},
        "desk": {"Ticket": [ticket(1, "v1"), ticket(2, "v2")]},
    }
    said = {name: Said(masked) for name in ("register", "clinic")}
    return Bench(policy, tables, said=said, **how)


def names(told: Told) -> list[str | None]:
    return [one["name"] for one in told.data["people"]["nodes"]]


def test_it_is_shown_as_it_came_and_named_with_whose_mask_it_is() -> None:
    told = bench(READ, {"Person.name": {"n001": "n***"}}).ask(PEOPLE)
    assert names(told) == ["n***", "name 2", "name 3"]
    assert told.state.masked["Person.name"] == ("register/theirs",)


def test_a_mask_of_ours_is_not_put_on_top_and_where_nothing_is_shown_neither_is_theirs() -> None:
    masked = "p, any, own, Person.name, read, any, any, allow, redact\n" + line("own", "Person.birthDate")
    told = bench(masked, {"Person.name": {"n001": "n***"}}).ask(PEOPLE)
    assert names(told) == ["n***", None, None]
    hidden = bench(line("own", "Person.birthDate"), {"Person.name": {"n001": "n***"}}).ask(PEOPLE)
    assert names(hidden) == [None] * 3
    assert "Person.name" not in hidden.state.masked
    assert "n***" not in orjson.dumps(hidden.data).decode()


def test_the_name_of_a_mask_is_told_of_cells_that_are_shown_alone() -> None:
    """Which rows were masked below is not for whoever may not see the cell here."""
    elsewhere = line("310104", "Person.name") + line("own", "Person.birthDate")
    told = bench(elsewhere, {"Person.name": {"n001": "n***"}}).ask(PEOPLE)
    assert names(told) == [None] * 3
    assert told.state.masked.get("Person.name", ()) == ()


@pytest.mark.parametrize("cell", ["310115016003", "31", "310115***"])
def test_a_masked_area_lies_nowhere(cell: str) -> None:
    """Also where what it was masked to reads as an area."""
    told = bench(READ, {"Person.area": {"n001": cell}}).ask(PEOPLE, areas=("310115",))
    assert names(told) == ["name 2", "name 3"]


def test_a_masked_fact_of_a_rule_is_not_known() -> None:
    adult = line("own adult", "Person.name") + line("own", "Person.birthDate")
    told = bench(adult, {"Person.birthDate": {"n002": "1990"}}).ask(PEOPLE)
    assert names(told) == ["name 1", None, None]
    denied = READ + "p, any, 31 adult, Person.name, read, any, any, deny,\n"
    closed = bench(denied, {"Person.birthDate": {"n003": "2020"}}).ask(PEOPLE)
    assert names(closed) == [None, None, None]  # a deny holds where it can't be known that it does not


def test_a_masked_subject_is_nobodys_record() -> None:
    policy = CLINIC + TOLD
    plain = bench(policy, {}).ask(NODE, {"id": sealed("Visit", "v1")})
    assert plain.data["node"] == {"finding": "of v1"}
    told = bench(policy, {"Visit.person.number": {"v1": "n001"}}).ask(NODE, {"id": sealed("Visit", "v1")})
    assert told.data["node"] is None
    assert "register" not in told.asked


def test_a_masked_reference_leads_nowhere_and_nobody_is_told_of_it() -> None:
    people = line("any", "Visit.person") + line("any", "Person.name") + line("any", "Visit.finding")
    document = "{ tickets { nodes { visit { finding person { name } } } } }"
    told = bench(DESK + people + TOLD, {"Visit.person.number": {"v1": "n002"}}).ask(document)
    found = [one["visit"] for one in told.data["tickets"]["nodes"]]
    assert found == [None, {"finding": "of v2", "person": {"name": "name 1"}}]
    asked = [key for _, values in told.asked["register"] for key in values.get("keys", ())]  # type: ignore[union-attr]
    assert asked == ["n001"]
    assert "n002" not in repr(told.entries)


def test_rows_of_a_relation_are_not_put_into_an_order_by_what_is_masked() -> None:
    """The source's own order rests on what it holds; what is told rests on plain cells."""
    policy = READ + CLINIC + TOLD + line("own", "Person.number")
    document = "{ people(first: 1) { nodes { visits { finding day } } } }"
    seen = set[tuple[str, ...]]()
    for _ in range(40):
        told = bench(policy, {"Visit.day": {"v1": "2026", "v2": "2027"}}).ask(document)
        ((node,),) = (told.data["people"]["nodes"],)
        seen.add(tuple(one["finding"] for one in node["visits"]))
    assert seen == {("of v1", "of v2"), ("of v2", "of v1")}


def test_a_cursor_holds_nothing_of_what_is_masked() -> None:
    """A cursor behind a masked cell is one behind a null: for both masks and for none of them the same text."""
    order = {"o": [{"field": "birthDate", "direction": "ASC"}]}
    ends = set[str]()
    for cell in ("1990-**-**", "1991-**-**"):
        told = bench(READ, {"Person.birthDate": dict.fromkeys(("n001", "n002", "n003"), cell)}).ask(PEOPLE, order)
        ends.add(told.data["people"]["pageInfo"]["endCursor"])
    assert len(ends) == 1


@pytest.mark.parametrize("cell", [SECRET, "1990", "x" * 1_000])
def test_no_entry_of_the_log_holds_what_came_masked(cell: str) -> None:
    told = bench(READ, {"Person.name": {"n001": cell}}).ask(PEOPLE)
    assert cell in orjson.dumps(told.data).decode()
    assert cell not in repr(told.entries)


def test_what_is_withheld_below_is_said_of_what_was_asked_for_alone() -> None:
    """Facts that are asked for beside it, hidden, are nobody's to hear of; and they break nothing."""
    said = {"register": Said(withheld={"Person.area": "purpose", "Person.name": "not-granted"})}
    told = Bench(READ, {"register": {"Person": [person(1)]}}, said=said).ask("{ people { nodes { name } } }")
    assert [(one["coordinate"], one["reason"]) for one in told.withheld_below] == [("Person.name", "not-granted")]
    facts = Bench(DESK + CLINIC + TOLD, bench("", {}).tables, said=said).ask(TICKETS)
    assert "Person" not in facts.state.rows
    assert facts.withheld_below == []
    assert [one["visit"] for one in facts.data["tickets"]["nodes"]] == [{"finding": "of v1"}, {"finding": "of v2"}]
