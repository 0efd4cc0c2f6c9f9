from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.companions import COMPANIONS, Companion, Interval
from vocabulary.values import SCALARS

if TYPE_CHECKING:
    from vocabulary.values import Value

PARAMETERS: dict[str, dict[str, object]] = {"age-band": {"edges": [18, 60, 70]}, "degree-band": {"step": 0.5}}
EVERY_COMPANION = [companion.parse(PARAMETERS[companion.kind]) for companion in COMPANIONS]
TODAY = dt.date(2025, 6, 30)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.datetimes(), st.text(st.characters())
)


@pytest.mark.parametrize("companion", EVERY_COMPANION, ids=repr)
@given(column=st.lists(VALUES))
def test_any_column_comes_back_as_long_and_holds_only_labels(companion: Companion, column: list[Value]) -> None:
    computed = companion.compile(TODAY)(column)
    assert len(computed) == len(column)
    for value, label in zip(column, computed, strict=True):
        assert label is None or (label in companion.labels and type(value) is SCALARS[companion.takes])
        assert label is None or type(label) is SCALARS[companion.gives]


def test_an_interval_leaves_out_its_beginning_and_holds_its_end() -> None:
    interval = Interval(dt.date(1945, 6, 30), dt.date(1955, 6, 30))
    assert not interval.contains(dt.date(1945, 6, 30))
    assert interval.contains(dt.date(1945, 7, 1))
    assert interval.contains(dt.date(1955, 6, 30))
    assert not interval.contains(dt.date(1955, 7, 1))
    assert Interval(None, dt.date(1955, 6, 30)).contains(dt.date.min)
