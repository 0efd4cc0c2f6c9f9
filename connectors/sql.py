"""Connector kind `sql`: a database.

Option `url`: a SQLAlchemy URL; the path of a SQLite file is relative to the folder of the exchange file. PostgreSQL and
MariaDB have `password` and `tls` beside it (`drivers/address.py`), and are reached by drivers of their own on the event
loop; any other dialect by its blocking driver in threads (`drivers/`). Statements are SELECTs by construction, and
connections are read-only where the database can be told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import ClassVar, Final

from connectors.contract import REQUESTS_REMEMBERED, Capabilities, Connector, Gap, Rows
from connectors.dialects import SENTENCES
from connectors.drivers import drive
from connectors.drivers.contract import Cells
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError
from connectors.form import MismatchError
from connectors.layout import layout
from connectors.reading import read
from connectors.statement import MAX_KEYS, Query
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration
from vocabulary.fetch import Fetch, Op, Values


class SqlConnector(Connector):
    """A database. Keys are asked for by 1,024 at a time.

    A DateTime without an offset is UTC. SQLite keeps dates as text: `YYYY-MM-DD`, and for DateTime any ISO 8601, which
    is compared as the instant that it names.
    """

    TAKES_PARTS: ClassVar[bool] = True

    def __init__(self, declaration: SourceDeclaration, base: Path) -> None:
        self.driver: Final = drive(declaration, base)
        super().__init__(declaration, _capabilities(sorts_text=self.driver.flavour.sorts_text))
        self._query: Final = lru_cache(REQUESTS_REMEMBERED)(self._analyse)

    async def check(self) -> None:
        """See that each table and column is there, and can be read as it is declared."""
        async with self._cap.slot():
            await self.driver.inspect()
        self._query.cache_clear()
        try:
            for declared in self.declaration.types:
                self._check_table(declared)
        except DeclarationError:
            self._forget()
            raise

    async def changed(self) -> Mapping[str, dt.datetime]:
        """Type → when its data last changed, where the server knows that."""
        async with self._cap.slot():
            known = await self.driver.changed([declared.table for declared in self.declaration.types])
        return {one.name: known[one.table] for one in self.declaration.types if one.table in known}

    async def close(self) -> None:
        """Stop what is under way and close every connection."""
        await self.driver.close()

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (it never waits itself)
        try:
            return await self.driver.run(
                lambda: self._query(request).statement(values), partial(self._fetched, request)
            )
        except SourceError as error:
            if error.kind is not FailureKind.INVALID:
                raise
            self._forget()
            general = SENTENCES[FailureKind.INVALID]
            if not str(error).endswith(general):
                raise
            raise self._invalid(f"{request.type}: {general}") from None

    def _forget(self) -> None:
        """The tables are not what they were, and may be again: the next fetch looks at them anew."""
        self._query.cache_clear()
        self.driver.forget()

    def _analyse(self, request: Fetch) -> Query:
        access = self._admit(request)
        forms = {}
        for field, taken in access.layout.items():
            try:
                forms[field] = self.driver.form(access.declared, taken)
            except MismatchError as mismatch:
                raise self._invalid(f"{request.type}.{field} cannot be read: {mismatch}") from None
        return Query(request, access, self.declaration.name, self.driver.flavour, self.driver.dialect, forms=forms)

    def _fetched(self, request: Fetch, cells: Cells) -> Rows:
        return read(self.declaration.name, self._query(request), cells)

    def _invalid(self, sentence: str) -> SourceError:
        return SourceError(self.declaration.name, FailureKind.INVALID, sentence)

    def _check_table(self, declared: TypeDeclaration) -> None:
        where = f"source {self.declaration.name}: table {declared.table} (type {declared.name})"
        there = self.driver.columns(declared)
        if there is None:
            raise DeclarationError(f"{where} is not there; write one of: {', '.join(self.driver.tables())}")
        for name, taken in layout(self.declaration, declared).items():
            if taken.column not in there:
                raise DeclarationError(
                    f"{where} has no column {taken.column} (field {name}); write one of: {', '.join(there)}"
                )
            try:
                self.driver.form(declared, taken)
            except MismatchError as mismatch:
                raise DeclarationError(f"{where}: field {name} cannot be read: {mismatch}") from None


def _capabilities(*, sorts_text: bool) -> Capabilities:
    if sorts_text:
        return Capabilities(frozenset(Op), boolean=True, collections=True, order=True, max_keys=MAX_KEYS)
    return Capabilities(
        frozenset(Op) - {Op.STARTS_WITH},
        boolean=True,
        collections=True,
        order=True,
        max_keys=MAX_KEYS,
        gap=Gap(GapKind.NOT_YET, "how this dialect sorts text is not known; connectors/dialects.py lacks its line"),
    )
