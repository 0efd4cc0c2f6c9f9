from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.companions.age_band import AgeBand
from masking.errors import MaskParametersError, NotAnEdgeError
from vocabulary.fetch import Op

BANDS = AgeBand.parse({"edges": [18, 60, 70, 80, 90]})
TODAY = dt.date(2025, 6, 30)
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
AWKWARD = st.sampled_from(
    [dt.date(year, month, day) for year in (1952, 1955, 2000, 2024, 2025) for month, day in ((2, 28), (3, 1))]
)
LEAP = st.sampled_from([dt.date(year, 2, 29) for year in (1904, 1932, 1952, 1956, 2000, 2024, 2028)])
BIRTHS = DAYS | AWKWARD | LEAP
TODAYS = DAYS | AWKWARD | LEAP
EDGES = st.lists(st.integers(2, 40), min_size=1, max_size=6).map(
    lambda gaps: tuple(total for n in range(len(gaps)) if (total := sum(gaps[: n + 1])) <= 150)
)


def age(born: dt.date, today: dt.date) -> int:
    """Full years, counted the plain way: has the birthday of this year come?"""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def band(edges: tuple[int, ...], born: dt.date, today: dt.date) -> int | None:
    """Where in the labels."""
    return None if born > today else sum(edge <= age(born, today) for edge in edges)


@pytest.mark.parametrize(
    ("born", "label"),
    [
        (dt.date(2025, 6, 30), "0-17"),
        (dt.date(2025, 7, 1), None),
        (dt.date(2007, 7, 1), "0-17"),
        (dt.date(2007, 6, 30), "18-59"),
        (dt.date(1955, 7, 1), "60-69"),
        (dt.date(1955, 6, 30), "70-79"),
        (dt.date(1935, 6, 30), "90+"),
        (dt.date(1, 1, 1), "90+"),
        (None, None),
        ("1955-06-30", None),
        (dt.datetime(1955, 6, 30, tzinfo=dt.UTC), None),
    ],
)
def test_examples(born: dt.date | str | None, label: str | None) -> None:
    assert BANDS.compile(TODAY)([born]) == [label]


def test_labels() -> None:
    assert BANDS.labels == ("0-17", "18-59", "60-69", "70-79", "80-89", "90+")


def test_someone_born_on_29_february_is_a_year_older_on_1_march() -> None:
    born: list[dt.date] = [dt.date(1952, 2, 29)]
    assert BANDS.compile(dt.date(2022, 2, 28))([*born]) == ["60-69"]
    assert BANDS.compile(dt.date(2022, 3, 1))([*born]) == ["70-79"]
    assert BANDS.compile(dt.date(2032, 2, 28))([*born]) == ["70-79"]
    assert BANDS.compile(dt.date(2032, 2, 29))([*born]) == ["80-89"]


@given(EDGES, st.lists(BIRTHS), TODAYS)
def test_the_label_is_that_of_the_age_in_full_years(
    edges: tuple[int, ...], births: list[dt.date], today: dt.date
) -> None:
    bands = AgeBand(edges)
    places = [band(edges, born, today) for born in births]
    assert bands.compile(today)([*births]) == [None if place is None else bands.labels[place] for place in places]


def expected(edges: tuple[int, ...], op: Op, value: object, born: dt.date, today: dt.date) -> bool:
    """What a reader of the labels would answer."""
    place = band(edges, born, today)
    if place is None:
        return False
    lower, label = (0, *edges)[place], AgeBand(edges).labels[place]
    if op in {Op.EQ, Op.NE}:
        return (label == value) == (op is Op.EQ)
    if op is Op.IN:
        assert isinstance(value, tuple)
        return label in value
    assert isinstance(value, int)
    return {Op.GE: lower >= value, Op.GT: lower > value, Op.LT: lower < value, Op.LE: lower <= value}[op]


