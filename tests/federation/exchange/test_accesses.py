from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.log import Log
from audit.note import SigningKey
from audit.pseudonym import SubjectPseudonyms
from audit.reader import LOG_FILE
from audit.search import INDEX_FILE, Search
from connectors.errors import FailureKind, SourceError, UnsupportedError
from federation.exchange.accesses import AccessConnector
from federation.exchange.declaration import declaration
from vocabulary.fetch import (
    ALWAYS,
    And,
    Compare,
    Fetch,
    IsNull,
    Not,
    Op,
    Or,
    Order,
    Predicate,
    Table,
    Values,
    Via,
)
from vocabulary.receipt import Entry, Given, Kind, Shown, Who
from vocabulary.values import Value

AT = "2026-11-21T03:10:11.000Z"
WHO = Who("wang.min", "health-commission", "desk", ("health-analyst",), ("31",))
PSEUDONYMS = SubjectPseudonyms(b"k" * 32)
NEWEST_FIRST = (Order("entry", descending=True),)
SUBJECT = Compare("subject", Op.EQ, "person")


def people(*numbers: str) -> dict[str, tuple[str, ...]]:
    return {"Resident": tuple(PSEUDONYMS.of("Resident", list(numbers)))}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A log: 0 tells a company about a and b, 1 releases a, 2 searches for c in vain, 3 is a refusal."""
    log = Log.open(tmp_path / "audit", origin="test", signing_key=SigningKey.generate("test"))
    given = (Given("eatwell", "delivery", "Resident.identityNo", "policy.csv:41", 2),)
    shown = (
        Shown("Resident.name", "name-partial", "own", "policy.csv:6"),
        Shown("Resident.identityNo", "withheld", "not-granted", ""),
    )
    for entry in (
        Entry(Kind.WAVE, AT, "given", who=WHO, purpose="p", given=given, subjects=people("a", "b")),
        Entry(Kind.RELEASE, AT, "answered", who=WHO, purpose="p", shown=shown, subjects=people("a"), waves=(0,)),
        Entry(Kind.RELEASE, AT, "answered", who=WHO, purpose="p", probed=people("c")),
        Entry(Kind.REFUSAL, AT, "PURPOSE_UNKNOWN", who=WHO),
    ):
        log.append_sync(entry)
    log.close()
    return tmp_path / "audit"


@pytest.fixture
def connector(directory: Path) -> Iterator[AccessConnector]:
    made = AccessConnector(declaration("data-bureau"), Search(directory), PSEUDONYMS, ["Resident"])
    yield made
    asyncio.run(made.close())


def listed(connector: AccessConnector, where: Predicate, values: Values, *fields: str, limit: int = 10) -> Table:
    request = Fetch("Access", fields or ("entry", "how"), where=where, order=NEWEST_FIRST, limit=True)
    return asyncio.run(connector.fetch(request, {**values, "limit": limit}))


@pytest.mark.parametrize(
    ("person", "entries", "how"),
    [
        ("a", [1, 0], ["released", "given"]),
        ("b", [0], ["given"]),
        ("c", [2], ["probed"]),
        ("nobody", [], []),
        ("", [], []),
        ("' OR 1=1 --", [], []),
    ],
)
def test_a_person_is_found_by_pseudonym(
    connector: AccessConnector, person: str, entries: list[int], how: list[str]
) -> None:
    table = listed(connector, SUBJECT, {"person": person})
    assert table.column("entry") == entries
    assert table.column("how") == how


def test_an_entry_says_who_for_what_and_when(connector: AccessConnector) -> None:
    fields = ("kind", "outcome", "person", "organisation", "application", "purpose", "at")
    table = listed(connector, SUBJECT, {"person": "b"}, *fields)
    (row,) = zip(*table.columns, strict=True)
    assert row[:-1] == ("wave", "given", "wang.min", "health-commission", "desk", "p")
    assert str(row[-1]) == "2026-11-21 03:10:11+00:00"


def test_without_a_person_the_newest_come_first(connector: AccessConnector) -> None:
    assert listed(connector, ALWAYS, {}, limit=3).column("entry") == [3, 2, 1]


def test_the_next_page_begins_after_the_one_before(connector: AccessConnector) -> None:
    after = Compare("entry", Op.LT, "after")
    assert listed(connector, after, {"after": 2}).column("entry") == [1, 0]
    assert listed(connector, And((SUBJECT, after)), {"person": "a", "after": 1}).column("entry") == [0]
    keyset = Or((after, IsNull("entry")))
    assert listed(connector, And((SUBJECT, keyset)), {"person": "a", "after": 1}).column("entry") == [0]


def test_a_page_is_as_long_as_it_may_be(connector: AccessConnector) -> None:
    assert listed(connector, SUBJECT, {"person": "a"}, limit=1).column("entry") == [1]


def test_several_people_at_once(connector: AccessConnector) -> None:
    where = Compare("subject", Op.IN, "people")
    assert listed(connector, where, {"people": ("a", "c")}).column("entry") == [2, 1, 0]
    assert listed(connector, where, {"people": ()}).column("entry") == []
    assert listed(connector, And((where, SUBJECT)), {"people": ("a", "c"), "person": "b"}).column("entry") == []


@pytest.mark.parametrize(
    "where",
    [
        Not(SUBJECT),
        Or((SUBJECT, Compare("subject", Op.EQ, "other"))),
        And((Not(Compare("entry", Op.LT, "other")), SUBJECT)),
        Compare("entry", Op.EQ, "other"),
    ],
    ids=str,
)
def test_what_it_cannot_search_by_is_refused_rather_than_passed_over(
    connector: AccessConnector, where: Predicate
) -> None:
    with pytest.raises(UnsupportedError):
        listed(connector, where, {"person": "a", "other": 1})


def test_what_was_shown_and_given_belongs_to_its_entry(connector: AccessConnector) -> None:
    def of(type_name: str, field: str, *fields: str) -> tuple[list[Value], list[tuple[Value, ...]]]:
        request = Fetch(type_name, fields, via=Via("Access", "entry", field))
        table = asyncio.run(connector.fetch(request, {"keys": (0, 1, 2, 99)}))
        return list(table.owners or ()), list(zip(*table.columns, strict=True))

    shown = [("Resident.name", "name-partial", "policy.csv:6"), ("Resident.identityNo", "withheld", "")]
    owners, rows = of("Released", "released", "coordinate", "shown", "line")
    assert owners == [1, 1]
    assert [(a, b, c or "") for a, b, c in rows] == shown
    assert of("Given", "given", "organisation", "source", "count") == ([0], [("eatwell", "delivery", 2)])


def test_entries_themselves_by_their_index(connector: AccessConnector) -> None:
    request = Fetch("Access", ("entry", "outcome"), via=Via("Access", "entry"))
    table = asyncio.run(connector.fetch(request, {"keys": (3, 99)}))
    assert [list(column) for column in table.columns] == [[3], ["PURPOSE_UNKNOWN"]]


def test_a_log_that_cannot_be_read_is_a_source_that_is_not_there(connector: AccessConnector, directory: Path) -> None:
    (directory / LOG_FILE).rename(directory / "elsewhere")
    with pytest.raises(SourceError) as failed:
        listed(connector, SUBJECT, {"person": "a"})
    assert failed.value.kind is FailureKind.UNAVAILABLE
    assert str(directory) not in str(failed.value)


def test_a_damaged_entry_is_not_passed_over(connector: AccessConnector, directory: Path) -> None:
    with sqlite3.connect(directory / LOG_FILE) as log:
        log.execute("UPDATE entry SET body = CAST('{' AS BLOB) WHERE idx = 1")
    log.close()
    with pytest.raises(SourceError):
        listed(connector, SUBJECT, {"person": "a"})


def test_identity_numbers_do_not_stay(connector: AccessConnector, directory: Path) -> None:
    listed(connector, SUBJECT, {"person": "310115195001011234"})
    assert (directory / INDEX_FILE).exists()
    assert all(b"310115195001011234" not in path.read_bytes() for path in directory.iterdir())
