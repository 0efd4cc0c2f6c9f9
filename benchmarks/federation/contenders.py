"""Who answers the benchmark's question, each a process or more on a port of its own; or why one of them does not."""

from __future__ import annotations

import contextlib
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.federation.http import LISTENING
from benchmarks.federation.masks import Keys
from benchmarks.servers import NotStartedError, free_port, running

FLOOR: Final = "benchmarks.federation.floor"
LIBRARY_FLOOR: Final = "benchmarks.federation.library_floor"
_PATIENCE: Final = 20.0
_KEY: Final = 32


@dataclass(frozen=True, slots=True)
class Contender:
    """One that answers at a port.

    `processes` is 0 where it uses every core with threads of its own. `measured_by` names the floor that it is
    divided by. `expected` is the body of the right answer.
    """

    name: str
    processes: int
    port: int
    expected: bytes
    measured_by: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Absent:
    """One that is not measured, and why in a few words."""

    name: str
    why: str


@contextlib.contextmanager
def stubs(given: Path, logs: Path) -> Iterator[int]:
    """The stub subgraphs; their port."""
    with _served("benchmarks.federation.stubs", (str(given),), 1, logs) as port:
        yield port


@contextlib.contextmanager
def floor(stubs_port: int, processes: int, logs: Path, keys: Keys | None = None, *, of: str = FLOOR) -> Iterator[int]:
    """The floor in so many processes behind one port; with keys, the one that masks. `of`: the module that serves."""
    masked = () if keys is None else (f"{keys.username.hex()},{keys.body.hex()}",)
    with _served(of, (str(stubs_port),), processes, logs, masked) as port:
        yield port


def keys_made_up() -> Keys:
    """Keys of pseudonyms, where no exchange has given any."""
    return Keys(secrets.token_bytes(_KEY), secrets.token_bytes(_KEY))


@contextlib.contextmanager
def _served(module: str, before: Sequence[str], processes: int, logs: Path, after: Sequence[str] = ()) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", module, *before, str(port), *after]
    with contextlib.ExitStack() as stack:
        for number in range(processes):
            log = logs / f"{module}-{port}-{number}.log"
            stack.enter_context(running(command, port, log))
            _wait_for(log)
        yield port


def _wait_for(log: Path) -> None:
    """A port that another process of the same kind already serves says nothing about this one: its output does."""
    deadline = time.monotonic() + _PATIENCE
    while LISTENING not in log.read_text("utf-8", "replace"):
        if time.monotonic() > deadline:
            raise NotStartedError(f"{log.name}: {log.read_text('utf-8', 'replace')[-2000:]}")
        time.sleep(0.02)
