"""What the health commission and the delivery company hold about residents: rows, column by column of their tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, TypeAlias

from democity.chance import chance
from democity.divisions import STREETS, street_of
from democity.people import AS_OF

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from democity.people import Resident

Row: TypeAlias = tuple[str | int | None, ...]

_VACCINES: Final = ("新冠病毒灭活疫苗", "重组新冠病毒蛋白疫苗", "新冠病毒腺病毒载体疫苗")
_FIRST_DOSES: Final = dt.date(2021, 3, 1)
_CHINA: Final = "+08:00"
_NOTES: Final = ("低盐", "低糖", "软食", "不吃海鲜", None, None, None)
_OLD: Final = 60


def vaccinations(random: Random, people: list[Resident]) -> Iterator[Row]:
    """`identity_no, vaccine, dose, given_on, clinic, batch`: 85 in 100 have one or more, each later than the last."""
    for person in people:
        if not chance(random, 0.85):
            continue
        vaccine, clinic = random.choice(_VACCINES), f"{STREETS[street_of(person.area_code)]}社区卫生服务中心"
        day = max(_FIRST_DOSES, person.birth_date + dt.timedelta(days=90)) + dt.timedelta(days=random.randrange(240))
        for dose in range(1, random.choice((1, 2, 2, 3, 3, 3, 4)) + 1):
            if day > AS_OF:
                break
            yield (
                person.identity_no,
                vaccine,
                dose,
                day.isoformat(),
                clinic,
                f"B{day:%Y%m}{random.randrange(1000):03}",
            )
            day += dt.timedelta(days=random.randint(28, 260))


def tests(random: Random, people: list[Resident]) -> Iterator[Row]:
    """`identity_no, taken_at, result`: none to three a person, in the sixty days before the registers were written."""
    for person in people:
        for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
            result = "阳性" if chance(random, 0.015) else "阴性"
            yield (person.identity_no, _moment(random, 60), result)


def health_codes(random: Random, people: list[Resident]) -> Iterator[Row]:
    """`identity_no, colour, updated_at`: nearly everyone has one code."""
    for person in people:
        if chance(random, 0.95):
            yield (person.identity_no, random.choices(("green", "yellow", "red"), (94, 5, 1))[0], _moment(random, 14))


def meal_services(random: Random, people: list[Resident]) -> Iterator[Row]:
    """`identity_no, active, meals_last_30_days, last_delivery_on, dietary_notes`: one in eight old, few others."""
    for person in people:
        if not chance(random, 0.12 if person.age >= _OLD else 0.01):
            continue
        active = chance(random, 0.8)
        since = random.randrange(3) if active else random.randint(31, 300)
        last = max(person.birth_date, AS_OF - dt.timedelta(days=since))
        yield (
            person.identity_no,
            int(active),
            random.randint(4, 60) if active else 0,
            last.isoformat(),
            random.choice(_NOTES),
        )


def _moment(random: Random, days: int) -> str:
    """A second of the last days, in the city's own time."""
    day = AS_OF - dt.timedelta(days=random.randrange(days))
    return f"{day}T{random.randint(7, 20):02}:{random.randrange(60):02}:{random.randrange(60):02}{_CHINA}"
