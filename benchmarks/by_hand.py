"""The gateway's SQL, masks and cells, written by hand for this one question: what the floor and the peer share.

It knows what the gateway cannot: that names are Chinese, phone numbers mobile and addresses well-formed. The tests
compare its cells with the gateway's.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SQL = """
SELECT name, birth_date, phone, address, area_code, lives_alone, sex, identity_no, serial FROM resident
WHERE area_code >= ? AND area_code < ? ORDER BY serial LIMIT ?
"""
"""The columns that the gateway reads: the last two are for its receipts and its cursors."""
OWN_AREA = "X-Own-Area"
"""The header in which the load says what a token says to the gateway: the area of whoever asks, the row rule."""

_CITY = ZoneInfo("Asia/Shanghai")
_EDGES = (90, 80, 70, 60, 18)
_BANDS = ("90+", "80-89", "70-79", "60-69", "18-59", "0-17")
_COMPOUND = frozenset(("欧阳", "司马", "上官", "诸葛", "皇甫", "慕容", "司徒", "夏侯"))
_TO_STREET = re.compile(r".+?区.+?(?:镇?街道|镇|乡)")


def connect(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)


def columns(connection: sqlite3.Connection, own: str, first: int) -> list[list[Any]]:
    """The masked columns of the first residents of an area, in the order of `questions.FIELDS`."""
    return masked(connection.execute(SQL, (own, str(int(own) + 1), first + 1)).fetchall()[:first], dt.date.isoformat)


def masked(rows: Sequence[Sequence[Any]], written: Callable[[dt.date], Any]) -> list[list[Any]]:
    """The rows of `SQL` as masked columns; `written` makes of a date what the database makes of it."""
    if not rows:
        return [[] for _ in range(7)]
    names, born, phones, addresses, areas, alone, sexes, _, _ = zip(*rows, strict=True)
    today = dt.datetime.now(_CITY).date()
    cuts = [written(_latest_birth(edge, today)) for edge in _EDGES]
    street = _TO_STREET.match
    return [
        [_name(name) for name in names],
        [_BANDS[bisect_left(cuts, day)] for day in born],
        [None if phone is None else f"{phone[:3]}****{phone[7:]}" for phone in phones],
        [None if (found := street(address)) is None else found[0] for address in addresses],
        list(areas),
        [flag == 1 for flag in alone],
        list(sexes),
    ]


def _name(name: str) -> str:
    shown = 2 if len(name) > 2 and name[:2] in _COMPOUND else 1
    given = len(name) - shown
    return f"{name[:shown]}{'*' * (given - 1)}{name[-1]}" if given > 1 else f"{name[:shown]}*"


def _latest_birth(age: int, today: dt.date) -> dt.date:
    leap = today.month == 2 and today.day == 29
    return (today - dt.timedelta(days=leap)).replace(year=today.year - age)
