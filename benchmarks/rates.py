"""Rows a second through a connector, beside what it stands on: the driver, or the transport, alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Final, TypeAlias

from benchmarks.measure import Ratio
from connectors import Connector
from vocabulary.fetch import Fetch, Values

ROWS: Final = 1_000

Alone: TypeAlias = Callable[[], Awaitable[int]]
"""Brings the rows without the connector, and says how many."""


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Pair:
    """A connector with the request that it is measured by, and the same rows without it; `beside` says by what.

    `end` closes what `alone` has opened, in the loop in which that was.
    """

    kind: str
    beside: str
    connector: Connector
    request: Fetch
    values: Values
    alone: Alone
    end: Callable[[], Awaitable[None]] = _nothing


@dataclass(frozen=True, slots=True)
class Rate:
    """Rows a second through the connector and without it, and the first by the second."""

    kind: str
    beside: str
    through: float
    alone: float
    ratio: Ratio


async def rate(pair: Pair, rounds: int) -> Rate:
    """The two take turns, so that a busy machine slows both alike; the ratio is made within a round. The first round
    warms both, and is not counted. The connector is closed.
    """

    async def through() -> int:
        return (await pair.connector.fetch(pair.request, pair.values)).count

    try:
        speeds = [(await _speed(through), await _speed(pair.alone)) for _ in range(rounds + 1)][1:]
    finally:
        await pair.connector.close()
        await pair.end()
    ratios = sorted(one / other for one, other in speeds)
    return Rate(
        pair.kind,
        pair.beside,
        median(one for one, _ in speeds),
        median(other for _, other in speeds),
        Ratio(median(ratios), ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]),
    )


async def _speed(one: Alone) -> float:
    await asyncio.sleep(0)
    started = time.perf_counter()
    if (found := await one()) != ROWS:
        raise RuntimeError(f"{found} rows, not the {ROWS} that were asked for")
    return ROWS / (time.perf_counter() - started)
