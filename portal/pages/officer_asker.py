"""What did this person see: by who asked, their organisation, the kind of entry and the days."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from portal.accesses import KINDS, NotADayError, days, opening_of, search
from portal.forms import Form
from portal.log_words import LogWords
from portal.pages.officer import PAGE as OVERVIEW
from portal.visit import Page, Visit


async def get(_: Visit) -> Response:
    """Nobody is named in an address: back to the form."""
    return RedirectResponse(OVERVIEW.path, 303)


async def post(visit: Visit) -> Response:
    """Entries by who asked, newest first."""
    opening = opening_of(visit.openings)
    if opening is None:
        return RedirectResponse(OVERVIEW.path, 303)
    context = {"opening": opening, "words": LogWords(visit, opening), "kinds": KINDS, "path": PAGE.path, "wrong": ""}
    try:
        where = _where(visit.form)
    except NotADayError:
        return visit.show("officer_asker.html", 400, **{**context, "found": None, "wrong": "officer.day.wrong"})
    if not where:
        return visit.show("officer_asker.html", 400, **{**context, "found": None, "wrong": "officer.asker.none"})
    found = await search(visit, opening, where)
    return visit.show("officer_asker.html", found.answer.status, **context, found=found)


def _where(form: Form) -> dict[str, Any]:
    where: dict[str, Any] = {
        field: {"eq": form.get(name)}
        for field, name in (("person", "by"), ("organisation", "organisation"))
        if form.get(name)
    }
    if form.get("kind") in KINDS:
        where["kind"] = {"eq": form.get("kind")}
    return where | ({"at": between} if (between := days(form)) else {})


PAGE: Final = Page("/officer/asker", "officer", get=get, post=post)
