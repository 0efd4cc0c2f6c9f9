"""The three lists of data sharing (三清单): who answers for what, what is not shared, and who may ask whom for what.

Source of the words: Shanghai Data Regulations (上海市数据条例) art. 38–41.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from vocabulary.principal import Action


class Openness(StrEnum):
    """The three classes of openness (开放分级) of art. 41."""

    OPEN = "open"  # 无条件开放
    CONDITIONAL = "conditional"  # 有条件开放
    CLOSED = "closed"  # 不予开放


@dataclass(frozen=True, slots=True)
class Responsibility:
    """An entry of the responsibility list (责任清单): `organisation` answers for what the patterns name.

    `origin` says where the entry stands (`lists.yaml:12`), `article` what it rests on.
    """

    organisation: str
    patterns: tuple[str, ...]
    openness: Openness
    article: str
    origin: str


@dataclass(frozen=True, slots=True)
class Negative:
    """An entry of the negative list (负面清单): what is not shared with `organisations` (none named: with nobody)."""

    id: str
    organisations: tuple[str, ...]
    patterns: tuple[str, ...]
    article: str
    origin: str


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that an agreement is about: an action on what a pattern names, shown plainly or through a mask.

    `to`: for `deliver`, the organisation whose system is told; else empty.
    """

    pattern: str
    action: Action
    shown: str
    to: str = ""


class Status(StrEnum):
    """Where an agreement stands. `in force` and `expired` follow from the clock, the others from what people did."""

    DRAFT = "draft"
    ASKED = "asked"
    APPROVED = "approved"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REFUSED = "refused"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Agreement:
    """An entry of the demand list (需求清单): `asker` may ask `owner` for `wishes`, on rows `rows`, for `purpose`.

    `roles`: of the asker's people; none named: all of them. `rows` is written like the second column of a policy line.
    `start` (inclusive) and `end` (exclusive) are aware. `basis` is the legal basis, for people. `origin` says where it
    stands: a line of a file, or the registry.
    """

    id: str
    asker: str
    owner: str
    roles: tuple[str, ...]
    wishes: tuple[Wish, ...]
    rows: str
    purpose: str
    mode: str
    basis: str
    start: dt.datetime
    end: dt.datetime
    origin: str

    def runs_at(self, moment: dt.datetime) -> bool:
        """Whether the moment lies between start and end."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Lists:
    """All three lists."""

    responsibilities: tuple[Responsibility, ...] = ()
    negatives: tuple[Negative, ...] = ()
    demands: tuple[Agreement, ...] = ()
