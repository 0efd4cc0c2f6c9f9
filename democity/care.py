"""What the civil affairs bureau holds: who was assessed for care in old age, and who has a disability; rows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from democity.chance import chance
from democity.people import AS_OF, OLD, any_phone
from democity.streets import FOCUS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from democity.records import Row
    from democity.serials import Serials
    from democity.streets import Street

MEAL_HOUSEHOLDS: Final = 12
"""How many elderly households of the street of the documentation need meals brought, whatever the size of the city."""

_KINDS: Final = ("视力残疾", "听力残疾", "言语残疾", "肢体残疾", "智力残疾", "精神残疾", "多重残疾")
"""GB/T 26341-2010."""
_VERY_OLD: Final = 80


def elderly_care(random: Random, street: Street, serials: Serials, first: int) -> Iterator[Row]:
    """The assessments of one street.

    `serial, identity_no, name, address, area_code, dwelling_no, care_level, needs_meals, assessed_on, contact_phone`:
    for one in four of the old, more of the very old. Meals are brought to households without anybody young, on the
    assessment of one of them, the eldest.
    """
    in_need = _in_need(random, street)
    place = first
    for at, household in enumerate(street.households):
        eldest = max(household.members, key=lambda member: member.age)
        for person in household.members:
            needs = at in in_need and person is eldest
            likely = 0 if person.age < OLD else 0.6 if person.age >= _VERY_OLD else 0.2
            if not (chance(random, likely) or needs):
                continue
            assessed = AS_OF - dt.timedelta(days=random.randrange(700))
            home = household.home
            yield (
                serials[place],
                person.identity_no,
                person.name,
                person.address,
                person.area_code,
                home.dwelling_no,
                random.choices(range(7), (30, 12, 14, 16, 12, 10, 6))[0],
                needs,
                assessed.isoformat(),
                any_phone(random),
            )
            place += 1


def disabilities(random: Random, street: Street, serials: Serials, first: int) -> Iterator[Row]:
    """`serial, identity_no, area_code, kind, grade, certified_on`: five in a hundred; grade 1 is the severest."""
    place = first
    for person in street.residents:
        if chance(random, 0.05):
            certified = max(person.birth_date, AS_OF - dt.timedelta(days=random.randrange(6000)))
            kind, grade = random.choice(_KINDS), random.randint(1, 4)
            yield (serials[place], person.identity_no, person.area_code, kind, grade, certified.isoformat())
            place += 1


def _in_need(random: Random, street: Street) -> frozenset[int]:
    """The places of the households that need meals brought: just so many in one street, one in seven elsewhere."""
    elderly = [at for at, household in enumerate(street.households) if household.elderly]
    if street.code == FOCUS:
        return frozenset(random.sample(elderly, min(MEAL_HOUSEHOLDS, len(elderly))))
    return frozenset(at for at in elderly if chance(random, 0.15))
