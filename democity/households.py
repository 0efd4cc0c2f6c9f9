"""Who lives with whom: households of one street, and the residents in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from democity.chance import chance
from democity.people import ADULT, OLD, Resident

if TYPE_CHECKING:
    from random import Random

    from democity.housing import Home
    from democity.people import Born

Together: TypeAlias = "list[Born]"

_SIZES: Final = ((1, 2, 3), (22, 55, 23))
"""How many grown-ups live together, of those who do not live alone, and how often; one with children, or else two."""


@dataclass(frozen=True, slots=True)
class Household:
    """Those who live in one dwelling; the householder stands first."""

    home: Home
    members: tuple[Resident, ...]

    @property
    def householder(self) -> Resident:
        """In whose name the dwelling is held."""
        return self.members[0]

    @property
    def elderly(self) -> bool:
        """Whether nobody in it is young (纯老家庭)."""
        return all(member.age >= OLD for member in self.members)


def form(random: Random, people: list[Born]) -> list[Together]:
    """Households of some people: grown-ups first, and no child alone where there is a grown-up."""
    alone: list[Together] = []
    grown: list[Born] = []
    children: list[Born] = []
    for one in people:
        years = one.age
        if years < ADULT:
            children.append(one)
        elif chance(random, 0.22 if years >= OLD else 0.12):
            alone.append([one])
        else:
            grown.append(one)
    together = _grown_ups(random, grown)
    for child in children:
        if chosen := together or alone:
            random.choice(chosen).append(child)
        else:
            together.append([child])
    households = alone + together
    random.shuffle(households)
    return households


def _grown_ups(random: Random, grown: list[Born]) -> list[Together]:
    """Grown-ups in twos and threes; the old mostly with the old."""
    old = [one for one in grown if one.age >= OLD and chance(random, 0.85)]
    chosen = {id(one) for one in old}
    rest = [one for one in grown if id(one) not in chosen]
    households = [old[at : at + 2] for at in range(0, len(old), 2)]
    at = 0
    while at < len(rest):
        size = random.choices(*_SIZES)[0]
        households.append(rest[at : at + size])
        at += size
    return households
