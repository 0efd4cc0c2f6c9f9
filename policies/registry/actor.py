"""Who acts on the registry, and what they did."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who acts for the city, by name."""

    person: str
    organisation: str
    application: str

    def is_same_person(self, other: Actor | None) -> bool:
        """Whether both are one person, through whatever application and for whichever organisation.

        One issuer gives an id to one person (RFC 7519, section 4.1.2). Two people of one id, one of them a program of
        another organisation, count as one: then a third must act, which is the safe side.
        """
        return other is not None and self.person == other.person

    def text(self) -> str:
        """As one column holds it: a JSON array of person, organisation and application."""
        return json.dumps([self.person, self.organisation, self.application], ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Actor:
        """Read what `text` wrote."""
        person, organisation, application = json.loads(text)
        return cls(person, organisation, application)

    @classmethod
    def read_or_none(cls, text: str | None) -> Actor | None:
        """The same, where somebody acted."""
        return None if text is None else cls.read(text)


class ActKind(StrEnum):
    """What was acted on."""

    AGREEMENT = "agreement"
    EMERGENCY = "emergency"
    GLASS = "glass"
    CONSENT = "consent"
    CASE = "case"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Act:
    """One act, for its receipt: `step` is the verb (`approve`), `subject_id` the id of what it was done to.

    For a consent that id is the subject's pseudonym, and empty for a whole import. `facts` hold no value of a record
    and no reason; a data subject stands in them as a pseudonym.
    """

    kind: ActKind
    subject_id: str
    step: str
    actor: Actor
    facts: Mapping[str, str]


Record: TypeAlias = Callable[[Act], None]
"""Makes a durable receipt of an act, or raises: then the act is not done. Called inside the write transaction, so it
must not act on the registry itself."""
