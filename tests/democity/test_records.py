from __future__ import annotations

import datetime as dt
from itertools import groupby
from random import Random

import pytest

from democity import records
from democity.people import AS_OF, Resident, residents


def seeded(seed: int) -> Random:
    return Random(seed)


@pytest.fixture(scope="module")
def people() -> list[Resident]:
    return residents(seeded(7), 2000)


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
    rows = list(records.tests(seeded(1), people))
    results = [row[2] for row in rows]
    assert set(results) == {"阳性", "阴性"}
    assert results.count("阳性") < 0.05 * len(results)
    assert {dt.datetime.fromisoformat(str(row[1])).utcoffset() for row in rows} == {dt.timedelta(hours=8)}


def test_everyone_has_one_health_code_or_none(people: list[Resident]) -> None:
    rows = list(records.health_codes(seeded(1), people))
    assert len({row[0] for row in rows}) == len(rows) < len(people)
    assert {row[1] for row in rows} == {"green", "yellow", "red"}


def test_meals_are_brought_mostly_to_the_old(people: list[Resident]) -> None:
    rows = list(records.meal_services(seeded(1), people))
    old = {person.identity_no for person in people if person.age >= 60}
    served = {row[0] for row in rows}
    assert len(served) == len(rows)
    assert 0.07 < len(served & old) / len(old) < 0.18
    assert 0 < len(served - old) < 0.03 * len(people)
    for _, active, meals, last, _ in rows:
        recent = dt.date.fromisoformat(str(last)) > AS_OF - dt.timedelta(days=30)
        assert bool(active) == recent == (meals != 0)
