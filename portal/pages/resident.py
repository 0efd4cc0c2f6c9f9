"""One resident, reached by the sealed id that the list gave: what belongs to them, as far as it may be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from portal.answer import Answer, read
from portal.cells import Cell, cell
from portal.contract import Question
from portal.listing import links, one_question, own_fields, searched, shown
from portal.pages.committee import PAGE as LIST
from portal.pages.committee import choice
from portal.visit import Opening, Page, Visit
from vocabulary.outlook import FieldOutlook, TypeOutlook


@dataclass(frozen=True, slots=True)
class Part:
    """What one relation leads to: its columns, and a row of cells for each entity; `whole` is the relation itself."""

    field: FieldOutlook
    columns: tuple[FieldOutlook, ...]
    rows: list[list[Cell]]
    whole: Cell


async def get(_: Visit) -> Response:
    """Nobody is named in an address: back to the list."""
    return RedirectResponse(LIST.path, 303)


async def post(visit: Visit) -> Response:
    """The person of a sealed id."""
    found = choice(visit)
    if found is None:
        return RedirectResponse(LIST.path, 303)
    opening, kind = found
    asked = one_question(kind, opening.outlook, visit.form.get("id"))
    question = Question(asked.document, asked.variables, opening.purpose, opening.mode)
    answer = read(await visit.door.ask(visit.token, question))
    node = None if answer.data is None else answer.data["node"]
    parts = [] if node is None else [_part(visit, answer, found, one, node) for one in links(kind, opening.outlook)]
    return visit.show(
        "resident.html",
        _status(answer, node),
        answer=answer,
        chosen=opening,
        kind=kind,
        node=node,
        fields=[] if node is None else _fields(visit, answer, kind, node),
        searched=searched(kind, visit.form),
        parts=[one for one in parts if one.whole.state != "withheld"],
    )


def _status(answer: Answer, node: object) -> int:
    if answer.is_refused:
        return answer.status
    return 404 if node is None else 200


def _fields(visit: Visit, answer: Answer, kind: TypeOutlook, node: dict[str, Any]) -> list[tuple[FieldOutlook, Cell]]:
    return [
        (one, cell(answer, (f"{kind.name}.{one.name}",), node[one.name], visit.site.masks))
        for one in shown(own_fields(kind))
    ]


def _part(
    visit: Visit, answer: Answer, chosen: tuple[Opening, TypeOutlook], link: FieldOutlook, node: dict[str, Any]
) -> Part:
    opening, kind = chosen
    target = opening.outlook.types[link.type]
    value = node.get(link.name)
    entities = value if isinstance(value, list) else [] if value is None else [value]
    columns = shown(own_fields(target))
    rows = [
        [cell(answer, (f"{target.name}.{one.name}",), entity[one.name], visit.site.masks) for one in columns]
        for entity in entities
    ]
    whole = cell(answer, (f"{kind.name}.{link.name}",), value or None, visit.site.masks)
    return Part(link, columns, rows, whole)


PAGE: Final = Page("/committee/resident", "committee", get=get, post=post)
