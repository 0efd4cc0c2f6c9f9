"""The process in which one thing is measured: `python -m benchmarks.large_supergraph.run compose|plan MODULE:FUNCTION`.

What it is to work on comes in as JSON, and what it took goes out as JSON.
"""

from __future__ import annotations

import gc
import importlib
import re
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.large_supergraph.measure import Compose, Plan, RefusedError, Start

_WARMING: Final = 20


def _compose(compose: Compose, asked: Mapping[str, Any]) -> dict[str, object]:
    seconds, text = _timed(lambda: compose(asked["subgraphs"]))
    Path(asked["supergraph"]).write_text(text, "utf-8")
    return {"seconds": seconds, "length": len(text)}


def _plan(start: Start, asked: Mapping[str, Any]) -> dict[str, object]:
    text = Path(asked["supergraph"]).read_text("utf-8")
    starting, plan = _timed(lambda: start(text))
    started_memory = _memory()
    for one in asked["questions"][:_WARMING]:
        plan(one)
    times = [_timed(partial(plan, one))[0] for one in asked["questions"][_WARMING:]]
    return {
        "start": starting,
        "started_memory": started_memory,
        "questions": times,
        "adversarial": {name: _refusable(plan, one) for name, one in asked["adversarial"].items()},
        "memory": _memory(),
    }


def _refusable(plan: Plan, document: str) -> tuple[float, bool]:
    started = time.perf_counter()
    try:
        plan(document)
    except RefusedError:
        return time.perf_counter() - started, True
    return time.perf_counter() - started, False


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _memory() -> float:
    """MiB that this process holds (VmRSS, proc(5)), once what is garbage is gone."""
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii", "replace"))
    return int(found[1]) / 1024 if found else float("nan")


def _named(name: str) -> Any:
    """What `module:function` names."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


if __name__ == "__main__":
    work = _compose if sys.argv[1] == "compose" else _plan
    sys.stdout.buffer.write(orjson.dumps(work(_named(sys.argv[2]), orjson.loads(sys.stdin.buffer.read()))))
