"""What a supergraph as large costs: to compose, to start with, to plan what was never asked before, and to keep.

Each is measured in a process of its own (`run.py`), so that neither time nor memory holds what the generator has left.
What is measured is named `module:function`, and found by that name there.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import orjson

Compose: TypeAlias = Callable[[Mapping[str, str]], str]
"""The SDL of a supergraph, of the SDLs of its subgraphs by name."""
Plan: TypeAlias = Callable[[str], object]
"""Parses, validates and plans one document, keeping nothing of it. Raises RefusedError where it will not plan it."""
Start: TypeAlias = Callable[[str], Plan]
"""Reads the SDL of a supergraph, as a worker does when it starts: the one callable that a planner is measured by."""

_ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE: Final = "federation.schema.compose:compose"
FLOOR: Final = "benchmarks.large_supergraph.floor:start"


class RefusedError(Exception):
    """A document that is not planned: it is past a bound."""


class NotMeasuredError(Exception):
    """What was to be measured has failed; the text is the last that its process said."""


@dataclass(frozen=True, slots=True)
class Composed:
    """Seconds that composition took, and the characters of the supergraph's SDL."""

    seconds: float
    length: int


@dataclass(frozen=True, slots=True)
class Planned:
    """Seconds to start and to plan each question, in MiB what the process holds after starting and in the end.

    `adversarial`: by the name of the document, the seconds and whether it was refused.
    """

    start: float
    started_memory: float
    questions: Sequence[float]
    adversarial: Mapping[str, tuple[float, bool]]
    memory: float

    def quantile(self, share: float) -> float:
        times = sorted(self.questions)
        return times[min(len(times) - 1, int(share * len(times)))]


def composed(subgraphs: Mapping[str, str], supergraph: Path, compose: str = COMPOSE) -> Composed:
    """Compose into a file, and say what it took.

    Raises:
        NotMeasuredError: composition failed.
    """
    told = _apart("compose", compose, {"subgraphs": dict(subgraphs), "supergraph": str(supergraph)})
    return Composed(told["seconds"], told["length"])


def planned(supergraph: Path, questions: Sequence[str], adversarial: Mapping[str, str], start: str) -> Planned:
    """Start with a supergraph, and plan every document once.

    Raises:
        NotMeasuredError: a question was not planned, or the process failed.
    """
    asked = {"supergraph": str(supergraph), "questions": list(questions), "adversarial": dict(adversarial)}
    told = _apart("plan", start, asked)
    found = {name: (seconds, refused) for name, (seconds, refused) in told["adversarial"].items()}
    return Planned(told["start"], told["started_memory"], told["questions"], found, told["memory"])


def _apart(what: str, named: str, asked: Mapping[str, object]) -> Any:
    command = [sys.executable, "-m", "benchmarks.large_supergraph.run", what, named]
    done = subprocess.run(command, input=orjson.dumps(asked), capture_output=True, cwd=_ROOT, check=False)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
        raise NotMeasuredError(f"{named}: {said[-1][:500]}")
    return orjson.loads(done.stdout)
