"""What the appearance bureau (绿化市容) knows of the look of the streets: cases, row by row."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from democity.chance import chance
from democity.records import CHINA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from democity.records import Row
    from democity.streets import Street

_KINDS: Final = ("暴露垃圾", "占道经营", "乱张贴", "违规户外广告", "绿化破坏", "建筑垃圾", "机动车乱停放")
_PARKED: Final = "机动车乱停放"
_PEOPLE_A_CASE: Final = 50


def street_cases(random: Random, street: Street, plates: list[str], first: int, now: dt.datetime) -> Iterator[Row]:
    """`case_no, building_no, area_code, kind, reported_at, state, plate`: in front of buildings, in the last 90 days.

    `plates` are those of vehicles of the street: a car that stands where it may not is a case too.
    """
    buildings = list(street.buildings)
    people = sum(len(household.members) for household in street.households)
    for number in range(first, first + (people // _PEOPLE_A_CASE + 1 if buildings else 0)):
        building, kind = random.choice(buildings), random.choice(_KINDS)
        reported = now.astimezone(CHINA) - dt.timedelta(seconds=random.randrange(90 * 86400))
        yield (
            f"SC{number:07}",
            building.building_no,
            building.area_code,
            kind,
            reported.isoformat(timespec="seconds"),
            "handled" if chance(random, 0.7) else "open",
            random.choice(plates) if kind == _PARKED and plates else None,
        )
