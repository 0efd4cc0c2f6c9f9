from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from federation.graphs import Graph, Graphs
from federation.stages import Answered, Asked

ASKED = cast(Asked, object())


class Made:
    """A graph whose requests end when they are told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.may_end = asyncio.Event()
        self.is_retired = False
        self.closed = 0
        made: Any = self
        self.graph = Graph(made, made, {"a": made})

    @property
    def keeper(self) -> Made:
        return self

    def retire(self) -> None:
        self.is_retired = True

    async def close(self) -> None:
        self.closed += 1

    async def answer(self, _asked: Asked) -> Answered:
        await self.may_end.wait()
        assert not self.closed
        return Answered(self.name.encode(), 0)

    plan = answer


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_request_ends_on_the_graph_that_it_began_on_and_the_next_is_the_others() -> None:
    async def run() -> None:
        first, second = Made("first"), Made("second")
        second.may_end.set()
        graphs = Graphs(first.graph)
        under_way = [asyncio.create_task(graphs.answer(ASKED)), asyncio.create_task(graphs.plan(ASKED))]
        await turns()
        replacing = asyncio.create_task(graphs.replace(second.graph))
        await turns()
        assert graphs.current is second.graph
        assert (await graphs.answer(ASKED)).body == b"second"
        assert (first.is_retired, first.closed, second.is_retired, replacing.done()) == (True, 0, False, False)
        first.may_end.set()
        assert [(await one).body for one in under_way] == [b"first", b"first"]
        await replacing
        assert (first.closed, second.closed) == (1, 0)
        await graphs.close()
        assert (first.closed, second.closed) == (1, 1)

    asyncio.run(run())


def test_a_graph_that_nobody_asks_is_closed_at_once() -> None:
    async def run() -> None:
        first, second = Made("first"), Made("second")
        await Graphs(first.graph).replace(second.graph)
        assert first.closed == 1

    asyncio.run(run())


def test_a_request_that_fails_or_is_given_up_has_ended_too() -> None:
    async def run() -> None:
        first, second = Made("first"), Made("second")
        graphs = Graphs(first.graph)
        given_up = asyncio.create_task(graphs.answer(ASKED))
        await turns()
        replacing = asyncio.create_task(graphs.replace(second.graph))
        await turns()
        given_up.cancel()
        await replacing
        assert first.closed == 1
        second.answer = cast(Any, None)  # type: ignore[method-assign]
        with pytest.raises(TypeError):
            await graphs.answer(ASKED)
        await graphs.replace(Made("third").graph)
        assert second.closed == 1

    asyncio.run(run())


def test_where_the_wait_is_given_up_both_are_closed_at_the_end() -> None:
    async def run() -> None:
        first, second = Made("first"), Made("second")
        graphs = Graphs(first.graph)
        under_way = asyncio.create_task(graphs.answer(ASKED))
        await turns()
        replacing = asyncio.create_task(graphs.replace(second.graph))
        await turns()
        await graphs.close()
        assert (first.closed, second.closed) == (1, 1)
        replacing.cancel()
        under_way.cancel()
        await asyncio.gather(replacing, under_way, return_exceptions=True)

    asyncio.run(run())
