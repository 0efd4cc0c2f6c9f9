"""Every column as its reader may see it: masked as wholes, before any tree is built.

Columns of one coordinate that are all shown through one mask go through it together, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from federation.execute.cells import Reader, masked, through
from federation.execute.decided import Decided
from federation.execute.held import Held
from federation.execute.rows import Rows
from federation.plan.nodes import ColumnPlan
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.values import Column


def mask(decided: Iterable[tuple[Held, Decided]], reader: Reader) -> None:
    """Fill `shown` of all that is held; nothing can be shown before."""
    pairs = list(decided)
    together: dict[tuple[str, Coordinate], list[tuple[Held, Decided, ColumnPlan, Column]]] = {}
    for held, one in pairs:
        whole = len(one.numbers) == held.count
        for column in one.kept.columns:
            cells = held.column(column.source)
            mine: Column = cells if whole else [cells[number] for number in one.numbers]
            way = column.way
            if way is None and len(column.decision.grants) == 1 and not column.decision.denies:
                (grant,) = column.decision.grants  # a cell that it does not cover is null before any mask sees it
                seen, way = one.covered(grant.rows, reader.coverage), grant.shown
                mine = mine if all(seen) else [cell if may else None for cell, may in zip(mine, seen, strict=True)]
            if way is None or column.companion is not None:
                covered = partial(one.covered, coverage=reader.coverage)
                _show(held, one, column, masked(column, mine, reader, covered))
            elif way == PLAIN:
                _show(held, one, column, mine)  # nobody writes to a column from here on
            else:
                together.setdefault((way, column.decision.coordinate), []).append((held, one, column, mine))
    for (way, coordinate), columns in together.items():
        shown = iter(through([mine for *_, mine in columns], way, coordinate, reader))
        for held, one, column, _ in columns:
            _show(held, one, column, next(shown))
    for held, _ in pairs:
        if isinstance(held, Rows):
            held.finish()


def _show(held: Held, one: Decided, column: ColumnPlan, cells: Column) -> None:
    if len(cells) != held.count:
        spread: Column = [None] * held.count
        for number, cell in zip(one.numbers, cells, strict=True):
            spread[number] = cell
        cells = spread
    held.shown[one.kept.type, column.field] = cells
