from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.companions.degree_band import DegreeBand
from masking.errors import MaskParametersError, NotAnEdgeError
from vocabulary.fetch import Op

TODAY = dt.date(2025, 6, 30)
HUNDREDTHS = DegreeBand.parse({"step": 0.01})
STEPS = (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


def shown(band: DegreeBand, value: object) -> object:
    return band.compile(TODAY)([value])[0]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("step", "value", "label"),
    [
        (0.01, 121.544321, "121.54–121.55"),
        (0.01, 121.54, "121.54–121.55"),
        (0.01, -0.000001, "-0.01–0.00"),
        (0.1, 31.2, "31.2–31.3"),
        (0.05, 31.2222, "31.20–31.25"),
        (1, 31.2222, "31–32"),
        (0.01, 180.0, None),
        (0.01, math.nan, None),
        (0.01, math.inf, None),
        (0.01, None, None),
        (0.01, 121, None),
        (0.01, "121.5", None),
    ],
)
def test_both_edges_are_shown(step: float, value: object, label: str | None) -> None:
    assert shown(DegreeBand.parse({"step": step}), value) == label


@given(st.sampled_from(STEPS), st.floats(-180, 180, exclude_max=True))
def test_what_is_shown_holds_the_value_and_is_as_wide_as_declared(step: float, value: float) -> None:
    band = DegreeBand.parse({"step": step})
    label = shown(band, value)
    assert isinstance(label, str)
    assert label in band.labels
    low, high = map(float, label.split("–"))
    assert low - 1e-9 <= value < high + 1e-9
    assert high - low == pytest.approx(step)


@given(st.floats(121, 122), st.floats(0, 0.0099))
def test_neighbours_within_a_band_look_the_same(start: float, apart: float) -> None:
    low = math.floor(start * 100) / 100
    one, other = low + 0.00001, low + min(apart, 0.00999)
    assert shown(HUNDREDTHS, max(one, low)) == shown(HUNDREDTHS, max(other, one))


@pytest.mark.parametrize("op", list(Op))
def test_nothing_is_compared_with_a_band(op: Op) -> None:
    with pytest.raises(NotAnEdgeError, match="filter by area"):
        HUNDREDTHS.rewrite(op, "121.54–121.55", TODAY)


@pytest.mark.parametrize(
    "parameters", [{}, {"step": 0.001}, {"step": 0}, {"step": True}, {"step": "0.01"}, {"edges": [1]}]
)
def test_parameters_that_are_none(parameters: dict[str, object]) -> None:
    with pytest.raises(MaskParametersError):
        DegreeBand.parse(parameters)
