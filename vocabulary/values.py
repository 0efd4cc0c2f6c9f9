"""The values that cells hold, and the scalar types of the graph that name them."""

from __future__ import annotations

import datetime as dt
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float | bool | dt.date | dt.datetime | None
Column: TypeAlias = list[Value]

SCALARS: Final[dict[str, type]] = {
    "String": str,
    "Int": int,
    "Float": float,
    "Boolean": bool,
    "Date": dt.date,
    "DateTime": dt.datetime,
}
"""GraphQL scalar → the one Python type in which connectors hand over its values (`DateTime` is always aware)."""
