"""Refusals: what was asked and not given, newest first."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from portal.accesses import opening_of, search
from portal.log_words import LogWords
from portal.pages.officer import PAGE as OVERVIEW
from portal.visit import Page, Visit

REFUSALS: Final = ("refusal", "failure", "unidentified")


async def get(visit: Visit) -> Response:
    """The newest."""
    return await _listed(visit)


async def post(visit: Visit) -> Response:
    """A page of them, of one organisation where one is named."""
    return await _listed(visit)


async def _listed(visit: Visit) -> Response:
    opening = opening_of(visit.openings)
    if opening is None:
        return RedirectResponse(OVERVIEW.path, 303)
    organisation = visit.form.get("organisation")
    where = {"kind": {"in": list(REFUSALS)}} | ({"organisation": {"eq": organisation}} if organisation else {})
    return visit.show(
        "officer_refusals.html",
        (found := await search(visit, opening, where)).answer.status,
        opening=opening,
        words=LogWords(visit, opening),
        path=PAGE.path,
        wrong="",
        found=found,
    )


PAGE: Final = Page("/officer/refusals", "officer", get=get, post=post)
