"""Moments and days, by the city's calendar."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

CITY_ZONE: Final = ZoneInfo("Asia/Shanghai")


def day_of(at: dt.datetime) -> dt.date:
    """The city's day of a moment (aware)."""
    return at.astimezone(CITY_ZONE).date()
