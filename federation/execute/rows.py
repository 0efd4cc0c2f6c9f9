"""The rows of one type in one request: decided where they arrive, masked as whole columns before any tree is built.

An entity is held once, however many paths reach it. Nothing of `_raw` is ever part of an answer: the output stage
reads `shown` and `ids`, which are empty until `mask` has filled them, and has no other way in.
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
        self.shown: dict[str, Column] = {}
        self.ids: list[str | None] = []
        self.positions: dict[Value, int] = {}
        self.count = 0

    def raw(self, field: str) -> Column:
        """The unmasked cells of one field, for keys and subjects only."""
        return self._raw[field]

    def add(self, table: Table, areas: Column) -> list[int | None]:
        """Take in rows whose areas are `areas`, and decide which of them may be seen.

        Returns:
            For each row of the table its position here, or None where no cell of it is visible.
        """
        visible = self._reader.coverage.rows(self.plan.visible, areas)
        if self.plan.subject is not None:  # nobody could find in the log whose data a row without a subject was
            people = table.column(self.plan.subject)
            visible = [seen and person is not None for seen, person in zip(visible, people, strict=True)]
        keys = table.column(self.plan.key) if self.plan.key else None
        placed, fresh = self._place(visible, keys)
        self._take(table, areas, None if len(fresh) == table.count else fresh)
        return placed

    def _place(self, visible: list[bool], keys: Column | None) -> tuple[list[int | None], list[int]]:
        """Where each row goes, and which of them are new here; a known entity keeps its place."""
        if not self.count and all(visible) and (keys is None or (None not in keys and len(set(keys)) == len(keys))):
            fresh = list(range(len(visible)))  # the usual case, at the cost of a few whole-column operations
            if keys is not None:
                self.positions.update(zip(keys, fresh, strict=True))
            return list(fresh), fresh
        placed: list[int | None] = []
        fresh = []
        for index, seen in enumerate(visible):
            if not seen or (keys is not None and keys[index] is None):
                placed.append(None)
                continue
            place = self.count + len(fresh)
            known = place if keys is None else self.positions.setdefault(keys[index], place)
            placed.append(known)
            if known == place:
                fresh.append(index)
        return placed, fresh

    def mask(self) -> None:
        """Fill `shown` and `ids` for all rows: each column once, as a whole."""
        for plan in self.plan.columns:
            self.shown[plan.field] = self._masked(plan, self._raw[plan.source], self.areas)
        if self.plan.sealed and self.plan.key:
            reader = self._reader
            self.ids = reader.sealer.ids(reader.recipient, self.plan.type, self._raw[self.plan.key])

    def _take(self, table: Table, areas: Column, rows: list[int] | None) -> None:
        for field, column in zip(table.fields, table.columns, strict=True):
            self._raw[field].extend(column if rows is None else [column[row] for row in rows])
        self.areas.extend(areas if rows is None else [areas[row] for row in rows])
        self.count += table.count if rows is None else len(rows)

    def _masked(self, plan: ColumnPlan, cells: Column, areas: Column) -> Column:
        """One column, as the reader may see it."""
        reader, decision = self._reader, plan.decision
        if plan.companion is not None:
            cells = reader.book.computed(reader.book.companion(plan.companion), reader.today)(cells)
        if plan.way is not None:
            return self._through(plan.way, plan, cells)
        masked: Column = [None] * len(cells)
        waiting = [row for row, seen in enumerate(reader.coverage.rows(decision.visible, areas)) if seen]
        for grant in decision.grants:  # from the least strict: the first that covers a cell shows it
            covered = reader.coverage.rows(grant.rows, [areas[row] for row in waiting])
            rows = [row for row, mine in zip(waiting, covered, strict=True) if mine]
            waiting = [row for row, mine in zip(waiting, covered, strict=True) if not mine]
            for row, cell in zip(rows, self._through(grant.shown, plan, [cells[row] for row in rows]), strict=True):
                masked[row] = cell
        return masked

    def _through(self, way: str, plan: ColumnPlan, cells: Column) -> Column:
        if way == PLAIN:
            return list(cells)
        return self._reader.book.column(way, self._reader.recipient, plan.decision.coordinate)(cells)
