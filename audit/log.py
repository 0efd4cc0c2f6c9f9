"""The log as the rest of the house knows it: append, and go on once it is durable."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from audit.checkpoint import Checkpoint
from audit.draft import Draft, draft
from audit.errors import AuditError, LogUnavailableError, MalformedError
from audit.reader import Reader
from audit.store import Store
from vocabulary.receipt import Entry, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from audit.note import SigningKey, VerifyKey

MAX_WAITING: Final = 4096
"""Entries that wait at most; at 32 KiB each, 128 MiB. Whoever comes then is refused."""
GATHERING: Final = 4
"""Rounds of its event loop in which an entry lets others join it. A loop that has nothing else to do makes them within
microseconds. One that is busy brings more entries with each, which then cost one commit, and not one each."""
PLENTY: Final = 16
"""Entries that wait for no more of them."""
RETRY_SECONDS: Final = 1.0
"""How often a log that failed is tried again when nobody appends."""

_Future: TypeAlias = "asyncio.Future[Receipt] | concurrent.futures.Future[Receipt]"
_Outcome: TypeAlias = Receipt | LogUnavailableError


@dataclass(frozen=True, slots=True)
class _Waiter:
    """A draft and who waits for it: a future of `loop`, or of a thread when that is None."""

    draft: Draft
    future: _Future
    loop: asyncio.AbstractEventLoop | None


class Log:
    """The audit log in one directory. May be used from any thread and event loop; other processes may append too.

    One writer thread commits together whatever waits when it is called (group commit, without a timer): a lone
    caller waits for its own sync, a hundred share one. Each commit takes the interpreter's lock from whoever computes,
    several times; so the writer is called once the loop that appends has come round, and not for each entry.
    """

    def __init__(self, directory: Path, store: Store, signing_key: SigningKey) -> None:
        """Take an open store of `directory`; use `Log.open`."""
        self._directory = directory
        self._store = store
        self._signing_key = signing_key
        self._wake = threading.Condition()
        self._waiting: list[_Waiter] = []
        self._count = 0
        self._ready = True
        self._closed = False
        self._called = False
        self._gathering: set[asyncio.AbstractEventLoop] = set()
        self._writer = threading.Thread(target=self._write_batches, name="audit-log", daemon=True)
        self._writer.start()

    @classmethod
    def open(cls, directory: Path, *, origin: str, signing_key: SigningKey) -> Log:
        """Open the log, made where there is none.

        Raises:
            LogUnavailableError: it cannot be written (WeakStoreError: or not durably).
            MalformedError: the key does not bear the log's origin as its name (C2SP tlog-checkpoint, "Signatures").
        """
        if signing_key.name != origin:
            raise MalformedError(f"the log {origin} is signed by a key of that name, not by {signing_key.name}")
        store = Store(directory)
        store.open()
        return cls(directory, store, signing_key)

    @property
    def verifier(self) -> VerifyKey:
        """The public half of the key that signs checkpoints."""
        return self._signing_key.verifier

    @property
    def ready(self) -> bool:
        """Whether an append would be tried on a sound store: False from a failure until the log is open again."""
        return self._ready and not self._closed

    async def append(self, entry: Entry) -> Receipt:
        """Append an entry. It is durable once this returns; when it raises, nothing may be released.

        Who is cancelled while waiting does not take the entry back.

        Raises:
            LogUnavailableError: it is not known to be durable.
            EntryTooLargeError, MalformedError: it can never be written.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._submit(_Waiter(draft(entry), future, loop))
        try:
            return await future
        except (asyncio.CancelledError, GeneratorExit):  # given up: its loop may end before it has come round
            self._call()
            raise

    def append_sync(self, entry: Entry) -> Receipt:
        """`append` for a thread without an event loop, as of a command line."""
        future: concurrent.futures.Future[Receipt] = concurrent.futures.Future()
        self._submit(_Waiter(draft(entry), future, None))
        return future.result()

    def checkpoint(self) -> str:
        """A signed note of the current head, to be saved where whoever runs the log cannot change it.

        Raises:
            LogUnavailableError: the log cannot be read, or what can be read in it may not be durable: a checkpoint
                ahead of its log would convict the honest.
            MalformedError: the stored head is damaged.
        """
        if not self.ready:
            raise LogUnavailableError("the log is not open: no checkpoint is signed")
        with Reader(self._directory) as reader:
            head = reader.head()
        return self._signing_key.sign(Checkpoint(self._signing_key.name, head.size, head.root()).format())

    def archive(self, digest: str, text: str) -> bool:
        """Keep the text of a policy epoch under its SHA-256 in hex. Durability and errors: see `Store.archive`."""
        store = Store(self._directory)  # its own: the writer's is the writer's
        try:
            return store.archive(digest, text)
        finally:
            store.close()

    def close(self) -> None:
        """Write what waits, and close. Appends fail from here on."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._writer.join()

    def _submit(self, waiter: _Waiter) -> None:
        with self._wake:
            if self._closed:
                raise LogUnavailableError("the log is closed")
            if self._count + len(waiter.draft) > MAX_WAITING:
                raise LogUnavailableError("too many entries wait for the log")
            self._waiting.append(waiter)
            self._count += len(waiter.draft)
            loop = waiter.loop
            if loop is not None and self._count < PLENTY:
                if loop not in self._gathering:
                    self._gathering.add(loop)
                    loop.call_soon(self._gather, loop, GATHERING)
                return
        self._call()

    def _gather(self, loop: asyncio.AbstractEventLoop, rounds: int) -> None:
        """Call the writer once a loop has made so many rounds more."""
        if rounds:
            loop.call_soon(self._gather, loop, rounds - 1)
            return
        self._gathering.discard(loop)  # of one loop, only its own thread has a say
        self._call()

    def _call(self) -> None:
        """Have the writer commit whatever waits by now."""
        with self._wake:
            self._called = True
            self._wake.notify()

    def _write_batches(self) -> None:
        """The writer thread: until closed, commit whatever waits whenever it is called."""
        while True:
            with self._wake:
                if not (self._called or self._closed):
                    self._wake.wait(None if self._ready else RETRY_SECONDS)
                self._called = False
                batch, self._waiting, self._count = self._waiting, [], 0
                closed = self._closed
            if batch:
                _settle(zip(batch, self._outcomes(batch), strict=True))
            elif closed:
                self._store.close()
                return
            elif not self._ready:
                self._open_again()

    def _outcomes(self, batch: Sequence[_Waiter]) -> Sequence[_Outcome]:
        try:
            receipts = self._store.append([waiter.draft for waiter in batch])
        except Exception as error:  # noqa: BLE001  (whatever it is: a writer that dies leaves everyone waiting)
            self._ready = False
            reason = str(error) if isinstance(error, AuditError) else f"the writer failed: {type(error).__name__}"
            return [LogUnavailableError(reason) for _ in batch]
        self._ready = True
        return receipts

    def _open_again(self) -> None:
        try:
            self._store.open()
        except AuditError:
            return  # still not ready, which `ready` says; the next round tries again
        self._ready = True


def _settle(outcomes: Iterable[tuple[_Waiter, _Outcome]]) -> None:
    """Hand each outcome to its waiter: one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[_Future, _Outcome]]] = {}
    for waiter, outcome in outcomes:
        by_loop.setdefault(waiter.loop, []).append((waiter.future, outcome))
    for loop, pairs in by_loop.items():
        if loop is None:
            _resolve(pairs)
            continue
        try:
            loop.call_soon_threadsafe(_resolve, pairs)
        except RuntimeError:
            continue  # the loop is closed, and nobody in it waits any more


def _resolve(pairs: Iterable[tuple[_Future, _Outcome]]) -> None:
    for future, outcome in pairs:
        if future.done():
            continue  # cancelled while it waited; its neighbours still get theirs
        if isinstance(outcome, Receipt):
            future.set_result(outcome)
        else:
            future.set_exception(outcome)
