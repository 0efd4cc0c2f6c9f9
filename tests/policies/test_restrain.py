from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.restrain import derived, restrain
from tests.support.rules import CONDITIONS, Cells, askers, facts_of, leaf_rules, rows
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision, Deny, Grant
from vocabulary.rows import EVERYTHING, NOTHING, OWN, Asker, Holds, RowFacts, RowRule, WithinArea, all_of, covers

NUMBER, BIRTH, SEX, BAND = (Coordinate("Resident", field) for field in ("identityNo", "birthDate", "sex", "ageBand"))
STREET = WithinArea(Area("310115016"))
AREAS = [None, *(Area(code) for code in ("31", "310115", "310115016", "310115016003", "310107"))]
CHAIN = ("plain", "partial", "redact")
NOBODY = Asker("health", ())
ADULT = Holds(CONDITIONS["adult"])


def decision(coordinate: Coordinate, *grants: tuple[RowRule, str], deny: RowRule = NOTHING) -> Decision:
    denies = (Deny(deny, "policy.csv:9"),) if deny != NOTHING else ()
    return Decision(coordinate, tuple(Grant(rows, shown, "policy.csv:1") for rows, shown in grants), denies)


def test_a_number_is_plain_only_where_the_birth_date_in_it_is() -> None:
    decisions = {
        NUMBER: decision(NUMBER, (EVERYTHING, "plain"), (EVERYTHING, "redact")),
        BIRTH: decision(BIRTH, (OWN, "plain"), (EVERYTHING, "redact")),
    }
    restrained = restrain(decisions, {NUMBER: (BIRTH,)})
    assert restrained[NUMBER] == decision(NUMBER, (OWN, "plain"), (EVERYTHING, "redact"))
    assert restrained[BIRTH] is decisions[BIRTH]


@pytest.mark.parametrize("birth", [None, decision(BIRTH), decision(BIRTH, (EVERYTHING, "redact"))])
def test_a_number_is_not_plain_where_its_birth_date_never_is(birth: Decision | None) -> None:
    number = decision(NUMBER, (EVERYTHING, "plain"))
    decisions = {NUMBER: number} | ({BIRTH: birth} if birth else {})
    assert restrain(decisions, {NUMBER: (BIRTH,)})[NUMBER] == Decision(NUMBER, reason="reveals")


def test_a_deny_of_the_birth_date_closes_the_number_there() -> None:
    decisions = {
        NUMBER: decision(NUMBER, (EVERYTHING, "plain")),
        BIRTH: decision(BIRTH, (EVERYTHING, "plain"), deny=STREET),
    }
    rule = restrain(decisions, {NUMBER: (BIRTH,)})[NUMBER].plain
    assert [covers(rule, RowFacts(area), NOBODY) for area in AREAS] == [None, True, True, False, False, True]


def test_a_condition_of_the_birth_date_is_one_of_the_number_too() -> None:
    decisions = {
        NUMBER: decision(NUMBER, (OWN, "plain")),
        BIRTH: decision(BIRTH, (ADULT, "plain"), (EVERYTHING, "redact")),
    }
    assert restrain(decisions, {NUMBER: (BIRTH,)})[NUMBER].plain == all_of(OWN, ADULT)


def test_everything_given_away_counts_and_what_that_gives_away() -> None:
    decisions = {
        NUMBER: decision(NUMBER, (EVERYTHING, "plain")),
        BIRTH: decision(BIRTH, (EVERYTHING, "plain")),
        SEX: decision(SEX, (OWN, "plain")),
        BAND: decision(BAND, (STREET, "plain")),
    }
    both = restrain(decisions, {NUMBER: (BIRTH, SEX, BAND)})
    assert both[NUMBER].plain == all_of(OWN, STREET)
    through = restrain(decisions, {NUMBER: (BIRTH,), BIRTH: (SEX,)})
    assert through[NUMBER].plain == through[BIRTH].plain == OWN


def test_a_circle_gives_each_the_rows_of_both() -> None:
    decisions = {NUMBER: decision(NUMBER, (STREET, "plain")), BIRTH: decision(BIRTH, (OWN, "plain"))}
    restrained = restrain(decisions, {NUMBER: (BIRTH,), BIRTH: (NUMBER,)})
    assert restrained[NUMBER].plain == restrained[BIRTH].plain == all_of(OWN, STREET)


