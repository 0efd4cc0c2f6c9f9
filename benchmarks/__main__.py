"""`python -m benchmarks`: measure, and print (or write down) the tables of docs/benchmarks.md."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import sources_report
from benchmarks.clients import MARKS as CLIENTS_MARKS
from benchmarks.clients import ClientsReport, clients
from benchmarks.federation.given import NotGivenError, usual_folder
from benchmarks.federation.measure import Effort as WrkEffort
from benchmarks.federation.report import MARKS as FEDERATION_MARKS
from benchmarks.federation.report import FederationReport
from benchmarks.federation.tables import Places, measure_federation
from benchmarks.federation.wrk import NoWrkError
from benchmarks.large import AREAS, grown
from benchmarks.large_supergraph.measure import NotMeasuredError
from benchmarks.large_supergraph.report import MARKS as LARGE_MARKS
from benchmarks.large_supergraph.report import PLANNER, LargeReport, measure_large
from benchmarks.measure import (
    MANY,
    ROWS,
    SIZES,
    Effort,
    governance,
    governance_cold,
    pages,
    source_requests,
    sync_time,
)
from benchmarks.pages import MARKS as PAGES_MARKS
from benchmarks.pages import PagesReport, measure_pages
from benchmarks.policy import SIZES as LINES
from benchmarks.policy import Trouble, at_size, in_turn
from benchmarks.policy_live import kept, revocations
from benchmarks.policy_report import MARKS, PolicyReport
from benchmarks.rates import rate
from benchmarks.report import Report, machine, write
from benchmarks.servers import RESIDENTS, build_homes, by_hand, delivery_company, free_port, gateway
from benchmarks.sources import sources

_ROOT = Path(__file__).resolve().parents[1]
_PAGE = _ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class _Outside:
    """What is measured, and with what, that an option names; None: not measured."""

    federation: Path
    peers: Path | None
    planner: str


@dataclass(frozen=True, slots=True)
class _Extent:
    """How much a run takes upon itself. `revoked` are changes by how many lines longer the policy is."""

    pages: Effort
    trouble: Trouble
    lines: Sequence[int]
    in_turn: Sequence[int]
    changing: Effort
    revoked: Sequence[tuple[int, int]]
    rates: int
    cities: Sequence[int]
    federation: WrkEffort
    questions: int


_FULL = _Extent(
    pages=Effort(rounds=7, seconds=0.7),
    trouble=Trouble(builds=3, enforced=5, role_sets=10_000),
    lines=LINES,
    in_turn=LINES[-1:],
    changing=Effort(rounds=4, seconds=4.0),
    revoked=((0, 100), (10_000, 50), (100_000, 5)),
    rates=40,
    cities=tuple(AREAS),
    federation=WrkEffort(rounds=5, seconds=3),
    questions=1_020,
)
_QUICK = _Extent(
    pages=Effort(rounds=3, seconds=0.2),
    trouble=Trouble(builds=1, enforced=3, role_sets=1_000),
    lines=LINES,
    in_turn=LINES[-1:],
    changing=Effort(rounds=2, seconds=2.0),
    revoked=((0, 50), (10_000, 5)),
    rates=10,
    cities=tuple(AREAS)[:2],
    federation=WrkEffort(rounds=3, seconds=1),
    questions=220,
)
_CHANGED = (0, 10_000)
_APART = ("federation", "large")
"""Tables that are made only where they are asked for: the first needs what is not in the repository."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "which",
        nargs="?",
        choices=("all", "policy", "sources", "clients", "pages", *_APART),
        default="all",
        help=f"those tables only; {' and '.join(_APART)} are not among all",
    )
    parser.add_argument(
        "--federation", type=Path, default=usual_folder(_ROOT), metavar="DIR", help="the public federation benchmark"
    )
    parser.add_argument(
        "--planner", metavar="MODULE:FUNCTION", default=PLANNER, help="what plans over the large supergraph"
    )
    parser.add_argument("--peers", type=Path, metavar="DIR", help="where npm has installed the gateways of others")
    parser.add_argument("--quick", action="store_true", help="two minutes, and noisier")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    chosen = parser.parse_args(arguments)
    extent = _QUICK if chosen.quick else _FULL
    # On the disk of the checkout: a temporary directory may be in memory, where durable costs nothing.
    state = _ROOT / ".state"
    state.mkdir(exist_ok=True)
    if chosen.which == "all":
        with tempfile.TemporaryDirectory(prefix="bench-", dir=state) as directory:
            text = _measure(Path(directory), extent.pages).text()
        print(text)
        if chosen.write:
            write(text, _PAGE)
    outside = _Outside(chosen.federation, chosen.peers, chosen.planner)
    for name, marks, measured in (
        ("policy", MARKS, _measure_policy),
        ("sources", sources_report.MARKS, _measure_sources),
        ("clients", CLIENTS_MARKS, _measure_clients),
        ("pages", PAGES_MARKS, _measure_pages),
        ("federation", FEDERATION_MARKS, partial(_measure_federation, outside)),
        ("large", LARGE_MARKS, partial(_measure_large, outside)),
    ):
        if chosen.which != name and (chosen.which != "all" or name in _APART):
            continue
        with tempfile.TemporaryDirectory(prefix="bench-", dir=state) as directory:
            text = measured(Path(directory), extent).text()
        print(text)
        if chosen.write:
            write(text, _PAGE, marks)


