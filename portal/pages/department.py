"""A department's page: a question in an editor, its answer with masks marked, its plan, and drafts of agreements.

Without scripts it is a form like any other; with them the editor completes and checks, and answers come into the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from portal.answer import Answer, read
from portal.contract import Question, RefusedError
from portal.drafts import drafts
from portal.introspection import DOCUMENT
from portal.listing import own_fields, shown
from portal.tables import MOST_ROWS, tables
from portal.visit import Opening, Page, Visit
from vocabulary.outlook import Outlook
from vocabulary.principal import Mode

_PLACE: Final = re.compile(r"\(line (\d+), column (\d+)\)")
_FIELDS_AT_FIRST: Final = 6


class NotVariablesError(ValueError):
    """What stands in the place of the variables is no JSON object."""


async def get(visit: Visit) -> Response:
    """An editor with a first question that this person could ask."""
    opening = visit.openings[0] if visit.openings else None
    fields = {
        "purpose": opening.purpose if opening else "",
        "mode": Mode.ORDINARY.value,
        "agreement": "",
        "document": first_question(opening.outlook) if opening else "",
        "variables": "",
    }
    return visit.show("department.html", fields=fields, answer=None, **_context(visit))


async def post(visit: Visit) -> Response:
    """Ask, or plan; as a whole page, or (for the script) the answer alone."""
    form = visit.form
    fields = {name: form.get(name) for name in ("purpose", "mode", "agreement")}
    fields |= {name: form.text(name) for name in ("document", "variables")}
    context: dict[str, Any] = _context(visit)
    status, answer = 200, None
    try:
        question = _question(fields)
    except NotVariablesError:
        status, context["is_wrong"] = 400, True
    else:
        is_plan = form.get("go") == "plan"
        reply = await (visit.door.plan if is_plan else visit.door.ask)(visit.token, question)
        answer = read(reply)
        if is_plan and not answer.is_refused:
            context["plan"] = answer.data["plan"]
        status = answer.status if answer.is_refused else 200
        context |= _found(visit, answer, await _outlook(visit, question), is_plan=is_plan)
        context["raw"] = json.dumps(json.loads(reply.body), ensure_ascii=False, indent=2)
    template = "department_answer.html" if form.get("part") else "department.html"
    return visit.show(template, status, fields=fields, answer=answer, **context)


async def schema(visit: Visit) -> Response:
    """The visible schema for the editor: asked like a question, and on record like one."""
    purposes = [visit.form.get("purpose"), *(one.purpose for one in visit.openings), *visit.site.purposes]
    purpose = next(one for one in purposes if one in visit.site.purposes)
    reply = await visit.door.ask(visit.token, Question(DOCUMENT, purpose=purpose))
    return Response(reply.body, reply.status, media_type="application/json")


def first_question(outlook: Outlook) -> str:
    """A short question about whatever can be listed, so that nobody begins with an empty page."""
    listed = [one for one in outlook.types.values() if one.collection and one.is_open]
    for kind in sorted(listed, key=lambda one: not one.is_person):
        names = " ".join(one.name for one in shown(own_fields(kind))[:_FIELDS_AT_FIRST])
        return (
            f"query First {{\n  {kind.collection}(first: 10) {{\n    nodes {{\n      id {names}\n    }}\n"
            "    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n"
        )
    return "{\n  __typename\n}\n"


def _context(visit: Visit) -> dict[str, Any]:
    opened = list(dict.fromkeys(one.purpose for one in visit.openings))
    return {
        "opened": opened,
        "closed": [one for one in visit.site.purposes if one not in opened],
        "modes": [one.value for one in Mode],
        "plan": "",
        "raw": "",
        "is_wrong": False,
        "most": MOST_ROWS,
    }


def _question(fields: Mapping[str, str]) -> Question:
    try:
        variables = json.loads(fields["variables"]) if fields["variables"].strip() else {}
    except (json.JSONDecodeError, RecursionError):
        raise NotVariablesError from None
    if not isinstance(variables, dict):
        raise NotVariablesError
    said = (fields["purpose"], fields["mode"], fields["agreement"])
    return Question(fields["document"], variables, *said, is_written=True)


async def _outlook(visit: Visit, question: Question) -> Opening | None:
    """What the fields of an answer are called, and who answers for them; None where the question itself was refused."""
    try:
        outlook = await visit.door.outlook(visit.token, question)
    except RefusedError:
        return None
    return Opening(question.purpose, question.mode, visit.site.purposes[question.purpose], outlook)


def _found(visit: Visit, answer: Answer, opening: Opening | None, *, is_plan: bool) -> dict[str, Any]:
    places = [place for one in answer.problems for place in _PLACE.findall(one.message)]
    found: dict[str, Any] = {"places": " ".join(f"{line}:{column}" for line, column in places)}
    if opening is None:
        opening = Opening(answer.code, "", next(iter(visit.site.purposes.values())), Outlook("", "", "", {}))
    return found | {
        "tables": () if is_plan else tables(answer, visit.site.masks),
        "drafts": drafts(answer.withheld),
        "label": visit.labels(opening),
        "contact": visit.contacts(opening),
    }


PAGE: Final = Page("/department", "department", get=get, post=post, is_for=bool)
SCHEMA: Final = Page("/department/schema", "department", post=schema)
