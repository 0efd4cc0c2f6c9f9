"""Counts of entries by day and organisation as a picture of stacked bars, and the same figures as a table."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

MOST_SERIES: Final = 6
"""Organisations with a colour of their own; the others share the last one."""
WIDTH: Final = 960
HEIGHT: Final = 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 12, 28
_LABELS: Final = 8  # days that are written below
_STEPS: Final = (10, 15, 20, 25, 30, 40, 50, 75)  # tenths of a power of ten

Counted = tuple[dt.date, str, int]
"""A day, a series and a count."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a stack, in the picture's units; `series` is its place in the key."""

    x: float
    y: float
    width: float
    height: float
    series: int
    day: dt.date
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and its table. `lines` are heights with their numbers, `labels` places with their days."""

    series: tuple[str, ...]
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, int], ...]
    labels: tuple[tuple[float, dt.date], ...]
    rows: tuple[tuple[dt.date, tuple[int, ...], int], ...]
    total: int
    others: tuple[str, ...]
    last: dt.date


def chart(counted: Iterable[Counted], days: Sequence[dt.date]) -> Chart:
    """The chart of these days, in their order, each of them in the picture; only days with entries are in the table.

    `series` ends with the empty name where organisations share the last colour; `others` names them.
    """
    table: dict[dt.date, Counter[str]] = {day: Counter() for day in days}
    whole: Counter[str] = Counter()
    for day, name, count in counted:
        if day in table:
            table[day][name] += count
            whole[name] += count
    ranked = [name for name, _ in sorted(whole.items(), key=lambda one: (-one[1], one[0]))]
    own, others = ranked[:MOST_SERIES], tuple(ranked[MOST_SERIES:])
    series = (*own, "") if others else tuple(own)
    rows = [(day, _counts(counts, own, others), counts.total()) for day, counts in table.items()]
    top = _top(max((total for _, _, total in rows), default=0))
    return Chart(
        series=series,
        bars=tuple(_bars(rows, top)),
        lines=tuple((_height(value, top), value) for value in _scale(top)),
        labels=tuple(
            (_place(at, len(rows)), day) for at, (day, _, _) in enumerate(rows) if _is_labelled(at, len(rows))
        ),
        rows=tuple(one for one in reversed(rows) if one[2]),
        total=whole.total(),
        others=others,
        last=days[-1],
    )


def _counts(counts: Counter[str], own: Sequence[str], others: Sequence[str]) -> tuple[int, ...]:
    shared = (sum(counts[name] for name in others),) if others else ()
    return (*(counts[name] for name in own), *shared)


def _bars(rows: Sequence[tuple[dt.date, tuple[int, ...], int]], top: int) -> Iterable[Bar]:
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(rows), 1)
    width = max(slot * 0.75, 1.0)
    for at, (day, counts, _) in enumerate(rows):
        below = 0
        for series, count in enumerate(counts):
            if count:
                y = _height(below + count, top)
                x = round(_place(at, len(rows)) - width / 2, 1)
                yield Bar(x, y, round(width, 1), round(_height(below, top) - y, 1), series, day, count)
            below += count


def _place(at: int, count: int) -> float:
    """The middle of a day's place."""
    return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (at + 0.5) / max(count, 1), 1)


def _height(value: int, top: int) -> float:
    return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top, 1)


def _top(largest: int) -> int:
    """The end of the scale: four round steps."""
    power = 1
    while True:
        for tenths in _STEPS:
            step, rest = divmod(tenths * power, 10)
            if not rest and 4 * step >= largest:
                return 4 * step
        power *= 10


def _scale(top: int) -> tuple[int, ...]:
    return tuple(top * part // 4 for part in range(5))


def _is_labelled(at: int, count: int) -> bool:
    return at % max(1, -(-count // _LABELS)) == 0
