"""One column as its reader may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from federation.execute.book import MaskBook
from federation.execute.coverage import Coverage
from federation.plan.nodes import ColumnPlan
from federation.sealing import Sealer
from vocabulary.decision import PLAIN
from vocabulary.rows import RowRule
from vocabulary.values import Column


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom rows are decided and masked, and with what."""

    recipient: str
    coverage: Coverage
    book: MaskBook
    sealer: Sealer
    today: dt.date


def masked(plan: ColumnPlan, cells: Column, reader: Reader, covered: Callable[[RowRule], list[bool]]) -> Column:
    """A column of visible rows, masked; `covered` answers which of them a rule covers for the reader."""
    decision = plan.decision
    if plan.companion is not None:
        cells = reader.book.computed(reader.book.companion(plan.companion), reader.today)(cells)
    if plan.way is not None:
        return _through(plan.way, plan, cells, reader)
    shown: Column = [None] * len(cells)
    waiting = [row for row, seen in enumerate(covered(decision.visible)) if seen]
    for grant in decision.grants:  # from the least strict: the first that covers a cell shows it
        among = covered(grant.rows)
        rows = [row for row in waiting if among[row]]
        waiting = [row for row in waiting if not among[row]]
        for row, cell in zip(rows, _through(grant.shown, plan, [cells[row] for row in rows], reader), strict=True):
            shown[row] = cell
    return shown


def through_one(columns: Sequence[Column], plan: ColumnPlan, reader: Reader) -> list[Column]:
    """Columns of one coordinate, all through the mask that the plan of one of them shows them through, at once."""
    shown = iter(_through(str(plan.way), plan, [cell for column in columns for cell in column], reader))
    return [list(islice(shown, len(column))) for column in columns]


def _through(way: str, plan: ColumnPlan, cells: Column, reader: Reader) -> Column:
    if way == PLAIN:
        return list(cells)
    return reader.book.column(way, reader.recipient, plan.decision.coordinate)(cells)
