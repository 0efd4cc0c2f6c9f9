"""Searches of the log for the officer's pages: what they are asked with, and their entries read.

Whatever somebody types is a variable, and travels in the body of a form.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from portal.answer import Answer, at, read
from portal.cells import Cell, State, cell
from portal.contract import Question
from portal.forms import Form
from portal.paging import place
from portal.visit import Opening, Visit
from vocabulary.moment import CITY_ZONE
from vocabulary.outlook import TypeOutlook
from vocabulary.receipt import Kind

ACCESS: Final = "Access"
LISTED: Final = ("at", "person", "organisation", "purpose", "kind", "how", "outcome", "act", "under")
KINDS: Final = tuple(kind.value for kind in Kind)
_ROWS: Final = 20


class NotADayError(ValueError):
    """What was typed is no day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry in a list: its sealed id, its index, and its cells by field."""

    id: str
    index: int | None
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list: `here` is its cursor, `trail` those of the pages before it, `on` that of the next or None."""

    answer: Answer
    rows: tuple[Row, ...]
    here: str
    trail: tuple[str, ...]
    on: str | None

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields that stand in some row."""
        return tuple(
            name
            for name in LISTED
            if any(name in one.cells and one.cells[name].state != State.EMPTY for one in self.rows)
        )


def opening_of(openings: Sequence[Opening]) -> Opening | None:
    """The purpose for which this person may see the log; None where there is none."""
    return next((one for one in openings if ACCESS in one.outlook.types and one.outlook.types[ACCESS].is_open), None)


def is_officer(openings: tuple[Opening, ...]) -> bool:
    """Whether the log is open to this person for some purpose."""
    return opening_of(openings) is not None


async def search(visit: Visit, opening: Opening, where: Mapping[str, Any]) -> Found:
    """The page of a search that the form asks for."""
    kind = opening.outlook.types[ACCESS]
    names = [name for name in ("entry", *LISTED) if name in kind.fields]
    after, trail = place(visit.form)
    document = (
        "query Accesses($first: Int!, $after: String, $where: AccessWhere) { accesses(first: $first, after: $after, "
        f"where: $where) {{ nodes {{ id {' '.join(names)} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    variables = {"first": _ROWS, "after": after or None, "where": dict(where)}
    answer = read(await visit.door.ask(visit.token, Question(document, variables, opening.purpose, opening.mode)))
    nodes = at(answer.data, ["accesses", "nodes"]) or []
    page = at(answer.data, ["accesses", "pageInfo"]) or {}
    rows = tuple(Row(node["id"], node.get("entry"), cells_of(visit, answer, kind, node, names)) for node in nodes)
    return Found(answer, rows, after, trail, page.get("endCursor") if page.get("hasNextPage") else None)


def cells_of(
    visit: Visit, answer: Answer, kind: TypeOutlook, node: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Cell]:
    """The cells of one row by field."""
    return {name: cell(answer, (f"{kind.name}.{name}",), node[name], visit.site.masks) for name in names}


def days(form: Form) -> dict[str, Any]:
    """The days of a form, from the first and up to the last with it, as a comparison of times.

    Raises:
        NotADayError: one is none.
    """
    try:
        since, until = (
            dt.date.fromisoformat(text) if (text := form.get(name)) else None for name in ("since", "until")
        )
        at = {} if since is None else {"gte": _midnight(since)}
        return at if until is None else {**at, "lt": _midnight(until + dt.timedelta(days=1))}
    except (ValueError, OverflowError):
        raise NotADayError from None


def _midnight(day: dt.date) -> str:
    """When a day of the city begins."""
    return dt.datetime.combine(day, dt.time(), CITY_ZONE).isoformat()
