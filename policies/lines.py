"""The values that a policy is made of: lines, role links, and the facts that lines may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from policies.errors import PolicyBuildError
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Action
from vocabulary.rows import RowRule, WithinArea

ANY = "any"
COLUMNS = ("p", "subject", "area", "coordinate", "action", "purpose", "mode", "effect", "mask")


class Effect(StrEnum):
    """What a line does to the cells that it covers. A deny wins over every allow."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class CoordinateFacts:
    """What a line needs to know of a coordinate: its masks, least strict first, and whether `match` makes sense."""

    chain: tuple[str, ...] = ()
    identifier: bool = False


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

    def __post_init__(self) -> None:
        if ANY in self.purposes:
            raise PolicyBuildError("a purpose can't be called `any`: policy lines use the word for every purpose")
        if PLAIN in self.masks:
            raise PolicyBuildError("a mask can't be called `plain`: policy lines use the word for no mask")


@dataclass(frozen=True, slots=True)
class Line:
    """One `p` line. `shown` is `plain` or a mask for an allow, empty for a deny; `mode` is a mode or `any`."""

    number: int
    file: str
    subject: str
    area: RowRule
    pattern: str
    action: Action
    purpose: str
    mode: str
    effect: Effect
    shown: str

    @property
    def name(self) -> str:
        """How decisions and receipts name this line: `policy.csv:12`."""
        return f"{self.file}:{self.number}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The eight columns after `p`, normalised: equal for lines that say the same."""
        area = str(self.area.area) if isinstance(self.area, WithinArea) else str(self.area)
        return (self.subject, area, self.pattern, self.action, self.purpose, self.mode, self.effect, self.shown)


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


def patterns(coordinate: Coordinate) -> tuple[str, str, str]:
    """The three patterns that cover a coordinate: itself, its type, everything."""
    return str(coordinate), f"{coordinate.type}.*", "*"
