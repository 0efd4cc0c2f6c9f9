"""What is measured: all who answer the question, in turn, in short slices, round after round.

Before and after every slice the answer is asked for and compared with the right one, and the stubs are asked how many
requests they have answered: a gateway that lets one request serve several askers is found out by that.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import httpx
import orjson

from benchmarks.federation.contenders import Contender
from benchmarks.federation.stubs import counted
from benchmarks.federation.wrk import Slice, ask, script
from benchmarks.load import LoadError
from benchmarks.measure import Ratio

CONNECTIONS: Final = (1, 16)
JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_PATIENCE: Final = 20.0
_SHARED_BELOW: Final = 0.97
"""A gateway that makes fewer requests an answer under load than with one asker, by more than the slice's two ends."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many rounds, and how many whole seconds each slice takes (`wrk` knows no less); `warming` rounds of a second
    go before them and are not counted.
    """

    rounds: int
    seconds: int
    warming: int = 1


@dataclass(frozen=True, slots=True)
class Series:
    """One contender's slices with so many connections, one a round; `requests` to subgraphs for an answer."""

    slices: tuple[Slice, ...]
    requests: float

    @property
    def per_second(self) -> float:
        return median(one.per_second for one in self.slices)

    @property
    def p50(self) -> float:
        return median(one.p50 for one in self.slices)

    @property
    def p99(self) -> float:
        return median(one.p99 for one in self.slices)


Found = Mapping[int, Mapping[str, Series]]
"""By number of connections and key of the contender."""


def key(one: Contender) -> str:
    return f"{one.name} {one.processes}"


def of_floor(one: Series, other: Series) -> Ratio:
    """How many times as many answers a second `one` gives as `other`, made within each round."""
    ratios = [a.per_second / b.per_second for a, b in zip(one.slices, other.slices, strict=True)]
    return Ratio(median(ratios), min(ratios), max(ratios))


def measure(contenders: Sequence[Contender], question: bytes, stubs_port: int, effort: Effort) -> Found:
    """Every contender with each number of connections.

    Raises:
        LoadError: a wrong answer, a failed request, or requests that serve several askers.
    """
    found = {
        connections: _in_turn(contenders, question, stubs_port, effort, connections) for connections in CONNECTIONS
    }
    few, many = (found[connections] for connections in CONNECTIONS)
    for name, series in few.items():
        if many[name].requests < series.requests * _SHARED_BELOW:
            raise LoadError(
                f"{name} makes {series.requests:.2f} requests an answer, and {many[name].requests:.2f} under load: "
                "it shares requests between askers"
            )
    return found


def _in_turn(
    contenders: Sequence[Contender], question: bytes, stubs_port: int, effort: Effort, connections: int
) -> dict[str, Series]:
    slices: dict[str, list[Slice]] = {key(one): [] for one in contenders}
    requests: dict[str, list[float]] = {key(one): [] for one in contenders}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(-effort.warming, effort.rounds):
            is_counted = number >= 0
            for index, one in enumerate(contenders):
                asking = Path(folder) / f"{index}.lua"
                asking.write_text(script(question, {**JSON, **one.headers}), "ascii")
                check(one, question)
                before = counted(stubs_port)
                url = f"http://127.0.0.1:{one.port}/graphql"
                found = ask(url, asking, connections=connections, seconds=effort.seconds if is_counted else 1)
                asked = counted(stubs_port) - before
                check(one, question)
                if is_counted:
                    slices[key(one)].append(found)
                    requests[key(one)].append(asked / found.answers)
    return {name: Series(tuple(those), median(requests[name])) for name, those in slices.items()}


def check(one: Contender, question: bytes) -> int:
    """See that the answer is the right one, to the byte once it is read and written again; its length as it came.

    Raises:
        LoadError: it is not.
    """
    url = f"http://127.0.0.1:{one.port}/graphql"
    answer = httpx.post(url, content=question, headers={**JSON, **one.headers}, timeout=_PATIENCE, trust_env=False)
    told = orjson.loads(answer.content)
    if answer.status_code != httpx.codes.OK or told.get("errors"):
        raise LoadError(f"{one.name} answered {answer.status_code}: {answer.text[:500]}")
    if orjson.dumps(told.get("data")) != orjson.dumps(orjson.loads(one.expected)["data"]):
        raise LoadError(f"{one.name} does not give the right answer, but {answer.text[:500]}")
    return len(answer.content)
