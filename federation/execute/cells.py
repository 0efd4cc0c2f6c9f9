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
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Principal
from vocabulary.rows import RowRule
from vocabulary.values import Column


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom rows are decided and masked, and with what.

    `recipient`: whose masks those are, so that no two can compare what they see. `exchange`: the other exchange that
    asks for them, which is who keeps the ids.
    """

    recipient: str
    coverage: Coverage
    book: MaskBook
    sealer: Sealer
    today: dt.date
    exchange: str = ""

    @property
    def keeper(self) -> str:
        """For whom ids are sealed."""
        return outsider(self.exchange) if self.exchange else self.recipient


def outsider(exchange: str, organisation: str = "") -> str:
    """What another exchange, or an organisation that asks through it, is called where organisations of ours are named.

    With a space, which the name of no organisation has.
    """
    return f"exchange {exchange}/{organisation}" if organisation else f"exchange {exchange}"


def recipient_of(principal: Principal) -> str:
    """Whose masks somebody is shown: those of the organisation, or of it as it asks through another exchange."""
    return outsider(principal.exchange, principal.organisation) if principal.exchange else principal.organisation


def masked(plan: ColumnPlan, cells: Column, reader: Reader, covered: Callable[[RowRule], list[bool]]) -> Column:
    """A column of visible rows, masked; `covered` answers which of them a rule covers for the reader."""
    decision = plan.decision
    if plan.companion is not None:
        cells = reader.book.computed(reader.book.companion(plan.companion), reader.today)(cells)
    if plan.way is not None:
        return _through(plan.way, decision.coordinate, cells, reader)
    shown: Column = [None] * len(cells)
    waiting = [row for row, seen in enumerate(covered(decision.visible)) if seen]
    for grant in decision.grants:  # from the least strict: the first that covers a cell shows it
        among = covered(grant.rows)
        rows = [row for row in waiting if among[row]]
        waiting = [row for row in waiting if not among[row]]
        made = _through(grant.shown, decision.coordinate, [cells[row] for row in rows], reader)
        for row, cell in zip(rows, made, strict=True):
            shown[row] = cell
    return shown


def ways(plan: ColumnPlan, count: int, covered: Callable[[RowRule], list[bool]]) -> Column:
    """The mask that each cell of such a column is shown through; None where it is plain, or not shown."""
    if plan.way is not None:
        return [None if plan.way == PLAIN else plan.way] * count
    told: Column = [None] * count
    waiting = [row for row, seen in enumerate(covered(plan.decision.visible)) if seen]
    for grant in plan.decision.grants:
        among = covered(grant.rows)
        if grant.shown != PLAIN:
            for row in waiting:
                if among[row]:
                    told[row] = grant.shown
        waiting = [row for row in waiting if not among[row]]
    return told


def through(columns: Sequence[Column], way: str, coordinate: Coordinate, reader: Reader) -> list[Column]:
    """Columns of one coordinate, all through one mask at once."""
    shown = iter(_through(way, coordinate, [cell for column in columns for cell in column], reader))
    return [list(islice(shown, len(column))) for column in columns]


def _through(way: str, coordinate: Coordinate, cells: Column, reader: Reader) -> Column:
    if way == PLAIN:
        return list(cells)
    return reader.book.column(way, reader.recipient, coordinate, reader.exchange)(cells)
