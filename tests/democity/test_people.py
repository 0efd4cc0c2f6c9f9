from __future__ import annotations

import re
from collections import Counter
from random import Random
from statistics import correlation

import pytest

from democity.divisions import CITY, DISTRICTS, STREETS
from democity.people import AS_OF, FOCUS, Resident, age, residents
from vocabulary.area import Area, Tier


def seeded(seed: int) -> Random:
    return Random(seed)


@pytest.fixture(scope="module")
def people() -> list[Resident]:
    return residents(seeded(7), 2000)


def checksum(number: str) -> str:
    """By the definition of GB 11643: the sum of a_i times 2^(i-1), i from the right, is 1 mod 11."""
    total = sum(int(digit) * pow(2, 18 - place - 1, 11) for place, digit in enumerate(number[:17]))
    return "0123456789X"[(1 - total) % 11]


def test_the_same_seed_gives_the_same_people_and_another_seed_others(people: list[Resident]) -> None:
    assert residents(seeded(7), 2000) == people
    assert residents(seeded(8), 2000) != people


def test_identity_numbers_are_valid_unique_and_agree_with_birth_date_and_sex(people: list[Resident]) -> None:
    assert len({person.identity_no for person in people}) == len(people)
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


def test_ages_have_the_shape_of_the_city(people: list[Resident]) -> None:
    assert all(person.birth_date <= AS_OF and 0 <= age(person.birth_date) < 101 for person in people)
    assert 0.21 < sum(person.age >= 60 for person in people) / len(people) < 0.30
    assert 0.08 < sum(person.age < 18 for person in people) / len(people) < 0.17


def test_addresses_lie_in_the_area(people: list[Resident]) -> None:
    for person in people:
        area = Area.parse(person.area_code)
        assert area.tier is Tier.GRID
        place = CITY + DISTRICTS[area.code[:6]] + STREETS[area.code[:9]]
        assert re.fullmatch(place + r"..路\d{3,4}弄\d{1,2}号\d{3,4}室", person.address)


def test_names_are_of_every_shape(people: list[Resident]) -> None:
    lengths = Counter(len(person.name) for person in people)
    assert set(lengths) == {2, 3, 4}
    assert any(person.name.startswith("欧阳") for person in people)


def test_phones_have_prefixes_that_no_operator_has(people: list[Resident]) -> None:
    phones = [person.phone for person in people if person.phone is not None]
    assert len(phones) > 0.8 * len(people)
    assert all(re.fullmatch(r"16[013489]\d{8}", phone) for phone in phones)


def test_the_street_of_the_documentation_has_old_people_in_both_committees(people: list[Resident]) -> None:
    assert 0.03 < sum(person.area_code.startswith(FOCUS) for person in people) / len(people) < 0.08
    for committee in ("310115016003", "310115016004"):
        inside = [person for person in people if person.area_code.startswith(committee)]
        assert len(inside) > 15
        assert any(person.age >= 70 for person in inside)
        assert any(person.age < 60 for person in inside)


def test_contacts_are_other_grown_up_residents_often_of_another_committee(people: list[Resident]) -> None:
    by_number = {person.identity_no: person for person in people}
    crossing = near = 0
    for person in people:
        if person.contact_identity_no is None:
            continue
        contact = by_number[person.contact_identity_no]
        assert contact is not person
        assert contact.age >= 18
        crossing += contact.area_code[:12] != person.area_code[:12]
        near += contact.area_code[:12] == person.area_code[:12]
    assert crossing > 400
    assert near > 400
    assert crossing + near < 0.9 * len(people)
    committee = [person for person in people if person.area_code.startswith("310115016003")]
    assert any(
        person.contact_identity_no and not by_number[person.contact_identity_no].area_code.startswith("310115016003")
        for person in committee
    )


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_tiny_city_has_nobody_who_is_their_own_contact(count: int) -> None:
    few = residents(seeded(1), count)
    assert len(few) == count
    assert all(person.contact_identity_no != person.identity_no for person in few)
