"""Samples for the catalogue, taken by the exchange itself: one type at a time, within the load cap, never under strain.

A sample is no release: nobody is shown a row, and what is kept are counts (`quality.py`). Each one stands in the
operator's log and in the metrics, without a value.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from connectors.contract import Connector
from connectors.errors import FailureKind, GapKind, SourceError, UnsupportedError
from federation.exchange.observed import SWITCHED_OFF, Observed
from federation.exchange.own import OWN_SOURCES
from federation.exchange.quality import SAMPLE, newest_of, quality_of, sample_of
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration
from vocabulary.moment import CITY_ZONE
from vocabulary.values import Value

QUIET: Final = 300.0
"""Seconds for which a source that has failed, whoever asked, is left alone."""
FRESH: Final = 300.0
"""Seconds after which a source is asked again when its data last changed."""
_STRAINED: Final = frozenset(
    {FailureKind.TIMEOUT, FailureKind.UNAVAILABLE, FailureKind.OVERLOADED, FailureKind.REFUSED}
)
"""What a sample would make worse, or could not get past. A source that answers wrongly is counted like any other."""
_LOGGER: Final = logging.getLogger("tongguan.catalogue")


class Sampler:
    """Takes samples. `every` is in seconds, for one type; 0: none are taken. Used from one event loop.

    `observe` counts each request to a source, by outcome. `clock` is monotonic.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceDeclaration],
        connectors: Mapping[str, Connector],
        observed: Observed,
        observe: Callable[[str, str], None],
        *,
        every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = {name: one for name, one in sources.items() if name not in OWN_SOURCES}
        self._connectors = connectors
        self._observed = observed
        self._observe = observe
        self._every = every
        self._clock = clock
        self._failed: dict[str, float] = {}
        self._tried: dict[str, float] = {}
        self._looked: dict[str, float] = {}
        for source in self._sources.values():
            for declared in source.types:
                if (gap := self._gap(source)) is not None:
                    observed.missing(declared.name, gap)

    def saw(self, source: str, outcome: str) -> None:
        """A source answered somebody, or failed."""
        if outcome in _STRAINED:
            self._failed[source] = self._clock()
        else:
            self._failed.pop(source, None)

    async def step(self, now: dt.datetime) -> str | None:
        """Ask one source how fresh it is, and take one sample, if some are due; the type that was sampled."""
        self._observed.catch_up()
        await self._refresh(now)
        for source in self._sources.values():
            if self._gap(source) is not None or self._is_quiet(source.name):
                continue
            for declared in source.types:
                if self._is_due(declared.name, now):
                    await self._sample(source, declared, now)
                    return declared.name
        return None

    def _gap(self, source: SourceDeclaration) -> str | None:
        """Why there will be no sample of a source."""
        can = self._connectors[source.name].capabilities
        if self._connectors[source.name].NAMES_ASKER:
            return (
                f"{GapKind.NEVER}: 只代人查询，不抽样 · another exchange is asked for somebody, and never for a sample"
            )
        if not can.collections:
            kind, reason = (can.gap.kind, can.gap.reason) if can.gap else (GapKind.NEVER, "it lists nothing")
            return f"{kind}: 来源系统不能列出数据 · {reason}"
        return SWITCHED_OFF if not self._every else None

    def _is_quiet(self, source: str) -> bool:
        """Whether a source is to be left alone since it failed, or is asked for as much as it takes already."""
        failed = self._failed.get(source)
        is_failing = failed is not None and self._clock() - failed < QUIET
        return is_failing or self._connectors[source].is_busy

    def _is_due(self, type_name: str, now: dt.datetime) -> bool:
        tried = self._tried.get(type_name)
        if tried is not None and self._clock() - tried < min(self._every, QUIET):
            return False
        at = self._observed.of(type_name).sampled_at
        return at is None or not 0 <= (now - at).total_seconds() < self._every

    async def _sample(self, source: SourceDeclaration, declared: TypeDeclaration, now: dt.datetime) -> None:
        self._tried[declared.name] = self._clock()
        connector = self._connectors[source.name]
        request = sample_of(declared, in_order=connector.capabilities.order)
        try:
            table = await connector.sample(request, {"limit": SAMPLE})
        except SourceError as error:
            self.saw(source.name, error.kind.value)
            self._observe(source.name, error.kind.value)
            self._observed.missing(declared.name, f"not yet: 来源系统未应答 · the source did not answer: {error.kind}")
            _LOGGER.info("no sample of %s from %s: %s", declared.name, source.name, error.kind.value)
            return
        except UnsupportedError as error:
            self._observed.missing(declared.name, f"{error.kind}: 来源系统不支持 · the source can't list it")
            return
        self._observe(source.name, "sampled")
        quality = quality_of(declared, table)
        self._observed.sampled(declared.name, quality, now)
        await self._keep()
        _LOGGER.info("sampled %s from %s: %s rows", declared.name, source.name, quality.sampled or "few")

    async def _keep(self) -> None:
        try:
            await asyncio.to_thread(self._observed.keep)
        except OSError as error:
            _LOGGER.warning("what was sampled can't be kept over a restart: %s", error.strerror)

    async def _refresh(self, now: dt.datetime) -> None:
        """Ask one source when its data last changed."""
        for name, source in self._sources.items():
            looked = self._looked.get(name)
            if self._is_quiet(name) or (looked is not None and self._clock() - looked < FRESH):
                continue
            self._looked[name] = self._clock()
            try:
                moments = await self._moments(source, now)
            except SourceError as error:
                self.saw(name, error.kind.value)
                moments = {}
            self._observed.changed({declared.name: moments.get(declared.name) for declared in source.types})
            return

    async def _moments(self, source: SourceDeclaration, now: dt.datetime) -> Mapping[str, dt.datetime]:
        """When each type last changed: as the newest value of `changedBy` says, else as its source knows."""
        connector = self._connectors[source.name]
        if connector.NAMES_ASKER:
            return {}
        try:
            async with asyncio.timeout(source.timeout):
                moments = dict(await connector.changed())
        except TimeoutError:
            raise SourceError(source.name, FailureKind.TIMEOUT, "it does not say when its data changed") from None
        for declared in source.types:
            if declared.changed_by is None or not self._every:
                continue
            if not (connector.capabilities.collections and connector.capabilities.order):
                continue
            table = await connector.sample(newest_of(declared), {"limit": 1})
            for value in table.column(declared.changed_by):
                if (moment := _moment(value)) is not None and moment <= now:  # what is to come has changed nothing yet
                    moments[declared.name] = moment
        return moments


def _moment(value: Value) -> dt.datetime | None:
    """The moment that a value names; of a date, the one in which the day begins in the city."""
    if isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, dt.time(), CITY_ZONE) if isinstance(value, dt.date) else None