@given(st.data(), EDGES, st.lists(BIRTHS, min_size=1), TODAYS)
def test_an_interval_holds_a_birth_date_if_and_only_if_its_band_satisfies(
    data: st.DataObject, edges: tuple[int, ...], births: list[dt.date], today: dt.date
) -> None:
    bands = AgeBand(edges)
    edge, label = st.sampled_from((0, *edges)), st.sampled_from(bands.labels)
    op, value = data.draw(
        st.one_of(
            st.tuples(st.sampled_from([Op.GE, Op.LT]), edge),
            st.tuples(st.sampled_from([Op.GT, Op.LE]), st.sampled_from(edges).map(lambda age: age - 1)),
            st.tuples(st.sampled_from([Op.EQ, Op.NE]), label),
            st.tuples(st.just(Op.IN), st.lists(label, max_size=4).map(tuple)),
        )
    )
    intervals = bands.rewrite(op, value, today)
    for born in [*births, today, *(interval.until for interval in intervals)]:
        assert sum(interval.contains(born) for interval in intervals) == expected(edges, op, value, born, today)
        # And exact on the age itself, which is what the asker means.
        if op is Op.GE and isinstance(value, int) and born <= today:
            assert any(interval.contains(born) for interval in intervals) == (age(born, today) >= value)


@given(st.sets(st.sampled_from(BANDS.labels)))
def test_intervals_are_disjoint_and_neighbours_are_one(labels: set[str]) -> None:
    intervals = BANDS.rewrite(Op.IN, tuple(labels), TODAY)
    for later, earlier in pairwise(intervals):
        assert later.after is not None
        assert later.after > earlier.until


@pytest.mark.parametrize(
    ("op", "value", "text"),
    [
        (Op.GE, 73, "gte: 73 is no edge of a band; write one of 0, 18, 60, 70, 80, 90"),
        (Op.LT, 73, "write one of 0, 18, 60, 70, 80, 90"),
        (Op.GT, 70, "gt: 70 is no edge of a band; write one of 17, 59, 69, 79, 89"),
        (Op.LE, 70, "write one of 17, 59, 69, 79, 89"),
        (Op.GE, "70", "'70' is no edge"),
        (Op.GE, True, "True is no edge"),
        (Op.GE, 70.0, "70.0 is no edge"),
        (Op.GE, None, "None is no edge"),
        (Op.EQ, "70-73", "'70-73' is no band; write one of 0-17, 18-59, 60-69, 70-79, 80-89, 90+"),
        (Op.EQ, 70, "70 is no band"),
        (Op.NE, "73", "'73' is no band"),
        (Op.IN, ("70-79", "73"), "'73' is no band"),
        (Op.IN, "70-79", "in cannot be asked"),
        (Op.STARTS_WITH, "7", "startsWith cannot be asked of a band"),
    ],
)
def test_what_the_bands_cannot_decide_is_refused_with_what_they_can(op: Op, value: object, text: str) -> None:
    with pytest.raises(NotAnEdgeError) as raised:
        BANDS.rewrite(op, value, TODAY)
    assert text in str(raised.value)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({}, "'edges' is missing"),
        ({"edges": []}, "no list of whole years"),
        ({"edges": "18"}, "no list of whole years"),
        ({"edges": [18, "60"]}, "no list of whole years"),
        ({"edges": [18, True]}, "no list of whole years"),
        ({"edges": [60, 18]}, "18 follows 60; edges rise"),
        ({"edges": [18, 18]}, "18 follows 18; edges rise"),
        ({"edges": [0, 18]}, "0 follows 0"),
        ({"edges": [-3]}, "-3 follows 0"),
        ({"edges": [73, 74]}, "74 follows 73; edges rise, by two years or more"),
        ({"edges": [18, 151]}, "151 is above 150"),
        ({"edges": [18], "width": 10}, "'width' is no parameter here"),
    ],
)
def test_wrong_edges_are_refused(parameters: dict[str, object], text: str) -> None:
    with pytest.raises(MaskParametersError) as raised:
        AgeBand.parse(parameters)
    assert text in str(raised.value)
