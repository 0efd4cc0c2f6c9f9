"""The subject has consented to the purpose of the question, or has not objected to it (同意; PIPL art. 13–15, 23, 29).

Consents are the exchange's own data, with a version of their own: no source can be asked about them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from policies.conditions.making import only
from vocabulary.condition import Condition
from vocabulary.values import Value


@dataclass(frozen=True, slots=True)
class _AboutConsent(Condition):
    """What both kinds have in common. The value judged: True (given), False (objected) or None (nothing on record)."""

    kind: ClassVar[str] = ""

    @classmethod
    def make(cls, name: str, parameters: Mapping[str, object]) -> Self:
        """No parameter."""
        only(name, parameters)
        return cls(name)

    @property
    def field(self) -> None:
        """No field: the consent."""
        return

    def fits(self, scalar: str) -> bool:  # noqa: ARG002  (of every condition)
        """No field."""
        return False

    def predicate(self, field: str) -> None:  # noqa: ARG002  (of every condition)
        """No source."""
        return

    def bound(self, organisation: str, at: dt.datetime) -> Mapping[str, Value | tuple[Value, ...]]:  # noqa: ARG002
        """Nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class ConsentCondition(_AboutConsent):
    """Consent is on record."""

    kind: ClassVar[str] = "consent"

    def holds(self, value: Value, organisation: str, at: dt.datetime) -> bool:  # noqa: ARG002  (of every condition)
        """Only where it was given."""
        return value is True


@dataclass(frozen=True, slots=True)
class NoObjectionCondition(_AboutConsent):
    """No objection is on record."""

    kind: ClassVar[str] = "no-objection"

    def holds(self, value: Value, organisation: str, at: dt.datetime) -> bool:  # noqa: ARG002  (of every condition)
        """Unless it was refused or withdrawn."""
        return value is not False
