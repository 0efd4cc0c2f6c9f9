"""What the health commission and the delivery company hold about residents: rows, column by column of their tables.

Dates and moments are ISO 8601 text. What is recent is recent on the day for which the city is built.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, TypeAlias

from democity.chance import chance
from democity.divisions import STREETS, street_of
from democity.people import AS_OF, OLD
from democity.streets import FOCUS, FOCUS_COMMITTEES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from democity.people import Resident
    from democity.streets import Street

Row: TypeAlias = tuple[str | int | float | bytes | None, ...]

CHINA: Final = dt.timezone(dt.timedelta(hours=8))
OBSERVED_DAYS: Final = 7
"""How long somebody who arrived stays under observation at home (居家观察)."""

_VACCINES: Final = ("新冠病毒灭活疫苗", "重组新冠病毒蛋白疫苗", "新冠病毒腺病毒载体疫苗")
_FIRST_DOSES: Final = dt.date(2021, 3, 1)
_NOTES: Final = ("低盐", "低糖", "软食", "不吃海鲜", None, None, None)
_REASONS: Final = ("入境", "外省来沪", "密切接触")
_PEOPLE_AN_ARRIVAL: Final = 40
_EARLIEST, _LATEST = 7, 20  # hours of the day in which tests are taken
_DAY: Final = dt.timedelta(days=1)


def vaccinations(random: Random, people: Iterable[Resident]) -> Iterator[Row]:
    """`identity_no, vaccine, dose, given_on, clinic, batch`: 85 in 100 have one or more, each later than the last."""
    for person in people:
        if not chance(random, 0.85):
            continue
        vaccine, clinic = random.choice(_VACCINES), f"{STREETS[street_of(person.area_code)]}社区卫生服务中心"
        day = max(_FIRST_DOSES, person.birth_date + dt.timedelta(days=90)) + dt.timedelta(days=random.randrange(240))
        for dose in range(1, random.choice((1, 2, 2, 3, 3, 3, 4)) + 1):
            if day > AS_OF:
                break
            batch = f"B{day.year}{day.month:02}{random.randrange(1000):03}"
            yield (person.identity_no, vaccine, dose, day.isoformat(), clinic, batch)
            day += dt.timedelta(days=random.randint(28, 260))


def tests(random: Random, people: Iterable[Resident], now: dt.datetime) -> Iterator[Row]:
    """`identity_no, taken_at, result`: none to three a person in the sixty days before `now`.

    In one committee of the street of the documentation everybody is being tested: most were within the last day.
    """
    for person in people:
        for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
            result = "阳性" if chance(random, 0.015) else "阴性"
            yield (person.identity_no, _moment(random, now, 60), result)
        if person.area_code[:12] == FOCUS_COMMITTEES[0] and chance(random, 0.7):
            yield (person.identity_no, _text(now - random.random() * 0.9 * _DAY), "阴性")


def health_codes(random: Random, people: Iterable[Resident], now: dt.datetime) -> Iterator[Row]:
    """`identity_no, colour, updated_at`: nearly everyone has one code."""
    for person in people:
        if chance(random, 0.95):
            colour = random.choices(("green", "yellow", "red"), (94, 5, 1))[0]
            yield (person.identity_no, colour, _moment(random, now, 14))


def observations(random: Random, street: Street, now: dt.datetime) -> Iterator[Row]:
    """`identity_no, building_no, area_code, arrived_on, until, reason`: a few of each committee, at home."""
    committees: dict[str, list[Resident]] = {}
    for person in street.residents:
        committees.setdefault(person.area_code[:12], []).append(person)
    today = now.astimezone(CHINA).date()
    for people in committees.values():
        for person in random.sample(people, -(-len(people) // _PEOPLE_AN_ARRIVAL)):
            arrived = today - dt.timedelta(days=random.randrange(2 * OBSERVED_DAYS))
            until = arrived + dt.timedelta(days=OBSERVED_DAYS)
            place = (person.building_no, person.area_code)
            yield (person.identity_no, *place, arrived.isoformat(), until.isoformat(), random.choice(_REASONS))


def meal_services(random: Random, people: Iterable[Resident], now: dt.datetime) -> Iterator[Row]:
    """`identity_no, active, meals_last_30_days, last_delivery_on, dietary_notes`: one in eight old, few others.

    In the street of the documentation it is two in five of the old, so that some are on every page.
    """
    today = now.astimezone(CHINA).date()
    for person in people:
        old = 0.4 if person.area_code.startswith(FOCUS) else 0.12
        if not chance(random, old if person.age >= OLD else 0.01):
            continue
        active = chance(random, 0.8)
        since = random.randrange(3) if active else random.randint(31, 300)
        last = max(person.birth_date, today - dt.timedelta(days=since))
        meals = random.randint(4, 60) if active else 0
        yield (person.identity_no, active, meals, last.isoformat(), random.choice(_NOTES))


def _moment(random: Random, now: dt.datetime, days: int) -> str:
    """A second of a daytime in the last days, not ahead of `now`."""
    hour, minute, second = random.randint(_EARLIEST, _LATEST), random.randrange(60), random.randrange(60)
    local = now.astimezone(CHINA)
    at = local.replace(hour=hour, minute=minute, second=second) - random.randrange(days) * _DAY
    return _text(at if at <= local else at - _DAY)


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds")
