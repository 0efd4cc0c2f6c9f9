"""What residents have: dwellings in their names, firms in shop premises, vehicles; rows, column by column."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple
from typing import TYPE_CHECKING, Final

from democity.chance import chance
from democity.credit_code import credit_code
from democity.divisions import district_of
from democity.people import ADULT, AS_OF
from democity.plates import plate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from democity.records import Row
    from democity.serials import Serials
    from democity.streets import Street

_HELD: Final = (("owned", "rented", "public"), (62, 30, 8))
_TRADES: Final = (
    ("餐饮", "restaurant"),
    ("便利店", "convenience"),
    ("药房", "pharmacy"),
    ("理发店", "barber"),
    ("洗衣店", "laundry"),
    ("家政服务", "household"),
    ("房产中介", "estate agent"),
    ("宠物诊所", "vet"),
)
_WORDS: Final = "华盛瑞祥宏泰和顺康宁永兴嘉福润德明达新悦"
_PEOPLE_A_FIRM: Final = 60
_ENERGY: Final = (("petrol", "electric", "hybrid"), (62, 26, 12))


def buildings(street: Street) -> Iterator[Row]:
    """The columns of `housing.Building`."""
    return map(astuple, street.buildings)


def dwellings(random: Random, street: Street, serials: Serials, first: int) -> Iterator[Row]:
    """`serial, dwelling_no, building_no, area_code, householder_identity_no, residents, held`: those lived in."""
    for place, household in enumerate(street.households, start=first):
        building = household.home.building
        held = random.choices(*_HELD)[0]
        householder = household.householder.identity_no
        number = household.home.dwelling_no
        yield (
            serials[place],
            number,
            building.building_no,
            building.area_code,
            householder,
            len(household.members),
            held,
        )


def firms(random: Random, street: Street, serials: Serials, first: int) -> Iterator[Row]:
    """`serial, credit_code, name, trade, area_code, building_no, legal_person_identity_no, opened_on`: on the spot."""
    grown = [one for one in street.residents if one.age >= ADULT]
    places = list(street.buildings)
    for place in range(first, first + len(grown) // _PEOPLE_A_FIRM):
        zh, trade = random.choice(_TRADES)
        building = random.choice(places)
        yield (
            serials[place],
            credit_code(district_of(street.code), serials[place]),
            f"上海{''.join(random.choices(_WORDS, k=2))}{zh}有限公司",
            trade,
            building.area_code,
            building.building_no,
            random.choice(grown).identity_no,
            (AS_OF - dt.timedelta(days=random.randrange(30, 9000))).isoformat(),
        )


def vehicles(random: Random, street: Street, serials: Serials, given: dict[str, int]) -> Iterator[Row]:
    """`serial, plate, energy, identity_no, registered_on`; `given` counts the plates of earlier streets, by energy."""
    for person in street.residents:
        if person.age < ADULT or not chance(random, 0.25):
            continue
        energy = random.choices(*_ENERGY)[0]
        place = given.get(energy, 0)
        serial = serials[sum(given.values())]
        given[energy] = place + 1
        registered = AS_OF - dt.timedelta(days=random.randrange(5000))
        yield (serial, plate(energy, place), energy, person.identity_no, registered.isoformat())
