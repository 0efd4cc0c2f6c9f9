"""Where the texts that decide are read from: files, before an exchange has a registry, and the registry from then on.

In a running exchange two people change the policy: what one proposed and another approved stands in the registry,
whole, and is in force; files beside it are drafts.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

from policies.epoch import parts
from policies.registry.errors import RegistryUnavailableError
from policies.registry.registry import Registry

Stamp: TypeAlias = tuple[object, ...]

FRESH_NS = 100_000_000
"""File systems stamp changes with a coarse clock: a second change this soon may leave the same stamp as the first."""
REGISTRY = "registry"
"""The name of what the registry itself adds: agreements and emergencies."""


class Source(Protocol):
    """Texts by name, and a cheap stamp that changes whenever they do. Both raise OSError where they can't be read."""

    def stamp(self) -> Stamp:
        """A few µs; equal stamps mean equal texts, but for a `is_fresh` one."""

    def read(self) -> Mapping[str, bytes]:
        """All of them, as they stood at one moment."""

    def is_fresh(self) -> bool:
        """Whether the last stamp may hide one more change."""


class FileSource:
    """A set of files; those named in `optional` may be missing, and are empty then."""

    def __init__(self, files: Mapping[str, Path], optional: frozenset[str] = frozenset()) -> None:
        self._files = dict(files)
        self._optional = optional
        self._newest = 0

    def stamp(self) -> Stamp:
        """What tells one state of the files from another. The change time shows a file put back with its old date."""
        stats = [self._stat(name, path) for name, path in self._files.items()]
        self._newest = max((max(one[0], one[1]) for one in stats if one), default=0)
        return tuple(stats)

    def read(self) -> Mapping[str, bytes]:
        """All files as they stood at one moment; OSError where there was none."""
        before = self.stamp()
        raw = {name: self._content(name, path) for name, path in self._files.items()}
        if self.stamp() != before:
            raise OSError("the policy files changed while they were read")
        return raw

    def is_fresh(self) -> bool:
        """Say whether the files were changed so lately that their stamp may hide one more change."""
        return time.time_ns() - self._newest < FRESH_NS

    def _stat(self, name: str, path: Path) -> tuple[int, ...]:
        try:
            s = os.stat(path)  # noqa: PTH116  (each request pays for this call)
        except FileNotFoundError:
            if name in self._optional:
                return ()
            raise
        return (s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, s.st_dev)

    def _content(self, name: str, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            if name in self._optional:
                return b""
            raise


class RegistrySource:
    """What two people approved last, and the agreements and emergencies of the registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def stamp(self) -> Stamp:
        """How often what decides has changed."""
        with _as_os_error():
            return self._registry.stamp()

    def read(self) -> Mapping[str, bytes]:
        """The approved texts by name, and the registry's own."""
        with _as_os_error():
            before = self._registry.stamp()
            approved, own = self._registry.changes.approved_text(), self._registry.policy_text()
            if self._registry.stamp() != before:
                raise OSError("the registry changed while it was read")
        if approved is None:
            raise OSError("the registry holds no approved policy")
        return {**{name: text.encode() for name, text in parts(approved).items()}, REGISTRY: own.encode()}

    def is_fresh(self) -> bool:
        """Never: each change counts."""
        return False


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except RegistryUnavailableError as error:
        raise OSError(str(error)) from error
