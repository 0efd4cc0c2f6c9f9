from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from policies.registry.registry import Registry
from tests.policies.registry.made import Acts, Approval, Breaking, Faults


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One registry for all examples of a property, each of which makes things of its own."""
    opened = Registry.open(tmp_path_factory.mktemp("registry"))
    yield opened
    opened.close()


@pytest.fixture
def acts() -> Acts:
    return Acts()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def at_once() -> Callable[[Sequence[Approval | Breaking]], list[str]]:
    """Runs each in a process of its own, all from one moment on; what they tell."""
    return _at_once


def _at_once(works: Sequence[Approval | Breaking]) -> list[str]:
    context = multiprocessing.get_context("spawn")
    barrier, told = context.Barrier(len(works)), context.Queue()
    processes = [context.Process(target=_work, args=(work, barrier, told)) for work in works]
    for process in processes:
        process.start()
    answers = [told.get(timeout=60.0) for _ in works]
    for process in processes:
        process.join()
    told.close()
    told.join_thread()
    return sorted(answers)


def _work(work: Approval | Breaking, barrier: Barrier, told: Queue[str]) -> None:
    told.put(work.run(lambda: barrier.wait(timeout=60.0)))
