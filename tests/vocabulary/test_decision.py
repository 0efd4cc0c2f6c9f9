from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.rules import Cells, askers, facts_of, leaf_rules, rows
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.rows import NOTHING, Asker, covers

SHOWN = (PLAIN, "light", "strict")
decisions = st.builds(
    Decision,
    st.just(Coordinate("Resident", "name")),
    st.lists(st.tuples(leaf_rules, st.sampled_from(SHOWN)), max_size=4).map(
        lambda grants: tuple(
            Grant(rule, shown, "x:1") for rule, shown in sorted(grants, key=lambda one: SHOWN.index(one[1]))
        )
    ),
    st.lists(leaf_rules, max_size=2).map(lambda denies: tuple(Deny(rule, "x:2") for rule in denies)),
)


@given(decisions, rows, askers)
def test_visible_and_plain_are_what_grants_and_denies_say(decision: Decision, cells: Cells, asker: Asker) -> None:
    row = facts_of(cells)
    denied = any(covers(deny.rows, row, asker) is not False for deny in decision.denies)
    granting = [grant.shown for grant in decision.grants if covers(grant.rows, row, asker) is True]
    assert (covers(decision.visible, row, asker) is True) == (bool(granting) and not denied)
    assert (covers(decision.plain, row, asker) is True) == (PLAIN in granting and not denied)


def test_no_grant_shows_nothing() -> None:
    decision = Decision(Coordinate("Resident", "name"))
    assert decision.visible == decision.plain == NOTHING
