from __future__ import annotations

import re
import sys
import tracemalloc
from random import Random
from statistics import correlation

import pytest

from democity.divisions import CITY, DISTRICTS, STREETS
from democity.people import Resident
from democity.streets import FOCUS, FOCUS_COMMITTEES, Street, Streets, shares
from vocabulary.area import Area, Tier

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def streets() -> list[Street]:
    return list(Streets(7, 2000))


@pytest.fixture(scope="module")
def people(streets: list[Street]) -> list[Resident]:
    return [person for street in streets for person in street.residents]


def checksum(number: str) -> str:
    """By the definition of GB 11643: the sum of a_i times 2^(i-1), i from the right, is 1 mod 11."""
    total = sum(int(digit) * pow(2, 18 - place - 1, 11) for place, digit in enumerate(number[:17]))
    return "0123456789X"[(1 - total) % 11]


def test_the_same_seed_gives_the_same_streets_and_another_seed_others(streets: list[Street]) -> None:
    assert list(Streets(7, 2000)) == streets
    assert list(Streets(8, 2000)) != streets


@pytest.mark.whole
def test_a_larger_city_takes_hardly_more_memory() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            for street in Streets(7, count):
                assert street.code
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    one = sum(map(sys.getsizeof, (next(iter(Streets(7, 2000))).households[0].members[0], *"123456789"))) + 100
    assert peak(12_000) - peak(2_000) < 0.5 * 10_000 * one


def test_identity_numbers_are_valid_unique_and_agree_with_birth_date_and_sex(people: list[Resident]) -> None:
    assert len({person.identity_no for person in people}) == len(people) == 2000
    for person in people:
        assert person.identity_no[:6] in DISTRICTS
        assert person.identity_no[6:14] == person.birth_date.strftime("%Y%m%d")
        assert (int(person.identity_no[16]) % 2 == 1) == (person.sex == "男")
        assert person.identity_no[17] == checksum(person.identity_no)
    assert any(person.identity_no.endswith("X") for person in people)


def test_serials_are_unique_fit_an_int_and_say_nothing(people: list[Resident]) -> None:
    serials = [person.serial for person in people]
    assert len(set(serials)) == len(serials)
    assert all(0 < serial < 2**31 for serial in serials)
    # Ordered by it, neighbours in birth date or area are no nearer than chance has it.
    ordered = sorted(people, key=lambda person: person.serial)
    for fact in (lambda person: person.birth_date.toordinal(), lambda person: int(person.area_code)):
        assert abs(correlation(list(range(len(ordered))), [fact(person) for person in ordered])) < 0.08


def test_addresses_lie_in_the_area_and_name_the_building(streets: list[Street]) -> None:
    for street in streets:
        for household in street.households:
            home = household.home
            for person in household.members:
                area = Area.parse(person.area_code)
                assert area.tier is Tier.GRID
                assert area.code[:9] == street.code
                place = CITY + DISTRICTS[area.code[:6]] + STREETS[area.code[:9]]
                assert re.fullmatch(place + r"..路\d{3,4}弄\d{1,2}号\d{3,4}室", person.address)
                assert person.address == f"{home.building.address}{home.room}室"
                assert (person.building_no, person.area_code) == (home.building.building_no, home.building.area_code)


def test_nobody_shares_a_dwelling_with_another_household(streets: list[Street]) -> None:
    dwellings = [household.home.dwelling_no for street in streets for household in street.households]
    assert len(set(dwellings)) == len(dwellings)
    numbers = [building.building_no for street in streets for building in street.buildings]
    assert len(set(numbers)) == len(numbers)


def test_who_lives_alone_does_and_no_child_does(streets: list[Street]) -> None:
    for street in streets:
        for household in street.households:
            for person in household.members:
                assert person.lives_alone == (len(household.members) == 1 and person.age >= 18)


def test_the_street_of_the_documentation_has_old_people_in_both_committees(people: list[Resident]) -> None:
    assert 0.05 < sum(person.area_code.startswith(FOCUS) for person in people) / len(people) < 0.12
    for committee in FOCUS_COMMITTEES:
        inside = [person for person in people if person.area_code.startswith(committee)]
        assert len(inside) > 15
        assert any(person.age >= 70 for person in inside)
        assert any(person.age < 60 for person in inside)


def test_contacts_are_other_grown_up_residents_often_of_another_committee(people: list[Resident]) -> None:
    by_number = {person.identity_no: person for person in people}
    crossing = near = far = 0
    for person in people:
        if person.contact_identity_no is None:
            continue
        contact = by_number[person.contact_identity_no]
        assert contact is not person
        assert contact.age >= 18
        crossing += contact.area_code[:12] != person.area_code[:12]
        near += contact.area_code[:12] == person.area_code[:12]
        far += contact.area_code[:9] != person.area_code[:9]
    assert crossing > 400
    assert near > 400
    assert far > 200
    assert crossing + near < 0.9 * len(people)
    committee = [person for person in people if person.area_code.startswith("310115016003")]
    assert any(
        person.contact_identity_no and not by_number[person.contact_identity_no].area_code.startswith("310115016003")
        for person in committee
    )


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_a_tiny_city_has_nobody_who_is_their_own_contact(count: int) -> None:
    few = [person for street in Streets(1, count) for person in street.residents]
    assert len(few) == count
    assert all(person.contact_identity_no != person.identity_no for person in few)


@pytest.mark.parametrize("count", [0, 1, 99, 1_000_000])
def test_the_streets_shares_add_up(count: int) -> None:
    counted = dict(shares(Random(3), count))
    assert sum(counted.values()) == count
    assert min(counted.values()) >= 0
    assert list(counted) == list(STREETS)
