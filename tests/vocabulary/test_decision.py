from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.rows import NOTHING, OwnAreas, WithinArea, covers

AREAS = [Area(code) for code in ("31", "310115", "310115016", "310115016003", "310104")]
SHOWN = (PLAIN, "light", "strict")
rules = st.one_of(st.just(OwnAreas()), st.sampled_from(AREAS).map(WithinArea))
decisions = st.builds(
    Decision,
    st.just(Coordinate("Resident", "name")),
    st.lists(st.tuples(rules, st.sampled_from(SHOWN)), max_size=4).map(
        lambda grants: tuple(
            Grant(rule, shown, "x:1") for rule, shown in sorted(grants, key=lambda one: SHOWN.index(one[1]))
        )
    ),
    st.lists(rules, max_size=2).map(lambda denies: tuple(Deny(rule, "x:2") for rule in denies)),
)
owns = st.lists(st.sampled_from(AREAS), max_size=2).map(tuple)


@given(decisions, st.sampled_from(AREAS), owns)
def test_visible_and_plain_are_what_grants_and_denies_say(
    decision: Decision, area: Area, own: tuple[Area, ...]
) -> None:
    denied = any(covers(deny.rows, area, own) for deny in decision.denies)
    granting = [grant.shown for grant in decision.grants if covers(grant.rows, area, own)]
    assert covers(decision.visible, area, own) == (bool(granting) and not denied)
    assert covers(decision.plain, area, own) == (PLAIN in granting and not denied)


def test_no_grant_shows_nothing() -> None:
    decision = Decision(Coordinate("Resident", "name"))
    assert decision.visible == decision.plain == NOTHING
