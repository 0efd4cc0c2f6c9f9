"""`python -m benchmarks`: measure, and print (or write down) the tables of docs/benchmarks.md."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

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
from benchmarks.report import Report, machine, write
from benchmarks.servers import RESIDENTS, build_homes, by_hand, delivery_company, free_port, gateway

_ROOT = Path(__file__).resolve().parents[1]
_FULL, _QUICK = Effort(rounds=7, seconds=0.7), Effort(rounds=3, seconds=0.2)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute, and noisier")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    chosen = parser.parse_args(arguments)
    # On the disk of the checkout: a temporary directory may be in memory, where durable costs nothing.
    state = _ROOT / ".state"
    state.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=state) as directory:
        text = _measure(Path(directory), _QUICK if chosen.quick else _FULL).text()
    print(text)
    if chosen.write:
        write(text, _ROOT / "docs" / "benchmarks.md")


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


if __name__ == "__main__":
    main()
