from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.tables import READERS, bits, moment, transpose
from vocabulary.values import SCALARS

ANY = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=12), st.binary(max_size=3), st.dates(),
    st.datetimes(), st.sampled_from(["2024-05-01", "2024-05-01T08:30:00Z", "20240501", "2024-W18-3"]),
)  # fmt: skip


@given(scalar=st.sampled_from(list(SCALARS)), cells=st.lists(ANY, max_size=4))
def test_a_column_is_of_its_type_or_refused(scalar: str, cells: list[Any]) -> None:
    try:
        read = READERS[scalar](list(cells))
    except (TypeError, ValueError):
        return
    assert len(read) == len(cells)
    assert all(cell is None or type(cell) is SCALARS[scalar] for cell in read)
    assert [cell is None for cell in read] == [cell is None for cell in cells]
    if scalar == "DateTime":
        assert all(cell is None or cell.tzinfo is not None for cell in read if isinstance(cell, dt.datetime))


@given(st.lists(st.one_of(st.none(), st.datetimes(timezones=st.just(dt.UTC)))))
def test_dates_survive_their_text(moments: list[dt.datetime | None]) -> None:
    assert READERS["DateTime"]([None if cell is None else cell.isoformat() for cell in moments]) == moments
    days = [None if cell is None else cell.date() for cell in moments]
    assert READERS["Date"]([None if cell is None else cell.isoformat() for cell in days]) == days


def test_a_moment_without_an_offset_is_utc_and_an_offset_is_kept() -> None:
    assert moment("2024-05-01 08:30") == dt.datetime(2024, 5, 1, 8, 30, tzinfo=dt.UTC)
    assert moment("2024-05-01T08:30:00+08:00").utcoffset() == dt.timedelta(hours=8)
    naive = dt.datetime(2024, 5, 1, 8)  # noqa: DTZ001  (as drivers give it)
    assert READERS["DateTime"]([naive]) == [naive.replace(tzinfo=dt.UTC)]


def test_numbers_become_floats_where_nothing_is_lost() -> None:
    assert list(map(repr, READERS["Float"]([1, Decimal("2.5"), None, 3.0]))) == ["1.0", "2.5", "None", "3.0"]
    for lost in (2**53 + 1, float("nan"), float("inf"), Decimal("NaN"), True):
        with pytest.raises((TypeError, ValueError)):
            READERS["Float"]([lost])


@pytest.mark.parametrize("cells", [[2], [1.0], ["1"], [True, 1], [-1]])
def test_bits_are_nought_one_or_null(cells: list[Any]) -> None:
    assert bits([0, 1, None]) == [False, True, None]
    assert bits([True, None]) == [True, None]
    with pytest.raises(TypeError):
        bits(cells)


def test_a_foreign_key_is_of_one_type_throughout() -> None:
    assert READERS[None](["a", None]) == ["a", None]
    assert READERS[None]([1, 2]) == [1, 2]
    with pytest.raises(TypeError):
        READERS[None](["a", 1])


def test_rows_become_columns() -> None:
    assert transpose([(1, "a"), (2, "b")], 2) == [[1, 2], ["a", "b"]]
    assert transpose([], 3) == [[], [], []]
