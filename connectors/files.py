"""Connector kind `files`: Parquet, CSV and Excel files in a folder, read with DuckDB.

A type's `table` is the name of a file in the folder: `residents.parquet`, `care.csv`, `book.xlsx#Sheet`, or a pattern
of the parts of one table, `readings-*.parquet`. Options: `folder`, relative to the folder of the exchange file;
`memory`, in MiB, 256 unless told; `csv: {encoding, delimiter}`, `utf-8` and `,` unless told.

Nothing is written anywhere: a query that does not fit into `memory` fails. A file that is replaced is seen at the next
fetch.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from connectors.contract import REQUESTS_REMEMBERED, Capabilities, Connector, Rows
from connectors.duck import FLAVOUR, Duck, DuckSession
from connectors.ducktypes import DUCK_READERS
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.filetables import FileTables
from connectors.folder import Folder, newest
from connectors.form import TYPES, Expression, Form, plain
from connectors.layout import Taken
from connectors.reading import read
from connectors.shape import compared, shapes
from connectors.statement import MAX_KEYS, Query
from connectors.textual import Csv
from connectors.workers import Workers
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration
from vocabulary.fetch import Fetch, Op, Values

_OPTIONS: Final = frozenset({"folder", "memory", "csv"})
_MEMORY: Final = 256  # MiB
_LEAST_MEMORY: Final = 32  # MiB
_ENCODINGS: Final = ("utf-8", "gb18030")
_DELIMITERS: Final = (",", ";", "\t", "|")
_TRIES: Final = 3


class FilesConnector(Connector):
    """A folder of files. Keys are asked for by 1,024 at a time. A DateTime without an offset is UTC."""

    def __init__(self, declaration: SourceDeclaration, base: Path) -> None:
        where = f"source {declaration.name}"
        folder, memory, csv = _options(where, declaration.options)
        every = Capabilities(frozenset(Op), boolean=True, collections=True, order=True, max_keys=MAX_KEYS)
        super().__init__(declaration, every)
        types = shapes(declaration)
        found = Folder(declaration.name, base / folder)
        self._duck: Final = Duck(declaration.name, found.path, memory)
        self._tables: Final = FileTables(declaration.name, types, self._duck, found, csv)
        self._query: Final = lru_cache(REQUESTS_REMEMBERED)(self._analyse)
        self._workers: Final = Workers(
            declaration.concurrency,
            partial(DuckSession, declaration.name, self._duck),
            f"files-{declaration.name}",
            DuckSession.interrupt,
        )

    async def check(self) -> None:
        """See that each file and column is there, and that each column can be read as its scalar."""
        async with self._cap.slot():
            for declared in self.declaration.types:
                await self._workers.run(partial(self._inspect, declared))

    async def changed(self) -> Mapping[str, dt.datetime]:
        """When the youngest file of each type was last written; a type whose files are not there is left out."""
        return await asyncio.to_thread(self._changed)

    async def close(self) -> None:
        """Stop what is under way and let go of everything that was read."""
        self._tables.close()
        await self._workers.close(self.declaration.timeout)
        self._duck.close()

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (it never waits itself)
        return await self._workers.run(partial(self._fetch, request, values))

    def _analyse(self, request: Fetch) -> Query:
        access = self._admit(request)
        shape = self._tables.shape(request.type)
        inside = replace(access, declared=replace(access.declared, table=shape.view), layout=shape.taken)
        forms = {field: _form(taken) for field, taken in shape.taken.items()}
        dialect = DefaultDialect(paramstyle="qmark")
        return Query(request, inside, self.declaration.name, FLAVOUR, dialect, forms=forms)

    def _fetch(self, request: Fetch, values: Values, session: DuckSession) -> Rows:
        for _ in range(_TRIES):
            self._have(request.type, session)
            query = self._query(request)
            try:
                fetched = session.execute(*query.statement(values))
            except SourceError as error:
                if self._tables.holds(request.type):
                    raise self._named(request.type, error) from None
            else:
                if self._tables.holds(request.type):
                    return read(self.declaration.name, query, fetched)
        raise self._fails(FailureKind.UNAVAILABLE, f"the files of {request.type} are being replaced all the time")

    def _have(self, type_name: str, session: DuckSession) -> None:
        """A file that does not fit any more, while we serve, is the source's fault: we started with another."""
        try:
            self._tables.have(type_name, lambda: session.call.stopped)
        except DeclarationError:
            sentence = f"the files of {type_name} do not have what the declaration takes from them any more"
            raise self._fails(FailureKind.INVALID, sentence) from None

    def _named(self, type_name: str, error: SourceError) -> SourceError:
        """What is wrong with a file is said of its type; the rest is the query's own."""
        if error.kind is not FailureKind.INVALID:
            return error
        return self._fails(error.kind, f"a file of {type_name} is damaged, or holds something else than it says")

    def _inspect(self, declared: TypeDeclaration, session: DuckSession) -> None:
        self._tables.have(declared.name, lambda: session.call.stopped)

    def _changed(self) -> dict[str, dt.datetime]:
        changed = {}
        for declared in self.declaration.types:
            try:
                changed[declared.name] = newest(self._tables.parts(declared.name))
            except SourceError:
                continue  # nothing is known of files that are not there; fetches say so
        return changed

    def _fails(self, kind: FailureKind, sentence: str) -> SourceError:
        return SourceError(self.declaration.name, kind, sentence)


def _form(taken: Taken) -> Form:
    """What is compared of a field is another column of the view than what is selected."""

    def by(_: Expression) -> Expression:
        return sa.column(compared(taken.column), TYPES[taken.scalar])

    encode = FLAVOUR.form(taken.scalar).encode
    return plain(taken.scalar, exact=by, ordered=by, read=DUCK_READERS[taken.scalar], encode=encode)


def _options(where: str, options: Mapping[str, object]) -> tuple[str, int, Csv]:
    for name in options:
        if name not in _OPTIONS:
            raise DeclarationError(f"{where}: kind files has no option {name}; write one of: folder, memory, csv")
    folder = options.get("folder")
    if not isinstance(folder, str) or not folder:
        raise DeclarationError(f"{where}: options.folder is missing; write the folder in which the files lie")
    memory = options.get("memory", _MEMORY)
    if not isinstance(memory, int) or isinstance(memory, bool) or memory < _LEAST_MEMORY:
        raise DeclarationError(
            f"{where}: options.memory is a whole number of MiB, {_LEAST_MEMORY} or more; write for instance {_MEMORY}"
        )
    return folder, memory, _csv(where, options.get("csv", {}))


def _csv(where: str, given: object) -> Csv:
    if not isinstance(given, dict) or not given.keys() <= {"encoding", "delimiter"}:
        raise DeclarationError(f"{where}: options.csv says encoding and delimiter; write {{encoding: gb18030}}")
    encoding, delimiter = given.get("encoding", "utf-8"), given.get("delimiter", ",")
    if encoding not in _ENCODINGS:
        raise DeclarationError(f"{where}: options.csv.encoding is unknown; write one of: {', '.join(_ENCODINGS)}")
    if delimiter not in _DELIMITERS:
        raise DeclarationError(f'{where}: options.csv.delimiter is one of , ; | and the tabulator; write ";"')
    return Csv(encoding, delimiter)
