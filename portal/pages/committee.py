"""A committee's own residents: for a purpose in plain words, filtered by what one sees plainly, page by page.

Everything that could say something about a person travels in the body of a form, never in an address.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from portal.answer import Answer, at, read
from portal.cells import Cell, cell
from portal.contract import Question
from portal.listing import NotAFilterError, filters_of, list_question, own_fields, people_of, searched, shown
from portal.paging import place
from portal.visit import Opening, Page, Visit
from vocabulary.outlook import TypeOutlook


async def get(visit: Visit) -> Response:
    """Choose what it is for."""
    return visit.show("committee.html", choices=choices(visit), chosen=None)


async def post(visit: Visit) -> Response:
    """A page of the list."""
    found = choice(visit)
    if found is None:
        return visit.show("committee.html", 400, choices=choices(visit), chosen=None)
    opening, kind = found
    after, trail = place(visit.form)
    context: dict[str, Any] = {"choices": choices(visit), "chosen": opening, "kind": kind, "filters": filters_of(kind)}
    context |= {"searched": searched(kind, visit.form)}
    try:
        asked = list_question(kind, visit.form, after)
    except NotAFilterError as error:
        return visit.show("committee.html", 400, **context, answer=None, wrong=error.name)
    question = Question(asked.document, asked.variables, opening.purpose, opening.mode)
    answer = read(await visit.door.ask(visit.token, question))
    page = at(answer.data, [kind.collection, "pageInfo"]) or {}
    return visit.show(
        "committee.html",
        answer.status if answer.is_refused else 200,
        **context,
        answer=answer,
        columns=shown(own_fields(kind)),
        rows=_rows(visit, kind, answer),
        here=after,
        trail=trail,
        on=page.get("endCursor") if page.get("hasNextPage") else None,
        wrong="",
    )


def choices(visit: Visit) -> list[tuple[Opening, TypeOutlook]]:
    """The purposes under which this person may list people, and whom."""
    return [(opening, kind) for opening in visit.openings for kind in people_of(opening.outlook)]


def choice(visit: Visit) -> tuple[Opening, TypeOutlook] | None:
    """The one that the form names; None for one that opens nothing for this person."""
    purpose, kind = visit.form.get("purpose"), visit.form.get("kind")
    for opening, one in choices(visit):
        if opening.key == purpose and kind in {"", one.name}:
            return opening, one
    return None


def _rows(visit: Visit, kind: TypeOutlook, answer: Answer) -> list[tuple[str, list[Cell]]]:
    """Each row's sealed id, and its cells in the order of the columns."""
    nodes = at(answer.data, [kind.collection, "nodes"]) or []
    names = [one.name for one in shown(own_fields(kind))]
    return [
        (node["id"], [cell(answer, (f"{kind.name}.{name}",), node[name], visit.site.masks) for name in names])
        for node in nodes
    ]


PAGE: Final = Page(
    "/committee",
    "committee",
    get=get,
    post=post,
    is_for=lambda openings: any(people_of(one.outlook) for one in openings),
)
