"""Who asks, and why."""

from __future__ import annotations

from dataclasses import dataclass
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
    """Who asks: a person or a program of an organisation, through an application."""

    id: str
    organisation: str
    application: str
    roles: frozenset[str]
    areas: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What decisions depend on besides the rows: never the person, never an area, never a literal.

    It is the key of every cache of decisions and plans.
    """

    roles: frozenset[str]
    organisation: str
    purpose: str
    mode: Mode
