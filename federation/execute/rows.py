"""The rows of one type in one request: decided where they arrive, masked as whole columns before any tree is built.

An entity is held once, however many paths reach it. Nothing of `_raw` is ever part of an answer: the output stage
reads `shown` and `ids`, which are empty until `mask` has filled them, and has no other way in.
"""

from __future__ import annotations

from collections.abc import Callable

from federation.execute.cells import Reader, masked, ways
from federation.execute.coverage import Coverage, Facts
from federation.plan.nodes import EntityPlan
from vocabulary.fetch import Table, Veil
from vocabulary.rows import RowRule
from vocabulary.values import Column, Value


class EntityRows:
    """Rows of one type, as columns that only grow."""

    def __init__(self, plan: EntityPlan, reader: Reader) -> None:
        self.plan = plan
        self._reader = reader
        self._raw: dict[str, Column] = {name: [] for name in plan.raw}
        values: dict[str, Column] = {one.condition.name: [] for one in plan.judged}
        self.facts = Facts([], plan.subject_type or "", [], values)
        self.shown: dict[str, Column] = {}
        self.ids: list[str | None] = []
        self.masks: list[list[str]] = []
        self._veils: dict[str, Veil] = {}
        self.positions: dict[Value, int] = {}
        self.count = 0
        self._covered: dict[tuple[int, RowRule, int], list[bool]] = {}

    def raw(self, field: str) -> Column:
        """The unmasked cells of one field, for keys and subjects only."""
        return self._raw[field]

    def covered(self, rule: RowRule, coverage: Coverage) -> list[bool]:
        """Which rows a rule covers for whomever the coverage is of; remembered until rows are added."""
        key = (id(coverage), rule, self.count)
        if key not in self._covered:
            self._covered[key] = coverage.rows(rule, self.facts)
        return self._covered[key]

    def visible(self, table: Table, facts: Facts) -> list[bool]:
        """Which rows of a table may be seen: some cell of them is shown."""
        visible = self._reader.coverage.rows(self.plan.visible, facts)
        if self.plan.subject is not None:  # nobody could find in the log whose data a row without a subject was
            people = table.column(self.plan.subject)
            barred = facts.barred
            visible = [
                seen and person is not None and person not in barred
                for seen, person in zip(visible, people, strict=True)
            ]
        return visible

    def add(self, table: Table, facts: Facts, visible: list[bool]) -> list[int | None]:
        """Take in the rows that are `visible`, of which `facts` are known.

        Returns:
            For each row of the table its position here, or None where no cell of it is visible.
        """
        keys = table.column(self.plan.key) if self.plan.key else None
        placed, fresh = self._place(visible, keys)
        self._take(table, facts, None if len(fresh) == table.count else fresh)
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
        """Fill `shown` and `ids` for all rows: each column once, as a whole; and `masks`, where they are asked for."""
        told: list[Column] = []
        for plan in self.plan.columns:
            shown = masked(plan, self._raw[plan.source], self._reader, self._covered_by_reader)
            names = ways(plan, self.count, self._covered_by_reader) if self.plan.tells_masks else []
            if plan.companion is None and (veil := self._veils.get(plan.source)) is not None:
                seen = self._covered_by_reader(plan.decision.visible)
                for row, name in enumerate(veil.masks):
                    if name is not None:
                        shown[row] = veil.cells[row] if seen[row] else None
                        if names:
                            names[row] = name if seen[row] else None
            self.shown[plan.field] = shown
            if names:
                told.append([None if name is None else f"{plan.field}:{name}" for name in names])
        if self.plan.tells_masks:
            self.masks = [[str(one) for one in row if one is not None] for row in zip(*told, strict=True)]
            self.masks = self.masks or [[] for _ in range(self.count)]
        if self.plan.sealed and self.plan.key:
            reader = self._reader
            self.ids = reader.sealer.ids(reader.keeper, self.plan.type, self._raw[self.plan.key])

    def veiled(self) -> dict[str, tuple[str, ...]]:
        """By field, the masks that another exchange had put on cells that are shown."""
        found: dict[str, tuple[str, ...]] = {}
        for plan in self.plan.columns:
            veil = self._veils.get(plan.source) if plan.companion is None else None
            if veil is None:
                continue
            seen = self._covered_by_reader(plan.decision.visible)
            names = dict.fromkeys(str(one) for one, is_seen in zip(veil.masks, seen, strict=True) if is_seen and one)
            if names:
                found[plan.field] = tuple(names)
        return found

    def _covered_by_reader(self, rule: RowRule) -> list[bool]:
        return self.covered(rule, self._reader.coverage)

    def _take(self, table: Table, facts: Facts, rows: list[int] | None) -> None:
        def taken(column: Column) -> Column:
            return column if rows is None else [column[row] for row in rows]

        for name, column in zip(table.fields, table.columns, strict=True):
            self._raw[name].extend(taken(column))
        self.facts.areas.extend(taken(facts.areas))
        self.facts.subjects.extend(taken(facts.subjects) if facts.subjects else ())
        for name, column in self.facts.values.items():
            column.extend(taken(facts.values[name]))
        self._veil(table, taken)
        self.count += table.count if rows is None else len(rows)

    def _veil(self, table: Table, taken: Callable[[Column], Column]) -> None:
        """Keep what another exchange had masked; rows of tables without it had nothing masked."""
        below = table.below.veils
        for name in dict.fromkeys((*self._veils, *(one for one in table.fields if one in below))):
            veil = self._veils.setdefault(name, Veil([None] * self.count, [None] * self.count))
            fresh = below.get(name) or Veil([None] * table.count, [None] * table.count)
            veil.cells.extend(taken(fresh.cells))
            veil.masks.extend(taken(fresh.masks))
