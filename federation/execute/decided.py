"""The objects of one type that may be seen, with what is known of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from federation.execute.coverage import Coverage, Facts
from federation.plan.places import Kept
from vocabulary.rows import RowRule


@dataclass(eq=False, slots=True)
class Decided:
    """The objects of one type at one place that may be seen: their numbers, and the facts that they are decided by.

    `known`: what was found, by the identities of a rule and a coverage, which are kept with it: an identity is good for
    as long as what it is of.
    """

    kept: Kept
    numbers: range | list[int]
    facts: Facts
    known: dict[tuple[int, int], tuple[list[bool], RowRule, Coverage]] = field(default_factory=dict)

    def covered(self, rule: RowRule, coverage: Coverage) -> list[bool]:
        """Which of them a rule covers for whomever the coverage is of; not to be written to."""
        key = (id(rule), id(coverage))
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = coverage.rows(rule, self.facts), rule, coverage
        return found[0]

    def grow(self, count: int) -> None:
        """There are so many now, all of which may be seen; nothing that was found of fewer holds any more."""
        self.numbers = range(count)
        self.known.clear()
