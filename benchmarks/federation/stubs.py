"""The stub subgraphs as a process: `python -m benchmarks.federation.stubs FOLDER PORT`.

All four behind one port, each at the path of its name, as the benchmark's supergraph has them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from benchmarks.federation.given import Given, read
from benchmarks.federation.http import OK, Answer, Reply, run
from benchmarks.federation.memory import Memory
from benchmarks.federation.subgraphs import moved, subgraphs_of

_COUNTED: Final = b"/counted"


def urls(given: Given, port: int) -> Mapping[str, str]:
    """Where each subgraph is served, by its name."""
    return {one.name: f"http://127.0.0.1:{port}/{one.name}" for one in subgraphs_of(given.supergraph)}


def supergraph_at(given: Given, port: int) -> str:
    """The benchmark's supergraph, with its subgraphs behind this port."""
    return moved(given.supergraph, urls(given, port))


def answering(given: Given) -> Answer:
    """Answers at each subgraph's path, and says at `/counted` how many requests all of them have answered."""
    memories = {f"/{one.name}".encode(): Memory(one, given.data) for one in subgraphs_of(given.supergraph)}
    count = 0

    def answer(path: bytes, body: bytes) -> Reply:
        nonlocal count
        if path == _COUNTED:
            executed = sum(one.executed for one in memories.values())
            return OK, b'{"requests":%d,"executed":%d}' % (count, executed)
        memory = memories.get(path)
        if memory is None:
            return b"404 Not Found", b"{}"
        count += 1
        return OK, memory.answer(body)

    return answer


def counted(port: int) -> int:
    """How many requests the stubs behind this port have answered."""
    told = httpx.get(f"http://127.0.0.1:{port}{_COUNTED.decode()}", trust_env=False).json()
    return int(told["requests"])


if __name__ == "__main__":
    run(answering(read(Path(sys.argv[1]))), int(sys.argv[2]))