def test_an_earlier_reason_stays() -> None:
    denied = Decision(NUMBER, (Grant(OWN, "plain", "policy.csv:1"),), (Deny(EVERYTHING, "policy.csv:2"),), "denied")
    restrained = restrain({NUMBER: denied}, {NUMBER: (BIRTH,)})[NUMBER]
    assert (restrained.reason, restrained.grants, restrained.denies) == ("denied", (), denied.denies)


def test_a_companion_needs_its_input_or_leave_to_derive() -> None:
    band = decision(BAND, (EVERYTHING, "plain"))
    nothing = decision(BIRTH)
    assert derived(band, nothing, nothing) == Decision(BAND, reason="derive")
    assert derived(band, decision(BIRTH, (EVERYTHING, "redact")), nothing).visible == NOTHING
    assert derived(band, decision(BIRTH, (OWN, "plain")), nothing).visible == OWN
    assert derived(band, nothing, decision(BIRTH, (STREET, "plain"))).visible == STREET
    assert derived(band, decision(BIRTH, (EVERYTHING, "plain")), nothing) == band


def test_a_deny_of_derive_wins_over_its_allow() -> None:
    band = decision(BAND, (EVERYTHING, "plain"))
    rule = derived(band, decision(BIRTH), decision(BIRTH, (EVERYTHING, "plain"), deny=STREET)).visible
    assert [covers(rule, RowFacts(area), NOBODY) for area in AREAS] == [None, True, True, False, False, True]


def test_a_companion_keeps_its_own_denies() -> None:
    band = decision(BAND, (EVERYTHING, "plain"), deny=STREET)
    rule = derived(band, decision(BIRTH, (EVERYTHING, "plain")), decision(BIRTH)).visible
    assert covers(rule, RowFacts(Area("310115016")), NOBODY) is False


DENIES = st.one_of(st.just(NOTHING), st.sampled_from([EVERYTHING, STREET]), leaf_rules)


def decisions_of(coordinate: Coordinate) -> st.SearchStrategy[Decision]:
    grants = st.lists(st.tuples(leaf_rules, st.sampled_from(CHAIN)), max_size=4)
    ordered = grants.map(lambda found: sorted(found, key=lambda grant: CHAIN.index(grant[1])))
    return st.builds(lambda found, deny: decision(coordinate, *found, deny=deny), ordered, DENIES)


def strictness(said: Decision, row: RowFacts, asker: Asker) -> int:
    """0 for plain, then the masks of the chain, then withheld."""
    if covers(said.denied, row, asker) is not False:
        return len(CHAIN)
    shown = [CHAIN.index(grant.shown) for grant in said.grants if covers(grant.rows, row, asker) is True]
    return min(shown, default=len(CHAIN))


@given(
    st.tuples(decisions_of(NUMBER), decisions_of(BIRTH), decisions_of(SEX)),
    st.dictionaries(
        st.sampled_from([NUMBER, BIRTH, SEX]), st.lists(st.sampled_from([NUMBER, BIRTH, SEX]), max_size=2).map(tuple)
    ),
    rows,
    askers,
)
def test_restraint_only_takes_and_leaves_nothing_given_away(
    three: tuple[Decision, ...],
    reveals: dict[Coordinate, tuple[Coordinate, ...]],
    cells: Cells,
    asker: Asker,
) -> None:
    row = facts_of(cells)
    before = {said.coordinate: said for said in three}
    after = restrain(before, reveals)
    shown = {coordinate: strictness(said, row, asker) for coordinate, said in after.items()}
    for coordinate, strict in shown.items():
        assert strict >= strictness(before[coordinate], row, asker)
        if strict == 0:
            assert all(shown[other] == 0 for other in reveals.get(coordinate, ()))


@given(decisions_of(BAND), decisions_of(BIRTH), decisions_of(BIRTH), rows, askers)
def test_a_companion_is_shown_only_where_its_input_is_plain_or_may_be_derived_from(
    band: Decision, birth: Decision, derive: Decision, cells: Cells, asker: Asker
) -> None:
    row, hidden = facts_of(cells), len(CHAIN)
    shown = strictness(derived(band, birth, derive), row, asker)
    feeds = strictness(birth, row, asker) == 0 or strictness(derive, row, asker) < hidden
    assert shown == (strictness(band, row, asker) if feeds else hidden)
