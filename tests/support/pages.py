"""A browser without a window: the pages of a city over ASGI, with cookies, forms as they stand, and no scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.support.city import City

BASE = "http://127.0.0.1:8000"
FROM_HERE = {"sec-fetch-site": "same-origin"}


@dataclass
class Control:
    """One input, choice or button of a form, as it stands."""

    name: str
    value: str
    kind: str


@dataclass
class HtmlForm:
    """One form: where it goes, and what it would send as it stands, buttons apart."""

    action: str
    method: str
    id: str = ""
    controls: list[Control] = field(default_factory=list)

    def sent(self) -> list[tuple[str, str]]:
        return [(one.name, one.value) for one in self.controls if one.name and one.kind != "button"]

    def buttons(self) -> list[tuple[str, str]]:
        return [(one.name, one.value) for one in self.controls if one.kind == "button" and one.name]


class _Reader(HTMLParser):
    """Collects the forms and the visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[HtmlForm] = []
        self.text: list[str] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append(HtmlForm(given.get("action") or "", given.get("method") or "get", given.get("id") or ""))
        if not self.forms:
            return
        named = [one for one in self.forms if one.id and one.id == given.get("form")]
        controls = (named or self.forms)[-1].controls
        if tag == "input" and (given.get("type") not in {"radio", "checkbox"} or "checked" in given):
            controls.append(Control(name, value, "input"))
        elif tag == "button":
            controls.append(Control(name, value, "button"))
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            controls.append(Control(self._select, value, "input"))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@dataclass(frozen=True)
class Shown:
    """One page that came back."""

    response: httpx.Response
    forms: Sequence[HtmlForm]
    text: str

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def html(self) -> str:
        return self.response.text

    def form(self, action: str) -> HtmlForm:
        return next(one for one in self.forms if one.action == action)

    @property
    def mark(self) -> str:
        return next(one.value for form in self.forms for one in form.controls if one.name == "mark")


class Pages:
    """One browser at the pages of one city."""

    def __init__(self, city: City, *, base: str = BASE, headers: Mapping[str, str] | None = None) -> None:
        self.city = city
        transport = httpx.ASGITransport(app=city.app, raise_app_exceptions=True)
        self.client = httpx.AsyncClient(
            transport=transport, base_url=base, headers={**FROM_HERE, "accept-language": "en", **(headers or {})}
        )

    def close(self) -> None:
        self.city.run(self.client.aclose())

    def get(self, path: str, **options: Any) -> Shown:
        return _shown(self.city.run(self.client.get(path, **options)))

    def post(self, path: str, fields: Sequence[tuple[str, str]] | Mapping[str, str], **options: Any) -> Shown:
        pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
        content = urlencode(pairs).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", **options.pop("headers", {})}
        return _shown(self.city.run(self.client.post(path, content=content, headers=headers, **options)))

    def send(self, page: Shown, action: str, *more: tuple[str, str], without: Sequence[str] = ()) -> Shown:
        """Send a form of a page as it stands, with more fields, and without some."""
        fields = [pair for pair in page.form(action).sent() if pair[0] not in without]
        return self.post(action, [*fields, *more])

    def sign_in(self, person: str) -> Shown:
        entrance = self.get("/sign-in")
        came = self.send(entrance, "/sign-in/development", ("person", person), without=["person"])
        assert came.status == 303, came.text
        return self.get("/")

    def session(self) -> str:
        value: str = self.client.cookies["tongguan-session"]
        return value

    def residents(self, *more: tuple[str, str], purpose: str = "epidemic-control/ordinary") -> Shown:
        """The committee's list for a purpose."""
        return self.send(self.get("/committee"), "/committee", ("purpose", purpose), *more, without=["purpose"])


def _shown(response: httpx.Response) -> Shown:
    reader = _Reader()
    if "html" in response.headers.get("content-type", ""):
        reader.feed(response.text)
    return Shown(response, reader.forms, re.sub(r"\s+", " ", " ".join(reader.text)))
