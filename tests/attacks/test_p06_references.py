"""Promise 6, for references: following one into another organisation's source tells that source the key."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.city import City
from vocabulary.fetch import Fetch, Table, Values

FLATS = """
  flats:
    owner: data-bureau
    connector: sql
    options: {url: "sqlite:///flats.sqlite"}
    types:
      Flat:
        table: flat
        description: {zh: 房屋, en: A flat}
        key: number
        area: area
        fields:
          number: {column: number, type: String, level: 1, description: {zh: 编号, en: Number}}
          kind: {column: kind, type: String, level: 1, masks: [redact], description: {zh: 类型, en: Kind}}
          area: {column: area_code, type: String, level: 1, description: {zh: 区划, en: Area}}
"""
REFERENCE = """        references:
          flat:
            {type: Flat, key: number, column: remarks, level: 2, description: {zh: 住房, en: The flat they live in}}
          emergencyContact:"""
READ = "p, any, own, %s, read, any, any, allow, plain\n"
POLICY = READ % "Resident.area" + READ % "Resident.flat" + READ % "Flat.*"
DELIVER = "p, org:data-bureau, %s, Resident.flat, deliver, any, any, allow, plain\n"
DOCUMENT = (
    '{ residents(first: 1000, where: {area: {within: ["310115016003"]}}) { nodes { area flat { number kind area } } } }'
)


@pytest.fixture
def city_with_flats(make_city: Callable[..., City], built_city: Path) -> Callable[[str], City]:
    """The demo city with flats of another organisation; their numbers stand in the residents' remarks."""

    def make(policy: str) -> City:
        declared = (built_city / "exchange.yaml").read_text("utf-8")
        declared = declared.replace("        references:\n          emergencyContact:", REFERENCE)
        declared = declared.replace("omit: [photo, remarks]", "omit: [photo]")
        city = make_city(exchange=declared.replace("\n  health:\n", FLATS + "\n  health:\n", 1), policy=policy)
        register = city.home / "population.sqlite"
        shutil.copy(register, city.home / "own.sqlite")
        (city.home / "own.sqlite").replace(register)
        with closing(sqlite3.connect(register)) as database, database:
            database.execute("UPDATE resident SET remarks = 'flat-' || (serial % 997)")
        people = city.rows("SELECT remarks, 1 FROM resident GROUP BY remarks")
        with closing(sqlite3.connect(city.home / "flats.sqlite")) as database, database:
            database.execute("CREATE TABLE flat (number TEXT PRIMARY KEY, kind TEXT, area_code TEXT)")
            # every second flat is registered in another committee than the one its people live in
            rows = [(flat, "flat", f"31011501600{3 + at % 2}001") for at, (flat, _) in enumerate(people)]
            database.executemany("INSERT INTO flat VALUES (?, ?, ?)", rows)
        return city

    return make


def listen(city: City, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    heard: list[Any] = []
    connector = city.exchange.connectors["flats"]
    original = connector.fetch

    async def fetch(request: Fetch, values: Values) -> Table:
        heard.extend(values["keys"])  # type: ignore[arg-type]  # a tuple, by contract
        return await original(request, values)

    monkeypatch.setattr(connector, "fetch", fetch)
    return heard


def test_without_a_deliver_line_the_reference_is_withheld(
    city_with_flats: Callable[[str], City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = city_with_flats(POLICY)
    heard = listen(city, monkeypatch)
    reply = city.ask("analyst", DOCUMENT)
    assert {one["flat"] for one in reply.data["residents"]["nodes"]} == {None}
    assert reply.withheld == {"Resident.flat": "deliver"}
    assert heard == []


def test_with_one_the_source_is_told_the_keys_of_visible_rows_and_on_record_first(
    city_with_flats: Callable[[str], City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = city_with_flats(POLICY + DELIVER % "any")
    heard = listen(city, monkeypatch)
    reply = city.ask("committee", DOCUMENT)
    mine = {flat for (flat,) in city.rows("SELECT remarks FROM resident WHERE area_code LIKE '310115016003%'")}
    assert set(heard) == mine
    assert len(heard) == len(set(heard))
    wave = next(entry for _, entry in reversed(city.entries()) if entry["kind"] == "wave")
    assert [(one["organisation"], one["coordinate"]) for one in wave["given"]] == [("data-bureau", "Resident.flat")]
    shown = len([one for one in reply.data["residents"]["nodes"] if one["area"]])
    assert len(wave["subjects"]["Resident"]) <= shown


def test_the_rows_on_the_other_side_are_decided_by_their_own_area(city_with_flats: Callable[[str], City]) -> None:
    city = city_with_flats(POLICY + DELIVER % "any")
    nodes = city.ask("committee", DOCUMENT).data["residents"]["nodes"]
    flats = [one["flat"] for one in nodes if one["flat"]]
    assert flats
    assert any(one["flat"] is None for one in nodes)
    assert all(one["area"].startswith("310115016003") for one in flats)


def test_a_deliver_line_for_the_receivers_own_areas_follows_the_receivers_areas(
    city_with_flats: Callable[[str], City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = city_with_flats(POLICY + DELIVER % "310115016004")
    heard = listen(city, monkeypatch)
    reply = city.ask("analyst", DOCUMENT)
    assert heard == []
    assert {one["flat"] for one in reply.data["residents"]["nodes"]} == {None}
