from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audit.checkpoint import Checkpoint
from audit.entry import decode
from audit.errors import EntryTooLargeError, LogUnavailableError, MalformedError
from audit.log import GATHERING, PLENTY, Log
from audit.note import SigningKey, open_note
from audit.reader import Reader
from audit.store import Store
from audit.tree import leaf_hash, root_of
from audit.verify import verify
from vocabulary.receipt import Entry, Kind, Receipt

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from tests.audit.conftest import Faults, Made

ROOT = Path(__file__).parents[2]
SMALL = Entry(Kind.REFUSAL, "2026-11-21T03:10:11.000Z", "unknown-purpose")


def bodies(directory: Path) -> list[bytes]:
    with Reader(directory) as reader:
        return [body for _, body in reader.entries(0, 10**6)]


def broken_log(directory: Path, faults: Faults, key: SigningKey) -> Log:
    store = Store(directory, faults.factory)
    store.open()
    return Log(directory, store, key)


def is_ready(log: Log) -> bool:
    return log.ready  # asked anew each time, which the type checker cannot know of a property


class Gate:
    """Holds the writer at a commit until it is opened."""

    def __init__(self, faults: Faults) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        faults.plan["COMMIT"] = self._hold

    def _hold(self, _: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        self.reached.set()
        assert self.opened.wait(10)
        return run()


def test_a_receipt_is_given_for_what_stands_on_disk(log: Log, tmp_path: Path, made: Made) -> None:
    receipt = asyncio.run(log.append(made.release()))
    (body,) = bodies(tmp_path / "log")
    assert receipt == Receipt(0, leaf_hash(body))
    assert decode(body)["subjects"] == {"Resident": list(made.pseudonyms(3))}


def test_no_receipt_before_the_commit(tmp_path: Path, faults: Faults, signing_key: SigningKey) -> None:
    log = broken_log(tmp_path, faults, signing_key)
    gate = Gate(faults)

    async def scene() -> None:
        waiting = asyncio.ensure_future(log.append(SMALL))
        await asyncio.to_thread(gate.reached.wait, 10)
        assert not waiting.done()
        assert bodies(tmp_path) == []
        gate.opened.set()
        assert (await waiting).index == 0

    asyncio.run(scene())
    log.close()


def test_whoever_waits_is_committed_together(
    tmp_path: Path, faults: Faults, signing_key: SigningKey, made: Made
) -> None:
    log = broken_log(tmp_path, faults, signing_key)
    gate = Gate(faults)

    async def scene() -> None:
        first = asyncio.ensure_future(log.append(SMALL))
        await asyncio.to_thread(gate.reached.wait, 10)
        others = [asyncio.ensure_future(log.append(made.release(number))) for number in range(1, 100)]
        await asyncio.sleep(0)  # each of them gets as far as the queue
        commits: list[object] = []

        def commit(connection: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
            commits.append(connection)
            return run()

        faults.plan["COMMIT"] = commit
        gate.opened.set()
        receipts = await asyncio.gather(first, *others)
        assert [receipt.index for receipt in receipts] == list(range(100))
        assert len(commits) == 1
        written = bodies(tmp_path)
        assert [receipt.leaf for receipt in receipts] == [leaf_hash(body) for body in written]

    asyncio.run(scene())
    log.close()


def counted(faults: Faults) -> list[object]:
    """The commits, as they happen."""
    commits: list[object] = []

    def commit(connection: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        commits.append(connection)
        return run()

    faults.plan["COMMIT"] = commit
    return commits


def test_what_comes_while_its_loop_comes_round_is_committed_together(
    tmp_path: Path, faults: Faults, signing_key: SigningKey
) -> None:
    log = broken_log(tmp_path, faults, signing_key)
    commits = counted(faults)

    async def scene() -> None:
        waiting = []
        for _ in range(GATHERING):
            waiting.append(asyncio.ensure_future(log.append(SMALL)))
            await asyncio.sleep(0)  # the loop has come round once more
        assert [receipt.index for receipt in await asyncio.gather(*waiting)] == list(range(GATHERING))

    asyncio.run(scene())
    assert len(commits) == 1
    log.close()


def test_plenty_wait_for_no_more(
    tmp_path: Path, faults: Faults, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.log.GATHERING", 10**9)
    log = broken_log(tmp_path, faults, signing_key)
    commits = counted(faults)

    async def scene() -> None:
        async with asyncio.timeout(10):
            receipts = await asyncio.gather(*(log.append(SMALL) for _ in range(PLENTY)))
        assert [receipt.index for receipt in receipts] == list(range(PLENTY))

    asyncio.run(scene())
    assert len(commits) == 1
    log.close()


def test_an_entry_that_is_given_up_while_its_loop_comes_round_is_written_all_the_same(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.log.GATHERING", 10**9)

    async def leave() -> None:
        waiting = asyncio.ensure_future(log.append(SMALL))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    deadline = time.monotonic() + 10
    while not bodies(tmp_path / "log"):  # nobody else calls the writer
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert log.append_sync(SMALL).index == 1


def test_an_entry_whose_loop_stands_still_is_written_with_the_next_or_at_the_end(log: Log, tmp_path: Path) -> None:
    loop = asyncio.new_event_loop()
    waiting = [loop.create_task(log.append(SMALL))]
    loop.run_until_complete(asyncio.sleep(0))
    assert log.append_sync(SMALL).index == 1
    waiting.append(loop.create_task(log.append(SMALL)))
    loop.run_until_complete(asyncio.sleep(0))
    log.close()
    assert len(bodies(tmp_path / "log")) == 3
    receipts = loop.run_until_complete(asyncio.gather(*waiting))
    assert [receipt.index for receipt in receipts] == [0, 2]
    loop.close()


def test_several_loops_and_threads_share_a_log(log: Log, tmp_path: Path, made: Made) -> None:
    receipts: list[Receipt] = []

    async def many() -> None:
        receipts.extend(await asyncio.gather(*(log.append(made.release(2)) for _ in range(30))))

    loops = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(3)]
    for thread in loops:
        thread.start()
    receipts.extend(log.append_sync(SMALL) for _ in range(30))
    for thread in loops:
        thread.join()
    written = bodies(tmp_path / "log")
    assert sorted(receipt.index for receipt in receipts) == list(range(120))
    assert all(receipt.leaf == leaf_hash(written[receipt.index]) for receipt in receipts)


def test_who_gives_up_does_not_take_the_others_down(tmp_path: Path, faults: Faults, signing_key: SigningKey) -> None:
    log = broken_log(tmp_path, faults, signing_key)
    gate = Gate(faults)

    async def scene() -> None:
        tasks = [asyncio.ensure_future(log.append(SMALL))]
        await asyncio.to_thread(gate.reached.wait, 10)
        tasks += [asyncio.ensure_future(log.append(SMALL)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[2].cancel()
        gate.opened.set()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ends] == [asyncio.CancelledError, Receipt, asyncio.CancelledError, Receipt]

    asyncio.run(scene())
    assert log.append_sync(SMALL).index == 4
    log.close()


def test_a_loop_that_is_gone_does_not_take_the_others_down(
    tmp_path: Path, faults: Faults, signing_key: SigningKey
) -> None:
    log = broken_log(tmp_path, faults, signing_key)
    gate = Gate(faults)

    async def leave() -> None:
        task = asyncio.ensure_future(log.append(SMALL))
        await asyncio.to_thread(gate.reached.wait, 10)
        task.cancel()

    asyncio.run(leave())
    gate.opened.set()
    assert log.append_sync(SMALL).index == 1
    log.close()


def test_more_than_can_wait_is_refused(
    tmp_path: Path, faults: Faults, signing_key: SigningKey, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.log.MAX_WAITING", 3)
    log = broken_log(tmp_path, faults, signing_key)
    gate = Gate(faults)

    async def scene() -> None:
        first = asyncio.ensure_future(log.append(SMALL))
        await asyncio.to_thread(gate.reached.wait, 10)
        with pytest.raises(LogUnavailableError, match="too many"):
            await log.append(made.release(6000))  # chunks count too
        waiting = [asyncio.ensure_future(log.append(SMALL)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(LogUnavailableError, match="too many"):
            await log.append(SMALL)
        gate.opened.set()
        assert [receipt.index for receipt in await asyncio.gather(first, *waiting)] == [0, 1, 2, 3]
        assert (await log.append(SMALL)).index == 4

    asyncio.run(scene())
    log.close()


@pytest.mark.parametrize("statement", ["INSERT INTO entry", "COMMIT"])
def test_a_failure_refuses_everyone_and_is_shown_until_it_is_over(
    tmp_path: Path, faults: Faults, signing_key: SigningKey, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.log.RETRY_SECONDS", 60)  # it does not come back by itself while this looks
    log = broken_log(tmp_path, faults, signing_key)
    assert is_ready(log)

    async def scene() -> None:
        gate = Gate(faults)
        first = asyncio.ensure_future(log.append(SMALL))
        await asyncio.to_thread(gate.reached.wait, 10)
        others = [asyncio.ensure_future(log.append(SMALL)) for _ in range(5)]
        await asyncio.sleep(0)
        del faults.plan["COMMIT"]
        faults.fail(statement, forever=True)
        gate.opened.set()
        first_end, *ends = await asyncio.gather(first, *others, return_exceptions=True)
        assert isinstance(first_end, Receipt)
        assert {type(end) for end in ends} == {LogUnavailableError}
        assert len(set(map(id, ends))) == 5  # each its own: a traceback is not shared between requests

    asyncio.run(scene())
    assert not is_ready(log)
    with pytest.raises(LogUnavailableError, match="no checkpoint"):
        log.checkpoint()
    with pytest.raises(LogUnavailableError):
        log.append_sync(SMALL)
    faults.plan.clear()
    assert log.append_sync(SMALL).index == 1
    assert is_ready(log)
    log.close()
    assert len(bodies(tmp_path)) == 2


def test_a_log_that_failed_comes_back_by_itself(
    tmp_path: Path, faults: Faults, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.log.RETRY_SECONDS", 0.01)
    log = broken_log(tmp_path, faults, signing_key)
    tried, back = threading.Semaphore(0), threading.Event()
    open_again = log._open_again

    def watched() -> None:
        open_again()
        tried.release()
        if log.ready:
            back.set()

    monkeypatch.setattr(log, "_open_again", watched)
    faults.fail("BEGIN", forever=True)
    with pytest.raises(LogUnavailableError):
        log.append_sync(SMALL)
    for _ in range(3):
        assert tried.acquire(timeout=10)
        assert not is_ready(log)
    faults.plan.clear()
    assert back.wait(10)
    assert log.checkpoint()
    log.close()


def test_a_writer_that_stumbles_refuses_and_goes_on(log: Log, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_: object) -> None:
        raise ZeroDivisionError(made.pseudonym(1))

    with monkeypatch.context() as patched:
        patched.setattr("audit.store.leaf_hash", stumble)
        with pytest.raises(LogUnavailableError, match=r"^the writer failed: ZeroDivisionError$"):
            log.append_sync(SMALL)
    assert log.append_sync(SMALL).index == 0


def test_what_can_never_be_written_costs_only_its_sender(log: Log, made: Made) -> None:
    with pytest.raises(EntryTooLargeError):
        log.append_sync(Entry(Kind.REFUSAL, "2026-11-21", "x" * 40_000))
    with pytest.raises(MalformedError):
        asyncio.run(log.append(Entry(Kind.RELEASE, "2026-11-21", "", subjects={"Resident": ("310101199001011234",)})))
    assert is_ready(log)
    assert log.append_sync(made.release()).index == 0


def test_a_closed_log_has_written_what_waited_and_takes_no_more(
    tmp_path: Path, faults: Faults, signing_key: SigningKey
) -> None:
    log = broken_log(tmp_path, faults, signing_key)
    gate = Gate(faults)
    ends: list[int] = []
    waiting = threading.Thread(target=lambda: ends.append(log.append_sync(SMALL).index))
    waiting.start()
    assert gate.reached.wait(10)
    gate.opened.set()
    log.close()
    waiting.join()
    assert ends == [0]
    assert not is_ready(log)
    with pytest.raises(LogUnavailableError, match="closed"):
        log.append_sync(SMALL)
    log.close()  # again is no error


def test_the_checkpoint_is_of_the_head(log: Log, tmp_path: Path, signing_key: SigningKey, made: Made) -> None:
    for size in range(3):
        checkpoint = Checkpoint.parse(open_note(log.checkpoint(), [signing_key.verifier]))
        written = bodies(tmp_path / "log")
        assert checkpoint == Checkpoint(made.origin, size, root_of(map(leaf_hash, written)))
        log.append_sync(made.release())


def test_the_key_bears_the_name_of_the_log(tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match="origin-a"):
        Log.open(tmp_path, origin="origin-a", signing_key=SigningKey.generate("origin-b"))


def test_a_policy_is_archived_while_the_log_writes(log: Log, tmp_path: Path, made: Made) -> None:
    log.archive(made.epoch, made.policy)
    with Reader(tmp_path / "log") as reader:
        assert reader.archived(made.epoch) == made.policy.encode()
    with pytest.raises(MalformedError):
        log.archive("00" * 32, made.policy)


WRITER = """
import sys
from pathlib import Path
from audit.log import GATHERING, PLENTY, Log
from audit.note import SigningKey
from vocabulary.receipt import Entry, Kind

key = SigningKey.from_text(sys.argv[2])
log = Log.open(Path(sys.argv[1]), origin=key.name, signing_key=key)
for number in range(int(sys.argv[3])):
    subjects = {"Resident": ("x" * 22,) * (3000 if number % 7 == 0 else 1)}
    receipt = log.append_sync(Entry(Kind.RELEASE, "2026-11-21T03:10:11.000Z", "ok", subjects=subjects))
    print(receipt.index, receipt.leaf.hex(), flush=True)
log.close()
"""


def writer(directory: Path, key: SigningKey, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(directory), key.to_text(), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_processes_share_a_log(tmp_path: Path, signing_key: SigningKey) -> None:
    writers = [writer(tmp_path, signing_key, 40) for _ in range(2)]
    acknowledged = [line.split() for process in writers for line in process.communicate(timeout=30)[0].splitlines()]
    assert [process.returncode for process in writers] == [0, 0]
    written = bodies(tmp_path)
    assert len({index for index, _ in acknowledged}) == 80
    assert all(leaf_hash(written[int(index)]).hex() == leaf for index, leaf in acknowledged)
    assert verify(tmp_path, None, signing_key.verifier).ok


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path, signing_key: SigningKey) -> None:
    with writer(tmp_path, signing_key, 10**6) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(60)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines()
    acknowledged = [line.split() for line in lines if len(line.split()) == 2 and len(line.split()[1]) == 64]
    assert len(acknowledged) >= 60
    log = Log.open(tmp_path, origin=signing_key.name, signing_key=signing_key)
    note = log.checkpoint()
    written = bodies(tmp_path)
    assert all(leaf_hash(written[int(index)]).hex() == leaf for index, leaf in acknowledged)
    assert log.append_sync(SMALL).index == len(written)
    log.close()
    assert verify(tmp_path, note, signing_key.verifier).ok


FULL_DISK = """
import json, resource, sys
from pathlib import Path
from audit.errors import LogUnavailableError
from audit.log import GATHERING, PLENTY, Log
from audit.note import SigningKey
from vocabulary.receipt import Entry, Kind

directory = Path(sys.argv[1])
key = SigningKey.from_text(sys.argv[2])
log = Log.open(directory, origin=key.name, signing_key=key)
entry = Entry(Kind.RELEASE, "2026-11-21T03:10:11.000Z", "ok", subjects={"Resident": ("x" * 22,) * 100})
acknowledged = [log.append_sync(entry) for _ in range(3)]
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
refused, ready = [], []
for room in ((directory / "log.sqlite-wal").stat().st_size + 40_000, 4096):  # fills up while it writes; is full
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    refused.append(0)
    for _ in range(20):
        try:
            acknowledged.append(log.append_sync(entry))
        except LogUnavailableError:
            refused[-1] += 1
    ready.append(log.ready)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
acknowledged += [log.append_sync(entry) for _ in range(3)]
print(json.dumps({
    "acknowledged": [[receipt.index, receipt.leaf.hex()] for receipt in acknowledged],
    "refused": refused, "ready": [ready[-1], log.ready], "note": log.checkpoint(),
}))
log.close()
"""


def test_a_full_disk_refuses_loses_nothing_and_passes(tmp_path: Path, signing_key: SigningKey) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), signing_key.to_text()]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    said = json.loads(ended.stdout)
    written = bodies(tmp_path)
    assert 0 < said["refused"][0] < 20
    assert said["refused"][1] == 20
    assert said["ready"] == [False, True]
    assert all(leaf_hash(written[index]).hex() == leaf for index, leaf in said["acknowledged"])
    assert verify(tmp_path, said["note"], signing_key.verifier).ok
