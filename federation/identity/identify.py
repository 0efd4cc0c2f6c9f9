"""The one door of identity: whatever was shown, together, makes one principal or a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from federation.errors import Code, InternalError, Unidentified
from federation.identity.application import Application
from federation.identity.application_keys import ApplicationKeys
from federation.identity.applications import Applications
from federation.identity.certificates import Certificates, untrusted_proxy
from federation.identity.credentials import Credentials
from federation.identity.key_source import KeySource
from federation.identity.passport import Passport
from federation.identity.passport_control import PassportControl
from federation.identity.tokens import Tokens
from federation.schema.facts import ANONYMOUS
from vocabulary.area import Area
from vocabulary.catalogue import AnonymousDeclaration, Organisation
from vocabulary.principal import Principal

_APART = "The token and the application do not belong together: another organisation, or another application's token."
_NO_CALLERS = "No other exchange may ask here. Ask the operator."
_TWO = "The key and the certificate are of two applications. Send those of one."


@dataclass(frozen=True, slots=True)
class Callers:
    """Other exchanges that may ask here: who checks their passports, and the organisation that runs each.

    `roles` are those that mean something here; of others nothing is kept, since there is no end of them.
    """

    control: PassportControl
    organisations: Mapping[str, Organisation]
    roles: frozenset[str] = frozenset()


class Identity:
    """Tells who asks. Without `certificates`, a forwarded one is refused, as from a proxy that nobody declared.

    `callers` are other exchanges, which show passports; without, none may ask. `anonymous` is who somebody is that
    shows nothing; without it, nobody. Whatever is shown is checked as ever: what does not pass is refused, and makes
    nobody anonymous.
    """

    def __init__(
        self,
        tokens: Tokens,
        applications: Applications,
        keys: ApplicationKeys | None = None,
        certificates: Certificates | None = None,
        anonymous: Principal | None = None,
        *,
        callers: Callers | None = None,
    ) -> None:
        self._tokens = tokens
        self._applications = applications
        self._keys = keys or ApplicationKeys(applications)
        self._certificates = certificates
        self._anonymous = anonymous
        self._callers = callers

    async def passport(self, credentials: Credentials) -> Passport | None:
        """What another exchange says of who asks; None where none asks. Each passport is good for one request.

        Raises:
            Unidentified: it does not pass, or no other exchange may ask here.
            Unavailable: OVERLOADED, as `PassportControl.check` says.
        """
        if credentials.passport is None:
            return None
        if self._callers is None:
            raise Unidentified(Code.TOKEN_INVALID, _NO_CALLERS)
        return await self._callers.control.renewed(credentials.passport)

    def passenger(self, passport: Passport) -> Principal:
        """The principal of a passport: as it says, in areas of the exchange's own organisation alone."""
        areas = self.caller(passport.exchange).areas
        return Principal(
            id=passport.person,
            organisation=passport.organisation,
            application="",
            roles=passport.roles & (self._roles_here | {ANONYMOUS}),
            areas=shared_areas(passport.areas, areas),
            exchange=passport.exchange,
        )

    @property
    def _roles_here(self) -> frozenset[str]:
        return frozenset() if self._callers is None else self._callers.roles

    def caller(self, exchange: str) -> Organisation:
        """The organisation that runs another exchange, which may ask here."""
        if self._callers is None:
            raise InternalError("no other exchange may ask here")
        return self._callers.organisations[exchange]

    async def principal(self, credentials: Credentials) -> Principal:
        """The principal that the credentials name together; what was shown is checked, all of it.

        A person who comes through an application that shows itself has the token's roles, in the areas that both have.

        Raises:
            Unidentified: nothing was shown, or something of it does not pass, or they do not belong together.
        """
        if self._anonymous is not None and credentials.is_nothing:
            return self._anonymous
        certified = self._by_certificate(credentials)
        if credentials.token is None:
            application = await self._by_key(credentials, certified)
            return self._tokens.principal(None) if application is None else application.principal
        person = await self._tokens.renewed(credentials.token)  # before the key, which may cost a hash
        application = await self._by_key(credentials, certified)
        return person if application is None else _through(person, application)

    def is_anonymous(self, principal: Principal) -> bool:
        """Whether it is the one who showed nothing."""
        return principal is self._anonymous

    @property
    def keys(self) -> KeySource:
        """The keys that tokens are checked with."""
        return self._tokens.keys

    async def ends(self, token: str) -> float:
        """When a person's token expires, in seconds since 1970.

        Raises:
            Unidentified: the token does not pass.
        """
        await self._tokens.renewed(token)
        return self._tokens.ends(token)

    async def look_after(self) -> None:
        """Renew keys that are due, and take a changed list of applications. To be called every few seconds."""
        await self._tokens.look_after()
        await asyncio.to_thread(self._applications.reread)

    def _by_certificate(self, credentials: Credentials) -> Application | None:
        if credentials.certificate is None:
            return None
        if self._certificates is None:
            raise untrusted_proxy()
        return self._certificates.application(credentials.certificate, credentials.chain, peer=credentials.peer)

    async def _by_key(self, credentials: Credentials, certified: Application | None) -> Application | None:
        """The application that shows a key, or else the certified one; both must be the same."""
        if credentials.application_key is None:
            return certified
        application = await self._keys.application(credentials.application_key)
        if certified is not None and certified.id != application.id:
            raise Unidentified(Code.CREDENTIAL_INVALID, _TWO)
        return application


def _through(person: Principal, application: Application) -> Principal:
    """The person as seen through the application."""
    if person.organisation != application.organisation or person.application not in {"", application.id}:
        raise Unidentified(Code.CREDENTIAL_INVALID, _APART)
    return replace(person, application=application.id, areas=shared_areas(person.areas, application.areas))


def shared_areas(some: tuple[Area, ...], others: tuple[Area, ...]) -> tuple[Area, ...]:
    """The areas that lie in both: of each pair that overlaps, the narrower."""
    pairs = ((one, other) for one in some for other in others)
    both = {other if one.contains(other) else one for one, other in pairs if one.contains(other) or other.contains(one)}
    return tuple(sorted(both))


def anonymous_of(declared: AnonymousDeclaration | None) -> Principal | None:
    """The principal that somebody is who shows nothing: by the role `anonymous`, as one that was not authenticated."""
    if declared is None:
        return None
    return Principal(
        id=ANONYMOUS,
        organisation=declared.organisation,
        application="",
        roles=frozenset((*declared.roles, ANONYMOUS)),
        areas=declared.areas,
    )
