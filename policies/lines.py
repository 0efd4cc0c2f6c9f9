"""The values that a policy is made of: lines, role links, and the facts that lines may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from policies.errors import PolicyBuildError
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Action
from vocabulary.rows import AllOf, InEmergency, Relation, RowRule, Tie, WithinArea

ANY = "any"
COLUMNS = ("p", "subject", "rows", "coordinate", "action", "purpose", "mode", "effect", "mask")
WORDS = frozenset({ANY, *Relation, *Tie})
"""What the column `rows` may begin with, besides an area code; so no condition may be called so."""


class Effect(StrEnum):
    """What a line does to the cells that it covers. A deny wins over every allow."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class CoordinateFacts:
    """What a line needs to know of a coordinate: its masks, least strict first, and whether `match` makes sense.

    `act`: it is no field but an act, which only `write` permits. `personal`: its rows, or the act, are about a subject.
    `conditions`: those that can be judged on its rows. `safeguards`: by purpose (or `any`), conditions that every
    `read` grant on it has in addition (sensitive categories).
    """

    chain: tuple[str, ...] = ()
    identifier: bool = False
    act: bool = False
    personal: bool = False
    conditions: frozenset[str] = frozenset()
    safeguards: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """Everything that a policy may name. A line that names anything else is refused.

    Raises:
        PolicyBuildError: a purpose called `any` or a mask called `plain`, which would change what lines mean.
    """

    organisations: frozenset[str]
    roles: frozenset[str]
    purposes: frozenset[str]
    masks: frozenset[str]
    coordinates: Mapping[Coordinate, CoordinateFacts] = field(hash=False)
    conditions: Mapping[str, Condition] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if ANY in self.purposes:
            raise PolicyBuildError("a purpose can't be called `any`: policy lines use the word for every purpose")
        if PLAIN in self.masks:
            raise PolicyBuildError("a mask can't be called `plain`: policy lines use the word for no mask")
        if taken := {*WORDS, str(InEmergency())} & self.conditions.keys():
            raise PolicyBuildError(f"a condition can't be called `{min(taken)}`: policy lines use the word for rows")


@dataclass(frozen=True, slots=True)
class Line:
    """One `p` line. `shown` is `plain` or a mask for an allow, empty for a deny; `mode` is a mode or `any`.

    `origin` cites what the line rests on beyond its file: an entry of a list, an agreement with its article. With
    `agreement`, it counts only where the question is asked under that one, or through an exchange with which that was
    made. `part` tells the lines of one entry of a list apart.
    """

    number: int
    file: str
    subject: str
    rows: RowRule
    pattern: str
    action: Action
    purpose: str
    mode: str
    effect: Effect
    shown: str
    origin: str = ""
    agreement: str = ""
    part: int = 0

    @property
    def name(self) -> str:
        """How decisions and receipts name this line: `policy.csv:12`, and after it what it rests on."""
        place = f"{self.file}:{self.number}" if self.number else self.file
        return f"{place}{f'.{self.part}' if self.part else ''}{f' {self.origin}' if self.origin else ''}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The eight columns after `p`, normalised: equal for lines that say the same."""
        rows = written(self.rows)
        return (self.subject, rows, self.pattern, self.action, self.purpose, self.mode, self.effect, self.shown)


@dataclass(frozen=True, slots=True)
class RoleLink:
    """One `g` line: the role `holder` holds everything that the role `held` holds. Both as in `role:analyst`."""

    number: int
    file: str
    holder: str
    held: str


@dataclass(frozen=True, slots=True)
class PolicyLines:
    """A policy file that was read and found right."""

    lines: tuple[Line, ...]
    role_links: tuple[RoleLink, ...]


def written(rows: RowRule) -> str:
    """The rule of a line as the column `rows` has it: words behind one another, all of which must hold."""
    parts = rows.parts if isinstance(rows, AllOf) else (rows,)
    words = sorted(str(part.area) if isinstance(part, WithinArea) else str(part) for part in parts)
    return " ".join(sorted(words, key=lambda word: not (word in WORDS or word.isdigit())))


def patterns(coordinate: Coordinate) -> tuple[str, str, str]:
    """The three patterns that cover a coordinate: itself, its type, everything."""
    return str(coordinate), f"{coordinate.type}.*", "*"
