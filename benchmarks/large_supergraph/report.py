"""What a large supergraph costs, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.large_supergraph.adversarial import adversarial
from benchmarks.large_supergraph.generate import generate
from benchmarks.large_supergraph.measure import FLOOR, Composed, Planned, composed, planned
from benchmarks.large_supergraph.model import World
from benchmarks.large_supergraph.questions import OVER, questions
from benchmarks.report import ms, table

MARKS: Final = "<!-- bench-large:begin -->", "<!-- bench-large:end -->"
PLANNER: Final = "benchmarks.large_supergraph.planner:start"


@dataclass(frozen=True, slots=True)
class LargeReport:
    """Everything that one run found. `planned`: by what planned, the floor first."""

    machine: str
    world: World
    composed: Composed
    planned: Mapping[str, Planned]

    def text(self) -> str:
        return f"{self.machine}\n{self._composed()}\n{self._planned()}\n{self._adversarial()}"

    def _composed(self) -> str:
        cells = (
            f"{len(self.world.subgraphs)} subgraphs, {len(self.world.fields):,} object types",
            f"**{self.composed.seconds:.1f}**",
            f"{self.composed.length / 1000:,.0f}",
        )
        return table("To compose a large supergraph", ("supergraph", "composition, s", "its SDL, KB"), [cells])

    def _planned(self) -> str:
        count = len(next(iter(self.planned.values())).questions)
        heads = (
            f"{count:,} questions over {OVER} subgraphs",
            "start, s",
            "p50, ms",
            "p99, ms",
            "worker, MiB",
            "in the end, MiB",
        )
        rows = [
            (
                name,
                f"**{found.start:.1f}**",
                f"**{ms(found.quantile(0.5))}**",
                f"**{ms(found.quantile(0.99))}**",
                f"**{found.started_memory:,.0f}**",
                f"{found.memory:,.0f}",
            )
            for name, found in self.planned.items()
        ]
        return table("To start with it, and to plan what was never asked before", heads, rows)

    def _adversarial(self) -> str:
        names = list(next(iter(self.planned.values())).adversarial)
        rows = [(name, *(_told(*found.adversarial[name]) for found in self.planned.values())) for name in names]
        return table("Documents meant to make a planner work, ms", ("document", *self.planned), rows)


def measure_large(machine: str, work: Path, count: int, planner: str) -> LargeReport:
    """Make the supergraph, compose it, and plan so many questions and every adversarial document.

    `planner` names a `measure.Start`; it is measured beside the floor.

    Raises:
        NotMeasuredError: composition or planning failed.
    """
    world = generate()
    supergraph = work / "supergraph.graphql"
    how = composed(world.subgraphs, supergraph)
    asked = [one.document for one in questions(world, count)]
    measured = {"parse and validate alone": FLOOR, "the planner": planner}
    found = {name: planned(supergraph, asked, adversarial(world), start) for name, start in measured.items()}
    return LargeReport(machine, world, how, found)


def _told(seconds: float, refused: bool) -> str:  # noqa: FBT001  (as `Planned` has them)
    return f"{ms(seconds)}, refused" if refused else ms(seconds)
