"""What the pages get of the exchange: `portal.contract.Door`, over the same pipeline and bounds as `POST /graphql`."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar
from urllib.parse import urlsplit

from democity.personas import PERSONAS
from federation.errors import Code, Refusal
from federation.http.answering import Answering
from federation.identity import Identity, SignIn, SignInError
from federation.identity.credentials import Credentials
from federation.issuing import issue
from federation.keys import KeyRing
from federation.pipeline import Pipeline, now
from federation.sessions import Sessions, SessionsUnavailableError
from federation.settings import Settings
from federation.stages import Asked
from portal.contract import DevelopmentPerson, Door, Person, Question, RefusedError, Reply, SigningIn, Site
from vocabulary.catalogue import Catalogue, Words
from vocabulary.outlook import Outlook
from vocabulary.shape import Shape

_LOGGER = logging.getLogger("tongguan.pages")
_DEVELOPMENT = 8 * 3600  # seconds that a development token is good for

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PagesDoor:
    """One exchange, as its pages see it; wired in `app.py`. `sign_in` is None where no provider is set."""

    site: Site
    settings: Settings
    catalogue: Catalogue
    keys: KeyRing
    identity: Identity
    pipeline: Pipeline
    answering: Answering
    sessions: Sessions
    sign_in: SignIn | None

    async def ask(self, token: str, question: Question) -> Reply:
        """Ask, exactly as `POST /graphql`."""
        reply = await self.answering.answer(_read(token, question))
        shape = Shape()
        if reply.code == "OK":  # the document is one that was read a moment ago
            shape = await self._told(self.pipeline.shape(_asked(token, question)))
        return Reply(reply.code, reply.status, reply.body, shape)

    async def plan(self, token: str, question: Question) -> Reply:
        """The plan of a question, on record; nothing is asked."""
        reply = await self.answering.plan(_read(token, question))
        return Reply(reply.code, reply.status, reply.body)

    async def outlook(self, token: str, question: Question) -> Outlook:
        """What could be seen for the purpose, mode and agreement of a question."""
        return await self._told(self.pipeline.outlook(_asked(token, question)))

    async def person(self, token: str) -> Person:
        """Who the token speaks for."""
        principal = await self._told(self.pipeline.principal(_asked(token, Question(""))))
        ends = await self._told(self.identity.ends(token))
        organisation = self.catalogue.organisations[principal.organisation]
        return Person(principal, organisation, _roles(self.catalogue, sorted(principal.roles)), ends)

    async def open_session(self, token: str) -> str:
        """Keep a token that the exchange trusts."""
        person = await self.person(token)
        owner = f"{person.principal.organisation}\n{person.principal.id}"
        return await self._kept(self.sessions.open, token, owner, person.ends)

    async def token(self, session: str) -> str | None:
        """The token of a session that stands."""
        return await self._kept(self.sessions.token, session)

    async def end_session(self, session: str) -> None:
        """End a session for good."""
        await self._kept(self.sessions.end, session)

    async def begin_sign_in(self) -> SigningIn:
        """Begin a sign-in with the identity provider."""
        if self.sign_in is None:
            raise RefusedError("SIGN_IN_FAILED", 404)
        try:
            return SigningIn(*await self.sign_in.begin())
        except SignInError as error:
            raise _not_signed_in(error, 503) from None

    async def finish_sign_in(self, kept: str, returned: Mapping[str, str]) -> str:
        """The token that the provider gives for what the browser came back with."""
        if self.sign_in is None:
            raise RefusedError("SIGN_IN_FAILED", 404)
        try:
            return await self.sign_in.finish(kept, returned)
        except SignInError as error:
            raise _not_signed_in(error, 400) from None

    def development_token(self, name: str) -> str:
        """A token of a made-up person."""
        if name not in {one.name for one in self.site.people}:
            raise RefusedError("SIGN_IN_FAILED", 404)
        one = PERSONAS[name]
        return issue(
            self.settings.keys,
            person=one.person,
            organisation=one.organisation,
            roles=one.roles,
            areas=one.areas,
            application=one.application,
            issuer=self.settings.issuer,
            audience=self.settings.audience,
            seconds=_DEVELOPMENT,
        )

    def mark(self, use: str, text: str) -> str:
        """An authenticator of a text, by a key for this use."""
        return hmac.new(self.keys.derive("pages", use), text.encode("utf-8", "surrogatepass"), sha256).hexdigest()

    async def _told(self, work: Awaitable[_T]) -> _T:
        try:
            return await self.answering.told(work)
        except Refusal as refused:
            raise RefusedError(refused.code.name, refused.code.status, refused.message) from None
        except TimeoutError:
            raise RefusedError(Code.DEADLINE_EXCEEDED.name, Code.DEADLINE_EXCEEDED.status) from None

    async def _kept(self, work: Callable[..., _T], *arguments: object) -> _T:
        try:
            return await asyncio.to_thread(work, *arguments)
        except SessionsUnavailableError as error:
            _LOGGER.warning("%s", error)
            raise RefusedError("SESSIONS_UNAVAILABLE", 503) from None


def site_of(settings: Settings, catalogue: Catalogue, log_key: str, *, has_issuer: bool, has_provider: bool) -> Site:
    """What all pages of an exchange have in common."""
    people = PERSONAS if settings.development and has_issuer and not settings.oidc else {}
    named = [urlsplit(settings.public_url).netloc] if settings.public_url else []
    return Site(
        name=catalogue.name,
        operator=catalogue.organisations[catalogue.operator],
        origin=settings.public_url,
        hosts=frozenset(named),
        is_secure=settings.public_url.startswith("https:"),
        has_provider=has_provider,
        people=tuple(
            DevelopmentPerson(
                name, catalogue.organisations[one.organisation].name, _roles(catalogue, one.roles), one.areas
            )
            for name, one in people.items()
            if one.organisation in catalogue.organisations
        ),
        purposes=catalogue.purposes,
        masks=catalogue.masks,
        organisations=catalogue.organisations,
        owners={name: source.owner for name, source in catalogue.sources.items()},
        body_limit=settings.body_limit,
        log_key=log_key,
    )


def _roles(catalogue: Catalogue, roles: Sequence[str]) -> tuple[Words, ...]:
    """Roles in words; one that the exchange does not know, and that opens nothing, by its name."""
    return tuple(catalogue.roles.get(one, Words(one, one)) for one in roles)


async def _read(token: str, question: Question) -> Asked:
    return _asked(token, question)


def _asked(token: str, question: Question) -> Asked:
    return Asked(
        document=question.document,
        operation=question.operation,
        variables=question.variables,
        credentials=Credentials(token),
        purpose=question.purpose or None,
        agreement=question.agreement or None,
        at=now(),
        mode=question.mode or None,
        is_own=not question.is_written,
    )


def _not_signed_in(error: SignInError, status: int) -> RefusedError:
    _LOGGER.warning("a sign-in %s", error)  # our own words; nothing of the provider's or of a person
    return RefusedError("SIGN_IN_FAILED", status)


def _conforms(one: PagesDoor) -> Door:
    """Proof for the type checker that this is the door that pages are written against."""
    return one
