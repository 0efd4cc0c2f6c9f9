"""What every way in has in common: a place among those that are answered, a code for whatever happens, and a tally."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import orjson

from federation.errors import Code, Refusal, Unidentified
from federation.http.door import Door
from federation.http.metrics import Metrics
from federation.stages import Answered, Asked

_LOGGER = logging.getLogger("tongguan.access")
_FAILED = "Something of ours went wrong. Nothing was released."

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent: `code` is OK or that of the refusal, `body` the JSON of either."""

    code: str
    status: int
    body: bytes


class Answers(Protocol):
    """What answers what was asked: a pipeline, or whichever is in force."""

    async def answer(self, asked: Asked) -> Answered:
        """Answer one request, or raise the Refusal that answers it."""
        ...

    async def plan(self, asked: Asked) -> Answered:
        """Its plan, as text under `data.plan`."""
        ...


class Answering:
    """Answers what was asked, by whichever door it came; one per process, so that all doors share one bound."""

    def __init__(self, pipeline: Answers, door: Door, metrics: Metrics, *, concurrency: int) -> None:
        self._pipeline = pipeline
        self._door = door
        self._metrics = metrics
        self._free = concurrency

    async def answer(self, reading: Awaitable[Asked]) -> Reply:
        """Answer a question once it has been read; every refusal as its documented code."""
        return await self._replied(reading, self._pipeline.answer)

    async def plan(self, reading: Awaitable[Asked]) -> Reply:
        """What would be asked of whom, as text under `data.plan`; nothing is asked."""
        return await self._replied(reading, self._pipeline.plan)

    async def told(self, work: Awaitable[_T]) -> _T:
        """Something that holds no data, as who somebody is; a refusal before identification is tallied all the same.

        Raises:
            Refusal: as that work says.
        """
        try:
            return await work
        except Refusal as refused:
            raise await self._tallied(refused) from None

    async def _replied(self, reading: Awaitable[Asked], step: Callable[[Asked], Awaitable[Answered]]) -> Reply:
        started = time.perf_counter()
        code, status, body, receipt = "OK", 200, b"", None
        refusal: Refusal | None = None
        try:
            asked = await reading  # before a place is taken: a slow sender keeps nobody else out
            answered = await self._admitted(asked, step)
            body, receipt = answered.body, answered.receipt
        except Refusal as refused:
            refusal = await self._tallied(refused)
        except Exception:
            _LOGGER.exception("failure")  # its type and places; the formatter leaves the text out
            refusal = await self._tallied(Unidentified(Code.INTERNAL, _FAILED))
        if refusal is not None:
            code, status = refusal.code.name, refusal.code.status
            shown = {"message": refusal.message, "extensions": {"code": refusal.code.name}}
            body = orjson.dumps({"errors": [shown]})
        elapsed = time.perf_counter() - started
        self._metrics.answered(code, elapsed)
        if _LOGGER.isEnabledFor(logging.DEBUG):  # every answer is on record and counted; a line is for who looks for it
            told = {"code": code, "status": status, "receipt": receipt, "ms": round(elapsed * 1000, 2)}
            _LOGGER.debug("answer", extra=told)
        return Reply(code, status, body)

    async def _admitted(self, asked: Asked, step: Callable[[Asked], Awaitable[Answered]]) -> Answered:
        if self._free <= 0:
            raise Unidentified(Code.OVERLOADED, "Too many questions at once. Try again in a moment.")
        self._free -= 1
        try:
            return await step(asked)
        finally:
            self._free += 1

    async def _tallied(self, refusal: Refusal) -> Refusal:
        """Put a refusal before identification on record; where that fails, the refusal is that."""
        if isinstance(refusal, Unidentified):
            try:
                await self._door.refused(refusal.code)
            except Refusal as unavailable:
                return unavailable
        return refusal
