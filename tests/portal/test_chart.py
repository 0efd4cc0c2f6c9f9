from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from portal.chart import HEIGHT, MOST_SERIES, WIDTH, Counted, chart
from tests.support.pages import Pages

TODAY = dt.date(2026, 11, 25)
DAYS = [TODAY - dt.timedelta(days=back) for back in reversed(range(30))]
COUNTED = st.lists(
    st.tuples(
        st.sampled_from([*DAYS, TODAY + dt.timedelta(days=1)]), st.text("abcdefghij", max_size=1), st.integers(0, 10**6)
    ),
    max_size=60,
)


@given(COUNTED)
def test_picture_and_table_say_the_same(counted: list[Counted]) -> None:
    drawn = chart(counted, DAYS)
    expected = sum(count for day, _, count in counted if day in DAYS)
    assert drawn.total == expected
    assert sum(bar.count for bar in drawn.bars) == expected
    assert sum(total for _, _, total in drawn.rows) == expected
    for day, counts, total in drawn.rows:
        assert total == sum(counts)
        assert {bar.series: bar.count for bar in drawn.bars if bar.day == day} == {
            at: count for at, count in enumerate(counts) if count
        }
    assert [day for day, _, _ in drawn.rows] == sorted((day for day, _, _ in drawn.rows), reverse=True)


@given(COUNTED)
def test_everything_is_drawn_within_the_picture_and_to_scale(counted: list[Counted]) -> None:
    drawn = chart(counted, DAYS)
    (ground, zero), *_, (_, top) = drawn.lines
    assert zero == 0
    for bar in drawn.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= ground + 0.1 <= HEIGHT
        assert abs(bar.height - bar.count * ground / top) <= ground * 0.06 + 0.2
    for one, next_ in zip(drawn.bars, drawn.bars[1:], strict=False):
        if one.day == next_.day:
            assert abs(next_.y + next_.height - one.y) < 0.2  # stacked, without a gap


def test_the_rarest_organisations_share_a_colour() -> None:
    drawn = chart([(TODAY, f"organisation-{at}", at + 1) for at in range(10)], DAYS)
    assert len(drawn.series) == MOST_SERIES + 1
    assert drawn.series[0] == "organisation-9"
    assert drawn.series[-1] == ""
    assert len(drawn.others) == 4
    assert drawn.rows[0][1][-1] == 1 + 2 + 3 + 4


def test_nothing_at_all() -> None:
    drawn = chart([], DAYS)
    assert (drawn.total, drawn.bars, drawn.rows, drawn.series) == (0, (), (), ())


def test_it_is_a_picture_that_can_be_read(officer: Pages) -> None:
    officer.city.ask("analyst", "{ residents(first: 1) { nodes { name } } }")
    html = officer.get("/officer").html
    svg = html[html.index("<svg viewBox=") : html.index("</svg>") + 6]
    picture = ET.fromstring(svg)  # noqa: S314  (our own)
    assert picture.attrib["role"] == "img"
    assert picture.findtext("title")
    assert picture.findall("rect")
