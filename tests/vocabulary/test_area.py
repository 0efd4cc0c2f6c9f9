from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocabulary.area import Area, NotAnAreaError, Tier

LEVELS = (2, 6, 9, 12, 15)
codes = st.sampled_from(LEVELS).flatmap(
    lambda length: st.tuples(
        st.just("31"),
        st.integers(1, 99).map(lambda n: f"01{n:02d}"),
        *[st.sampled_from((1, 3, 9, 99, 998, 999)).map(lambda n: f"{n:03d}") for _ in range(3)],
    ).map(lambda parts: "".join(parts)[:length])
)


@pytest.mark.parametrize(
    ("text", "code", "tier"),
    [
        ("31", "31", Tier.CITY),
        ("310000", "31", Tier.CITY),
        ("310000000000", "31", Tier.CITY),
        ("310115", "310115", Tier.DISTRICT),
        ("310115000", "310115", Tier.DISTRICT),
        ("310115000000", "310115", Tier.DISTRICT),
        ("310115016", "310115016", Tier.STREET),
        ("310115016000", "310115016", Tier.STREET),
        (" 310115016003 ", "310115016003", Tier.COMMITTEE),
        ("310115016003000", "310115016003", Tier.COMMITTEE),
        ("310115016003001", "310115016003001", Tier.GRID),
    ],
)
def test_codes_are_normalised(text: str, code: str, tier: Tier) -> None:
    area = Area.parse(text)
    assert (area.code, area.tier) == (code, tier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "3101",
        "310",
        "31011",
        "3101150",
        "310100",
        "310115000003",
        "310000016",
        "３１",
        "31x115",
        "-1",
        "00",
        "310115016003001999",
    ],
)
def test_what_is_no_area_is_refused(text: str) -> None:
    with pytest.raises(NotAnAreaError):
        Area.parse(text)


@given(codes, codes)
def test_containment_is_by_prefix_and_narrows(one: str, other: str) -> None:
    a, b = Area.parse(one), Area.parse(other)
    assert a.contains(a)
    assert a.contains(b) == other.startswith(one)
    if a.contains(b) and b.contains(a):
        assert a == b


@given(codes, codes)
def test_the_range_of_an_area_holds_what_it_contains(one: str, other: str) -> None:
    area = Area.parse(one)
    assert (area.code <= other < area.upper_bound) == area.contains(Area.parse(other))


def test_the_range_of_a_code_of_nines_holds_nobody_elses() -> None:
    assert Area("310115016003999").upper_bound == "310115016004"
    assert Area("310115016999").upper_bound == "310115017"
    assert Area("99").upper_bound > "99" + "9" * 13


@pytest.mark.parametrize(
    ("code", "parent"),
    [
        ("310115016003001", "310115016003"),
        ("310115016003", "310115016"),
        ("310115016", "310115"),
        ("310115", "31"),
        ("31", None),
    ],
)
def test_the_parent_of_an_area_is_one_tier_above(code: str, parent: str | None) -> None:
    assert Area(code).parent == (None if parent is None else Area(parent))


@given(codes)
def test_a_parent_contains_its_area_and_nothing_lies_between(code: str) -> None:
    area = Area.parse(code)
    above = []
    one = area.parent
    while one is not None:
        above.append(one)
        one = one.parent
    assert all(upper.contains(area) and upper != area for upper in above)
    assert [upper.tier for upper in above] == [tier for tier in sorted(Tier, reverse=True) if tier < area.tier]
