"""Stories that the city tells of itself, asked over HTTP: each a document, lines of the policy, and what the sources hold.

What an answer may hold is compared with the sources' own rows, and everything else that they hold about the same people
is looked for in it.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from democity.care import MEAL_HOUSEHOLDS
from democity.personas import RESIDENT
from federation.demo import City as Demo
from federation.demo import build_demo
from federation.settings import Settings
from tests.support.city import RESIDENTS, City, Reply, appearance_bureau, free_port
from tests.support.governing import emergency
from tests.support.servers.database import KEEPER, PASSWORD
from tests.support.servers.postgresql import PostgresqlServer
from vocabulary.moment import CITY_ZONE

pytestmark = pytest.mark.whole

STORIES = Path(__file__).parents[2] / "democity" / "city" / "stories"
STREET = "310115016"
OWN = "310115016003"


def story(name: str) -> str:
    return (STORIES / f"{name}.graphql").read_text("utf-8")


@dataclass(frozen=True)
class Truth:
    """What the sources themselves hold: SQLite files by name, and others as tables in curly brackets."""

    home: Path

    def rows(self, query: str, parameters: Sequence[object] = (), source: str = "population") -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.home / source}.sqlite?mode=ro", uri=True)) as database:
            return database.execute(query, tuple(parameters)).fetchall()

    def held(self, query: str) -> list[tuple[Any, ...]]:
        files = {
            "elderly_care": f"read_csv('{self.home}/care/elderly_care.csv', all_varchar = true)",
            "disability": f"read_csv('{self.home}/care/disability.csv', all_varchar = true)",
            "firm": f"'{self.home}/housing/firm.parquet'",
            "building": f"'{self.home}/housing/building.parquet'",
            "sensor": f"'{self.home}/sensors/sensor.parquet'",
            "sensor_kind": f"'{self.home}/sensors/sensor_kind.parquet'",
            "reading": f"'{self.home}/sensors/reading-*.parquet'",
        }
        with duckdb.connect() as engine:
            engine.execute("SET temp_directory = ''")
            return engine.execute(query.format(**files)).fetchall()


@cache
def built_at() -> dt.datetime:
    """When both cities are built: once these tests begin, and not when they are collected, which may be a day before."""
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """A city of today, so that something in it is of the last day, in files."""
    home = tmp_path_factory.mktemp("stories") / "home"
    build_demo(Settings(home=home), Demo(RESIDENTS, appearance_port=free_port(), now=built_at()))
    return Truth(home)


@pytest.fixture(scope="module", params=["files", pytest.param("postgresql", marks=pytest.mark.server)])
def city(request: pytest.FixtureRequest, truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The city in files, and the same one in a database server."""
    if request.param == "files":
        yield from opened(truth.home)
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    database, home = server.create_database(), tmp_path_factory.mktemp("stories") / "home"
    server.execute(f"GRANT CREATE ON DATABASE {database} TO {KEEPER}")
    url = server.url(database, KEEPER).replace("@", f":{PASSWORD}@")
    build_demo(Settings(home=home), Demo(RESIDENTS, appearance_port=free_port(), now=built_at(), postgres=url))
    assert not [*home.glob("population*"), *home.glob("housing*"), *home.glob("staging*")]
    yield from opened(home)


def opened(home: Path) -> Iterator[City]:
    """The exchange of a city, whose appearance bureau is up."""
    with appearance_bureau(home, json.loads((home / "city.json").read_text("utf-8"))["appearance_port"]):
        made = City(home)
        yield made
        made.close()


def nodes(reply: Reply, collection: str) -> list[dict[str, Any]]:
    assert "errors" not in reply.body, reply.text
    found: list[dict[str, Any]] = reply.data[collection]["nodes"]
    return found


def nowhere(reply: Reply, values: list[Any]) -> None:
    """None of these stands anywhere in an answer; where there are none, the test would prove nothing."""
    sought = {str(value) for value in values if value is not None}
    assert sought
    assert not {value for value in sought if value in reply.text}


