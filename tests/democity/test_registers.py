"""What the city's systems say about one person, building or sensor agrees across them."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

from democity.care import MEAL_HOUSEHOLDS
from democity.credit_code import check_character
from democity.divisions import district_of
from democity.records import CHINA, Row
from democity.registers import Registers
from democity.sensor_kinds import KINDS, SECLUDED, THINGS
from democity.streets import FOCUS
from democity.tables import TABLES, Table

COUNT = 2000
NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)
Rows = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def city() -> Rows:
    rows: Rows = defaultdict(list)

    def add(table: Table, more: Iterable[Row], part: str) -> None:
        names = [column.name for column in table.columns]
        rows[table.name + (f"-{part}" if part else "")].extend(dict(zip(names, row, strict=True)) for row in more)

    Registers(7, COUNT, NOW).fill(add, lambda _: None)
    return rows


def by(rows: list[dict[str, object]], column: str) -> dict[object, dict[str, object]]:
    found = {row[column]: row for row in rows}
    assert len(found) == len(rows)
    return found


def test_every_table_is_filled_with_the_columns_that_it_has(city: Rows) -> None:
    readings = {f"reading-{day}" for day in ("2026-03-01", "2026-03-02")}
    assert city.keys() == {table.name for table in TABLES} - {"reading"} | readings
    for table in TABLES:
        for row in (row for name, rows in city.items() if name.partition("-")[0] == table.name for row in rows):
            for column in table.columns:
                assert row[column.name] is not None or not column.required, (table.name, column.name)


@pytest.mark.parametrize("table", [table for table in TABLES if table.key], ids=lambda table: str(table.name))
def test_keys_and_serials_are_unique(city: Rows, table: Table) -> None:
    for column in (table.key, *table.unique):
        assert len(by(city[table.name], str(column))) > 0


def test_every_identity_number_is_a_residents(city: Rows) -> None:
    people = by(city["resident"], "identity_no")
    for table in TABLES:
        for column in table.columns:
            if column.name.endswith("identity_no") and table.name != "resident":
                assert {row[column.name] for row in city[table.name]} <= people.keys(), (table.name, column.name)


def test_every_building_is_a_building_of_the_same_grid(city: Rows) -> None:
    buildings = by(city["building"], "building_no")
    for table in ("resident", "dwelling", "firm", "observation", "street_case", "sensor"):
        for row in city[table]:
            if row["building_no"] is not None:
                assert buildings[row["building_no"]]["area_code"] == row["area_code"], table


def test_a_dwelling_has_a_householder_and_as_many_people_as_live_there(city: Rows) -> None:
    people = by(city["resident"], "identity_no")
    living = Counter(row["address"] for row in city["resident"])
    buildings = by(city["building"], "building_no")
    for row in city["dwelling"]:
        householder = people[row["householder_identity_no"]]
        room = str(row["dwelling_no"]).rpartition("-")[2]
        address = f"{buildings[row['building_no']]['address']}{room}室"
        assert householder["address"] == address
        assert living[address] == row["residents"]
        assert (row["residents"] == 1) >= bool(householder["lives_alone"])
        assert int(room[:-2]) <= int(str(buildings[row["building_no"]]["storeys"]))
    assert sum(int(str(row["residents"])) for row in city["dwelling"]) == COUNT


def test_whoever_is_assessed_is_old_and_lives_where_the_register_says(city: Rows) -> None:
    people = by(city["resident"], "identity_no")
    dwellings = by(city["dwelling"], "dwelling_no")
    for row in city["elderly_care"]:
        person = people[row["identity_no"]]
        assert str(person["birth_date"]) < "1965-07-01"
        assert (row["name"], row["address"], row["area_code"]) == (
            person["name"],
            person["address"],
            person["area_code"],
        )
        assert dwellings[row["dwelling_no"]]["building_no"] == person["building_no"]


@pytest.mark.parametrize("count", [COUNT, 6000])
def test_twelve_households_of_one_street_need_meals_each_once_and_nobody_young_lives_there(count: int) -> None:
    rows: Rows = defaultdict(list)

    def add(table: Table, more: Iterable[Row], part: str) -> None:  # noqa: ARG001
        names = [column.name for column in table.columns]
        rows[table.name].extend(dict(zip(names, row, strict=True)) for row in more)

    Registers(7, count, NOW).fill(add, lambda _: None)
    needing = [row for row in rows["elderly_care"] if row["needs_meals"]]
    here = [row for row in needing if str(row["area_code"]).startswith(FOCUS)]
    assert len({row["dwelling_no"] for row in here}) == len(here) == MEAL_HOUSEHOLDS
    assert len(needing) > len(here)
    addresses = {row["address"] for row in needing}
    members = [row for row in rows["resident"] if row["address"] in addresses]
    assert max(str(row["birth_date"]) for row in members) < "1965-07-01"
    assert len({row["dwelling_no"] for row in needing}) == len(needing)


def test_firms_have_valid_codes_of_their_district_and_grown_up_representatives(city: Rows) -> None:
    people = by(city["resident"], "identity_no")
    for row in city["firm"]:
        code = str(row["credit_code"])
        assert check_character(code[:17]) == code[17]
        assert code[2:8] == district_of(str(row["area_code"]))
        assert str(people[row["legal_person_identity_no"]]["birth_date"]) < "2007-07-01"


def test_every_kind_of_sensor_is_met_and_those_within_homes_stand_at_a_building(city: Rows) -> None:
    assert len(KINDS) == 360 == len({kind.code for kind in KINDS})
    assert len(THINGS) == 30
    assert {row["kind"] for row in city["sensor"]} == {kind.code for kind in KINDS}
    buildings = by(city["building"], "building_no")
    for row in city["sensor"]:
        assert str(row["kind"]).partition(".")[0] == row["thing"]
        assert row["secluded"] == (row["thing"] in SECLUDED)
        if row["building_no"] is not None:
            building = buildings[row["building_no"]]
            assert (row["longitude"], row["latitude"]) == (building["longitude"], building["latitude"])
    assert all(row["building_no"] for row in city["sensor"] if row["secluded"] and str(row["area_code"])[:9] == FOCUS)
    here = [row for row in city["sensor"] if str(row["area_code"]).startswith(FOCUS)]
    assert {"hydrant", "smoke", "manhole"} <= {row["thing"] for row in here}


def test_things_stand_in_the_city_and_neighbours_near_one_another(city: Rows) -> None:
    places: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in (*city["building"], *city["sensor"]):
        east, north = float(str(row["longitude"])), float(str(row["latitude"]))
        assert 120.8 < east < 122.0
        assert 30.6 < north < 31.9
        places[str(row["area_code"])].append((east, north))
    for spots in places.values():
        for axis in (0, 1):
            assert max(spot[axis] for spot in spots) - min(spot[axis] for spot in spots) < 0.003


def test_readings_are_hourly_of_known_sensors_and_not_ahead_of_the_day(city: Rows) -> None:
    sensors = by(city["sensor"], "sensor_no")
    for day, hours in (("2026-03-01", 24), ("2026-03-02", 10)):
        rows = city[f"reading-{day}"]
        assert len(rows) == hours * len(sensors)
        assert {row["sensor_no"] for row in rows} == sensors.keys()
        assert all(str(row["at"]).startswith(day) and dt.datetime.fromisoformat(str(row["at"])) <= NOW for row in rows)
        assert {row["state"] for row in rows} == {"normal", "alarm", "offline"}
        assert all((row["value"] is None) == (row["state"] == "offline") for row in rows)


def test_cars_that_stand_where_they_may_not_are_of_the_street(city: Rows) -> None:
    people = by(city["resident"], "identity_no")
    owners = {row["plate"]: people[row["identity_no"]] for row in city["vehicle"]}
    parked = [row for row in city["street_case"] if row["plate"] is not None]
    assert parked
    for row in parked:
        assert row["kind"] == "机动车乱停放"
        assert str(owners[row["plate"]]["area_code"])[:9] == str(row["area_code"])[:9]
    assert all(dt.datetime.fromisoformat(str(row["reported_at"])) <= NOW for row in city["street_case"])
