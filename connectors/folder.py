"""The folder of a `files` source: which files a declared table is, and what state they are in. Nothing outside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from os import fstat, stat_result
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from time import time_ns
from typing import BinaryIO, Final

from connectors.errors import DeclarationError, FailureKind, SourceError

MAX_PARTS: Final = 4_096
_WILD: Final = frozenset("*?[]")
_CLOCK_STEP: Final = 20_000_000  # ns; a kernel stamps files by a clock that steps every 1 to 10 ms


class Format(StrEnum):
    """What a file holds, by the end of its name."""

    PARQUET = ".parquet"
    CSV = ".csv"
    XLSX = ".xlsx"


@dataclass(frozen=True, slots=True)
class Place:
    """A declared `table`, taken apart: the file or the pattern of its parts, its format, and a workbook's sheet."""

    file: PurePosixPath
    format: Format
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One file as it was when it was looked at. Two that are equal hold the same bytes, once they are `settled`."""

    path: Path
    device: int
    inode: int
    size: int
    modified: int  # ns since 1970
    changed: int  # ns since 1970; kept by the system, so it also tells of a file that was written and back-dated

    @classmethod
    def of(cls, path: Path, found: stat_result) -> Part:
        """The state that `found` tells of."""
        return cls(path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    @property
    def settled(self) -> bool:
        """It was not written so lately that another write could leave the same marks."""
        return time_ns() - self.changed > _CLOCK_STEP


def place(where: str, table: str) -> Place:
    """Take a declared `table` apart.

    Raises:
        DeclarationError: it leaves the folder, or is no file of a kind that can be read.
    """
    file, hash_, sheet = table.partition("#")
    pure = PurePosixPath(file)
    if pure.is_absolute() or ".." in pure.parts or "\0" in file:
        raise DeclarationError(f"{where}: leaves options.folder; write the name of a file in it")
    try:
        kind = Format(pure.suffix)
    except ValueError:
        raise DeclarationError(
            f"{where}: no kind of file that can be read; write name.parquet, name.csv or name.xlsx#Sheet"
        ) from None
    if (kind is Format.XLSX) is not bool(sheet) or (hash_ and not sheet):
        raise DeclarationError(f"{where}: a sheet is named behind the file; write name.xlsx#Sheet, and for others none")
    if _WILD & set("".join(pure.parts[:-1])) or (kind is Format.XLSX and _WILD & set(file)):
        raise DeclarationError(
            f"{where}: only the name of a Parquet or CSV file may be a pattern; write part-*.parquet"
        )
    if set("[]") & set(file):
        raise DeclarationError(f"{where}: a pattern is made with * and ?; write part-*.parquet")
    return Place(pure, kind, sheet or None)


class Folder:
    """Where the files of a source lie. It is looked up at each use: it may not be there yet, or be another later."""

    def __init__(self, source: str, path: Path) -> None:
        self.path: Final = path.absolute().resolve()
        self._source = source
        self._seen: dict[Path, Part] = {}

    def parts(self, type_name: str, wanted: Place) -> tuple[Part, ...]:
        """The files of a table, by name, at least one.

        Raises:
            SourceError: UNAVAILABLE, there is none; INVALID, there are too many, or one lies outside the folder.
        """
        names = [wanted.file]
        if _WILD & set(wanted.file.name):
            inside = self.path / wanted.file.parent
            try:
                found = sorted(entry.name for entry in inside.iterdir() if fnmatchcase(entry.name, wanted.file.name))
            except OSError:
                found = []
            names = [wanted.file.parent / name for name in found]
        if not names:
            raise self._fails(FailureKind.UNAVAILABLE, f"no file of {type_name} is there")
        if len(names) > MAX_PARTS:
            raise self._fails(FailureKind.INVALID, f"{type_name} lies in more than {MAX_PARTS} files")
        return tuple(self._part(type_name, self.path / name) for name in names)

    def open(self, type_name: str, part: Part) -> BinaryIO:
        """Open exactly the file that was looked at, and no other that has taken its name since.

        Raises:
            SourceError: UNAVAILABLE, it is gone or another one; REFUSED, it may not be read.
        """
        try:
            opened = part.path.open("rb")
        except PermissionError:
            raise self._fails(FailureKind.REFUSED, f"a file of {type_name} may not be read") from None
        except OSError:
            raise self._fails(FailureKind.UNAVAILABLE, f"a file of {type_name} is not there") from None
        if Part.of(part.path, fstat(opened.fileno())) != part:
            opened.close()
            raise self._fails(FailureKind.UNAVAILABLE, f"a file of {type_name} was replaced while it was opened")
        return opened

    def _part(self, type_name: str, path: Path) -> Part:
        try:
            known = self._seen.get(path)
            if known is not None and Part.of(known.path, path.stat()) == known:
                return known  # the file that it was found to be, whatever links lead there
            real = path.resolve(strict=True)
            found = real.stat()
        except PermissionError:
            raise self._fails(FailureKind.REFUSED, f"a file of {type_name} may not be read") from None
        except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself
            raise self._fails(FailureKind.UNAVAILABLE, f"a file of {type_name} is not there") from None
        if not real.is_relative_to(self.path):
            raise self._fails(FailureKind.INVALID, f"a file of {type_name} is a link that leaves the folder")
        if not S_ISREG(found.st_mode):
            raise self._fails(FailureKind.INVALID, f"a file of {type_name} is no file")
        part = Part.of(real, found)
        if len(self._seen) >= MAX_PARTS:
            self._seen.clear()
        self._seen[path] = part
        return part

    def _fails(self, kind: FailureKind, sentence: str) -> SourceError:
        return SourceError(self._source, kind, sentence)


def newest(parts: tuple[Part, ...]) -> dt.datetime:
    """When the youngest of them was last written."""
    return dt.datetime.fromtimestamp(max(part.modified for part in parts) / 1e9, dt.UTC)
