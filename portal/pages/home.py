"""The first page: who one is here, for what one may look, and where to go."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from portal.visit import Page, Visit


async def get(visit: Visit) -> Response:
    """The pages that open something, and the purposes that do."""
    return visit.show("home.html", cards=[one for one in visit.menu if one.path != PAGE.path])


PAGE: Final = Page("/", "home", get=get, is_for=lambda _: True)
