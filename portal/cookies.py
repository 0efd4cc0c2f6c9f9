"""The cookies of the pages. None holds data: a session's secret, a visitor's number, a sealed sign-in, a language."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "tongguan-session"
VISITOR: Final = "tongguan-visitor"
SIGN_IN: Final = "tongguan-sign-in"
LANGUAGE: Final = "tongguan-language"
_YEAR: Final = 31_536_000
_LASTS: Final = {SIGN_IN: 600, LANGUAGE: _YEAR}
"""Seconds; the others end with the browser."""


class Cookies:
    """Reads and writes them. Over https, `__Host-` keeps other names of the same domain from setting one.

    All are HttpOnly, SameSite=Lax (the provider's way back is a plain link from another site) and for every path.
    """

    def __init__(self, *, is_secure: bool) -> None:
        self._is_secure = is_secure
        self._prefix = "__Host-" if is_secure else ""

    def read(self, request: Request, name: str) -> str:
        """The value of a cookie, or empty."""
        return request.cookies.get(self._prefix + name, "")

    def write(self, response: Response, name: str, value: str) -> None:
        """Have the browser keep a cookie."""
        response.set_cookie(
            self._prefix + name,
            value,
            max_age=_LASTS.get(name),
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, response: Response, name: str) -> None:
        """Have the browser forget a cookie."""
        response.delete_cookie(self._prefix + name, path="/", secure=self._is_secure, httponly=True, samesite="lax")
