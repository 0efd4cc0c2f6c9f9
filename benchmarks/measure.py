"""What is measured. Servers take turns in short slices, round after round, so that a slow moment of the machine hits
all of them; a ratio is made within a round, and the median of the rounds is reported.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import orjson

from benchmarks.load import LoadError, Run, ask, run
from benchmarks.questions import JOURNEY, PAGE, PAGE_OF_AREAS, post
from benchmarks.servers import Server
from democity.divisions import STREETS, committees_of
from democity.streets import FOCUS

SIZES = (1, 10, 100, 1000)
MANY = 16
ROWS = 100
_AREA, _LARGE_AREA = "310115016005", "310115016003"
"""Committees of 138 and of 1,401 residents: the index finds them, and little is left over to sort away."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many rounds, and how many seconds each slice of one takes."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Series:
    """The runs of one server at one thing, one per round."""

    runs: tuple[Run, ...]

    @property
    def latency(self) -> float:
        """Seconds: the median of the rounds' medians."""
        return median(one.quantile(0.5) for one in self.runs)

    @property
    def per_second(self) -> float:
        return median(one.per_second for one in self.runs)

    @property
    def together(self) -> Run:
        """All rounds as one, for quantiles that a single round has too few requests for."""
        return Run(tuple(time for one in self.runs for time in one.times), sum(one.elapsed for one in self.runs))


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the rounds, and the least and the most of them."""

    middle: float
    least: float
    most: float


def of_latency(one: Series, other: Series) -> Ratio:
    """How many times `one` takes, beside `other`."""
    return _ratio([a.quantile(0.5) / b.quantile(0.5) for a, b in zip(one.runs, other.runs, strict=True)])


def of_throughput(one: Series, other: Series) -> Ratio:
    """How many times as many requests a second `one` answers as `other`."""
    return _ratio([a.per_second / b.per_second for a, b in zip(one.runs, other.runs, strict=True)])


def _ratio(ratios: Sequence[float]) -> Ratio:
    return Ratio(median(ratios), min(ratios), max(ratios))


def pages(servers: Mapping[str, Server], effort: Effort, *, rows: int, connections: int = 1) -> dict[str, Series]:
    """The governed question, the same `rows` residents each time: subject pseudonyms are warm."""
    return page_of(_AREA if rows <= ROWS else _LARGE_AREA, servers, effort, rows=rows, connections=connections)


def page_of(
    area: str, servers: Mapping[str, Server], effort: Effort, *, rows: int, connections: int = 1
) -> dict[str, Series]:
    """The same of an area in which as many live."""
    requests = [post(PAGE, {"first": rows}, one.headers((area,))) for one in servers.values()]
    for one, request in zip(servers.values(), requests, strict=True):
        _check(one, request, rows)
    return _in_turn(servers, effort, requests, connections)


def governance(servers: Mapping[str, Server], effort: Effort, *, connections: int = 1) -> dict[str, Series]:
    """100 residents, the same ones each time: subject pseudonyms are warm."""
    requests = [_of_group(_GROUPS[0], one.headers(_GROUPS[0])) for one in servers.values()]
    return _in_turn(servers, effort, requests, connections)


def governance_cold(servers: Mapping[str, Server], effort: Effort) -> dict[str, Series]:
    """100 residents, other ones each time: no subject was ever asked for before, but all else is warm."""
    requests: dict[str, list[bytes]] = {}
    for name, one in servers.items():
        headers = [one.headers(group) for group in _GROUPS]
        requests[name] = [_of_group(group, those) for group, those in zip(_GROUPS, headers, strict=True)]
        _check(one, requests[name][0], ROWS)
        run(one.port, [post("{ __typename }", {}, those) for those in headers], seconds=20)  # tokens are known now
    share = len(_GROUPS[1:]) // effort.rounds
    runs: dict[str, list[Run]] = {name: [] for name in servers}
    for number in range(effort.rounds):
        for name, one in servers.items():
            chosen = requests[name][1 + number * share : 1 + (number + 1) * share]
            runs[name].append(run(one.port, chosen, seconds=20))
    return {name: Series(tuple(those)) for name, those in runs.items()}


def source_requests(server: Server) -> dict[int, dict[str, int]]:
    """Requests made to each source for journey 1, by the most residents that are asked for."""
    counts: dict[int, dict[str, int]] = {}
    for first in SIZES:
        before = server.source_requests()
        ask(server.port, post(JOURNEY, {"street": "31", "first": first}, server.headers(("31",))))
        counts[first] = {name: count - before.get(name, 0) for name, count in server.source_requests().items()}
    return counts


def sync_time(directory: Path) -> float:
    """Seconds that this disk takes to make 4 KiB durable: every receipt waits for one such sync."""
    times = []
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times)


def _in_turn(
    servers: Mapping[str, Server], effort: Effort, requests: Iterable[bytes], connections: int
) -> dict[str, Series]:
    asked = list(zip(servers.items(), requests, strict=True))
    for (_, one), request in asked:
        run(one.port, request, connections=connections, seconds=effort.seconds / 2)
    runs: dict[str, list[Run]] = {name: [] for name in servers}
    for _ in range(effort.rounds):
        for (name, one), request in asked:
            runs[name].append(run(one.port, request, connections=connections, seconds=effort.seconds))
    return {name: Series(tuple(those)) for name, those in runs.items()}


def _of_group(group: Sequence[str], headers: Mapping[str, str]) -> bytes:
    """The question about some committees, of somebody who is of those."""
    return post(PAGE_OF_AREAS, {"first": ROWS, "areas": group}, headers)


def _check(server: Server, request: bytes, rows: int) -> None:
    """See that what is about to be measured is an answer."""
    answer = orjson.loads(ask(server.port, request))
    nodes = (answer.get("data") or {}).get("residents", {}).get("nodes") or ()
    if "errors" in answer or len(nodes) != rows or answer.get("extensions", {}).get("withheld"):
        raise LoadError(f"not {rows} residents with all their fields, but {str(answer)[:500]}")


def _groups() -> list[tuple[str, ...]]:
    """Every committee once, three of a street together: one or two alone have fewer than 100 residents."""
    committees = [committee for street in STREETS if street != FOCUS for committee in committees_of(street)]
    return list(zip(*[iter(committees)] * 3, strict=True))


_GROUPS = _groups()
