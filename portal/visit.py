"""One request to the pages: who looks, in which language, and what came with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from portal.contract import Door, Person, Question, RefusedError, Site
from portal.cookies import Cookies
from portal.forms import Form
from portal.language import Say
from vocabulary.catalogue import Words
from vocabulary.outlook import Outlook
from vocabulary.principal import Mode


@dataclass(frozen=True, slots=True)
class Opening:
    """A purpose and mode that open something for this person; `key` names both in a form."""

    purpose: str
    mode: str
    words: Words
    outlook: Outlook

    @property
    def key(self) -> str:
        """How forms name it."""
        return f"{self.purpose}/{self.mode}"

    @property
    def is_emergency(self) -> bool:
        """Whether it is open only while an emergency is in force."""
        return self.mode == Mode.EMERGENCY


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page gets. `person` and `token` are None and empty on the pages for everybody."""

    request: Request
    door: Door
    cookies: Cookies
    say: Say
    page: Page
    mark: str
    draw: Callable[[str, dict[str, Any]], str] = field(repr=False)
    menu: tuple[Page, ...] = ()
    openings: tuple[Opening, ...] = ()
    form: Form = field(default_factory=Form, repr=False)
    person: Person | None = None
    token: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    visitor: str = field(default="", repr=False)

    @property
    def site(self) -> Site:
        """What all pages have in common."""
        return self.door.site

    def show(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page of ours, filled in."""
        text = self.draw(template, {"visit": self, "say": self.say, "site": self.site, **context})
        return Response(text, status, media_type="text/html")

    def keys_of(self, *begins: str) -> list[str]:
        """The keys of texts that begin so: those that a script of the page shows."""
        return [key for key in self.say.texts if key.startswith(begins)]

    def way(self, opening: Opening, kind: str, name: str) -> str:
        """How a field is shown for a purpose; empty where it is not."""
        types = opening.outlook.types
        known = types[kind].fields.get(name) if kind in types else None
        return known.way if known else ""

    def is_shown(self, kind: str, name: str) -> bool:
        """Whether some purpose shows a field somehow."""
        return any(self.way(one, kind, name) for one in self.openings)

    def labels(self, opening: Opening) -> Callable[[str], str]:
        """What a coordinate is called in the reader's language."""
        return lambda coordinate: self.say.part(text) if (text := _text(opening.outlook, coordinate)) else coordinate

    def contacts(self, opening: Opening) -> Callable[[str], str]:
        """Whom to ask for a coordinate: the organisation that answers for it, and its address."""

        def contact(coordinate: str) -> str:
            kind, _, name = coordinate.partition(".")
            fields = opening.outlook.types[kind].fields if kind in opening.outlook.types else {}
            owner = self.site.organisations.get(fields[name].owner) if name in fields else None
            owner = owner or self.site.operator
            return f"{self.say.of(owner.name)} {owner.contact}"

        return contact


def _text(outlook: Outlook, coordinate: str) -> str:
    kind, _, name = coordinate.partition(".")
    if kind not in outlook.types or name not in outlook.types[kind].fields:
        return ""
    return outlook.types[kind].fields[name].text


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its address, the text that names it, and what answers `GET` and `POST`.

    `is_public`: for everybody, else one must have signed in. `is_for` says to whom the menu offers it; it guards
    nothing: whoever opens a page sees what the exchange shows them, and else nothing.
    """

    path: str
    name: str
    get: Handler | None = None
    post: Handler | None = None
    is_public: bool = False
    is_for: Callable[[tuple[Opening, ...]], bool] | None = None


_MODES: Final = (Mode.ORDINARY, Mode.EMERGENCY)


async def find_openings(door: Door, token: str) -> tuple[Opening, ...]:
    """The purposes and modes that open something for whoever the token speaks for, in the order of the catalogue."""

    async def look(purpose: str, words: Words, mode: Mode) -> Opening | None:
        try:
            outlook = await door.outlook(token, Question("", purpose=purpose, mode=mode))
        except RefusedError as refused:
            if refused.code == "EMERGENCY_MISSING":
                return None
            raise
        return Opening(purpose, mode, words, outlook) if outlook.is_open else None

    looked = await asyncio.gather(
        *(look(purpose, words, mode) for purpose, words in door.site.purposes.items() for mode in _MODES)
    )
    return tuple(one for one in looked if one is not None)
