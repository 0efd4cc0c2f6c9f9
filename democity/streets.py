"""The city as a stream of streets: each is made from the seed when it is asked for, and nothing keeps those before it.

What is in memory is one street (9 in 100 of the city at most), a count of identity numbers, and a few people of
earlier streets, whom others may name as their contact. So a million residents take hardly more room than some thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, chain
from random import Random
from typing import TYPE_CHECKING, Final

from democity import people
from democity.divisions import DISTRICTS, STREETS, committee_name, committees_of, district_of
from democity.households import Household, form
from democity.housing import homes
from democity.identity_number import Numbers
from democity.people import ADULT, Resident
from democity.serials import Serials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from democity.households import Together
    from democity.housing import Building, Home

FOCUS: Final = "310115016"
"""花木街道, where the walks through the documentation take place: it has more residents than other streets."""

FOCUS_COMMITTEES: Final = ("310115016003", "310115016004")
"""Two of its committees, larger than the others."""

GRIDS: Final = 6
"""How many grids each committee has."""

_FOCUS_SHARE: Final = 0.09
_FOCUS_COMMITTEE_WEIGHT: Final = 10
_REMEMBERED: Final = 4096
_CIRCLES: Final = (("nobody", "committee", "street", "anywhere"), (18, 42, 20, 20))


@dataclass(frozen=True, slots=True)
class Street:
    """One street with everybody in it, in the order of its grids."""

    code: str
    households: tuple[Household, ...]

    @property
    def residents(self) -> Iterator[Resident]:
        """Everybody."""
        return chain.from_iterable(household.members for household in self.households)

    @property
    def buildings(self) -> Iterator[Building]:
        """Each building once."""
        last = None
        for household in self.households:
            if household.home.building is not last:
                last = household.home.building
                yield last


class Streets:
    """Iterate over it once: the streets of a city of `count` residents, as `seed` makes it."""

    def __init__(self, seed: int, count: int) -> None:
        self._seed, self._count = seed, count
        self._numbers = Numbers(tuple(DISTRICTS))
        self._serials = Serials(Random(f"{seed} serials of residents"))
        self._given = 0
        self._elsewhere: list[str] = []

    def __iter__(self) -> Iterator[Street]:
        for code, count in shares(Random(f"{self._seed} streets"), self._count):
            yield self._street(code, count)

    def _street(self, code: str, count: int) -> Street:
        random = Random(f"{self._seed} people {code}")
        placed: dict[str, list[Together]] = {}
        together = form(random, people.born(random, count))
        for grid, household in zip(_grids(random, code, len(together)), together, strict=True):
            placed.setdefault(grid, []).append(household)
        drafts = [
            (home, household)
            for grid in sorted(placed)
            for home, household in zip(homes(random, grid, len(placed[grid])), placed[grid], strict=True)
        ]
        district, give = district_of(code), self._numbers.give
        numbers = [[give(random, district, one.on, one.sex) for one in them] for _, them in drafts]
        adults: dict[str, list[str]] = {"": []}
        for (home, them), theirs in zip(drafts, numbers, strict=True):
            grown = [number for one, number in zip(them, theirs, strict=True) if one.age >= ADULT]
            adults.setdefault(home.building.area_code[:12], []).extend(grown)
            adults[""].extend(grown)
        street = Street(
            code,
            tuple(
                Household(home, tuple(self._residents(random, home, them, theirs, adults)))
                for (home, them), theirs in zip(drafts, numbers, strict=True)
            ),
        )
        self._remember(random, adults[""])
        return street

    def _residents(
        self, random: Random, home: Home, them: Together, numbers: list[str], adults: dict[str, list[str]]
    ) -> Iterator[Resident]:
        area = home.building.area_code
        for one, number in zip(them, numbers, strict=True):
            years = one.age
            yield Resident(
                serial=self._serials[self._given],
                identity_no=number,
                name=people.name(random, one.sex),
                sex=one.sex,
                birth_date=one.on,
                phone=people.phone(random, years),
                address=home.address,
                area_code=area,
                building_no=home.building.building_no,
                lives_alone=len(them) == 1 and years >= ADULT,
                contact_identity_no=self._contact(random, number, area[:12], adults),
                photo=None,
                remarks=f"{committee_name(area[:12])}登记",
            )
            self._given += 1

    def _contact(self, random: Random, number: str, committee: str, adults: dict[str, list[str]]) -> str | None:
        """Another, grown-up resident, or nobody: half nearby, some in another committee."""
        circle = random.choices(*_CIRCLES)[0]
        if circle == "nobody":
            return None
        near = adults.get(committee) if circle == "committee" else self._elsewhere if circle == "anywhere" else None
        known = near or adults[""] or self._elsewhere
        contact = random.choice(known) if known else number
        return None if contact == number else contact

    def _remember(self, random: Random, adults: list[str]) -> None:
        """Some grown-ups of this street, for those of later ones."""
        self._elsewhere.extend(random.sample(adults, min(len(adults), _REMEMBERED // 8)))
        if len(self._elsewhere) > _REMEMBERED:
            self._elsewhere = random.sample(self._elsewhere, _REMEMBERED)


def shares(random: Random, count: int) -> Iterator[tuple[str, int]]:
    """How many of so many residents live in each street; they add up, however few they are."""
    others = [random.uniform(0.6, 1.4) if street != FOCUS else 0.0 for street in STREETS]
    whole = sum(others) / (1 - _FOCUS_SHARE)
    weights = [weight / whole or _FOCUS_SHARE for weight in others]
    before = 0
    for street, share in zip(STREETS, accumulate(weights), strict=True):
        until = round(count * min(share, 1.0))
        yield street, until - before
        before = until


def _grids(random: Random, street: str, count: int) -> list[str]:
    """A grid for each household."""
    codes = committees_of(street)
    weights = [_FOCUS_COMMITTEE_WEIGHT if code in FOCUS_COMMITTEES else 1 for code in codes]
    return [f"{code}{random.randint(1, GRIDS):03}" for code in random.choices(codes, weights, k=count)]
