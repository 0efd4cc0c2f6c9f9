"""The rows of one declared type in one request: decided where they arrive, held once, however many paths reach them.

Nothing of `cells` is ever part of an answer: that reads `shown`, which is empty until the columns are masked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from federation.errors import InternalError
from federation.execute.cells import Reader, ways
from federation.execute.coverage import Facts
from federation.execute.decided import Decided
from federation.execute.held import Held
from federation.plan.places import Kept, Place, RowsPlan
from federation.schema.as_subgraph import MASKED
from federation.schema.facts import ID
from vocabulary.fetch import Table, Veil
from vocabulary.rows import RowRule
from vocabulary.values import Column, Value


class Rows(Held):
    """Rows of one type, as columns that only grow. All of them may be seen: what may not is not taken in.

    `positions`: the number of each by its key. `asked`: by relation, the keys by which it has been asked for.
    """

    __slots__ = ("_reader", "_veils", "asked", "decided", "kept", "plan", "positions")

    def __init__(self, place: Place, kept: Kept, reader: Reader) -> None:
        super().__init__(place)
        if kept.rows is None:
            raise InternalError(f"{kept.type} is no type of rows")
        self.kept: Kept = kept
        self.plan: RowsPlan = kept.rows
        self._reader = reader
        self.cells = {name: [] for name in self.plan.raw}
        values: dict[str, Column] = {one.condition.name: [] for one in self.plan.judged}
        self.decided = Decided(kept, range(0), Facts([], kept.subject_type or "", [], values))
        self._veils: dict[str, Veil] = {}
        self.positions: dict[Value, int] = {}
        self.asked: dict[str, set[Value]] = {}

    @property
    def facts(self) -> Facts:
        """What is known of them."""
        return self.decided.facts

    def visible(self, table: Table, facts: Facts) -> list[bool]:
        """Which rows of a table may be seen: some cell of them is shown."""
        visible = self._reader.coverage.rows(self.kept.visible, facts)
        if self.plan.subject is not None:  # nobody could find in the log whose data a row without a subject was
            people = table.column(self.plan.subject)
            barred = facts.barred
            visible = [
                seen and person is not None and person not in barred
                for seen, person in zip(visible, people, strict=True)
            ]
        return visible

    def take(self, table: Table, facts: Facts, visible: list[bool]) -> list[int | None]:
        """Take in the rows that are `visible`, of which `facts` are known.

        Returns:
            For each row of the table its number here, or None where no cell of it is visible.
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

    def _take(self, table: Table, facts: Facts, rows: list[int] | None) -> None:
        def taken(column: Column) -> Column:
            return column if rows is None else [column[row] for row in rows]

        for name, column in zip(table.fields, table.columns, strict=True):
            self.cells[name].extend(taken(column))
        self.facts.areas.extend(taken(facts.areas))
        self.facts.subjects.extend(taken(facts.subjects) if facts.subjects else ())
        for name, column in self.facts.values.items():
            column.extend(taken(facts.values[name]))
        self._veil(table, taken)
        fresh = table.count if rows is None else len(rows)
        for links in self.links.values():
            links.extend([None] * fresh)
        self.count += fresh
        self.decided.grow(self.count)

    def _veil(self, table: Table, taken: Callable[[Column], Column]) -> None:
        """Keep what another exchange had masked; rows of tables without it had nothing masked."""
        below = table.below.veils
        for name in dict.fromkeys((*self._veils, *(one for one in table.fields if one in below))):
            veil = self._veils.setdefault(name, Veil([None] * self.count, [None] * self.count))
            fresh = below.get(name) or Veil([None] * table.count, [None] * table.count)
            veil.cells.extend(taken(fresh.cells))
            veil.masks.extend(taken(fresh.masks))

    # ── once their columns are masked ─────────────────────────────────────────────────────────────────────────────

    def finish(self) -> None:
        """Show what another exchange had masked as it came, name the masks where they are asked for, and seal ids."""
        told: list[Column] = []
        for plan in self.kept.columns:
            names = ways(plan, self.count, self._covered) if self.plan.tells_masks else []
            if plan.companion is None and (veil := self._veils.get(plan.source)) is not None:
                seen = self._covered(plan.decision.visible)
                shown = self.shown[self.kept.type, plan.field] = list(self.shown[self.kept.type, plan.field])
                for row, name in enumerate(veil.masks):
                    if name is not None:
                        shown[row] = veil.cells[row] if seen[row] else None
                        if names:
                            names[row] = name if seen[row] else None
            if names:
                told.append([None if name is None else f"{plan.field}:{name}" for name in names])
        if self.plan.tells_masks:
            masks: list[Any] = [[one for one in row if one is not None] for row in zip(*told, strict=True)]
            self.shown[self.kept.type, MASKED] = masks or [[] for _ in range(self.count)]
        if self.plan.sealed and self.plan.key:
            ids = self._reader.sealer.ids(self._reader.keeper, self.kept.type, self.cells[self.plan.key])
            self.shown[self.kept.type, ID] = list(ids)

    def veiled(self) -> dict[str, tuple[str, ...]]:
        """By field, the masks that another exchange had put on cells that are shown."""
        found: dict[str, tuple[str, ...]] = {}
        for plan in self.kept.columns:
            veil = self._veils.get(plan.source) if plan.companion is None else None
            if veil is None:
                continue
            seen = self._covered(plan.decision.visible)
            names = dict.fromkeys(str(one) for one, is_seen in zip(veil.masks, seen, strict=True) if is_seen and one)
            if names:
                found[plan.field] = tuple(names)
        return found

    def _covered(self, rule: RowRule) -> list[bool]:
        return self.decided.covered(rule, self._reader.coverage)
