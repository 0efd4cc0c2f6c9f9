"""What was measured of sources and of a large city, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.large import Grown
from benchmarks.measure import ROWS, of_latency
from benchmarks.rates import ROWS as MANY_ROWS
from benchmarks.rates import Rate
from benchmarks.report import ms, spread, table

MARKS = "<!-- bench-sources:begin -->", "<!-- bench-sources:end -->"


@dataclass(frozen=True, slots=True)
class SourcesReport:
    """Everything that one run found about sources."""

    machine: str
    rates: Sequence[Rate]
    grown: Sequence[Grown]

    def text(self) -> str:
        return "\n".join((self.machine, self._rates(), self._grown()))

    def _rates(self) -> str:
        heads = ("kind", "beside", "through the connector, rows/s", "alone, rows/s", "of it")
        rows = [
            (one.kind, one.beside, f"{one.through:,.0f}", f"{one.alone:,.0f}", f"**{spread(one.ratio)}**")
            for one in self.rates
        ]
        return table(f"{MANY_ROWS:,} rows through each kind of connector, and without it", heads, rows)

    def _grown(self) -> str:
        heads = ("residents", "in the area", "floor, ms", "gateway, ms", "gateway, of the floor")
        rows = []
        for one in self.grown:
            floor, gateway = one.found["floor"], one.found["gateway"]
            rows.append(
                (
                    f"{one.residents:,}",
                    f"{one.in_area:,}",
                    ms(floor.latency),
                    ms(gateway.latency),
                    f"**{spread(of_latency(floor, gateway))}**",
                )
            )
        return table(f"The governed question on PostgreSQL, {ROWS} rows, one connection (median latency)", heads, rows)