# ── the elderly households of one street that need meals brought ──────────────────────────────────────────────────────


def test_twelve_households_need_meals_and_nobodys_assessment_is_read(city: City, truth: Truth) -> None:
    reply = city.ask("meals", story("meals"), {"street": STREET})
    found = nodes(reply, "elderlyCare")
    expected = truth.held(
        "SELECT name, area_code FROM {elderly_care} WHERE needs_meals = 'true' AND area_code LIKE '310115016%' "
        "ORDER BY serial::INTEGER"
    )
    assert len(found) == len(expected) == MEAL_HOUSEHOLDS
    assert [(one["name"][0], one["area"]) for one in found] == [(name[0], area) for name, area in expected]
    assert {one["address"] for one in found} == {"上海市浦东新区花木街道"}
    assert len({one["id"] for one in found}) == MEAL_HOUSEHOLDS
    assert reply.masked == {"ElderlyCare.name": ["name-surname"], "ElderlyCare.address": ["address-street"]}
    assert reply.withheld == {}
    ((*everything,),) = truth.held(
        "SELECT list(name), list(identity_no), list(address), list(contact_phone), list(dwelling_no) FROM {elderly_care}"
    )
    nowhere(reply, [value for column in everything for value in column])


@pytest.mark.parametrize(
    "asked", ["careLevel", "needsMeals", "assessedOn", "contactPhone", "resident { name }", "resident { id }"]
)
def test_the_assessment_is_withheld_from_whoever_coordinates_meals(city: City, asked: str) -> None:
    reply = city.ask("meals", f"{{ elderlyCare {{ nodes {{ name {asked} }} }} }}")
    field = asked.partition(" ")[0]
    assert reply.withheld == {f"ElderlyCare.{field}": "not-granted"}
    assert {str(one[field]) for one in nodes(reply, "elderlyCare")} == {"None"}


@pytest.mark.parametrize(
    "argument",
    [
        "where: {careLevel: {gte: 3}}",
        "where: {needsMeals: {eq: false}}",
        "where: {not: {needsMeals: {eq: true}}}",
        'where: {name: {startsWith: "王"}}',
        "orderBy: {field: careLevel}",
        "orderBy: {field: assessedOn}",
    ],
)
def test_the_assessment_is_not_found_out_by_asking_otherwise(city: City, argument: str) -> None:
    reply = city.ask("meals", f"{{ elderlyCare({argument}) {{ nodes {{ name }} }} }}")
    assert reply.code in {"ARGUMENT_REFUSED", "ORDER_REFUSED"}


def test_the_households_of_other_streets_and_for_other_purposes_are_not_there(city: City) -> None:
    assert nodes(city.ask("meals", story("meals"), {"street": "310115"}), "elderlyCare") == nodes(
        city.ask("meals", story("meals"), {"street": STREET}), "elderlyCare"
    )
    for street in ("310115005", "310101"):
        assert nodes(city.ask("meals", story("meals"), {"street": street}), "elderlyCare") == []
    assert city.ask("meals", story("meals"), {"street": STREET}, purpose="street-order").code == "ARGUMENT_REFUSED"
    for who in ("analyst", "committee", "operator"):
        refused = city.ask(who, story("meals"), {"street": STREET}, purpose="elderly-care")
        assert refused.code == "ARGUMENT_REFUSED"
        everybody = city.ask(who, "{ elderlyCare { nodes { name address } } }", purpose="elderly-care")
        assert nodes(everybody, "elderlyCare") == []


def test_no_other_organisation_hears_that_a_household_needs_meals(city: City) -> None:
    before = len(city.entries())
    city.ask("meals", story("meals"), {"street": STREET})
    entries = [entry for _, entry in city.entries()[before:]]
    assert [entry["kind"] for entry in entries] == ["release"]
    assert len(entries[0]["subjects"]["Resident"]) == MEAL_HOUSEHOLDS


