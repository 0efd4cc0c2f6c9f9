"""Promise 7. Down the tree it only narrows: a descendant's cells are a subset of its ancestor's; siblings never meet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from democity.personas import PERSONAS
from tests.support.city import City

DOCUMENT = """query($after: String) {
  residents(first: 1000, after: $after, where: {area: {within: ["310115016"]}}) {
    nodes { id name phone address area ageBand latestVaccination { vaccine date } emergencyContact { area } }
  }
}"""


def cells(city: City, *areas: str) -> set[tuple[Any, ...]]:
    who = replace(PERSONAS["analyst"], areas=areas)
    found = set()
    for node in city.ask(who, DOCUMENT).data["residents"]["nodes"]:
        for name, value in node.items():
            if value is not None:
                found.add((node["id"], name, str(value)))
    return found


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("31", "310115"),
        ("310115", "310115016"),
        ("310115016", "310115016003"),
        ("310115016003", "310115016003001"),
        ("31", "310104"),
    ],
)
def test_a_descendant_sees_a_subset(city: City, wide: str, narrow: str) -> None:
    assert cells(city, narrow) <= cells(city, wide)


def test_siblings_never_meet(city: City) -> None:
    one, other = cells(city, "310115016003"), cells(city, "310115016004")
    assert one
    assert other
    assert not {row for row, *_ in one} & {row for row, *_ in other}


def test_no_area_is_no_access_and_two_areas_are_their_union(city: City) -> None:
    assert cells(city) == set()
    both = cells(city, "310115016003", "310115016004")
    union = cells(city, "310115016003") | cells(city, "310115016004")
    contacts = {cell for cell in both - union if cell[1] == "emergencyContact"}
    assert both - contacts == union  # a contact in the other committee is seen by whoever has both
