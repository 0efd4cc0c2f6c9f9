"""Decisions: what the policy says about one coordinate, before any row is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vocabulary.coordinate import Coordinate
from vocabulary.rows import RowRule, all_of, any_of, negate

PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Grant:
    """Rows that one policy line covers, and how their cells are shown: `plain` or the name of a mask."""

    rows: RowRule
    shown: str
    line: str


@dataclass(frozen=True, slots=True)
class Deny:
    """Rows that one policy line closes."""

    rows: RowRule
    line: str


@dataclass(frozen=True)
class Decision:
    """All grants and denies on one coordinate, grants from the least strict to the strictest.

    For one cell: a covering deny wins; else the first covering grant of `grants` says how it is shown; no covering
    grant: withheld. `reason` is the word for the principal when nothing can be shown at all, else empty.
    """

    coordinate: Coordinate
    grants: tuple[Grant, ...] = ()
    denies: tuple[Deny, ...] = ()
    reason: str = ""

    @property
    def denied(self) -> RowRule:
        """Rows that some line denies."""
        return any_of(*(deny.rows for deny in self.denies))

    @cached_property
    def visible(self) -> RowRule:
        """Rows whose cell is shown somehow."""
        return self._open(*(grant.rows for grant in self.grants))

    @cached_property
    def plain(self) -> RowRule:
        """Rows whose cell is shown plainly."""
        return self._open(*(grant.rows for grant in self.grants if grant.shown == PLAIN))

    def _open(self, *rows: RowRule) -> RowRule:
        granted = any_of(*rows)
        return all_of(granted, negate(self.denied)) if self.denies else granted
