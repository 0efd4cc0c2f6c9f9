"""A supplied supergraph, taken anew while it is served.

What start checks is checked again, and the new graph is wired apart from the running one; then it is put on record and
in force in one step. Whatever is wrong with it, the running one stays, and the log says why, once.

Of `exchange.yaml` the graph's governance is taken along: subgraphs, types, masks, conditions, purposes. What a running
process was started with (`_OF_START`) is refused until the next start: half a declaration may open what the whole one
keeps shut.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from federation.errors import Refusal
from federation.graphs import Graph, Graphs
from federation.http.metrics import Metrics
from federation.rules import EXCHANGE_FILE, LISTS_FILE, POLICY_FILE, SUPERGRAPH_FILE, StartError, texts_of
from policies.sources import FileSource, Stamp
from vocabulary.catalogue import Catalogue

QUIET: Final = 0.5
"""Seconds for which the files must not change before they are read: what is being written is left for the next look."""
_OF_START: Final[Mapping[str, Callable[[Catalogue], object]]] = {
    "exchange": lambda one: one.name,
    "operator": lambda one: one.operator,
    "organisations": lambda one: one.organisations,
    "roles": lambda one: one.roles,
    "limits": lambda one: one.limits,
    "supergraph.anonymous": lambda one: one.graph and one.graph.anonymous,
}
_LOGGER: Final = logging.getLogger("tongguan.reloading")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the texts of an exchange over a supplied supergraph come from. Can be handed to another process.

    `read` gives them by their names, or raises StartError; `watched` are the files with which they change.
    """

    watched: tuple[Path, ...]
    read: Callable[[], Mapping[str, str]]


def origin_of(home: Path) -> Origin:
    """The files of a home themselves."""
    names = (EXCHANGE_FILE, SUPERGRAPH_FILE, POLICY_FILE, LISTS_FILE)
    return Origin(tuple(home / name for name in names), partial(texts_of, home))


class Reloading:
    """Looks for another supergraph and puts it in force. Used from one event loop; one look at a time.

    `make` wires a graph of its texts, or raises StartError. It is called in a thread, since that takes a while.
    """

    def __init__(
        self, graphs: Graphs, origin: Origin, make: Callable[[Mapping[str, str]], Graph], metrics: Metrics
    ) -> None:
        self._graphs = graphs
        self._origin = origin
        self._make = make
        self._metrics = metrics
        self._files = FileSource(
            {str(one): one for one in origin.watched}, optional=frozenset(map(str, origin.watched))
        )
        self._seen: Stamp | None = None
        self._problem: str | None = None
        metrics.supergraph(_digest(graphs.current), is_refused=False)

    @property
    def is_refused(self) -> bool:
        """Whether the files hold something else than what is in force, which can't be put in force."""
        return self._problem is not None

    async def look(self, *, is_told: bool = False) -> bool:
        """Take what is there now, if it is another; whether another graph was put in force, and the one before closed.

        `is_told`: somebody asks for it, and so is told again what is wrong with files that did not change.
        """
        try:
            stamp = self._files.stamp()
            if stamp == self._seen and not is_told:
                return False
            await asyncio.sleep(QUIET)
            if self._files.stamp() != stamp:
                return False
            self._seen = stamp
            graph = await self._another(await asyncio.to_thread(self._origin.read))
        except StartError as refused:
            return self._refused(str(refused), is_told=is_told)
        except Refusal as refused:  # it is as it must be, and can't be put on record: that mends itself
            self._seen = None
            return self._refused(refused.message, is_told=is_told)
        except Exception as error:  # noqa: BLE001  (whatever is wrong with it, the running one stays)
            return self._refused(type(error).__name__, is_told=is_told)
        self._problem = None
        self._metrics.supergraph(_digest(graph or self._graphs.current), is_refused=False)
        if graph is None:
            return False
        self._metrics.reloaded("taken")
        _LOGGER.warning("another supergraph is in force: SHA-256 %s", _digest(graph))
        await self._graphs.replace(graph)
        return True

    async def _another(self, texts: Mapping[str, str]) -> Graph | None:
        """The graph of these texts, on record; None where it is the one in force."""
        declared = self._graphs.current.rules.declared
        if all(texts.get(name) == declared.get(name) for name in (EXCHANGE_FILE, SUPERGRAPH_FILE)):
            return None
        graph = await asyncio.to_thread(self._make, texts)
        await graph.pipeline.adopt()
        return graph

    def _refused(self, why: str, *, is_told: bool) -> bool:
        if why != self._problem or is_told:
            self._problem = why
            self._metrics.reloaded("refused")
            self._metrics.supergraph(_digest(self._graphs.current), is_refused=True)
            _LOGGER.warning("the supergraph is refused, and the one before stays in force: %s", why)
        return False


def require_as_started(first: Catalogue, now: Catalogue) -> None:
    """See that a declaration differs from the start's in nothing that was wired then; StartError with the words."""
    changed = [word for word, said in _OF_START.items() if said(first) != said(now)]
    if changed:
        raise StartError(f"{EXCHANGE_FILE}: {', '.join(changed)}: a change of that is taken at the next start")


@contextlib.contextmanager
def on_hangup(tell: Callable[[], None]) -> Iterator[None]:
    """SIGHUP tells, as long as it is here. Signals come to the main thread alone; a loop elsewhere hears of none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, tell)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def _digest(graph: Graph) -> str:
    return sha256(graph.rules.declared[SUPERGRAPH_FILE].encode()).hexdigest()
