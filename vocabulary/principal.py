"""Who asks, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from vocabulary.area import Area


class Mode(StrEnum):
    """Whether an emergency is in force for the request."""

    ORDINARY = "ordinary"
    EMERGENCY = "emergency"


class Action(StrEnum):
    """What a policy line permits on a coordinate. Each is separate; none implies another."""

    READ = "read"
    MATCH = "match"
    DERIVE = "derive"
    DELIVER = "deliver"
    AGGREGATE = "aggregate"
    ANSWER = "answer"
    REVEAL = "reveal"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a person or a program of an organisation, through an application.

    `subject` is the type and key of the data subject that the person is, for a resident who asks for own records.
    `exchange` is the other exchange that calls, and says all this of the person; empty: the person asks here.
    """

    id: str
    organisation: str
    application: str
    roles: frozenset[str]
    areas: tuple[Area, ...]
    subject: tuple[str, str] | None = field(default=None, repr=False)  # a resident's key: no text may show it
    exchange: str = ""


@dataclass(frozen=True, slots=True)
class Through:
    """The exchange through which somebody asks: what it may be shown at all, whoever it says is asking.

    `organisation` runs the calling exchange; `agreements` are those with it, in force now, for this purpose and mode.
    """

    organisation: str
    agreements: frozenset[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What decisions depend on besides the rows: never the person, never an area, never a literal.

    `agreement` is the one that the question is asked under, or empty. `through`: all else is as a calling exchange says
    it, and what that gives is met with what the exchange itself is given; None: the person asks here. It is the key of
    every cache of decisions and plans.
    """

    roles: frozenset[str]
    organisation: str
    purpose: str
    mode: Mode
    agreement: str = ""
    through: Through | None = None
