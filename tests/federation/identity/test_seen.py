from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.identity.seen import FullError, Seen


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=40))
def test_nothing_is_taken_twice_within_its_time(shown: list[tuple[str, float]]) -> None:
    seen, taken, now = Seen(10.0), dict[str, float](), 0.0
    for name, later in shown:
        now += later
        if seen.first(name, now):
            assert name not in taken or now - taken[name] >= 10
            taken[name] = now
        else:
            assert now - taken[name] < 10 + 10 + 30  # a turn comes when somebody asks


def test_what_still_counts_is_not_forgotten_for_more() -> None:
    seen = Seen(10.0, most=3)
    assert [seen.first(name, 1.0) for name in "abca"] == [True, True, True, False]
    with pytest.raises(FullError):
        seen.first("d", 10.9)
    with pytest.raises(FullError):
        seen.first("d", 11.0)
    assert not seen.first("a", 11.0)
    assert [seen.first(name, 21.0) for name in "dea"] == [True, True, True]
