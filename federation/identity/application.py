"""A registered application: a program that may come in by itself, or that lends its name to persons."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Final

from federation.errors import Code, Unidentified
from federation.identity.key_hash import KeyHash
from vocabulary.area import Area
from vocabulary.principal import Principal

ID: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Application:
    """A registered application. `certificate` is the SHA-256 of its SubjectPublicKeyInfo in lower-case hex."""

    id: str
    organisation: str
    name: str
    roles: frozenset[str]
    areas: tuple[Area, ...]
    expires: dt.datetime
    key: KeyHash | None = field(default=None, repr=False)
    certificate: str | None = None

    @property
    def principal(self) -> Principal:
        """The application as one that asks by itself: the program's name, through the application."""
        return Principal(self.name, self.organisation, self.id, self.roles, self.areas)

    def require_in_time(self, now: float) -> None:
        """Refuse with CREDENTIAL_EXPIRED (`Unidentified`) what has expired; `now` in seconds since 1970."""
        if self.expires.timestamp() <= now:
            raise Unidentified(
                Code.CREDENTIAL_EXPIRED, "The application's registration has expired. Ask the operator to extend it."
            )
