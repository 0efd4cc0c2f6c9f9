"""The registry as a source: its views through the `sql` connector, and what is sealed in them opened for the reader.

Whether somebody may read a reason is decided before, like any other field; what can't be opened is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from connectors.contract import Rows
from connectors.sql import SqlConnector
from federation.sealing import SubjectSealer
from policies.epoch import parts
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import Fetch, Values
from vocabulary.values import Column, Value

_SEALED: Final = frozenset({"reason", "note"})
_FILES: Final[Mapping[str, str]] = {"policy": "policy.csv", "lists": "lists.yaml"}


class RegistryConnector(SqlConnector):
    """Reads the registry's views."""

    def __init__(self, declaration: SourceDeclaration, base: Path, sealer: SubjectSealer) -> None:
        super().__init__(declaration, base)
        self._sealer = sealer

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:
        rows = await super()._ask(request, values, deadline)
        columns = [self._opened(field, column) for field, column in zip(request.fields, rows.columns, strict=True)]
        return Rows(columns, rows.count, rows.keys)

    def _opened(self, field: str, column: Column) -> Column:
        if field in _SEALED:
            return _each(column, lambda text: self._sealer.open_text(bytes.fromhex(text)))
        if field in _FILES:
            return _each(column, lambda text: parts(text).get(_FILES[field]))
        return column


def _each(column: Column, opened: Callable[[str], str | None]) -> Column:
    cells: list[Value] = [opened(cell) if isinstance(cell, str) and cell else None for cell in column]
    return cells
