"""The choice of a language, kept in a cookie."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from portal.cookies import LANGUAGE
from portal.language import LANGUAGES
from portal.visit import Page, Visit


async def post(visit: Visit) -> Response:
    """Keep the language, and go back to the page that it was chosen on: one of the menu's, and no other address."""
    back = visit.form.get("back")
    known = {one.path for one in visit.menu}
    response = RedirectResponse(back if back in known else "/", 303)
    if visit.form.get("language") in LANGUAGES:
        visit.cookies.write(response, LANGUAGE, visit.form.get("language"))
    return response


PAGE: Final = Page("/language", "home", post=post, is_public=True)
