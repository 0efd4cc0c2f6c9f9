"""Who saw this person: by an identity number, which travels in the body of a form and is kept nowhere."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from portal.accesses import KINDS, opening_of, search
from portal.log_words import LogWords
from portal.pages.officer import PAGE as OVERVIEW
from portal.visit import Page, Visit


async def get(_: Visit) -> Response:
    """Nobody is named in an address: back to the form."""
    return RedirectResponse(OVERVIEW.path, 303)


async def post(visit: Visit) -> Response:
    """Entries that name the person, newest first."""
    opening = opening_of(visit.openings)
    if opening is None:
        return RedirectResponse(OVERVIEW.path, 303)
    person, kind = visit.form.get("subject"), visit.form.get("kind")
    context = {"opening": opening, "words": LogWords(visit, opening), "kinds": KINDS, "path": PAGE.path, "wrong": ""}
    if not person:
        return visit.show("officer_subject.html", 400, **{**context, "found": None, "wrong": "officer.subject.none"})
    where = {"subject": {"eq": person}} | ({"kind": {"eq": kind}} if kind in KINDS else {})
    found = await search(visit, opening, where)
    return visit.show("officer_subject.html", found.answer.status, **context, found=found)


PAGE: Final = Page("/officer/subject", "officer", get=get, post=post)
