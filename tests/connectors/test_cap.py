from __future__ import annotations

import asyncio

import pytest

from connectors.cap import Cap
from connectors.errors import FailureKind, SourceError


def test_what_waits_in_vain_is_overloaded_and_what_dawdles_times_out() -> None:
    async def journey() -> None:
        cap = Cap("town", concurrency=1, timeout=0.02)

        async def dawdle() -> None:
            async with cap.slot():
                await asyncio.Event().wait()

        for _ in range(2):  # the second time too: the slot was freed
            with pytest.raises(SourceError, match=r"no answer within 0\.02 s") as caught:
                await dawdle()
            assert caught.value.kind is FailureKind.TIMEOUT
        await cap._free.acquire()
        for _ in range(2):
            with pytest.raises(SourceError, match="no turn came") as caught:
                await dawdle()
            assert caught.value.kind is FailureKind.OVERLOADED

    asyncio.run(journey())


def test_a_timeout_of_the_work_itself_is_not_ours() -> None:
    async def journey() -> None:
        async with Cap("town", concurrency=1, timeout=5).slot():
            raise TimeoutError("from within")

    with pytest.raises(TimeoutError, match="from within"):
        asyncio.run(journey())


def test_whoever_is_cancelled_frees_a_slot_or_leaves_the_queue() -> None:
    async def journey() -> None:
        cap = Cap("town", concurrency=1, timeout=5)
        entered = asyncio.Event()

        async def hold() -> None:
            async with cap.slot():
                entered.set()
                await asyncio.Event().wait()

        holding = asyncio.ensure_future(hold())
        await entered.wait()
        waiting = asyncio.ensure_future(hold())
        await asyncio.sleep(0)
        for task in (waiting, holding):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        full = [cap.is_full]
        async with cap.slot() as deadline:
            full.append(cap.is_full)
            assert 4 < deadline - asyncio.get_running_loop().time() <= 5
        assert full == [False, True]

    asyncio.run(journey())
