from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from connectors.outlines.sample import EMPTY, SEVERAL, sample, scalar_of, scalar_of_texts
from vocabulary.outline import Shape

DAY = dt.date(2024, 5, 1)
MOMENT = dt.datetime(2024, 5, 1, 8, tzinfo=dt.UTC)


def test_a_sample_holds_counts_alone() -> None:
    made = sample(["13812345678", "13812345678", None, " ", "x"])
    assert (made.cells, made.nulls, made.filled, made.distinct) == (5, 2, 3, 2)
    assert made.count(Shape.MOBILE) == 2
    assert "13812345678" not in repr(made)


@pytest.mark.parametrize(
    ("cells", "scalar"),
    [
        ([1, None, 2], "Int"),
        ([1, 1.5, Decimal(2)], "Float"),
        ([True, False], "Boolean"),
        ([DAY], "Date"),
        ([MOMENT], "DateTime"),
        (["2024-05-01", None], "Date"),
        (["2024-05-01T08:30:00+08:00"], "DateTime"),
        (["2024-05-01", "soon"], "String"),
        (["2024-05-01", ""], "String"),  # a blank is no date, and would cost the column
        (["1", "2"], "String"),
        ([None, ""], "String"),
    ],
    ids=str,
)
def test_the_scalar_of_what_was_seen(cells: list[object], scalar: str) -> None:
    assert scalar_of(cells)[0] == scalar


@pytest.mark.parametrize("cells", [[1, "x"], [True, 1], [b"x", "x"], [DAY, "2024-05-01"]], ids=str)
def test_values_of_several_kinds_have_none(cells: list[object]) -> None:
    assert scalar_of(cells) == (None, SEVERAL)


def test_bytes_have_none() -> None:
    assert scalar_of([b"x"]) == (None, "bytes")


@pytest.mark.parametrize(
    ("texts", "scalar"),
    [
        (["1", "-2", "0"], "Int"),
        (["1.5", "2"], "Float"),
        (["true", "false"], "Boolean"),
        (["2024-05-01"], "Date"),
        (["2024-05-01 08:30"], "DateTime"),
        (["007", "8"], "String"),
        (["13812345678"], "String"),
        (["310115", "310104"], "String"),
        (["1234567890"], "String"),  # longer than a number that people count with
        ([], "String"),
    ],
    ids=str,
)
def test_the_scalar_of_a_file_that_is_text(texts: list[str], scalar: str) -> None:
    assert scalar_of_texts(texts)[0] == scalar


def test_nothing_seen_is_said() -> None:
    assert scalar_of_texts([])[1] == scalar_of([])[1] == EMPTY
