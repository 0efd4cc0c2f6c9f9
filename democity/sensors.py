"""The city's sensors and what they measured: rows, column by column."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from democity.chance import chance
from democity.places import position
from democity.records import CHINA
from democity.sensor_kinds import KINDS, SECLUDED
from democity.streets import FOCUS, GRIDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from democity.records import Row
    from democity.streets import Street

DAYS: Final = 2
"""For how many days readings are kept, the day of the city among them: a file for each."""

_PEOPLE_A_SENSOR: Final = 20
_LEAST, _LEAST_IN_FOCUS = 8, 60
_STEP: Final = 37  # coprime to the number of kinds: all are met, and things take turns
_HOUR: Final = dt.timedelta(hours=1)


def kinds() -> Iterator[Row]:
    """`code, thing, name_zh, name_en`: all of them."""
    return ((kind.code, kind.thing, kind.zh, kind.en) for kind in KINDS)


def sensors(random: Random, street: Street, first: int) -> Iterator[Row]:
    """One for so many people.

    `sensor_no, kind, thing, secluded, area_code, building_no, longitude, latitude, installed_on`. Half of them, and
    whatever belongs within homes, stand at a building; the others in the open.
    """
    buildings = list(street.buildings)
    people = sum(len(household.members) for household in street.households)
    count = max(_LEAST_IN_FOCUS if street.code == FOCUS else _LEAST, people // _PEOPLE_A_SENSOR)
    for number in range(first, first + count):
        kind = KINDS[number * _STEP % len(KINDS)]
        secluded = kind.thing in SECLUDED
        if buildings and (secluded or chance(random, 0.5)):
            building = random.choice(buildings)
            area, building_no = building.area_code, building.building_no
            longitude, latitude = building.longitude, building.latitude
        else:
            area = f"{street.code}{random.randint(1, 12):03}{random.randint(1, GRIDS):03}"
            building_no = None
            longitude, latitude = position(random, area)
        installed = dt.date(2018, 1, 1) + dt.timedelta(days=random.randrange(2400))
        what = (f"S{number:07}", kind.code, kind.thing, secluded)
        yield (*what, area, building_no, longitude, latitude, installed.isoformat())


def readings(random: Random, installed: Iterable[Row], day: dt.date, now: dt.datetime) -> Iterator[Row]:
    """`sensor_no, at, value, state`: one an hour, as far as the day has come; some sensors are out of order."""
    places = {kind.code: kind for kind in KINDS}
    start = dt.datetime.combine(day, dt.time(), CHINA)
    hours = [(start + hour * _HOUR).isoformat() for hour in range(24) if start + hour * _HOUR <= now]
    for sensor in installed:
        kind = places[str(sensor[1])]
        if chance(random, 0.02):
            yield from ((sensor[0], at, None, "offline") for at in hours)
            continue
        for at in hours:
            draw = random.random()
            value = round(kind.middle + (2 * draw - 1) * kind.spread, 3)
            yield (sensor[0], at, value, "alarm" if draw > 0.997 else "normal")  # noqa: PLR2004  (three in a thousand)
