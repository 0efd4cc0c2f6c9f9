from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policies.limits.database import LIMITS_FILE
from policies.limits.errors import LimitsUnavailableError, MarkReusedError
from policies.limits.store import Store
from policies.limits.writer import Writer
from vocabulary.limits import Charged, Left, PrincipalLimit

if TYPE_CHECKING:
    from tests.policies.limits.conftest import Faults, Made


class Gate:
    """Holds the writer at a commit until it is opened."""

    def __init__(self, faults: Faults) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.commits = 0
        faults.plan["COMMIT"] = self._hold

    def _hold(self, _: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        self.commits += 1
        self.reached.set()
        assert self.opened.wait(10)
        return run()


@pytest.fixture
def still(tmp_path: Path, faults: Faults, made: Made) -> Store:
    """A store whose old days are deleted already, so that its writer commits nothing by itself."""
    store = Store(tmp_path, made.rules(PrincipalLimit("care", rows=1000)), made.names(), faults.factory)
    store.charge(())
    assert store.is_clean
    return store


def is_ready(writer: Writer) -> bool:
    return writer.ready  # asked anew each time, which the type checker cannot know of a property


def test_nothing_is_answered_before_the_commit(still: Store, faults: Faults, made: Made) -> None:
    gate, writer = Gate(faults), Writer(still)

    async def scene() -> None:
        waiting = writer.submit(made.charge())
        await asyncio.to_thread(gate.reached.wait, 10)
        assert not waiting.done()
        gate.opened.set()
        assert (await waiting).allowed

    asyncio.run(scene())
    writer.close()


def test_whoever_waits_is_committed_together_as_far_as_a_batch_goes(
    still: Store, faults: Faults, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policies.limits.writer.BATCH", 60)
    gate, writer = Gate(faults), Writer(still)

    async def scene() -> list[Charged]:
        waiting = [writer.submit(made.charge())]
        await asyncio.to_thread(gate.reached.wait, 10)
        sizes = (9, 9, 9, 9, 9, 9, 99, 0)  # subjects: 60 with their charges, one that is too large alone, and the rest
        waiting += [writer.submit(made.charge(subjects=made.subjects(size, 100 * at))) for at, size in enumerate(sizes)]
        gate.opened.set()
        return await asyncio.gather(*waiting)

    answers = asyncio.run(scene())
    assert gate.commits == 4
    assert [answer.left for answer in answers] == [Left(rows=1000 - number) for number in range(1, 10)]
    writer.close()


def test_who_gave_up_before_its_turn_is_charged_nothing(still: Store, faults: Faults, made: Made) -> None:
    gate, writer = Gate(faults), Writer(still)

    async def scene() -> None:
        first = writer.submit(made.charge())
        await asyncio.to_thread(gate.reached.wait, 10)
        writer.submit(made.charge()).cancel()
        assert writer.submit_sync(made.charge()).cancel()
        last = writer.submit(made.charge())
        first.cancel()  # too late: it is being written
        gate.opened.set()
        assert (await last).left == Left(rows=998)

    asyncio.run(scene())
    writer.close()


def test_a_loop_that_is_gone_does_not_take_the_others_down(still: Store, faults: Faults, made: Made) -> None:
    gate, writer = Gate(faults), Writer(still)

    async def leave() -> None:
        writer.submit(made.charge())
        await asyncio.to_thread(gate.reached.wait, 10)

    asyncio.run(leave())
    gate.opened.set()
    assert writer.submit_sync(made.charge()).result(10).left == Left(rows=998)
    writer.close()


def test_several_loops_and_threads_share_a_writer(still: Store, made: Made) -> None:
    writer, answers, marks = Writer(still), list[Charged](), threading.Lock()

    def charge() -> asyncio.Future[Charged]:
        with marks:
            return writer.submit(made.charge())

    async def many() -> None:
        answers.extend(await asyncio.gather(*(charge() for _ in range(30))))

    loops = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(3)]
    for thread in loops:
        thread.start()
    for _ in range(30):
        with marks:
            future = writer.submit_sync(made.charge())
        answers.append(future.result(10))
    for thread in loops:
        thread.join()
    assert sorted(1000 - (answer.left.rows or 0) for answer in answers) == list(range(1, 121))
    writer.close()


def test_more_than_can_wait_is_refused(
    still: Store, faults: Faults, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policies.limits.writer.MAX_WAITING", 3)
    gate, writer = Gate(faults), Writer(still)
    first = writer.submit_sync(made.charge())
    assert gate.reached.wait(10)
    waiting = [writer.submit_sync(made.charge()), writer.submit_sync(made.charge(subjects=made.subjects(1)))]
    with pytest.raises(LimitsUnavailableError, match="too many"):
        writer.submit_sync(made.charge())
    gate.opened.set()
    assert all(future.result(10).allowed for future in (first, *waiting))
    writer.close()


def test_a_reused_mark_costs_only_its_sender(still: Store, faults: Faults, made: Made) -> None:
    gate, writer = Gate(faults), Writer(still)
    charge = made.charge()
    first = writer.submit_sync(charge)
    assert gate.reached.wait(10)
    wrong, right = writer.submit_sync(made.charge(mark=charge.mark, rows=5)), writer.submit_sync(made.charge())
    gate.opened.set()
    with pytest.raises(MarkReusedError):
        wrong.result(10)
    assert first.result(10).allowed
    assert right.result(10).left == Left(rows=998)
    assert is_ready(writer)
    writer.close()


def test_a_store_that_failed_refuses_is_not_ready_and_comes_back_by_itself(
    still: Store, faults: Faults, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policies.limits.writer.RETRY_SECONDS", 0.01)
    writer, tried, back = Writer(still), threading.Semaphore(0), threading.Event()
    outcomes = writer._outcomes

    def watched(*batch: object) -> object:
        said = outcomes(*batch)  # type: ignore[arg-type]  # passed through
        tried.release()
        if writer.ready:
            back.set()
        return said

    monkeypatch.setattr(writer, "_outcomes", watched)
    faults.fail("BEGIN", forever=True)
    with pytest.raises(LimitsUnavailableError, match="disk I/O"):
        writer.submit_sync(made.charge()).result(10)
    for _ in range(3):
        assert tried.acquire(timeout=10)
        assert not is_ready(writer)
    faults.plan.clear()
    assert back.wait(10)
    assert writer.submit_sync(made.charge()).result(10).left == Left(rows=999)
    writer.close()


def test_a_writer_that_stumbles_refuses_and_goes_on(still: Store, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError(made.subject(1))

    writer = Writer(still)
    with monkeypatch.context() as patched:
        patched.setattr("policies.limits.page.day_of", stumble)
        with pytest.raises(LimitsUnavailableError, match=r"^the writer failed: ZeroDivisionError$"):
            writer.submit_sync(made.charge()).result(10)
    assert writer.submit_sync(made.charge()).result(10).allowed
    writer.close()


def test_old_days_are_deleted_while_nobody_charges(still: Store, tmp_path: Path, made: Made) -> None:
    filler = Store(tmp_path, made.rules(budget=made.budget), made.names())
    for number in range(120):
        filler.charge([made.charge(principal=f"health/{number}", subjects=made.subjects(10, 10 * number))])
    filler.close()
    cleaned = threading.Event()
    writer = Writer(still)
    outcomes = writer._outcomes

    def watched(*batch: object) -> object:
        said = outcomes(*batch)  # type: ignore[arg-type]  # passed through
        if still.is_clean:
            cleaned.set()
        return said

    writer._outcomes = watched  # type: ignore[assignment]
    assert writer.submit_sync(made.charge(at=made.noon.replace(day=28))).result(10).allowed
    assert cleaned.wait(10)
    writer.close()
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchall() == [(0,)]
        assert connection.execute("SELECT count(*) FROM charged").fetchall() == [(1,)]


def test_a_closed_writer_has_written_what_waited_and_takes_no_more(still: Store, faults: Faults, made: Made) -> None:
    gate, writer = Gate(faults), Writer(still)
    waiting = writer.submit_sync(made.charge())
    assert gate.reached.wait(10)
    gate.opened.set()
    writer.close()
    assert waiting.result(0).allowed
    assert not is_ready(writer)
    with pytest.raises(LimitsUnavailableError, match="closed"):
        writer.submit_sync(made.charge())
    writer.close()  # again is no error
