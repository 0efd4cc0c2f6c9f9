"""Promise 2. No receipt, no release; what is given to another organisation is on record before it is told."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from audit.errors import LogUnavailableError
from audit.search import Wanted
from tests.support.city import QUESTION, STREET, City
from vocabulary.receipt import Entry, Kind, Receipt

ASK = {"street": STREET, "first": 5}


def break_log(city: City, monkeypatch: pytest.MonkeyPatch, *kinds: Kind) -> None:
    """From now on entries of these kinds can't be written."""
    append = city.exchange.log.append

    async def broken(entry: Entry) -> Receipt:
        if entry.kind in kinds:
            raise LogUnavailableError("disk full")
        return await append(entry)

    monkeypatch.setattr(city.exchange.log, "append", broken)


def told(city: City) -> list[dict[str, Any]]:
    """What the delivery company was told, as its own log has it."""
    log = city.home.resolve() / "delivery.log"
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []


def test_without_a_closing_entry_nothing_is_released(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    break_log(city, monkeypatch, Kind.RELEASE)
    reply = city.ask("analyst", QUESTION, ASK)
    assert (reply.status, reply.code) == (503, "RECEIPT_UNAVAILABLE")
    assert "data" not in reply.body


def test_without_its_entry_nothing_is_given_to_another_organisation(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    break_log(city, monkeypatch, Kind.WAVE)
    asked: list[str] = []
    for name in ("health", "delivery"):
        monkeypatch.setattr(city.exchange.connectors[name], "fetch", lambda *_, name=name: asked.append(name))
    reply = city.ask("analyst", QUESTION, ASK)
    assert reply.code == "RECEIPT_UNAVAILABLE"
    assert asked == []


def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    break_log(city, monkeypatch, Kind.REFUSAL)
    reply = city.ask("analyst", "{ nobody }")
    assert reply.code == "RECEIPT_UNAVAILABLE"
    assert "data" not in reply.body


def test_the_closing_entry_names_the_waves_before_it(city: City) -> None:
    reply = city.ask("analyst", QUESTION, ASK)
    index = reply.body["extensions"]["receipt"]["index"]
    entries = dict(city.entries())
    closing = entries[index]
    assert closing["kind"] == "release"
    assert closing["waves"]
    for wave in closing["waves"]:
        assert wave < index
        assert entries[wave]["kind"] == "wave"
        assert {one["organisation"] for one in entries[wave]["given"]} == {"health-commission", "eatwell"}
        assert len(entries[wave]["subjects"]["Resident"]) == len(reply.data["residents"]["nodes"])
    assert len(closing["subjects"]["Resident"]) == len(reply.data["residents"]["nodes"])


def test_every_refusal_of_somebody_is_on_record(city: City) -> None:
    before = len(city.entries())
    assert city.ask("committee", "{ residents { nodes { nme } } }").code == "DOCUMENT_INVALID"
    assert city.ask("committee", "{ residents { nodes { name } } }", purpose="curiosity").code == "PURPOSE_UNKNOWN"
    new = [entry for _, entry in city.entries()[before:]]
    assert [(one["kind"], one["outcome"]) for one in new] == [
        ("refusal", "DOCUMENT_INVALID"),
        ("refusal", "PURPOSE_UNKNOWN"),
    ]
    assert {one["who"]["person"] for one in new} == {"li.na"}


def test_nobody_can_fill_the_log_without_a_token(make_city: Callable[..., City]) -> None:
    city = make_city()
    before = len(city.entries())
    for _ in range(100):
        assert city.post({"query": "{ __typename }"}).code == "TOKEN_MISSING"
    assert len(city.entries()) == before + 1
    city.run_flush()
    last = city.entries()[-1][1]
    assert (last["kind"], last["counts"]) == ("unidentified", {"TOKEN_MISSING": 99})


TESTS = """      Test:
        table: test
        key: number
        area: area
        collection: tests
        pageBy: number
"""
FIELDS = """        fields:
          number: {column: id, type: Int, level: 1, description: {zh: 号, en: Number}}
          area: {column: area_code, type: String, level: 2, description: {zh: 区划, en: Area}}
          takenAt:"""


@pytest.fixture
def testing_city(make_city: Callable[..., City], built_city: Path) -> City:
    """The demo city with tests that are listed on their own, each with a reference to its resident."""
    declared = (built_city / "exchange.yaml").read_text("utf-8")
    declared = declared.replace("      Test:\n        table: test\n", TESTS).replace(
        "        fields:\n          takenAt:", FIELDS
    )
    declared = declared.replace("en: Who was tested}}\n        omit: [id]", "en: Who was tested}}")
    read = "p, any, own, %s, read, any, any, allow, plain\n"
    policy = "".join(read % one for one in ("Resident.area", "Resident.emergencyContact", "Test.*"))
    policy += "p, org:public-security-bureau, any, Test.resident, deliver, any, any, allow, plain\n"
    city = make_city(exchange=declared, policy=policy)
    health = city.home / "health.sqlite"
    shutil.copy(health, city.home / "own.sqlite")
    (city.home / "own.sqlite").replace(health)
    people = dict(city.rows("SELECT identity_no, area_code FROM resident"))
    with closing(sqlite3.connect(health)) as database, database:
        database.execute("ALTER TABLE test ADD COLUMN area_code TEXT")
        database.executemany("UPDATE test SET area_code = ? WHERE identity_no = ?", [(a, n) for n, a in people.items()])
    return city


@pytest.mark.parametrize("contacts_first", [True, False])
def test_keys_of_several_owners_in_one_request_are_announced_each_for_itself(
    testing_city: City, contacts_first: bool
) -> None:
    contacts, tests = (
        "residents(first: 5) { nodes { emergencyContact { area } } }",
        "tests(first: 50) { nodes { number resident { area } } }",
    )
    before = len(testing_city.entries())
    parts = [contacts, tests] if contacts_first else [tests, contacts]
    reply = testing_city.ask("analyst", "{ " + " ".join(parts) + " }")
    numbers = [one["number"] for one in reply.data["tests"]["nodes"]]
    marks = ", ".join("?" * len(numbers))
    ((told,),) = testing_city.rows(
        f"SELECT count(DISTINCT identity_no) FROM test WHERE id IN ({marks})", numbers, "health"
    )
    (wave,) = [entry for _, entry in testing_city.entries()[before:] if entry["kind"] == "wave"]
    (given,) = wave["given"]
    assert (given["organisation"], given["coordinate"]) == ("public-security-bureau", "Test.resident")
    assert 0 < given["count"] <= told
    assert len(wave["subjects"]["Resident"]) == given["count"]


def test_what_was_given_and_searched_for_is_named_also_where_no_answer_follows(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city(request_timeout=0.3)

    async def hang(*_: object) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr(city.exchange.connectors["health"], "fetch", hang)
    assert city.ask("analyst", QUESTION, ASK).code == "DEADLINE_EXCEEDED"
    entries = city.entries()
    failure = entries[-1][1]
    assert failure["kind"] == "failure"
    assert [dict(entries)[wave]["kind"] for wave in failure["waves"]] == ["wave"]
    assert failure["document"]
    assert failure["epoch"]


@pytest.mark.parametrize("where", ["{eq: $a}", "{in: [$a]}", "{in: $list}", '{in: ["%s"]}'])
def test_whoever_is_searched_for_by_an_identifier_is_on_record(make_city: Callable[..., City], where: str) -> None:
    line = "p, any, any, Resident.%s, %s, any, any, allow, plain\n"
    city = make_city(policy=line % ("area", "read") + line % ("identityNo", "match"))
    nobody = "310115190001010000"
    variables: dict[str, object] = {"a": nobody, "list": [nobody]}
    declared = "($a: String!)" if "$a" in where else "($list: [String!]!)" if "$list" in where else ""
    asked = where.replace("%s", nobody)
    reply = city.ask(
        "analyst", f"query{declared} {{ residents(where: {{identityNo: {asked}}}) {{ nodes {{ area }} }} }}", variables
    )
    assert reply.data == {"residents": {"nodes": []}}
    (pseudonym,) = city.exchange.pseudonyms.of("Resident", [nobody])
    (entry,) = city.exchange.search.find(Wanted(subjects=frozenset({pseudonym})), 9)
    assert entry.how == ("probed",)


def test_a_policy_of_many_lines_is_recorded_or_refused_before_anything_is_given(make_city: Callable[..., City]) -> None:
    deliver = "p, org:health-commission, any, Resident.identityNo, deliver, any, any, allow, plain\n"
    fields = ("name", "sex", "phone", "address", "area", "livesAlone", "latestVaccination")
    lines = [
        f"p, any, {area}, Resident.{field}, read, any, any, allow, plain\n"
        for field in fields
        for area in ("310101", "310104", "310105", "310106", "310107", "310109", "310110", "310112", "310115")
    ]
    city = make_city(policy="".join(lines) + "p, any, own, Vaccination.*, read, any, any, allow, plain\n" + deliver)
    document = "{ residents { nodes { name sex phone address area livesAlone latestVaccination { vaccine } } } }"
    reply = city.ask("analyst", document)
    assert reply.status == 200
    entry = dict(city.entries())[reply.body["extensions"]["receipt"]["index"]]
    (name,) = [one for one in entry["shown"] if one["coordinate"] == "Resident.name"]
    assert name["line"].count("policy.csv:") == 9
