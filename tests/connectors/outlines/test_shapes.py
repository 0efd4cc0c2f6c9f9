from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.outlines.shapes import SHAPES, count, is_telling
from democity.identity_number import identity_number
from vocabulary.outline import Shape

TODAY = dt.datetime.now(dt.UTC).date()


@given(
    st.sampled_from(["310115", "110105"]),
    st.dates(dt.date(1900, 1, 1), dt.date(2020, 1, 1)),
    st.integers(0, 999),
    st.sampled_from("0123456789X"),
)
def test_an_identity_number_is_one_with_its_check_character_alone(
    division: str, born: dt.date, sequence: int, other: str
) -> None:
    number = identity_number(division, born, sequence)
    assert count([number])[Shape.IDENTITY] == 1
    assert count([number.lower()])[Shape.IDENTITY] == 1
    if other != number[-1]:
        assert Shape.IDENTITY not in count([number[:-1] + other])


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("11010519491231002X", Shape.IDENTITY),  # the example of GB 11643
        ("91350100M000100Y43", Shape.CREDIT),  # the example of GB 32100
        ("13812345678", Shape.MOBILE),
        ("+86 138 1234 5678", Shape.MOBILE),
        ("021-12345678", Shape.LANDLINE),
        ("a.b@city.example", Shape.EMAIL),
        ("张小丽", Shape.PERSON),
        ("欧阳娜", Shape.PERSON),
        ("上海市浦东新区花木街道花木路123弄4号502室", Shape.ADDRESS),
        ("沪A12345", Shape.PLATE),
        ("沪AD12345", Shape.PLATE),
        ("310115016003", Shape.AREA),
        ("310115000000", Shape.AREA),
        ("2024-05-01", Shape.DATE),
        (dt.date(2024, 5, 1), Shape.DATE),
        ("1950-01-01", Shape.LONG_AGO),
        ("2024-05-01T08:30:00+08:00", Shape.MOMENT),
        (dt.datetime(2024, 5, 1, 8, 30, tzinfo=dt.UTC), Shape.MOMENT),
        (12, Shape.WHOLE),
        (1.5, Shape.DECIMAL),
        (True, Shape.TRUTH),
        ("x" * 61, Shape.PROSE),
        ("３１０１１５", Shape.FULL_WIDTH),
    ],
    ids=str,
)
def test_what_looks_so(value: object, shape: Shape) -> None:
    assert count([value])[shape] == 1


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("11010519491331002X", Shape.IDENTITY),  # no such month
        ("91350100M000100Y44", Shape.CREDIT),
        ("23812345678", Shape.MOBILE),
        ("花木街道社区卫生服务中心", Shape.PERSON),
        ("阳性", Shape.PERSON),
        ("31", Shape.AREA),  # two digits are any number
        ("200120", Shape.AREA),  # a postcode
        ("999999", Shape.AREA),
        ("20240501", Shape.DATE),
        ("2024-W18-3", Shape.DATE),
        ("2024-13-01", Shape.DATE),
        ("202405010830", Shape.MOMENT),
        ((TODAY - dt.timedelta(days=300)).isoformat(), Shape.LONG_AGO),
        ("007", Shape.WHOLE),
        ("yes", Shape.TRUTH),
        (b"13812345678", Shape.MOBILE),
    ],
    ids=str,
)
def test_what_does_not_look_so(value: object, shape: Shape) -> None:
    assert shape not in count([value])


def test_areas_of_another_city_are_not_counted_beside_those_of_one() -> None:
    assert count(["310115", "310104", "310115016", "110101", "x"])[Shape.AREA] == 3


def test_every_shape_is_asked_for() -> None:
    assert {*SHAPES, Shape.AREA} == {*Shape}


@given(st.lists(st.one_of(st.none(), st.text(), st.binary(), st.integers(), st.floats(), st.dates())))
def test_counting_never_fails_and_never_counts_more_than_there_is(values: list[object]) -> None:
    assert all(0 < number <= len(values) for number in count(values).values())


@pytest.mark.parametrize("text", ["13812345678", "11010519491231002X", "12", "2024-05-01", "a@b.cn", "007", " 1.5 "])
def test_a_name_that_is_a_value_is_telling(text: str) -> None:
    assert is_telling(text)


@pytest.mark.parametrize("text", ["name", "姓名", "房号", "mobile_2", "identity no", "true"])
def test_a_name_is_not(text: str) -> None:
    assert not is_telling(text)
