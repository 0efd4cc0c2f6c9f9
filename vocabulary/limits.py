"""Limits: what one asker may be shown in a day, and what may be told about one subject, whoever asks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

ANY_PURPOSE: Final = "any"
"""In place of a purpose: every one without a limit of its own."""

Measure: TypeAlias = Literal["rows", "subjects", "probes"]


@dataclass(frozen=True, slots=True)
class PrincipalLimit:
    """For one principal, purpose (or `any`: every one without a limit of its own) and day, by the city's calendar.

    `rows` shown, distinct `subjects` shown, `probes`: values searched for by an identifier. None: no bound.
    """

    purpose: str
    rows: int | None = None
    subjects: int | None = None
    probes: int | None = None


@dataclass(frozen=True, slots=True)
class SubjectBudget:
    """The most disclosures about one subject in `days` days of the city's calendar, today among them.

    One disclosure is one answer that released any cell of the subject, to whomever and for whatever.
    """

    disclosures: int
    days: int


@dataclass(frozen=True, slots=True)
class GlassLimit:
    """How often one person may break the glass in a day, and for how many minutes a record stays open then."""

    per_day: int = 3
    minutes: int = 30


@dataclass(frozen=True, slots=True)
class LimitsDeclaration:
    """What `exchange.yaml` says under `limits`."""

    principals: tuple[PrincipalLimit, ...] = ()
    subject: SubjectBudget | None = None
    glass: GlassLimit = GlassLimit()


@dataclass(frozen=True, slots=True)
class Charge:
    """What one answer releases, before it leaves.

    `principal` is `organisation/person`, `subjects` are keyed pseudonyms (22 characters of base64url). `at` is aware,
    and the earliest that it may be: a clock set ahead must not open tomorrow. `mark` is 16 random bytes, made once for
    the request and kept for every retry.
    """

    principal: str
    purpose: str
    at: dt.datetime
    rows: int
    subjects: tuple[str, ...]
    probes: int
    mark: bytes


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a principal's day for a purpose. None: no bound."""

    rows: int | None = None
    subjects: int | None = None
    probes: int | None = None


@dataclass(frozen=True, slots=True)
class Charged:
    """What became of a charge. Nothing was counted where it is not allowed.

    `over` names the principal's own limit that it would have exceeded. `exhausted` are those of its subjects whose
    budget was spent already: their rows are to be dropped and the rest charged again. The principal may be told of
    `over` and `left`, never of `exhausted`: that others have asked for a person is about that person.
    """

    allowed: bool
    over: Measure | Literal[""]
    left: Left
    exhausted: frozenset[str]
