"""All doors share one bound, one tally and one set of metrics."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from federation.errors import Code, Refusal, Unidentified
from federation.http.answering import Answering, Reply
from federation.http.metrics import Metrics
from federation.stages import Answered


class _Pipeline:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.reached = asyncio.Event()

    async def answer(self, _asked: object) -> Answered:
        self.reached.set()
        await self.go.wait()
        return Answered(b"{}", 7)

    plan = answer


class _Door:
    def __init__(self, *, breaks: bool = False) -> None:
        self.counted: list[Code] = []
        self.breaks = breaks

    async def refused(self, code: Code) -> None:
        if self.breaks:
            raise Unidentified(Code.RECEIPT_UNAVAILABLE, "the log is full")
        self.counted.append(code)


async def asked() -> Any:
    return None


def answering(pipeline: Any, door: Any, metrics: Metrics | None = None) -> Answering:
    return Answering(pipeline, door, metrics or Metrics(), concurrency=1)


def test_a_question_and_a_plan_take_the_same_places() -> None:
    async def crowd() -> None:
        pipeline, door = _Pipeline(), _Door()
        one = answering(pipeline, door)
        first = asyncio.create_task(one.answer(asked()))
        await pipeline.reached.wait()
        refused = await one.plan(asked())
        assert (refused.code, refused.status) == ("OVERLOADED", 503)
        assert door.counted == [Code.OVERLOADED]
        pipeline.go.set()
        assert (await first).status == 200
        assert (await one.plan(asked())).status == 200  # the place is free again

    asyncio.run(crowd())


def test_a_refusal_that_can_not_be_counted_is_that() -> None:
    async def work() -> None:
        raise Unidentified(Code.TOKEN_INVALID, "no")

    with pytest.raises(Refusal) as refused:
        asyncio.run(answering(None, _Door(breaks=True)).told(work()))
    assert refused.value.code is Code.RECEIPT_UNAVAILABLE


def test_a_failure_of_ours_is_a_code_and_no_text() -> None:
    class Broken(_Pipeline):
        async def answer(self, _asked: object) -> Answered:
            raise RuntimeError("310115195001011234")

    metrics = Metrics()

    async def ask() -> Reply:
        return await answering(Broken(), _Door(), metrics).answer(asked())

    reply = asyncio.run(ask())
    assert (reply.code, reply.status) == ("INTERNAL", 500)
    assert "310115195001011234" not in reply.body.decode()
    assert orjson.loads(reply.body)["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert b'tongguan_answers_total{code="INTERNAL"} 1.0' in metrics.text()
