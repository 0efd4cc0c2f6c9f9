"""What was measured, as Markdown."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import MANY, ROWS, Ratio, Series, of_latency, of_throughput

Servers = Mapping[str, Series]
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one run found."""

    machine: str
    pages: Mapping[int, Servers]
    many: Servers
    governance: Mapping[str, Servers]
    governance_many: Servers
    requests: Mapping[int, Mapping[str, int]]
    memory: float

    def text(self) -> str:
        parts = [self.machine, self._pages(), self._many(), self._governance(), self._requests(), self._gateway()]
        return "\n".join(parts)

    def _pages(self) -> str:
        rows = []
        for size, found in self.pages.items():
            floor, gateway, peer = found["floor"], found["gateway"], found["strawberry"]
            rows.append(
                (
                    f"{size:,}",
                    *(ms(one.latency) for one in (floor, gateway, peer)),
                    f"**{spread(of_latency(floor, gateway))}**",
                    spread(of_latency(floor, peer)),
                )
            )
        heads = (
            "rows",
            "floor, ms",
            "gateway, ms",
            "Strawberry, ms",
            "gateway, of the floor",
            "Strawberry, of the floor",
        )
        return table("A governed question of 7 fields, one connection (median latency)", heads, rows)

    def _many(self) -> str:
        floor, gateway, peer = (self.many[name] for name in ("floor", "gateway", "strawberry"))
        heads = (
            "rows",
            "floor, /s",
            "gateway, /s",
            "Strawberry, /s",
            "gateway, of the floor",
            "Strawberry, of the floor",
        )
        row = (
            f"{ROWS}",
            *(f"{one.per_second:,.0f}" for one in (floor, gateway, peer)),
            f"**{spread(of_throughput(gateway, floor))}**",
            spread(of_throughput(peer, floor)),
        )
        return table(f"The same, {MANY} connections (answers a second)", heads, [row])

    def _governance(self) -> str:
        heads = (f"{ROWS} rows", "open policy", "governed", "governance costs")
        rows = []
        for name, found in self.governance.items():
            cost = of_latency(found["governed"], found["open"])
            rows.append((name, f"{ms(found['open'].latency)} ms", f"{ms(found['governed'].latency)} ms", _cost(cost)))
        found = self.governance_many
        rows.append(
            (
                f"{MANY} connections, pseudonyms warm",
                f"{found['open'].per_second:,.0f}/s",
                f"{found['governed'].per_second:,.0f}/s",
                _cost(of_throughput(found["open"], found["governed"])),
            )
        )
        return table("The gateway against itself with an open policy", heads, rows)

    def _requests(self) -> str:
        sources = sorted({name for counts in self.requests.values() for name in counts})
        rows = [
            (f"{first:,}", *(str(counts.get(name, 0)) for name in sources)) for first, counts in self.requests.items()
        ]
        return table("Requests made to each source in journey 1", ("residents asked for", *sources), rows)

    def _gateway(self) -> str:
        rows = []
        for connections, series in ((1, self.pages[ROWS]["gateway"]), (MANY, self.many["gateway"])):
            every = series.together
            rows.append((str(connections), f"{len(every.times):,}", ms(every.quantile(0.5)), ms(every.quantile(0.99))))
        found = table(f"The gateway at {ROWS} rows", ("connections", "answers", "p50, ms", "p99, ms"), rows)
        return f"{found}\nPeak memory of its process over the whole run (VmHWM): {self.memory:,.0f} MiB.\n"


def machine(sync: float) -> str:
    """The machine, as far as it bears on the numbers."""
    models = [line for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.processor() or platform.machine()
    return (
        f"Machine: {os.cpu_count()} cores of {model}, {platform.system()} {platform.release()}; "
        f"CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}; "
        f"to make 4 KiB durable takes its disk {sync * 1000:.2f} ms.\n"
    )


def write(text: str, page: Path, marks: tuple[str, str] = (BEGIN, END)) -> None:
    """Put a report between the marks of a page, in place of the one before."""
    first, last = marks
    before, begin, rest = page.read_text("utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError(f"{page} has no {first} … {last}")
    page.write_text(f"{before}{first}\n\n{text}\n{last}{after}", encoding="utf-8")


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in heads[1:])]
    lines = [f"| {' | '.join(row)} |" for row in (heads, rule, *rows)]
    return "\n".join((f"### {title}", "", *lines, ""))


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def spread(ratio: Ratio) -> str:
    return f"{ratio.middle:.2f} ({ratio.least:.2f}–{ratio.most:.2f})"


def _cost(ratio: Ratio) -> str:
    middle, least, most = (100 * (one - 1) for one in (ratio.middle, ratio.least, ratio.most))
    return f"**{middle:+.0f} %** ({least:+.0f} to {most:+.0f})"
