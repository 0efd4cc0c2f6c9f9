"""Every table of every system, filled street by street: the one place that says which rows go where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from random import Random
from typing import Final, TypeAlias

from democity import belongings, care, records, sensors, street_cases
from democity.people import Resident
from democity.records import CHINA, Row
from democity.serials import Serials
from democity.streets import Street, Streets
from democity.tables import BY_NAME, Table

Add: TypeAlias = Callable[[Table, Iterable[Row], str], None]

_SERIALISED: Final = ("dwelling", "firm", "vehicle", "elderly_care", "disability")


class Registers:
    """Fills the tables of a city; used once.

    Each table draws from a stream of random numbers of its own, anew in each street: a change to one leaves the rows
    of the others as they were. `now` is the moment for which the recent tables are recent.
    """

    def __init__(self, seed: int, residents: int, now: dt.datetime) -> None:
        self._seed, self._residents, self._now = seed, residents, now
        self._serials = {table: Serials(Random(f"{seed} serials of {table}")) for table in _SERIALISED}
        self._ids = {table: count(1) for table in ("vaccination", "test", "observation")}
        self._rows: dict[str, int] = {}
        self._plates: dict[str, int] = {}

    def fill(self, add: Add, told: Callable[[int], None]) -> None:
        """Hand over all rows; `told` hears after each street how many residents were written with it."""
        add(BY_NAME["sensor_kind"], sensors.kinds(), "")
        for street in Streets(self._seed, self._residents):
            self._street(street, add)
            told(sum(len(household.members) for household in street.households))

    def _street(self, street: Street, add: Add) -> None:
        people = list(street.residents)

        def put(table: str, rows: Iterable[Row], part: str = "") -> None:
            add(BY_NAME[table], rows, part)

        put("resident", (_row(person) for person in people))
        plates: list[str] = []
        vehicles = belongings.vehicles(self._random("vehicle", street), street, self._serials["vehicle"], self._plates)
        put("vehicle", _noting(vehicles, 1, plates))
        for table, rows in (
            ("vaccination", records.vaccinations(self._random("vaccination", street), people)),
            ("test", records.tests(self._random("test", street), people, self._now)),
            ("observation", records.observations(self._random("observation", street), street, self._now)),
        ):
            put(table, self._numbered(table, rows))
        put("health_code", records.health_codes(self._random("health_code", street), people, self._now))
        put("meal_service", records.meal_services(self._random("meal_service", street), people, self._now))
        put("building", belongings.buildings(street))
        for name, make in (
            ("dwelling", belongings.dwellings),
            ("firm", belongings.firms),
            ("elderly_care", care.elderly_care),
            ("disability", care.disabilities),
        ):
            made = make(self._random(name, street), street, self._serials[name], self._rows.get(name, 0))
            put(name, self._counted(name, made))
        first = self._rows.get("street_case", 0) + 1
        cases = street_cases.street_cases(self._random("street_case", street), street, plates, first, self._now)
        put("street_case", self._counted("street_case", cases))
        self._sensors(street, put)

    def _sensors(self, street: Street, put: Callable[..., None]) -> None:
        first = self._rows.get("sensor", 0) + 1
        installed = list(self._counted("sensor", sensors.sensors(self._random("sensor", street), street, first)))
        put("sensor", installed)
        today = self._now.astimezone(CHINA).date()
        for ago in range(sensors.DAYS):
            day = today - dt.timedelta(days=ago)
            draws = self._random(f"reading {ago}", street)
            put("reading", sensors.readings(draws, installed, day, self._now), day.isoformat())

    def _random(self, table: str, street: Street) -> Random:
        return Random(f"{self._seed} {table} {street.code}")

    def _numbered(self, table: str, rows: Iterable[Row]) -> Iterator[Row]:
        ids = self._ids[table]
        return ((next(ids), *row) for row in rows)

    def _counted(self, table: str, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, while the table remembers how many there are before the next street."""
        for row in rows:
            self._rows[table] = self._rows.get(table, 0) + 1
            yield row


def _row(person: Resident) -> Row:
    return (
        person.serial,
        person.identity_no,
        person.name,
        person.sex,
        person.birth_date.isoformat(),
        person.phone,
        person.address,
        person.area_code,
        person.building_no,
        person.lives_alone,
        person.contact_identity_no,
        person.photo,
        person.remarks,
    )


def _noting(rows: Iterable[Row], column: int, into: list[str]) -> Iterator[Row]:
    for row in rows:
        into.append(str(row[column]))
        yield row
