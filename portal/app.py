"""The pages as one ASGI application: what every request goes through before a page answers it.

our name → language → session → person → own form → the page → headers. Whatever goes wrong on the way is a page that
says so in plain words.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from portal.contract import Door, Person, RefusedError
from portal.cookies import LANGUAGE, SESSION, VISITOR, Cookies
from portal.forms import Form, read_form
from portal.guard import HEADERS, is_sent_by_another, require_mark, require_our_name, require_own_form
from portal.language import Say, choose
from portal.pages import ENTRANCE, PAGES, RETURN, START
from portal.static_files import PREFIX, StaticFiles
from portal.templates_of import Templates
from portal.texts import TEXTS
from portal.visit import Page, Visit, find_openings

__all__ = ["RETURN", "Portal"]

_LOGGER = logging.getLogger("tongguan.pages")
_SESSION_OVER: Final = frozenset({"TOKEN_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED"})
_NOBODY: Final = Page("", "error.title", is_public=True)


class Portal:
    """The pages of one exchange."""

    def __init__(self, door: Door, pages: tuple[Page, ...] = PAGES) -> None:
        self._door = door
        self._pages = {page.path: page for page in pages}
        self._files = StaticFiles()
        self._templates = Templates(self._files)
        self._cookies = Cookies(is_secure=door.site.is_secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        request = Request(scope, receive)
        response = await self._answer(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("cache-control", "no-store")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        visit = self._nobody(request)
        try:
            require_our_name(request.headers.get("host", ""), self._door.site)
            path = request.scope["path"]
            if path.startswith(PREFIX):
                return self._files.answer(path)
            visit = replace(visit, page=self._found(path))
            visit = await self._known(visit)
            return await self._page(visit)
        except RefusedError as refused:
            return await self._refused(visit, refused)
        except Exception:
            _LOGGER.exception("failure")  # its type and places; the formatter leaves the text out
            return self._sorry(visit, RefusedError("INTERNAL", 500))

    def _found(self, path: str) -> Page:
        page = self._pages.get(path)
        if page is None:
            raise RefusedError("PAGE_MISSING", 404)
        return page

    def _nobody(self, request: Request) -> Visit:
        language = choose(self._cookies.read(request, LANGUAGE), request.headers.get("accept-language", ""))
        return Visit(request, self._door, self._cookies, Say(language, TEXTS), _NOBODY, "", self._templates.draw)

    async def _known(self, visit: Visit) -> Visit:
        """With whoever is signed in, and the mark that forms of this browser carry."""
        secret = self._cookies.read(visit.request, SESSION)
        token = await self._door.token(secret) if secret else None
        if token is None:
            visitor = self._cookies.read(visit.request, VISITOR) or secrets.token_urlsafe(32)
            return replace(visit, mark=self._mark(visitor), visitor=visitor)
        visit = replace(visit, mark=self._mark(secret), session=secret)
        person: Person | None = await self._door.person(token)
        openings = await find_openings(self._door, token)
        menu = tuple(one for one in self._pages.values() if one.is_for is not None and one.is_for(openings))
        return replace(visit, token=token, person=person, openings=openings, menu=menu)

    async def _page(self, visit: Visit) -> Response:
        page, request = visit.page, visit.request
        handler = {"GET": page.get, "HEAD": page.get, "POST": page.post}.get(request.method)
        if handler is None:
            raise RefusedError("METHOD_NOT_ALLOWED", 405)
        if visit.person is None and not page.is_public:
            if self._cookies.read(request, SESSION):
                raise RefusedError("SESSION_ENDED", 401)
            return RedirectResponse(ENTRANCE, 303)
        is_led = request.method != "POST" and is_sent_by_another(request.headers)
        if is_led and not page.is_public and page.path != START:
            return RedirectResponse(START, 303)  # a page may ask when it is opened: no other site makes it do so
        if request.method == "POST":
            visit = replace(visit, form=await self._form(visit))
        response = await handler(visit)
        if visit.visitor and visit.visitor != self._cookies.read(request, VISITOR):
            self._cookies.write(response, VISITOR, visit.visitor)
        return response

    async def _form(self, visit: Visit) -> Form:
        """The form that was sent, if it was sent from a page of ours in this very session."""
        headers = visit.request.headers
        require_own_form(headers, headers.get("host", ""), self._door.site)
        form = await read_form(visit.request, self._door.site.body_limit)
        require_mark(form.get("mark"), visit.mark)
        return form

    def _mark(self, secret: str) -> str:
        return self._door.mark("form", secret)

    async def _refused(self, visit: Visit, refused: RefusedError) -> Response:
        if refused.code not in _SESSION_OVER and refused.code != "SESSION_ENDED":
            return self._sorry(visit, refused)
        if visit.session:
            await self._door.end_session(visit.session)
        response = self._sorry(replace(visit, person=None, menu=()), RefusedError("SESSION_ENDED", 401))
        self._cookies.drop(response, SESSION)
        return response

    @staticmethod
    def _sorry(visit: Visit, refused: RefusedError) -> Response:
        response = visit.show("error.html", refused.status, refused=refused)
        if refused.status == 405:  # noqa: PLR2004  (RFC 9110, section 15.5.6)
            page: Any = visit.page
            response.headers["allow"] = ", ".join(name for name in ("GET", "POST") if getattr(page, name.lower()))
        return response
