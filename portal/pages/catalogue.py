"""The catalogue: every type and field that one's organisation can see in the graph, and what each means."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from portal.answer import read
from portal.contract import Question
from portal.introspection import DOCUMENT, kinds
from portal.visit import Page, Visit


async def get(visit: Visit) -> Response:
    """The whole visible schema, with what each field is to this person for each purpose."""
    purposes = [*(one.purpose for one in visit.openings), *visit.site.purposes]
    answer = read(await visit.door.ask(visit.token, Question(DOCUMENT, purpose=purposes[0])))
    if answer.is_refused:
        return visit.show("catalogue.html", answer.status, answer=answer, kinds=())
    return visit.show("catalogue.html", answer=answer, kinds=kinds(answer.data["__schema"]))


PAGE: Final = Page("/catalogue", "catalogue", get=get, is_for=bool)
