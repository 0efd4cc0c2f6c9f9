"""Figures of the catalogue: right as far as they go, and never so fine that they tell of one row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.exchange.quality import (
    APART,
    LEAST,
    SAMPLE,
    Quality,
    Rates,
    percent,
    quality_of,
    rounded,
    sample_of,
)
from vocabulary.catalogue import FieldDeclaration, ReferenceDeclaration, TypeDeclaration, Words
from vocabulary.fetch import Order, Table
from vocabulary.values import Column

WORDS = Words("词", "word")


def declared(name: str, **options: Any) -> FieldDeclaration:
    return replace(FieldDeclaration(name, "String", name, 1, WORDS), **options)


TYPE = TypeDeclaration(
    name="Person",
    table="person",
    description=WORDS,
    key="number",
    subject="number",
    area="area",
    collection="people",
    page_by="-serial",
    fields=(
        declared("serial", scalar="Int", inaccessible=True),
        declared("number", identifier=True),
        declared("area"),
        declared("colour", codes=("green", "red")),
    ),
    references=(ReferenceDeclaration("guardian", "Person", "number", "guardian", 1, WORDS),),
)
FIELDS = ("number", "area", "colour", "guardian.number")
SIZES = st.integers(LEAST, SAMPLE)


def table(number: Column, **columns: Column) -> Table:
    empty: Column = [None] * len(number)
    return Table(FIELDS, (number, *(columns.get(one, empty) for one in ("area", "colour", "guardian"))), len(number))


def people(count: int) -> Column:
    return [f"N{at}" for at in range(count)]


def test_a_sample_asks_for_what_the_graph_shows_in_the_order_of_its_pages() -> None:
    request = sample_of(TYPE, in_order=True)
    assert request.fields == FIELDS
    assert (request.order, request.limit, request.via) == ((Order("serial", descending=True),), True, None)
    assert sample_of(TYPE, in_order=False).order == ()
    assert sample_of(replace(TYPE, page_by=None), in_order=True).order == ()


def test_rates_are_counted() -> None:
    colour: Column = [*["green"] * 500, *["purple"] * 300, *[None] * 200]
    number: Column = [*people(900), *["N0"] * 100]
    quality = quality_of(TYPE, table(number, colour=colour, area=["31"] * 1_000, guardian=["N1"] * 1_000))
    assert quality == Quality(
        sampled=1_000,
        rows=None,  # there may be more
        rates={
            "number": Rates(nulls=0, duplicates=10),
            "area": Rates(nulls=0),
            "colour": Rates(nulls=20, outside=38),  # 37.5 of those that have a value, to the nearest
            "guardian": Rates(nulls=0),
        },
    )


def test_rows_are_told_where_the_sample_holds_them_all() -> None:
    assert quality_of(TYPE, table(people(987))).rows == 980
    assert quality_of(TYPE, table(people(987))).sampled == 980
    assert quality_of(TYPE, table(people(SAMPLE))).rows is None


@pytest.mark.parametrize("count", [0, 1, 3, LEAST - 1])
def test_few_rows_have_no_figure(count: int) -> None:
    assert quality_of(TYPE, table(people(count))) == Quality()


def test_few_values_have_no_figure_that_rests_on_them() -> None:
    colour: Column = [*["purple"] * (LEAST - 1), *[None] * 900]
    rates = quality_of(TYPE, table(people(999), colour=colour)).rates["colour"]
    assert (rates.nulls, rates.outside) == (90, None)


@given(SIZES, st.data())
def test_a_percentage_is_near_and_says_never_of_how_many_it_is_true(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    shown = percent(part, whole)
    assert shown is not None
    assert abs(shown - 100 * part / whole) <= 2.5
    same = [other for other in range(whole + 1) if percent(other, whole) == shown]
    assert len(same) >= (APART if 0 < shown < 100 else APART // 2 + 1)


@given(SIZES, st.data())
def test_one_record_that_changes_moves_a_percentage_by_a_step_at_most(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole - 1))
    before, after = percent(part, whole), percent(part + 1, whole)
    assert before is not None
    assert after is not None
    assert after - before in {0, 1, 2, 4, 5}
    levels = [percent(one, whole) for one in range(whole + 1)]
    assert (levels[0], levels[-1]) == (0, 100)


@given(st.integers(LEAST, 10**7))
def test_a_count_has_two_digits(count: int) -> None:
    shown = rounded(count)
    assert shown <= count < shown * 1.11
    assert len(str(shown).rstrip("0")) <= 2
    same = [one for one in (count - 1, count, count + 1) if rounded(one) == shown]
    assert len(same) >= 2  # whoever knows the figure does not know whether somebody is in it


@given(SIZES, st.data())
def test_one_person_more_or_less_is_not_to_be_seen(count: int, data: st.DataObject) -> None:
    """Whatever a person's record says, the figures with it are those of hundreds of other registers too."""
    odd = data.draw(st.integers(0, count - 1))
    colour: Column = [*[None] * odd, *["green"] * (count - odd)]
    everybody = quality_of(TYPE, table(people(count), colour=colour))
    without = quality_of(TYPE, table(people(count)[1:], colour=colour[1:]))
    if without.sampled is None:
        assert count == LEAST
        return
    for name, rates in everybody.rates.items():
        for one, other in zip(
            (rates.nulls, rates.duplicates, rates.outside),
            (without.rates[name].nulls, without.rates[name].duplicates, without.rates[name].outside),
            strict=True,
        ):
            assert (one is None) == (other is None) or name == "colour"  # whose own values may be too few now
            assert one is None or other is None or abs(one - other) <= 5
    assert everybody.sampled is not None
    assert everybody.sampled - without.sampled in {0, 10}
