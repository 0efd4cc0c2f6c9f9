"""What a request remembers of rules while it decides: each answer is that of its own rule, for its own asker."""

from __future__ import annotations

import gc

from federation.execute.coverage import Coverage, Facts
from federation.execute.decided import Decided
from federation.plan.places import Kept
from vocabulary.area import Area
from vocabulary.rows import EVERYTHING, NOTHING, OWN, Asker, RowRule, WithinArea, any_of

KEPT = Kept(0, "Person", 0, EVERYTHING, (), {}, "a")
FACTS = Facts(["310115", "310101"])


def coverage(area: str) -> Coverage:
    return Coverage(Asker("bureau", (Area(area),)))


def test_two_askers_and_two_rules_are_never_taken_for_each_other() -> None:
    decided, here, there = Decided(KEPT, range(2), FACTS), coverage("310115"), coverage("310101")
    for _ in range(2):
        assert decided.covered(OWN, here) == [True, False]
        assert decided.covered(OWN, there) == [False, True]
        assert decided.covered(NOTHING, here) == [False, False]


def test_a_rule_that_is_made_where_another_has_ended_is_not_taken_for_it() -> None:
    """Rules are often made anew for each look (`Decision.plain`); one may then stand where another stood."""
    decided, asker = Decided(KEPT, range(2), FACTS), coverage("31")

    def rule(area: str) -> RowRule:
        return any_of(WithinArea(Area(area)))

    for _ in range(200):
        assert decided.covered(rule("310115"), asker) == [True, False]
        gc.collect(0)
        assert decided.covered(rule("310101"), asker) == [False, True]
