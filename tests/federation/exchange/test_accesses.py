from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from audit.errors import LogUnavailableError
from audit.log import Log
from audit.note import SigningKey
from audit.proof import Proof
from audit.pseudonym import SubjectPseudonyms
from audit.reader import LOG_FILE
from audit.search import INDEX_FILE, Search
from connectors.errors import FailureKind, SourceError, UnsupportedError
from federation.exchange.accesses import AccessConnector, LogReader
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
MOMENT = dt.datetime(2026, 11, 21, 3, 10, 11, tzinfo=dt.UTC)
MAX = dt.datetime.max.replace(tzinfo=dt.UTC)
WHO = Who("wang.min", "health-commission", "desk", ("health-analyst",), ("31",))
PSEUDONYMS = SubjectPseudonyms(b"k" * 32)
NEWEST_FIRST = (Order("entry", descending=True),)
SUBJECT = Compare("subject", Op.EQ, "person")


def people(*numbers: str) -> dict[str, tuple[str, ...]]:
    return {"Resident": tuple(PSEUDONYMS.of("Resident", list(numbers)))}


KEY = SigningKey.generate("test")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A log: 0 tells a company about a and b, 1 releases a, 2 searches for c in vain, 3 is a refusal."""
    log = Log.open(tmp_path / "audit", origin="test", signing_key=KEY)
    given = (Given("eatwell", "delivery", "Resident.identityNo", "policy.csv:41", 2),)
    shown = (
        Shown("Resident.name", "name-partial", "own", "policy.csv:6"),
        Shown("Resident.identityNo", "withheld", "not-granted", ""),
    )
    for entry in (
        Entry(Kind.WAVE, AT, "given", who=WHO, purpose="p", given=given, subjects=people("a", "b")),
        Entry(Kind.RELEASE, AT, "answered", who=WHO, purpose="p", shown=shown, subjects=people("a"), waves=(0,)),
        Entry(Kind.RELEASE, AT, "answered", who=WHO, purpose="p", probed=people("c"), agreement="A-1"),
        Entry(Kind.REFUSAL, AT, "PURPOSE_UNKNOWN", who=WHO),
    ):
        log.append_sync(entry)
    log.close()
    return tmp_path / "audit"


@pytest.fixture
def connector(directory: Path) -> Iterator[AccessConnector]:
    log = Log.open(directory, origin="test", signing_key=KEY)
    reader = LogReader(Search(directory), PSEUDONYMS, log.checkpoint)
    made = AccessConnector(declaration("data-bureau"), reader, ["Resident"])
    yield made
    log.close()
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
    ("where", "values", "entries"),
    [
        (Compare("person", Op.EQ, "v"), {"v": "wang.min"}, [3, 2, 1, 0]),
        (Compare("person", Op.EQ, "v"), {"v": "nobody"}, []),
        (Compare("person", Op.EQ, "v"), {"v": ""}, []),
        (Compare("organisation", Op.IN, "v"), {"v": ("health-commission", "eatwell")}, [3, 2, 1, 0]),
        (Compare("organisation", Op.EQ, "v"), {"v": "eatwell"}, []),
        (Compare("kind", Op.EQ, "v"), {"v": "refusal"}, [3]),
        (Compare("kind", Op.IN, "v"), {"v": ("refusal", "wave")}, [3, 0]),
        (Compare("kind", Op.IN, "v"), {"v": ()}, []),
        (Or((Compare("kind", Op.EQ, "v"), Compare("kind", Op.EQ, "w"))), {"v": "refusal", "w": "wave"}, [3, 0]),
        (Or(()), {}, []),
        (And((SUBJECT, Compare("kind", Op.EQ, "v"))), {"person": "a", "v": "wave"}, [0]),
        (And((SUBJECT, Compare("kind", Op.EQ, "v"))), {"person": "c", "v": "wave"}, []),
        (And((Compare("person", Op.EQ, "v"), Compare("kind", Op.EQ, "w"))), {"v": "wang.min", "w": "refusal"}, [3]),
        (And((Compare("kind", Op.EQ, "v"), Compare("kind", Op.EQ, "w"))), {"v": "wave", "w": "refusal"}, []),
        (Compare("at", Op.GE, "v"), {"v": MOMENT}, [3, 2, 1, 0]),
        (Compare("at", Op.GT, "v"), {"v": MOMENT}, []),
        (Compare("at", Op.LE, "v"), {"v": MOMENT}, [3, 2, 1, 0]),
        (Compare("at", Op.LT, "v"), {"v": MOMENT}, []),
        (Compare("at", Op.EQ, "v"), {"v": MOMENT}, [3, 2, 1, 0]),
        (And((Compare("at", Op.GE, "v"), Compare("at", Op.LT, "w"))), {"v": MOMENT, "w": MAX}, [3, 2, 1, 0]),
        (And((Compare("at", Op.GT, "w"), SUBJECT)), {"w": MAX, "person": "a"}, []),
        (Compare("entry", Op.EQ, "v"), {"v": 2}, [2]),
        (Compare("entry", Op.GE, "v"), {"v": 2}, [3, 2]),
        (Compare("entry", Op.GT, "v"), {"v": 2}, [3]),
        (Compare("entry", Op.LE, "v"), {"v": 1}, [1, 0]),
        (Compare("entry", Op.EQ, "v"), {"v": 99}, []),
        (Compare("under", Op.EQ, "v"), {"v": "A-1"}, [2]),
        (And((Compare("under", Op.EQ, "v"), SUBJECT)), {"v": "A-1", "person": "c"}, [2]),
        (And((Compare("under", Op.EQ, "v"), SUBJECT)), {"v": "A-1", "person": "a"}, []),
    ],
    ids=str,
)
def test_what_it_searches_by(connector: AccessConnector, where: Predicate, values: Values, entries: list[int]) -> None:
    assert listed(connector, where, values).column("entry") == entries


def test_one_person_however_the_number_is_written(connector: AccessConnector) -> None:
    where = And((SUBJECT, Compare("subject", Op.EQ, "again")))
    assert listed(connector, where, {"person": " a", "again": "\uff41"}).column("entry") == [1, 0]


@pytest.mark.parametrize(
    "where",
    [
        Not(SUBJECT),
        Or((SUBJECT, Compare("person", Op.EQ, "other"))),
        Or((SUBJECT, IsNull("subject"))),
        Or((Compare("person", Op.EQ, "person"), IsNull("person"))),
        Compare("person", Op.STARTS_WITH, "person"),
        Compare("kind", Op.GT, "person"),
        Compare("outcome", Op.EQ, "person"),
        IsNull("person"),
        And((Not(Compare("entry", Op.LT, "other")), SUBJECT)),
        Compare("entry", Op.EQ, "person"),
        Compare("at", Op.GE, "other"),
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


# ── receipts, proofs, counts ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_is_the_bytes_that_the_log_holds(connector: AccessConnector, directory: Path) -> None:
    table = listed(connector, ALWAYS, {}, "entry", "receipt")
    with closing(sqlite3.connect(directory / LOG_FILE)) as log:
        stored = dict(log.execute("SELECT idx, body FROM entry"))
    assert {index: str(text).encode() for index, text in zip(*table.columns, strict=True)} == stored


def test_a_proof_proves_its_receipt(connector: AccessConnector) -> None:
    table = listed(
        connector, Compare("kind", Op.IN, "kinds"), {"kinds": ("wave", "refusal")}, "entry", "receipt", "proof"
    )
    assert table.column("entry") == [3, 0]
    notes = set()
    for index, receipt, text in zip(*table.columns, strict=True):
        proof = Proof.parse(str(text))
        assert proof.index == index
        assert proof.verify(str(receipt).encode(), KEY.verifier).size == 4
        assert proof.entry is None  # who may read a proof and no receipt gets no receipt
        notes.add(proof.checkpoint)
    assert len(notes) == 1


def test_an_entry_found_by_its_key_has_its_proof_too(connector: AccessConnector) -> None:
    request = Fetch("Access", ("entry", "receipt", "proof"), via=Via("Access", "entry"))
    table = asyncio.run(connector.fetch(request, {"keys": (1, 99)}))
    ((_, receipt, proof),) = zip(*table.columns, strict=True)
    assert Proof.parse(str(proof)).verify(str(receipt).encode(), KEY.verifier)


def test_where_no_checkpoint_can_be_signed_nothing_is_answered(directory: Path) -> None:
    def closed() -> str:
        raise LogUnavailableError("the log is not open: no checkpoint is signed")

    made = AccessConnector(declaration("x"), LogReader(Search(directory), PSEUDONYMS, closed), ["Resident"])
    assert listed(made, ALWAYS, {}, "receipt").count == 4
    with pytest.raises(SourceError):
        listed(made, ALWAYS, {}, "proof")


def counted(connector: AccessConnector, where: Predicate, values: Values, limit: int = 100) -> list[tuple[Value, ...]]:
    fields = ("bucket", "day", "organisation", "kind", "count")
    request = Fetch("AccessCount", fields, where=where, order=(Order("bucket", descending=True),), limit=True)
    table = asyncio.run(connector.fetch(request, {**values, "limit": limit}))
    return list(zip(*table.columns, strict=True))


DAY = dt.date(2026, 11, 21)
FROM, BEFORE = Compare("day", Op.GE, "from"), Compare("day", Op.LT, "before")
RANGE = And((FROM, BEFORE))
DAYS: Values = {"from": DAY, "before": DAY + dt.timedelta(days=1)}


def test_entries_are_counted_by_day_organisation_and_kind(connector: AccessConnector) -> None:
    assert [row[1:] for row in counted(connector, RANGE, DAYS)] == [
        (DAY, "health-commission", "wave", 1),
        (DAY, "health-commission", "release", 2),
        (DAY, "health-commission", "refusal", 1),
    ]
    assert counted(connector, RANGE, {"from": DAY + dt.timedelta(days=1), "before": DAY + dt.timedelta(days=9)}) == []
    assert len(counted(connector, Compare("day", Op.EQ, "from"), DAYS)) == 3


def test_counts_by_kind_and_organisation(connector: AccessConnector) -> None:
    def kinds(field: str, *values: str) -> list[Value]:
        where = And((RANGE, Compare(field, Op.IN, "some")))
        return [row[3] for row in counted(connector, where, {**DAYS, "some": values})]

    assert kinds("kind", "refusal", "failure") == ["refusal"]
    assert kinds("organisation", "eatwell") == []
    assert kinds("organisation", "") == []
    assert kinds("organisation", "health-commission", "eatwell") == ["wave", "release", "refusal"]


def test_counts_page_by_page(connector: AccessConnector) -> None:
    whole = counted(connector, RANGE, DAYS)
    paged = counted(connector, RANGE, DAYS, limit=1)
    for _ in range(2):
        behind = And((RANGE, Or((Compare("bucket", Op.LT, "at"), IsNull("bucket")))))
        paged += counted(connector, behind, {**DAYS, "at": paged[-1][0]}, limit=1)
    assert paged == whole


@pytest.mark.parametrize(
    "where",
    [
        ALWAYS,
        FROM,
        BEFORE,
        And((Compare("day", Op.GE, "long"), BEFORE)),
        And((RANGE, Not(Compare("kind", Op.EQ, "kind")))),
        And((RANGE, Compare("kind", Op.GT, "kind"))),
        And((RANGE, Compare("count", Op.EQ, "kind"))),
        And((RANGE, IsNull("organisation"))),
        Or((RANGE, FROM)),
        Compare("day", Op.IN, "several"),
    ],
    ids=str,
)
def test_counts_of_unbounded_days_or_by_anything_else_are_refused(connector: AccessConnector, where: Predicate) -> None:
    values = {**DAYS, "long": DAY - dt.timedelta(days=400), "kind": "act", "several": (DAY, DAY)}
    with pytest.raises(UnsupportedError):
        counted(connector, where, values)


def test_days_at_the_ends_of_the_calendar(connector: AccessConnector) -> None:
    for day in (dt.date.min, dt.date.max):
        for op in (Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE):
            with contextlib.suppress(UnsupportedError):
                assert counted(connector, Compare("day", op, "day"), {"day": day}) == []
