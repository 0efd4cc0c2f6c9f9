"""The door between the pages and the exchange: what `federation/app.py` hands in, and all that a page can get.

Nothing here gives data but `ask`, and that is the pipeline of `POST /graphql`: the same identification, decision,
receipt, bound and body. The other methods tell what somebody could ask for, or who they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vocabulary.catalogue import MaskDeclaration, Organisation, Words
from vocabulary.outlook import Outlook
from vocabulary.principal import Principal
from vocabulary.shape import Shape


class RefusedError(Exception):
    """Refused by the exchange, by its code (docs/errors.md), or by the pages, by one of their own (`texts/codes.py`).

    `message` holds no value of a record: it may be shown.
    """

    def __init__(self, code: str, status: int, message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks, in whose words it is asked: the envelope of GraphQL over HTTP.

    `is_written`: somebody wrote the document, so a trusted list, where there is one, says whether it runs.
    """

    document: str
    variables: Mapping[str, object] = field(default_factory=dict)
    purpose: str = ""
    mode: str = ""
    agreement: str = ""
    operation: str | None = None
    is_written: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What `/graphql` would have sent: `code` is OK or the code of the refusal, `body` the JSON of either.

    `shape` says which coordinates stand behind each key of the answer; empty for a refusal.
    """

    code: str
    status: int
    body: bytes = field(repr=False)
    shape: Shape = field(default_factory=Shape)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in; `ends` is when their token does, in seconds since 1970."""

    principal: Principal
    organisation: Organisation
    roles: tuple[Words, ...]
    ends: float


@dataclass(frozen=True, slots=True)
class DevelopmentPerson:
    """A made-up person of the demo city, by the name that development sign-in takes."""

    name: str
    organisation: Words
    roles: tuple[Words, ...]
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages have in common.

    `origin` is where browsers reach the pages (`https://…`), or empty: then only this machine's own names are answered.
    `hosts` are names that are answered besides. `people` are those of development sign-in, none where it is off.
    `log_key` is the public key that checkpoints of the log are verified with (its vkey).
    """

    name: str
    operator: Organisation
    origin: str
    hosts: frozenset[str]
    is_secure: bool
    has_provider: bool
    people: tuple[DevelopmentPerson, ...]
    purposes: Mapping[str, Words]
    masks: Mapping[str, MaskDeclaration]
    organisations: Mapping[str, Organisation]
    owners: Mapping[str, str]
    body_limit: int
    log_key: str

    @property
    def is_development(self) -> bool:
        """Whether anybody can be anybody here, which every page says loudly."""
        return bool(self.people)


@dataclass(frozen=True, slots=True)
class SigningIn:
    """A sign-in that has begun: where the browser goes, and what it keeps meanwhile, sealed."""

    url: str
    kept: str


class Door(Protocol):
    """One exchange, as its pages see it. Every method that names a token raises `RefusedError` for one that fails."""

    @property
    def site(self) -> Site:
        """What all pages have in common."""

    async def ask(self, token: str, question: Question) -> Reply:
        """Ask, exactly as `POST /graphql`; a refusal is a reply with its code.

        What it raises came after the answer, whose masks could not be told any more: then nothing of it is shown.
        """

    async def plan(self, token: str, question: Question) -> Reply:
        """The plan of a question as text under `data.plan`, on record like a question; nothing is asked."""

    async def outlook(self, token: str, question: Question) -> Outlook:
        """What could be seen for the purpose, mode and agreement of a question; its document is not looked at."""

    async def person(self, token: str) -> Person:
        """Who the token speaks for."""

    async def open_session(self, token: str) -> str:
        """Keep a token that the exchange trusts; the new secret that a browser keeps in its place.

        Sealed at rest; it ends with the token, after the longest time of a session, or when nobody asks for a while.
        """

    async def token(self, session: str) -> str | None:
        """The token of a session that stands; None for one that has ended or never was."""

    async def end_session(self, session: str) -> None:
        """End a session for good; one that is none is no error."""

    async def begin_sign_in(self) -> SigningIn:
        """Begin a sign-in with the identity provider (OIDC authorization code flow with PKCE, state and nonce)."""

    async def finish_sign_in(self, kept: str, returned: Mapping[str, str]) -> str:
        """The token that the provider gives for what the browser came back with; RefusedError SIGN_IN_FAILED."""

    def development_token(self, name: str) -> str:
        """A token of a made-up person; RefusedError where development sign-in is off, or there is no such person."""

    def mark(self, use: str, text: str) -> str:
        """An authenticator of a text, by a key of the exchange's own for this use (HMAC-SHA256)."""
