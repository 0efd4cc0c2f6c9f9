"""What was measured of policies, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import MANY, ROWS, of_throughput
from benchmarks.policy import ASKED, Size, Turns
from benchmarks.policy_lines import COORDINATES
from benchmarks.policy_live import TARGET, Kept, Revocations
from benchmarks.report import ms, spread, table
from policies.compile import REMEMBERED, STANDINGS

MARKS = "<!-- bench-policy:begin -->", "<!-- bench-policy:end -->"
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """Everything that one run found about policies."""

    machine: str
    sizes: Sequence[Size]
    turns: Sequence[Turns]
    kept: Sequence[Kept]
    revocations: Sequence[Revocations]

    def text(self) -> str:
        parts = [self.machine, self._decisions(), self._first(), self._turns(), self._kept(), self._revocations()]
        return "\n".join(parts)

    def _decisions(self) -> str:
        heads = ("policy lines", "`decide` again, µs", "Casbin `enforce`, ms", "times as fast")
        rows = [
            (
                f"{one.lines:,}",
                f"**{one.steady * 1e6:.2f}**",
                f"{one.casbin * 1e3:.1f}",
                f"{_rounded(one.casbin / one.steady):,}",
            )
            for one in self.sizes
        ]
        return table("A decision in steady state, and Casbin's on the same", heads, rows)

    def _first(self) -> str:
        heads = (
            "policy lines",
            "strict loader, s",
            "build, s",
            f"first {ASKED} decisions, ms",
            "the simple way, ms",
            f"all {len(COORDINATES):,}, ms",
        )
        rows = [
            (
                f"{one.lines:,}",
                f"{one.load:.2f}",
                f"{one.build:.2f}",
                f"**{ms(one.cold)}**",
                f"{one.cold_simple * 1e3:.0f}",
                f"{one.cold_all * 1e3:.0f}",
            )
            for one in self.sizes
        ]
        return table("A new policy, and the first question of a class of principals", heads, rows)

    def _turns(self) -> str:
        heads = ("policy lines", "role sets", "a first decision, µs", "most memory, MiB", "in the end, MiB")
        rows = [
            (
                f"{one.lines:,}",
                f"{one.role_sets:,}",
                f"{one.decision * 1e6:.0f}",
                f"**{one.most / _MIB:.0f}**",
                f"{one.last / _MIB:.0f}",
            )
            for one in self.turns
        ]
        bound = (
            f"The bound: {STANDINGS:,} standings, and {REMEMBERED:,} look-ups, grants and denies in all; past either, "
            "what was compiled is dropped and made again.\n"
        )
        return f"{table(f'Different role sets in turn, {ASKED} decisions each', heads, rows)}\n{bound}"

    def _kept(self) -> str:
        heads = ("lines more", "without a change, /s", "one change a second, /s", "kept")
        rows = [
            (
                f"{one.lines:,}",
                f"{one.quiet.per_second:,.0f}",
                f"{one.changing.per_second:,.0f}",
                f"**{spread(of_throughput(one.changing, one.quiet))}**",
            )
            for one in self.kept
        ]
        return table(f"One gateway under changes of its policy, {ROWS} rows, {MANY} connections", heads, rows)

    def _revocations(self) -> str:
        heads = (
            "lines more",
            "changes",
            "last with it, p50",
            "p99",
            f"within {TARGET:.0f} s",
            "all without, p50",
            "p99",
        )
        rows = [
            (
                f"{one.lines:,}",
                f"{len(one.shown)}",
                f"{ms(_quantile(one.shown, 0.5))} ms",
                f"**{ms(_quantile(one.shown, 0.99))} ms**",
                "yes" if _quantile(one.shown, 0.99) <= TARGET else "**no**",
                f"{ms(_quantile(one.without, 0.5))} ms",
                f"{ms(_quantile(one.without, 0.99))} ms",
            )
            for one in self.revocations
        ]
        return table("A revocation, two gateways over one home", heads, rows)


def _quantile(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def _rounded(ratio: float) -> int:
    """Two digits of it: the rest is noise."""
    digits = max(len(str(int(ratio))) - 2, 0)
    return int(round(ratio, -digits))
