"""Which policy is in force: the one in the files, looked at before every decision and every release.

Two promises meet here (DESIGN, promises 1 and 10). A change in the files acts at the next look, milliseconds later.
A new policy with a mistake is refused and the running one stays. And when the files can't be read, nobody knows
whether something was revoked: after `patience` nothing is decided any more, until they can be read again.

Replace policy files by renaming a finished file over them. A file caught while it is written is read again, and one
that breaks off in a line is refused; a half that ends with a whole line can't be told from a shorter policy.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from policies.compile import Policy
from policies.epoch import epoch
from policies.errors import PolicyFileError, PolicyRefusedError, PolicyUnavailableError

_Signature: TypeAlias = tuple[tuple[int, ...], ...]

REST = 0.005
"""Seconds between two looks: far below the promised T, and so few that looking costs a busy process nothing."""
FRESH_NS = 100_000_000
"""File systems stamp changes with a coarse clock: a second change this soon may leave the same stamp as the first."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy in force. `archive` is the text that `epoch` is the hash of; `loaded_at` is in monotonic seconds."""

    policy: Policy
    epoch: str
    archive: str
    loaded_at: float


class Keeper:
    """Holds the policy in force for a set of files. Safe to ask from many threads.

    A change in the files acts within `rest` seconds. `constant` are texts that decide too and do not change while the
    process lives: they are part of the epoch.

    Making one reads the files, and raises what `build` raises, or PolicyUnavailableError: a gateway without a policy
    does not start. `patience` is in seconds, as is `clock`, which must be monotonic.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        build: Callable[[Mapping[str, str]], Policy],
        *,
        constant: Mapping[str, str] | None = None,
        patience: float = 1.0,
        rest: float = REST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = dict(files)
        self._constant = dict(constant or {})
        self._build = build
        self._patience = patience
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._refused: Exception | None = None
        self._unreadable: OSError | None = None
        try:
            self._signature, self._raw = self._read()
        except OSError as error:
            raise PolicyUnavailableError(f"the policy files can't be read: {error}") from error
        self._in_force = self._adopted(self._raw)
        self._looked_at = clock()

    @property
    def problem(self) -> Exception | None:
        """What is wrong with the files now, for logs and metrics; None while the policy in force is theirs."""
        return self._unreadable or self._refused

    def current(self) -> InForce:
        """The policy in force at this moment.

        Raises:
            PolicyUnavailableError: the files could not be read for longer than `patience`.
        """
        with self._lock:
            if self._unreadable is None and self._clock() - self._looked_at < self._rest:
                return self._in_force
            try:
                self._look()
            except OSError as error:
                self._unreadable = error
                if self._clock() - self._looked_at > self._patience:
                    raise PolicyUnavailableError(f"the policy files can't be read: {error}") from error
            return self._in_force

    def _look(self) -> None:
        """Compare the files with what was read last, and act on what changed."""
        if self._stamp() != self._signature or self._is_fresh():
            signature, raw = self._read()
            if raw != self._raw:
                try:
                    self._in_force = self._adopted(raw)
                    self._refused = None
                except Exception as refused:  # noqa: BLE001  (whatever is wrong with it, it is kept in `problem`)
                    self._refused = refused
            self._signature, self._raw = signature, raw
        self._unreadable = None
        self._looked_at = self._clock()

    def _adopted(self, raw: Mapping[str, bytes]) -> InForce:
        texts = {name: _decoded(name, content) for name, content in raw.items()}
        name, archive = epoch({**self._constant, **texts})
        return InForce(self._build(texts), name, archive, self._clock())

    def _read(self) -> tuple[_Signature, dict[str, bytes]]:
        """All files as they stood at one moment; OSError where there was none."""
        before = self._stamp()
        raw = {name: path.read_bytes() for name, path in self._files.items()}
        if self._stamp() != before:
            raise OSError("the policy files changed while they were read")
        return before, raw

    def _stamp(self) -> _Signature:
        """What tells one state of the files from another. The change time shows a file put back with its old date."""
        stats = [os.stat(path) for path in self._files.values()]  # noqa: PTH116  (each request pays for this call)
        return tuple((s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, s.st_dev) for s in stats)

    def _is_fresh(self) -> bool:
        """Say whether the files were changed so lately that their stamp may hide one more change."""
        newest = max((max(stamp[0], stamp[1]) for stamp in self._signature), default=0)
        return time.time_ns() - newest < FRESH_NS


def _decoded(name: str, content: bytes) -> str:
    """The text of a file, its line ends untouched."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = PolicyFileError(name, line, None, "the line is not UTF-8", "save the file as UTF-8")
        raise PolicyRefusedError((problem,)) from error
