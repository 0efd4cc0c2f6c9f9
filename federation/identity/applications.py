"""Which applications are registered now: the file `keys/applications.yaml`, taken again when it changes."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from federation.identity.application import Application
from federation.identity.read_applications import parse
from federation.keys import KeyFileError
from federation.schema.yaml_lines import LARGEST

APPLICATIONS_FILE: Final = "applications.yaml"
_LOGGER = logging.getLogger("tongguan.identity")


@dataclass(frozen=True, slots=True)
class _Reading:
    """The file as it was read: by id and by certificate, and what tells whether it has changed since."""

    by_id: Mapping[str, Application]
    by_certificate: Mapping[str, Application]
    mark: tuple[int, ...]


class Applications:
    """The registered applications, as the file says; no file is none. `reread` takes a changed file.

    Raises:
        ApplicationsRefusedError: a mistake in the file.
        KeyFileError: it can't be read, or others than its owner may read or write it.
    """

    def __init__(self, path: Path, *, organisations: frozenset[str], roles: frozenset[str]) -> None:
        self._path = path
        self._organisations = organisations
        self._roles = roles
        self._refused: tuple[int, ...] | None = None
        self._now = self._read()

    def with_id(self, name: str) -> Application | None:
        """The application of that id."""
        return self._now.by_id.get(name)

    def with_certificate(self, fingerprint: str) -> Application | None:
        """The application whose certificate has that key."""
        return self._now.by_certificate.get(fingerprint)

    def reread(self) -> None:
        """Take the file if it has changed. One with a mistake is told once and changes nothing. May run in a thread."""
        mark = _mark(self._path)
        if mark in {self._now.mark, self._refused}:
            return
        try:
            self._now = self._read()
        except KeyFileError as error:
            self._refused = mark
            _LOGGER.warning("the applications stay as they were: %s", error)

    def _read(self) -> _Reading:
        mark = _mark(self._path)
        if not mark:
            return _Reading({}, {}, mark)
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise KeyFileError(f"{self._path} can be read by others than its owner: chmod 600 {self._path}")
                text = file.read(LARGEST + 1).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileError(f"{self._path} can't be read, or is no UTF-8 ({type(error).__name__})") from None
        found = parse(text, file=self._path.name, organisations=self._organisations, roles=self._roles)
        by_certificate = {one.certificate: one for one in found.values() if one.certificate is not None}
        return _Reading(found, MappingProxyType(by_certificate), mark)


def _mark(path: Path) -> tuple[int, ...]:
    """What changes when the file does; empty where there is none."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return ()
    except OSError:
        return (0,)  # it can't be looked at: reading it will say why
    return there.st_ino, there.st_mtime_ns, there.st_ctime_ns, there.st_size
