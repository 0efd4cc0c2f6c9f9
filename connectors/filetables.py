"""The tables that a source's files are, as DuckDB sees them; made when first asked for, and when a file has changed.

Parquet is read where it lies, at each query. A CSV file or a sheet is read once, whole, into DuckDB's memory, so that
each row of it has been looked at before one is answered with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Final

import duckdb

from connectors.duck import Duck
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.folder import Folder, Format, Part
from connectors.loading import Loader
from connectors.parquet import Parquet, scan
from connectors.shape import Shape, compared
from connectors.textual import Csv

_PATIENCE: Final = 0.02  # s between two looks at whether anyone still waits


@dataclass(frozen=True, slots=True)
class _Known:
    """What was made of which files, or why nothing could be."""

    parts: tuple[Part, ...]
    settled: bool
    failure: SourceError | DeclarationError | None = None

    def still(self, parts: tuple[Part, ...]) -> bool:
        return self.settled and self.parts == parts


class FileTables:
    """Made for one source; used from many threads, of which one at a time makes a table."""

    def __init__(self, source: str, shapes: Mapping[str, Shape], duck: Duck, folder: Folder, csv: Csv) -> None:
        self._source = source
        self._duck = duck
        self._folder = folder
        self._shapes = shapes
        self._known: dict[str, _Known] = {}
        self._making = Lock()
        self._maker = duck.cursor()
        self._closed = False
        self._parquet = Parquet(source, duck, folder)
        self._loader = Loader(source, duck, folder, csv, lambda: self._closed)

    def shape(self, type_name: str) -> Shape:
        """How a type stands in DuckDB."""
        return self._shapes[type_name]

    def parts(self, type_name: str) -> tuple[Part, ...]:
        """The files of a type, as they are now."""
        return self._folder.parts(type_name, self._shapes[type_name].place)

    def have(self, type_name: str, stopped: Callable[[], bool]) -> None:
        """Have the table of a type, of the files as they are now. Whoever waits for it gives up when `stopped`.

        A table that has been begun is made to its end even if nobody waits any more, or a large one never would be.

        Raises:
            SourceError: the files are not there, can't be read, or do not fit.
            DeclarationError: they do not have what the declaration takes from them.
        """
        parts = self.parts(type_name)
        known = self._known.get(type_name)
        if known is None or not known.still(parts):
            known = self._made(self._shapes[type_name], parts, stopped)
        if known.failure is not None:
            raise known.failure.with_traceback(None)

    def holds(self, type_name: str) -> bool:
        """Whether the files are still those of which the table was made."""
        try:
            return self._known[type_name].parts == self.parts(type_name)
        except (SourceError, KeyError):  # KeyError: another thread is making it anew
            return False

    def close(self) -> None:
        """Give up what is being made. Closing twice does no harm."""
        if not self._closed:
            self._closed = True
            self._maker.interrupt()

    def _made(self, shape: Shape, parts: tuple[Part, ...], stopped: Callable[[], bool]) -> _Known:
        with self._turn(stopped):
            known = self._known.get(shape.name)
            if known is not None and known.still(parts):
                return known
            settled = all(part.settled for part in parts)
            self._known.pop(shape.name, None)
            try:
                self._make(shape, parts)
            except (SourceError, DeclarationError) as failure:
                lasting = not isinstance(failure, SourceError) or failure.kind is FailureKind.INVALID
                known = _Known(parts, settled and lasting, failure)
            else:
                known = _Known(parts, settled)
            self._known[shape.name] = known
            return known

    @contextmanager
    def _turn(self, stopped: Callable[[], bool]) -> Iterator[None]:
        while not self._making.acquire(timeout=_PATIENCE):
            if stopped():
                raise SourceError(self._source, FailureKind.TIMEOUT, "its files are still being read; ask again")
        try:
            yield
        finally:
            self._making.release()

    def _make(self, shape: Shape, parts: tuple[Part, ...]) -> None:
        try:
            if shape.place.format is Format.PARQUET:
                cells, rows = self._parquet.cells(shape, parts, self._maker), scan(parts)
            else:
                cells, rows = self._loader.load(shape, parts, self._maker), shape.rows
            columns = ", ".join(
                f"{one.value} AS {taken.column}, {one.compared} AS {compared(taken.column)}"
                for taken, one in zip(shape.taken.values(), cells, strict=True)
            )
            self._maker.execute(f"CREATE OR REPLACE VIEW {shape.view} AS SELECT {columns} FROM {rows}")  # noqa: S608  (names of ours)
        except duckdb.Error as error:
            raise self._duck.failed(error) from None