# ── arrivals under home observation, per building, for the committee ──────────────────────────────────────────────────


def test_the_committee_sees_who_arrived_building_by_building_and_not_why(city: City, truth: Truth) -> None:
    reply = city.ask("committee", story("arrivals"), {"committee": OWN})
    buildings = nodes(reply, "buildings")
    addresses: dict[str, str] = dict(
        truth.held("SELECT building_no, address FROM {building} WHERE area_code LIKE '310115016003%'")
    )
    expected: dict[str, list[tuple[str, str]]] = {address: [] for address in addresses.values()}
    names = dict(truth.rows("SELECT identity_no, name FROM resident"))
    rows = truth.rows(
        f"SELECT identity_no, building_no, arrived_on, until FROM observation WHERE area_code LIKE '{OWN}%'",
        source="health",
    )
    today = dt.datetime.now(CITY_ZONE).date().isoformat()
    assert {until >= today for *_, until in rows} == {True, False}
    for number, building, arrived, until in rows:
        if until < today:
            continue  # it is over
        expected[addresses[building]].append((arrived, names[number][0]))
    shown = {
        one["address"]: [(each["arrivedOn"], each["resident"]["name"][0]) for each in one["observations"]]
        for one in buildings
    }
    assert {address: sorted(each) for address, each in shown.items()} == {
        address: sorted(each) for address, each in expected.items()
    }
    assert reply.withheld == {"Observation.reason": "not-granted"}
    assert reply.masked == {"Resident.name": ["name-surname"]}
    nowhere(reply, [*names, *names.values(), *(row[0] for row in truth.rows("SELECT phone FROM resident"))])
    nowhere(reply, [one for (one,) in truth.rows("SELECT DISTINCT reason FROM observation", source="health")])


def test_the_next_committee_and_its_arrivals_are_not_there(city: City) -> None:
    for committee in ("310115016004", "310101"):
        assert nodes(city.ask("committee", story("arrivals"), {"committee": committee}), "buildings") == []
    whole = nodes(city.ask("committee", story("arrivals"), {"committee": STREET}), "buildings")
    assert whole == nodes(city.ask("committee", story("arrivals"), {"committee": OWN}), "buildings")


def test_whoever_is_told_of_arrivals_is_on_record_before(city: City) -> None:
    before = len(city.entries())
    city.ask("committee", story("arrivals"), {"committee": OWN})
    entries = [entry for _, entry in city.entries()[before:]]
    assert [entry["kind"] for entry in entries] == ["wave", "wave", "release"]
    told = [(one["organisation"], one["coordinate"]) for entry in entries[:-1] for one in entry["given"]]
    assert told == [
        ("health-commission", "Building.buildingNo"),
        ("public-security-bureau", "Observation.resident"),
    ]


