"""Sign-in: with the city's identity provider, or in a city of made-up people as one of them.

Going to the provider takes a form of our own, so that no other site can begin it. The browser is then sent on by the
page itself, because a form may lead nowhere but here (`form-action 'self'`).
"""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from portal.contract import RefusedError
from portal.cookies import SESSION, SIGN_IN, VISITOR
from portal.visit import Page, Visit

ENTRANCE: Final = "/sign-in"
RETURN: Final = "/sign-in/return"
_TAKEN: Final = ("code", "state", "iss", "error")


async def get(visit: Visit) -> Response:
    """How one can sign in here."""
    if visit.person is not None:
        return RedirectResponse("/", 303)
    return visit.show("sign_in.html")


async def start(visit: Visit) -> Response:
    """Go to the provider."""
    begun = await visit.door.begin_sign_in()
    response = visit.show("sign_in_leave.html", url=begun.url)
    visit.cookies.write(response, SIGN_IN, begun.kept)
    return response


async def back(visit: Visit) -> Response:
    """Come back from the provider, with what it says in the address; the next address says nothing of it."""
    kept = visit.cookies.read(visit.request, SIGN_IN)
    given = visit.request.query_params.multi_items()
    returned = {name: value for name, value in given if name in _TAKEN}
    if len(returned) != sum(name in _TAKEN for name, _ in given):
        raise RefusedError("SIGN_IN_FAILED", 400)  # a parameter that stands twice (RFC 6749, section 3.1)
    token = await visit.door.finish_sign_in(kept, returned)
    return await _signed_in(visit, token)


async def development(visit: Visit) -> Response:
    """Sign in as a made-up person."""
    return await _signed_in(visit, visit.door.development_token(visit.form.get("person")))


async def _signed_in(visit: Visit, token: str) -> Response:
    """A new session in the place of whatever this browser had before, so that nobody can plant one (fixation)."""
    session = await visit.door.open_session(token)
    if visit.session:
        await visit.door.end_session(visit.session)
    response = RedirectResponse("/", 303)
    visit.cookies.write(response, SESSION, session)
    for name in (SIGN_IN, VISITOR):
        visit.cookies.drop(response, name)
    return response


PAGE: Final = Page(ENTRANCE, "sign_in", get=get, is_public=True)
START: Final = Page("/sign-in/start", "sign_in", post=start, is_public=True)
BACK: Final = Page(RETURN, "sign_in", get=back, is_public=True)
DEVELOPMENT: Final = Page("/sign-in/development", "sign_in", post=development, is_public=True)
