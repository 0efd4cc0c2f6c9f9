"""Buildings and the dwellings in them, as the housing bureau registers them.

A committee lies along one road and a grid is a lane of it, so that an address, a building and a grid name one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from democity.divisions import CITY, DISTRICTS, STREETS, district_of, street_of
from democity.places import position

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_TREES: Final = ("梧桐", "银杏", "丁香", "桂花", "海棠", "紫薇", "玉兰", "樱花", "合欢", "石榴", "芙蓉", "腊梅")
"""One for each committee of a street: its road is named after it."""
_STOREYS: Final = (6, 6, 6, 11, 14, 18, 24, 33)
_LIFT_FROM: Final = 7  # storeys: GB 50096 asks for a lift from the seventh on
DOORS: Final = 4
"""Dwellings on one floor."""


@dataclass(frozen=True, slots=True)
class Building:
    """One row of the register of buildings; the fields are its columns, in order."""

    building_no: str
    address: str
    area_code: str
    units: int
    storeys: int
    built_in: int
    elevator: bool
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Home:
    """A dwelling that somebody lives in: the building, and the room within."""

    building: Building
    room: str

    @property
    def dwelling_no(self) -> str:
        """Of the building, and of the room."""
        return f"{self.building.building_no}-{self.room}"

    @property
    def address(self) -> str:
        """Down to the room."""
        return f"{self.building.address}{self.room}室"


def homes(random: Random, area: str, count: int) -> Iterator[Home]:
    """So many dwellings of one grid, in as many buildings as that takes; one in ten or more stands empty."""
    number = 0
    while count > 0:
        number += 1
        building = _building(random, area, number)
        rooms = building.storeys * DOORS
        taken = min(count, rooms * 9 // 10)
        for place in random.sample(range(rooms), taken):
            yield Home(building, f"{place // DOORS + 1}0{place % DOORS + 1}")
        count -= taken


def road_of(committee: str) -> str:
    """The road along which a committee lies."""
    return (
        f"{CITY}{DISTRICTS[district_of(committee)]}{STREETS[street_of(committee)]}{_TREES[int(committee[9:12]) - 1]}路"
    )


def _building(random: Random, area: str, number: int) -> Building:
    storeys = random.choice(_STOREYS)
    longitude, latitude = position(random, area)
    lane = 100 * int(area[9:12]) + int(area[12:])
    return Building(
        building_no=f"B{area}-{number:02}",
        address=f"{road_of(area)}{lane}弄{number}号",
        area_code=area,
        units=random.choice((1, 2, 2, 3)),
        storeys=storeys,
        built_in=random.randint(1958, 2023),
        elevator=storeys >= _LIFT_FROM,
        longitude=longitude,
        latitude=latitude,
    )
