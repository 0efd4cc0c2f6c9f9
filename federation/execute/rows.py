"""The rows of one type in one request: raw where they arrive, masked in the same call, raw only for joins after that.

An entity is held once, however many paths reach it. Nothing of `_raw` is ever part of an answer: the output stage
reads `shown` and `ids` and has no other way in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from federation.execute.book import MaskBook
from federation.execute.coverage import Coverage
from federation.plan.nodes import ColumnPlan, EntityPlan
from federation.sealing import Sealer
from vocabulary.decision import PLAIN
from vocabulary.fetch import Table
from vocabulary.rows import RowRule
from vocabulary.values import Column, Value


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom rows are decided and masked, and with what."""

    recipient: str
    coverage: Coverage
    book: MaskBook
    sealer: Sealer
    today: dt.date


class EntityRows:
    """Rows of one type, as columns that only grow."""

    def __init__(self, plan: EntityPlan, reader: Reader) -> None:
        self.plan = plan
        self._reader = reader
        self._raw: dict[str, Column] = {name: [] for name in plan.raw}
        self.areas: Column = []
        self.shown: dict[str, Column] = {column.field: [] for column in plan.columns}
        self.ids: list[str | None] = []
        self.positions: dict[Value, int] = {}
        self.count = 0

    def raw(self, field: str) -> Column:
        """The unmasked cells of one field, for keys and subjects only."""
        return self._raw[field]

    def add(self, table: Table, areas: Column) -> list[int | None]:
        """Take in rows whose areas are `areas`; decide and mask them.

        Returns:
            For each row of the table its position here, or None where no cell of it is visible.
        """
        visible = self._reader.coverage.rows(self.plan.visible, areas)
        key = self.plan.key
        placed: list[int | None] = []
        fresh: list[int] = []
        keys = table.column(key) if key else None
        for index, seen in enumerate(visible):
            if not seen or (keys is not None and keys[index] is None):
                placed.append(None)
                continue
            if keys is not None:
                known = self.positions.setdefault(keys[index], self.count + len(fresh))
                placed.append(known)
                if known < self.count + len(fresh):
                    continue
            else:
                placed.append(self.count + len(fresh))
            fresh.append(index)
        self._take(table, areas, None if len(fresh) == table.count else fresh)
        return placed

    def _take(self, table: Table, areas: Column, rows: list[int] | None) -> None:
        arrived = {
            field: column if rows is None else [column[row] for row in rows]
            for field, column in zip(table.fields, table.columns, strict=True)
        }
        where = areas if rows is None else [areas[row] for row in rows]
        count = table.count if rows is None else len(rows)
        for column in self.plan.columns:
            self.shown[column.field].extend(self._masked(column, arrived[column.source], where))
        if self.plan.sealed and self.plan.key:
            reader = self._reader
            self.ids.extend(reader.sealer.ids(reader.recipient, self.plan.type, arrived[self.plan.key]))
        for field, column in arrived.items():
            self._raw[field].extend(column)
        self.areas.extend(where)
        self.count += count

    def _masked(self, plan: ColumnPlan, cells: Column, areas: Column) -> Column:
        """One column, as the reader may see it."""
        reader, decision = self._reader, plan.decision
        if plan.companion is not None:
            cells = reader.book.computed(reader.book.companion(plan.companion), reader.today)(cells)
        ways = tuple(dict.fromkeys(grant.shown for grant in decision.grants))
        if len(ways) == 1 and decision.visible == self.plan.visible:
            return self._through(ways[0], plan, cells)
        masked: Column = [None] * len(cells)
        for way in ways:
            rows = [row for row, seen in enumerate(self._rows(decision.shown_as(way), areas)) if seen]
            for row, cell in zip(rows, self._through(way, plan, [cells[row] for row in rows]), strict=True):
                masked[row] = cell
        return masked

    def _rows(self, rule: RowRule, areas: Column) -> list[bool]:
        return self._reader.coverage.rows(rule, areas)

    def _through(self, way: str, plan: ColumnPlan, cells: Column) -> Column:
        if way == PLAIN:
            return list(cells)
        return self._reader.book.column(way, self._reader.recipient, plan.decision.coordinate)(cells)
