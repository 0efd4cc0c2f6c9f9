"""The graph in force, and how another takes its place while requests are under way.

A `Graph` is everything that is made of one supergraph and of its declaration. A request is answered by one of them from
its first step to its last: what is decided by one is planned, fetched, masked and released by the same, and no plan,
decision or document of one is ever met by another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from connectors.remote import Remote
from federation.pipeline import Pipeline
from federation.rules import Rules
from federation.stages import Answered, Asked


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """One graph, wired. `remotes` are the subgraphs of a supplied supergraph; that of declared sources has none."""

    rules: Rules
    pipeline: Pipeline
    remotes: Mapping[str, Remote]

    async def close(self) -> None:
        """Close every connection to its subgraphs; closing twice does no harm."""
        for remote in self.remotes.values():
            await remote.close()


class Graphs:
    """Answers requests by the graph in force. Used from one event loop."""

    def __init__(self, first: Graph) -> None:
        self._in_force = _InUse(first)
        self._ending: list[_InUse] = []

    @property
    def current(self) -> Graph:
        """The graph in force; look once for whatever belongs together."""
        return self._in_force.graph

    async def answer(self, asked: Asked) -> Answered:
        """Answer one request, as `Pipeline.answer` does."""
        return await self._in_force.serve(lambda pipeline: pipeline.answer(asked))

    async def plan(self, asked: Asked) -> Answered:
        """The plan of a question, as `Pipeline.plan` gives it."""
        return await self._in_force.serve(lambda pipeline: pipeline.plan(asked))

    async def replace(self, graph: Graph) -> None:
        """Put a graph in force at once; returns when the last request of the one before has ended and that is closed.

        Each request ends within its own time, so this does too.
        """
        before, self._in_force = self._in_force, _InUse(graph)
        before.graph.rules.keeper.retire()
        self._ending.append(before)
        try:
            await before.ended()
        finally:
            await before.graph.close()
            self._ending.remove(before)

    async def close(self) -> None:
        """Close all of them; what is under way fails."""
        for one in (*self._ending, self._in_force):
            await one.graph.close()


class _InUse:
    """A graph, and how many requests it has under way."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def serve(self, step: Callable[[Pipeline], Awaitable[Answered]]) -> Answered:
        self._under_way += 1
        self._idle.clear()
        try:
            return await step(self.graph.pipeline)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def ended(self) -> None:
        """No request is under way; once another is in force, none begins."""
        await self._idle.wait()