# ── the tests of a building, in an emergency and not otherwise ────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def building(truth: Truth) -> str:
    """The building of the committee with the most people."""
    query = (
        f"SELECT building_no FROM resident WHERE area_code LIKE '{OWN}%' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    ((number,),) = truth.rows(query)
    return str(number)


def test_of_a_building_the_tests_of_the_last_day_are_shown_in_an_emergency_and_not_otherwise(
    city: City, truth: Truth, building: str
) -> None:
    document, variables = story("tests-of-a-building"), {"building": building}
    ordinary = city.ask("analyst", document, variables)
    assert [set(one) for one in nodes(ordinary, "buildings")] == [{"address", "residents"}]
    assert nodes(ordinary, "buildings")[0]["residents"] is None
    assert ordinary.withheld == {"Building.residents": "not-granted"}
    assert city.ask("analyst", document, variables, mode="emergency").code == "EMERGENCY_MISSING"

    emergency(city, "310115016004")
    elsewhere = city.ask("analyst", document, variables, mode="emergency")
    assert nodes(elsewhere, "buildings") == []

    emergency(city, OWN)
    asked_at = dt.datetime.now(dt.UTC)
    opened = city.ask("analyst", document, variables, mode="emergency")
    people = dict(truth.rows("SELECT identity_no, name FROM resident WHERE building_no = ?", [building]))
    (shown,) = nodes(opened, "buildings")
    assert sorted(one["name"] for one in shown["residents"]) == sorted(people.values())
    tests = truth.rows("SELECT identity_no, taken_at, result FROM test", source="health")
    recent: list[tuple[str, dt.datetime, str]] = []
    old: list[tuple[str, dt.datetime, str]] = []
    for number, taken_at, result in tests:
        if number in people:
            taken = dt.datetime.fromisoformat(taken_at)
            (recent if taken >= asked_at - dt.timedelta(hours=24) else old).append((people[number], taken, result))
    assert recent
    assert old
    seen = [
        (one["name"], dt.datetime.fromisoformat(each["takenAt"]), each["result"])
        for one in shown["residents"]
        for each in one["tests"]
    ]
    assert sorted(seen) == sorted(recent)
    nowhere(opened, list(people))
    assert city.ask("analyst", "{ residents { nodes { tests { result } } } }").withheld == {
        "Resident.tests": "not-granted"
    }


def test_a_committee_is_not_led_to_tests_in_an_emergency(city: City, building: str) -> None:
    emergency(city, OWN)
    reply = city.ask("committee", story("tests-of-a-building"), {"building": building}, mode="emergency")
    assert reply.code == "ARGUMENT_REFUSED"
    assert nodes(city.ask("committee", "{ buildings { nodes { address } } }", mode="emergency"), "buildings") == []
    ordinary = city.ask("committee", story("tests-of-a-building"), {"building": building})
    assert ordinary.withheld == {"Building.residents": "not-granted"}


# ── hydrants and sensors, with positions rounded for those who need no more ───────────────────────────────────────────


def sensors_of(truth: Truth) -> list[tuple[Any, ...]]:
    return truth.held(
        "SELECT sensor_no, s.thing, name_zh, longitude, latitude FROM {sensor} s JOIN {sensor_kind} ON code = kind "
        "WHERE area_code LIKE '310115016%' ORDER BY sensor_no"
    )


def band(degrees: float) -> str:
    low = int(degrees * 100)
    return f"{low / 100:.2f}–{(low + 1) / 100:.2f}"


def test_the_operation_desk_sees_between_which_degrees_sensors_stand(city: City, truth: Truth) -> None:
    reply = city.ask("operator", story("sensors"), {"street": STREET})
    expected = sensors_of(truth)
    assert {"hydrant", "smoke", "manhole"} <= {row[1] for row in expected}
    assert [
        (one["sensorNo"], one["thing"], one["kind"]["nameZh"], one["longitudeBand"], one["latitudeBand"])
        for one in nodes(reply, "sensors")
    ] == [(number, thing, kind, band(east), band(north)) for number, thing, kind, east, north in expected]
    assert {one["longitude"] for one in nodes(reply, "sensors")} == {None}
    assert set(reply.withheld) == {"Sensor.longitude", "Sensor.latitude"}
    nowhere(reply, [value for row in expected for value in row[3:]])


def test_the_fire_brigade_sees_exactly_where_hydrants_are_and_nothing_else_exactly(city: City, truth: Truth) -> None:
    reply = city.ask("firefighter", story("sensors"), {"street": STREET})
    expected = sensors_of(truth)
    assert [(one["sensorNo"], one["longitude"], one["latitude"]) for one in nodes(reply, "sensors")] == [
        (number, east if thing == "hydrant" else None, north if thing == "hydrant" else None)
        for number, thing, _, east, north in expected
    ]
    assert [one["longitudeBand"] for one in nodes(reply, "sensors")] == [band(row[3]) for row in expected]
    hydrants = city.ask("firefighter", story("sensors"), {"street": STREET, "thing": "hydrant"})
    assert {one["thing"] for one in nodes(hydrants, "sensors")} == {"hydrant"}
    assert all(one["longitude"] for one in nodes(hydrants, "sensors"))


@pytest.mark.parametrize(
    "argument",
    [
        "where: {longitude: {gte: 121.5}}",
        "where: {not: {latitude: {lt: 31.2}}}",
        'where: {longitudeBand: {eq: "121.54–121.55"}}',
        "orderBy: {field: longitude}",
    ],
)
def test_a_position_is_not_found_out_by_asking_otherwise(city: City, argument: str) -> None:
    reply = city.ask("operator", f"{{ sensors({argument}) {{ nodes {{ sensorNo }} }} }}")
    assert reply.code in {"ARGUMENT_REFUSED", "ORDER_REFUSED", "ARGUMENT_INVALID"}


def test_a_filter_by_position_reaches_only_what_is_seen_exactly(city: City, truth: Truth) -> None:
    everywhere = "{ sensors(first: 1000, where: {longitude: {gte: -180}}) { nodes { sensorNo } } }"
    hydrants = truth.held("SELECT sensor_no FROM {sensor} WHERE thing = 'hydrant' ORDER BY sensor_no")
    found = nodes(city.ask("firefighter", everywhere), "sensors")
    assert [(one["sensorNo"],) for one in found] == hydrants


def test_where_a_sensor_stands_is_not_told_by_its_building(city: City) -> None:
    for who in ("operator", "firefighter"):
        reply = city.ask(who, "{ sensors { nodes { sensorNo building { longitude latitude address } } } }")
        assert reply.withheld == {"Sensor.building": "not-granted"}
        assert {one["building"] for one in nodes(reply, "sensors")} == {None}


# ── what is wrong in a street: the bureau's subgraph, buildings and readings in one question ──────────────────────────


def test_cases_of_the_bureau_and_readings_come_in_one_answer(city: City, truth: Truth) -> None:
    reply = city.ask("operator", story("street"), {"street": STREET})
    shown = {one["buildingNo"]: one["streetCases"] for one in nodes(reply, "buildings")}
    cases = truth.rows(
        f"SELECT building_no, case_no, kind, state FROM street_case WHERE area_code LIKE '{STREET}%'",
        source="appearance",
    )
    assert cases
    assert sorted(
        (number, one["caseNo"], one["kind"], one["state"]) for number, each in shown.items() for one in each
    ) == sorted(cases)
    assert reply.withheld == {"StreetCase.vehicle": "not-granted"}
    nowhere(reply, [plate for (plate,) in truth.rows("SELECT plate FROM vehicle")])
    readings = {one["sensorNo"]: one["readings"] for one in nodes(reply, "sensors")}
    assert readings
    for number, each in readings.items():
        expected = truth.held(
            f"SELECT \"at\", state FROM {{reading}} WHERE sensor_no = '{number}' ORDER BY 1 DESC LIMIT 48"
        )
        assert [(dt.datetime.fromisoformat(one["at"]), one["state"]) for one in each] == [
            (at.astimezone(CITY_ZONE), state) for at, state in expected
        ]


# ── firms of a street, and what a resident finds on record ────────────────────────────────────────────────────────────


def test_firms_are_shown_with_their_premises_and_not_who_stands_behind_them(city: City, truth: Truth) -> None:
    before = len(city.entries())
    reply = city.ask("operator", story("firms"), {"street": STREET})
    expected = truth.held(
        "SELECT credit_code, name, address, legal_person_identity_no FROM {firm} f JOIN {building} b USING (building_no) "
        "WHERE f.area_code LIKE '310115016%' ORDER BY serial"
    )
    assert [(one["creditCode"], one["name"], one["building"]["address"]) for one in nodes(reply, "firms")] == [
        row[:3] for row in expected
    ]
    assert reply.withheld == {"Firm.legalPerson": "not-granted"}
    nowhere(reply, [row[3] for row in expected])
    (entry,) = [entry for _, entry in city.entries()[before:] if entry["kind"] in {"wave", "release"}]
    assert len(entry["subjects"]["Firm"]) == len(expected) > 0


def test_a_resident_finds_own_vehicles_and_disability_and_nobody_elses(city: City, truth: Truth) -> None:
    disabled = {
        number: (kind, int(grade))
        for number, kind, grade in truth.held("SELECT identity_no, kind, grade FROM {disability}")
    }
    owners: dict[str, list[str]] = {}
    for number, plate in truth.rows("SELECT identity_no, plate FROM vehicle ORDER BY plate"):
        owners.setdefault(number, []).append(plate)
    number = next(one for one in owners if one in disabled)
    reply = city.ask(RESIDENT, story("own-records"), subject=("Resident", number))
    (mine,) = nodes(reply, "residents")
    ((name,),) = truth.rows("SELECT name FROM resident WHERE identity_no = ?", [number])
    assert (mine["name"], [one["plate"] for one in mine["vehicles"]]) == (name, owners[number])
    assert (mine["disability"]["kind"], mine["disability"]["grade"]) == disabled[number]
    stranger = next(one for one in owners if one not in disabled)
    (theirs,) = nodes(city.ask(RESIDENT, story("own-records"), subject=("Resident", stranger)), "residents")
    assert theirs["disability"] is None
    assert not {one["plate"] for one in theirs["vehicles"]} & set(owners[number])


# ── the real divisions of the city, where the file is there ───────────────────────────────────────────────────────────

REAL = Path(__file__).parents[3] / "shared" / "data" / "shanghai_divisions.csv"
MADE_UP = """\
code,name,tier,parent
31,上海市,city,
310115,浦东新区,district,31
310101,黄浦区,district,31
310115016,花木街道,street,310115
310115005,陆家嘴街道,street,310115
310101002,南京东路街道,street,310101
"""


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, list[dict[str, str]]]]:
    """A city whose divisions are a source, and the rows of their file: the real one where it is there."""
    place = tmp_path_factory.mktemp("divided")
    file = REAL
    if not REAL.is_file():
        file = place / "shanghai_divisions.csv"
        file.write_text(MADE_UP, "utf-8")
    build_demo(Settings(home=place / "home"), Demo(50, divisions=file))
    opened = City(place / "home")
    with file.open(encoding="utf-8", newline="") as text:
        yield opened, list(csv.DictReader(text))
    opened.close()


@pytest.mark.parametrize("district", ["310115", "310101", "31", "310199"])
def test_the_divisions_of_a_division_are_answered_from_their_file(
    divided: tuple[City, list[dict[str, str]]], district: str
) -> None:
    city, rows = divided
    truth = sorted((row["code"], row["name"], row["tier"]) for row in rows if row["parent"] == district)
    assert bool(truth) == (district != "310199")
    for who in ("committee", "analyst", "firefighter"):
        found = nodes(city.ask(who, story("divisions"), {"district": district}), "divisions")
        assert [(one["code"], one["name"], one["tier"]) for one in found] == truth


def test_the_real_file_has_the_whole_city(divided: tuple[City, list[dict[str, str]]]) -> None:
    city, rows = divided
    found = nodes(city.ask("analyst", "{ divisions(first: 1000) { nodes { code } } }"), "divisions")
    assert [one["code"] for one in found] == sorted(row["code"] for row in rows)
    assert len(rows) == (251 if REAL.is_file() else len(MADE_UP.splitlines()) - 1)


def test_a_city_without_the_file_has_no_divisions(city: City) -> None:
    assert city.ask("analyst", "{ divisions { nodes { code } } }").code == "DOCUMENT_INVALID"
