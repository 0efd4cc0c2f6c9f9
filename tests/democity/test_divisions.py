from __future__ import annotations

import pytest

from democity.divisions import (
    CITY,
    COMMITTEES,
    DISTRICTS,
    STREETS,
    committee_name,
    committees_of,
    district_of,
    street_of,
)
from masking import Setting
from masking.partial_address import PartialAddress
from vocabulary.area import Area, Tier


def test_the_sixteen_districts_stand_here() -> None:
    assert len(DISTRICTS) == 16
    assert all(Area.parse(code).tier is Tier.DISTRICT for code in DISTRICTS)
    assert DISTRICTS["310115"] == "浦东新区"


@pytest.mark.parametrize(
    ("code", "name"), [("310115016", "花木街道"), ("310105002", "江苏路街道"), ("310104016", "龙华街道")]
)
def test_the_streets_of_the_documentation_stand_here(code: str, name: str) -> None:
    assert STREETS[code] == name


def test_every_street_lies_in_a_district_and_every_district_has_three_or_more() -> None:
    assert all(Area.parse(code).tier is Tier.STREET for code in STREETS)
    for district in DISTRICTS:
        assert sum(district_of(street) == district for street in STREETS) >= 3


def test_committees_are_areas_of_their_street_with_names() -> None:
    codes = committees_of("310115016")
    assert len(codes) == COMMITTEES
    assert all(Area("310115016").contains(Area.parse(code)) and street_of(code) == "310115016" for code in codes)
    assert committee_name("310115016003") == "花木街道第三居民委员会"
    assert len({committee_name(code) for street in STREETS for code in committees_of(street)}) == COMMITTEES * len(
        STREETS
    )


@pytest.mark.parametrize("street", STREETS)
def test_the_address_mask_finds_the_street(street: str) -> None:
    place = CITY + DISTRICTS[district_of(street)] + STREETS[street]
    mask = PartialAddress("street").compile(Setting("a", "Resident.address", bytes(32)))
    assert mask([f"{place}梧桐路301弄4号502室"]) == [place]
