"""What was measured of the federation benchmark, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.federation.contenders import Absent, Contender
from benchmarks.federation.measure import CONNECTIONS, Found, key, of_floor
from benchmarks.report import ms, spread, table

MARKS: Final = "<!-- bench-federation:begin -->", "<!-- bench-federation:end -->"


@dataclass(frozen=True, slots=True)
class FederationReport:
    """Everything that one run found. `sizes`: bytes of each answer; `versions`: of the peers, by name."""

    machine: str
    contenders: Sequence[Contender]
    absent: Sequence[Absent]
    found: Found
    sizes: Mapping[str, int]
    versions: Mapping[str, str]

    def text(self) -> str:
        return f"{self.machine}\n{self._table()}\n{self._versions()}"

    def _table(self) -> str:
        few, many = (self.found[connections] for connections in CONNECTIONS)
        heads = (
            "who answers",
            "processes",
            "answer, bytes",
            "requests to subgraphs",
            "1 connection, p50 ms",
            "of the floor",
            f"{CONNECTIONS[1]} connections, /s",
            "p99 ms",
            "of the floor",
        )
        rows: list[tuple[str, ...]] = []
        for one in self.contenders:
            name = key(one)
            rows.append(
                (
                    one.name,
                    str(one.processes or "all cores"),
                    f"{self.sizes[name]:,}",
                    f"{many[name].requests:.1f}",
                    ms(few[name].p50),
                    self._of_floor(one, 0),
                    f"{many[name].per_second:,.0f}",
                    ms(many[name].p99),
                    self._of_floor(one, 1),
                )
            )
        rows += [(one.name, one.why, *("" for _ in heads[2:])) for one in self.absent]
        return table("The public federation benchmark (answers a second)", heads, rows)

    def _of_floor(self, one: Contender, which: int) -> str:
        found = self.found[CONNECTIONS[which]]
        if key(one) == one.measured_by:
            return "1"
        return f"**{spread(of_floor(found[key(one)], found[one.measured_by]))}**"

    def _versions(self) -> str:
        told = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"Peers: {told or 'none installed'}.\n"