def _measure_pages(directory: Path, extent: _Extent) -> PagesReport:
    company = free_port()
    home, _ = build_homes(directory, residents=RESIDENTS, delivery_port=company)
    with delivery_company(home, company), gateway(home) as server:
        return measure_pages(machine(sync_time(directory)), server, rounds=3 * extent.pages.rounds)


def _measure(directory: Path, effort: Effort) -> Report:
    company = free_port()
    home, home_open = build_homes(directory, residents=RESIDENTS, delivery_port=company)
    with ExitStack() as stack:
        floor = stack.enter_context(by_hand("benchmarks.floor", home))
        peer = stack.enter_context(by_hand("benchmarks.peer_strawberry", home))
        stack.enter_context(delivery_company(home, company))
        governed = stack.enter_context(gateway(home))
        opened = stack.enter_context(gateway(home_open))
        three = {"floor": floor, "gateway": governed, "strawberry": peer}
        two = {"open": opened, "governed": governed}
        return Report(
            machine=machine(sync_time(directory)),
            governance={
                "pseudonyms cold (subjects never asked for before)": governance_cold(two, effort),
                "pseudonyms warm (the same subjects each time)": governance(two, effort),
            },
            governance_many=governance(two, effort, connections=MANY),
            pages={size: pages(three, effort, rows=size) for size in SIZES},
            many=pages(three, effort, rows=ROWS, connections=MANY),
            requests=source_requests(governed),
            memory=governed.peak_memory(),
        )


def _measure_policy(directory: Path, extent: _Extent) -> PolicyReport:
    """Servers first: what is measured in this process leaves it with more to collect."""
    home, _ = build_homes(directory, residents=RESIDENTS, delivery_port=free_port())
    base = (home / "policy.csv").read_text("utf-8")
    with gateway(home) as one:
        changed = [kept(home, one, base, lines, extent.changing) for lines in _CHANGED]
        with gateway(home) as other:
            taken = [revocations(home, (one, other), base, lines, changes) for lines, changes in extent.revoked]
    return PolicyReport(
        machine=machine(sync_time(directory)),
        sizes=[at_size(lines, extent.trouble) for lines in extent.lines],
        turns=[in_turn(lines, extent.trouble) for lines in extent.in_turn],
        kept=changed,
        revocations=taken,
    )


def _measure_federation(outside: _Outside, directory: Path, extent: _Extent) -> FederationReport:
    places = Places(outside.federation, outside.peers, directory)
    try:
        return measure_federation(machine(sync_time(directory)), places, extent.federation)
    except (NotGivenError, NoWrkError) as error:
        sys.exit(f"python -m benchmarks federation: {error}")


def _measure_large(outside: _Outside, directory: Path, extent: _Extent) -> LargeReport:
    try:
        return measure_large(machine(sync_time(directory)), directory, extent.questions, outside.planner)
    except NotMeasuredError as error:
        sys.exit(f"python -m benchmarks large: {error}")


def _measure_sources(directory: Path, extent: _Extent) -> sources_report.SourcesReport:
    return sources_report.SourcesReport(
        machine=machine(sync_time(directory)),
        rates=[asyncio.run(rate(pair, extent.rates)) for pair in sources(directory)],
        grown=grown(directory, extent.pages, {size: AREAS[size] for size in extent.cities}),
    )


def _measure_clients(directory: Path, extent: _Extent) -> ClientsReport:
    return ClientsReport(machine(sync_time(directory)), clients(directory, rounds=extent.pages.rounds, calls=200))


if __name__ == "__main__":
    main()
