"""Several processes that serve one home from one socket. Whatever they share lies in the stores of the home.

The log, the registry, the counters and the sessions are made for several processes: each append, act and count is a
transaction of its own. What each has by itself is a cache, a tally, or a bound: what
`TONGGUAN_CONCURRENCY` bounds and `/metrics` counts is one process's.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

from federation.app import build_exchange
from federation.logs import configure
from federation.reloading import Origin
from federation.rules import StartError
from federation.serving import ServeError, serve
from federation.settings import Settings

_FAILED = 3


def serve_many(settings: Settings, at: socket.socket, count: int, origin: Origin) -> None:
    """Serve with so many processes until told to stop (SIGINT, SIGTERM). Where one ends by itself, all do.

    Each looks for another supergraph by itself; SIGHUP is passed on to all.

    Raises:
        StartError: the exchange can't be built; nothing was started.
        ServeError: a process ended by itself.
    """
    asyncio.run(build_exchange(settings).close())  # what is wrong is told once, and every file is there before them
    context = multiprocessing.get_context("spawn")
    given = (settings, at, origin)
    processes = [context.Process(target=_work, args=given, name=f"worker-{one}") for one in range(count)]
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # they inherit it, and so outlive one that comes before they listen
    for one in processes:
        one.start()
    with _stopping(processes) as told:
        ended = wait([one.sentinel for one in processes])
        _stop(processes)
    if not told.is_set():
        name = next(one.name for one in processes if one.sentinel in ended)
        raise ServeError(f"{name} ended by itself; the lines above say why")


@contextmanager
def _stopping(processes: Sequence[SpawnProcess]) -> Iterator[threading.Event]:
    """Signals to stop, and SIGHUP, are passed on; whether one to stop came."""
    told = threading.Event()

    def stop(*_: object) -> None:
        told.set()
        for one in processes:
            one.terminate()

    def tell(*_: object) -> None:
        for one in processes:
            if one.pid is not None and one.is_alive():
                os.kill(one.pid, signal.SIGHUP)

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: tell}
    before = {one: signal.signal(one, handler) for one, handler in handlers.items()}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(processes: Sequence[SpawnProcess]) -> None:
    for one in processes:
        one.terminate()
    for one in processes:
        one.join()


def _work(settings: Settings, at: socket.socket, origin: Origin) -> None:
    """One process: it ends with the one that started it, however that ends."""
    configure(settings.log_level)
    threading.Thread(target=_follow, daemon=True).start()
    try:
        serve(build_exchange(settings, origin=origin), at)
    except (StartError, ServeError):
        raise SystemExit(_FAILED) from None


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
