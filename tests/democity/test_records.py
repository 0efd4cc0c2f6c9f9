from __future__ import annotations

import datetime as dt
from itertools import groupby
from random import Random

import pytest

from democity import records
from democity.people import AS_OF, Resident
from democity.records import CHINA, OBSERVED_DAYS
from democity.streets import FOCUS_COMMITTEES, Street, Streets

NOW = dt.datetime(2026, 3, 2, 3, 15, tzinfo=CHINA)


def seeded(seed: int) -> Random:
    return Random(seed)


@pytest.fixture(scope="module")
def streets() -> list[Street]:
    return list(Streets(7, 2000))


@pytest.fixture(scope="module")
def people(streets: list[Street]) -> list[Resident]:
    return [person for street in streets for person in street.residents]


def test_most_are_vaccinated_some_often_and_each_dose_is_later(people: list[Resident]) -> None:
    rows = list(records.vaccinations(seeded(1), people))
    born = {person.identity_no: person.birth_date for person in people}
    doses = {who: list(group) for who, group in groupby(rows, key=lambda row: row[0])}
    assert 0.78 < len(doses) / len(people) < 0.9
    assert max(map(len, doses.values())) > 2
    for who, group in doses.items():
        assert isinstance(who, str)
        days = [dt.date.fromisoformat(str(row[3])) for row in group]
        assert [row[2] for row in group] == list(range(1, len(group) + 1))
        assert days == sorted(set(days))
        assert born[who] < days[0]
        assert days[-1] <= AS_OF


def test_tests_are_recent_aware_and_seldom_positive(people: list[Resident]) -> None:
    rows = list(records.tests(seeded(1), people, NOW))
    results = [row[2] for row in rows]
    assert set(results) == {"阳性", "阴性"}
    assert results.count("阳性") < 0.05 * len(results)
    moments = [dt.datetime.fromisoformat(str(row[1])) for row in rows]
    assert {moment.utcoffset() for moment in moments} == {dt.timedelta(hours=8)}
    assert all(NOW - dt.timedelta(days=62) < moment <= NOW for moment in moments)


def test_most_of_one_committee_were_tested_within_the_last_day(people: list[Resident]) -> None:
    own = {person.identity_no for person in people if person.area_code.startswith(FOCUS_COMMITTEES[0])}
    rows = records.tests(seeded(1), people, NOW)
    today = {row[0] for row in rows if dt.datetime.fromisoformat(str(row[1])) > NOW - dt.timedelta(hours=23)}
    assert len(own & today) > 0.5 * len(own)
    assert len(today - own) < 0.1 * len(people)


def test_everyone_has_one_health_code_or_none(people: list[Resident]) -> None:
    rows = list(records.health_codes(seeded(1), people, NOW))
    assert len({row[0] for row in rows}) == len(rows) < len(people)
    assert {row[1] for row in rows} == {"green", "yellow", "red"}


def test_arrivals_are_observed_in_the_building_where_they_live(streets: list[Street]) -> None:
    seen = set()
    for street in streets:
        homes = {person.identity_no: (person.building_no, person.area_code) for person in street.residents}
        for number, building, area, arrived, until, _ in records.observations(seeded(1), street, NOW):
            assert homes[str(number)] == (building, area)
            days = dt.date.fromisoformat(str(until)) - dt.date.fromisoformat(str(arrived))
            assert days == dt.timedelta(days=OBSERVED_DAYS)
            assert dt.date.fromisoformat(str(arrived)) <= NOW.date()
            seen.add(str(area)[:12])
    assert set(FOCUS_COMMITTEES) <= seen


def test_meals_are_brought_mostly_to_the_old(people: list[Resident]) -> None:
    rows = list(records.meal_services(seeded(1), people, NOW))
    old = {person.identity_no for person in people if person.age >= 60}
    served = {row[0] for row in rows}
    assert len(served) == len(rows)
    assert 0.07 < len(served & old) / len(old) < 0.18
    assert 0 < len(served - old) < 0.03 * len(people)
    for _, active, meals, last, _ in rows:
        recent = dt.date.fromisoformat(str(last)) > NOW.date() - dt.timedelta(days=30)
        assert bool(active) == recent == (meals != 0)
