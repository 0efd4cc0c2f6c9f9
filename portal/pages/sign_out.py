"""Sign-out: the session ends in the exchange, not only in this browser."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from portal.cookies import SESSION
from portal.pages.sign_in import ENTRANCE
from portal.visit import Page, Visit


async def post(visit: Visit) -> Response:
    """End the session."""
    await visit.door.end_session(visit.session)
    response = RedirectResponse(ENTRANCE, 303)
    visit.cookies.drop(response, SESSION)
    response.headers["clear-site-data"] = '"cache"'  # what a browser kept of pages, against our word
    return response


PAGE: Final = Page("/sign-out", "sign_in", post=post)
