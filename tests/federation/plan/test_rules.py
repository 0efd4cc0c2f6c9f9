"""Rules as questions to a source, against the definition of rules: nothing that is covered is ever lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from federation.plan.bindings import Bindings
from federation.plan.nodes import Judged
from federation.plan.rules import is_pushed, judged, pushed, relaxed
from federation.schema.facts import FieldFacts, FieldKind, TypeFacts
from tests.support.planning import asked_of, field_facts
from tests.support.predicates import holds
from tests.support.rules import (
    AREAS,
    AT,
    CONDITIONS,
    SUBJECT_TYPE,
    Cells,
    askers,
    combined,
    facts_of,
    leaf_rules,
    rows,
    rules,
)
from vocabulary.area import Area
from vocabulary.fetch import ALWAYS, NEVER, And, Compare, Not, Op, Predicate, Within
from vocabulary.rows import (
    EVERYTHING,
    NOTHING,
    OWN,
    Asker,
    Holds,
    InEmergency,
    Leaf,
    RelatedArea,
    Relation,
    RowFacts,
    RowRule,
    Tie,
    TiedSubject,
    WithinArea,
    all_of,
    any_of,
    covers,
    leaves,
    negate,
)

SCALARS = {
    "area": "String",
    "id": "String",
    "owner": "String",
    "status": "String",
    "livesAlone": "Boolean",
    "seenAt": "DateTime",
    "day": "Date",
    "birthDate": "Date",
}


def field(name: str) -> FieldFacts:
    return field_facts(name, SCALARS[name])


PEOPLE = TypeFacts(
    SUBJECT_TYPE, "town", key="id", subject="id", area="area", fields={name: field(name) for name in SCALARS},
    description="",
)  # fmt: skip
"""The home of the subjects: all that is known of a row stands in its own source."""
RECORDS = TypeFacts(
    "Record",
    "clinic",
    key=None,
    subject="person",
    area=None,
    fields={
        "person": field_facts("person", SUBJECT_TYPE, FieldKind.REFERENCE),
        **{name: field(name) for name in ("day", "status")},
    },
    description="",
)
"""Rows about a subject of another source, which knows their area and most of what conditions judge."""
ENTRIES = TypeFacts(
    "Entry", "log", key=None, subject=None, area=None, fields={"owner": field("owner")}, description=""
)  # fmt: skip
"""Rows about nobody, without an area."""
SENSORS = TypeFacts(
    "Sensor",
    "poles",
    key=None,
    subject=None,
    area=None,
    fields={"place": field_facts("place", "Place", FieldKind.REFERENCE), "status": field("status")},
    description="",
    area_by="place",
)
"""Rows about nobody, whose area is that of a place that another source knows."""
TYPES = (PEOPLE, RECORDS, ENTRIES, SENSORS)


def seen_in(facts: TypeFacts, cells: Cells) -> RowFacts:
    """The facts of a row of a type, which has no area or no subject where its type has none."""
    known = facts_of(cells)
    if facts.subject is not None:
        return known
    values = {name: value for name, value in known.values.items() if CONDITIONS[name].field in facts.fields}
    return RowFacts(known.area if facts.has_area else None, "", None, values)


NEAR: Cells = {**dict.fromkeys([*SCALARS, "consent"]), "area": "310115016", "id": "p1", "owner": "eatwell"}
STREET = Asker("bureau", (Area("310115016"),), tied={(Tie.CASE, SUBJECT_TYPE): frozenset({"p2"})}, at=AT)
"""A row of the asker's own street, about nobody whose case is the asker's, and of another organisation."""


@pytest.mark.whole
@pytest.mark.parametrize("facts", TYPES, ids=lambda facts: str(facts.name))
@settings(max_examples=400)
@given(rule=rules, cells=rows, asker=askers)
@example(negate(all_of(OWN, TiedSubject(Tie.CASE))), NEAR, STREET)
@example(negate(any_of(Holds(CONDITIONS["mine"]), TiedSubject(Tie.CASE))), NEAR, STREET)
@example(negate(all_of(Holds(CONDITIONS["agreed"]), OWN)), NEAR, STREET)
@example(any_of(negate(OWN), Holds(CONDITIONS["unopposed"])), NEAR, STREET)
def test_no_row_that_a_rule_covers_is_lost_and_what_is_pushed_whole_is_exact(
    facts: TypeFacts, rule: RowRule, cells: Cells, asker: Asker
) -> None:
    where, values = asked_of(rule, facts, asker)
    covered = covers(rule, seen_in(facts, cells), asker) is True
    answered = holds(where, cells, values) is True
    assert answered >= covered
    if is_pushed(rule, facts):
        assert answered == covered


@given(rows, askers)
def test_to_the_home_of_the_subjects_every_rule_is_pushed_but_consent(cells: Cells, asker: Asker) -> None:
    whole: list[RowRule] = [EVERYTHING, NOTHING, OWN, InEmergency(), WithinArea(Area("31")), *map(TiedSubject, Tie)]
    for rule in whole:
        assert is_pushed(rule, PEOPLE)
    for condition in CONDITIONS.values():
        assert is_pushed(Holds(condition), PEOPLE) is (condition.field is not None)
    where, values = asked_of(all_of(OWN, Holds(CONDITIONS["agreed"])), PEOPLE, asker)
    assert holds(where, cells, values) == holds(Within("area", "own"), cells, values)


@given(combined(leaf_rules), askers)
def test_a_source_that_knows_nothing_of_the_rule_is_asked_for_every_row_or_none(rule: RowRule, asker: Asker) -> None:
    """A place without an area that is about nobody: no row lies inside of anything, and none outside."""
    known = [leaf for leaf in leaves(rule) if is_pushed(leaf, ENTRIES)]
    if not any(isinstance(leaf, Holds) for leaf in known):
        where, values = asked_of(rule, ENTRIES, asker)
        assert holds(where, dict.fromkeys(SCALARS), values) in {True, False}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (OWN, Within("area", "own")),
        (negate(OWN), Not(Within("area", "own"))),
        (RelatedArea(Relation.EXACTLY), Compare("area", Op.IN, "exactly")),
        (RelatedArea(Relation.PARENT), Compare("area", Op.IN, "parents")),
        (RelatedArea(Relation.WITHIN), And((Within("area", "own"), Not(Compare("area", Op.IN, "outermost"))))),
        (InEmergency(), Within("area", "emergency")),
        (WithinArea(Area("310115")), Within("area", "area310115")),
        (TiedSubject(Tie.CASE), Compare("id", Op.IN, "case.Resident")),
        (Holds(CONDITIONS["mine"]), Compare("owner", Op.EQ, "mine.own")),
        (Holds(CONDITIONS["agreed"]), ALWAYS),
        (negate(Holds(CONDITIONS["agreed"])), ALWAYS),
        (all_of(OWN, Holds(CONDITIONS["agreed"])), Within("area", "own")),
        (any_of(OWN, Holds(CONDITIONS["agreed"])), ALWAYS),
        (all_of(NOTHING, OWN), NEVER),
    ],
)
def test_what_the_home_of_the_subjects_is_asked_of(rule: RowRule, expected: Predicate) -> None:
    assert pushed(rule, PEOPLE, Bindings()) == expected


@pytest.mark.parametrize("tie", Tie)
def test_no_other_source_is_told_whom_the_asker_is_tied_to(tie: Tie) -> None:
    for facts in (RECORDS, ENTRIES, SENSORS):
        assert pushed(TiedSubject(tie), facts, Bindings()) == ALWAYS
        assert not is_pushed(TiedSubject(tie), facts)


def test_a_source_of_records_is_not_asked_about_their_subjects() -> None:
    for rule in (OWN, InEmergency(), Holds(CONDITIONS["adult"]), negate(OWN)):
        assert pushed(rule, RECORDS, Bindings()) == ALWAYS
        assert not is_pushed(rule, RECORDS)
    today = Holds(CONDITIONS["today"])
    assert pushed(all_of(OWN, today), RECORDS, Bindings()) == Compare("day", Op.GE, "today.edge")


def test_where_there_is_no_area_no_row_is_inside_or_outside_of_one() -> None:
    for rule in (OWN, negate(OWN), InEmergency(), negate(WithinArea(Area("31")))):
        assert pushed(rule, ENTRIES, Bindings()) == NEVER
        assert is_pushed(rule, ENTRIES)


def test_a_source_is_not_asked_about_places_that_another_knows() -> None:
    for rule in (OWN, negate(OWN), InEmergency()):
        assert pushed(rule, SENSORS, Bindings()) == ALWAYS
        assert not is_pushed(rule, SENSORS)
    assert is_pushed(Holds(CONDITIONS["open"]), SENSORS)


def test_a_condition_judges_the_rows_own_field_before_its_subjects() -> None:
    assert judged(CONDITIONS["today"], RECORDS) == Judged(CONDITIONS["today"], field="day")
    assert judged(CONDITIONS["adult"], RECORDS) == Judged(CONDITIONS["adult"], subject_field="birthDate")
    assert judged(CONDITIONS["agreed"], RECORDS) == Judged(CONDITIONS["agreed"])


@pytest.mark.parametrize(
    ("own", "code"), [("310115", "310115000000"), ("310115016", "310115016000"), ("31", "310000"), ("31", "31")]
)
def test_an_area_that_a_register_pads_with_zeros_is_the_same_one(own: str, code: str) -> None:
    asker = Asker("bureau", (Area(own),), at=AT)
    cells: Cells = {**dict.fromkeys(SCALARS), "area": code}
    for rule, expected in ((RelatedArea(Relation.EXACTLY), True), (RelatedArea(Relation.WITHIN), False), (OWN, True)):
        where, values = asked_of(rule, PEOPLE, asker)
        assert holds(where, cells, values) is expected


known_kinds = st.frozensets(
    st.sampled_from([RelatedArea, WithinArea, InEmergency, TiedSubject, Holds]), max_size=5
)  # fmt: skip


@given(rules, rows, askers, known_kinds)
@example(negate(all_of(OWN, TiedSubject(Tie.CASE))), dict.fromkeys([*SCALARS, "consent"]), Asker("x", ()), frozenset())
def test_a_relaxed_rule_is_implied_and_rests_on_what_is_known(
    rule: RowRule, cells: Cells, asker: Asker, kinds: frozenset[type]
) -> None:
    def known(leaf: Leaf) -> bool:
        return type(leaf) in kinds

    wider = relaxed(rule, known)
    assert all(known(leaf) for leaf in leaves(wider))
    row = facts_of(cells)
    if covers(rule, row, asker) is True:
        assert covers(wider, row, asker) is True


@pytest.mark.whole
@given(rules, rows, askers)
def test_a_rule_of_which_all_is_known_is_relaxed_to_itself(rule: RowRule, cells: Cells, asker: Asker) -> None:
    row = facts_of(cells)
    assert covers(relaxed(rule, lambda _: True), row, asker) == covers(rule, row, asker)


@given(rules)
def test_a_rule_of_which_nothing_is_known_is_relaxed_to_every_row_or_none(rule: RowRule) -> None:
    assert relaxed(rule, lambda _: False) in (EVERYTHING, NOTHING)


def test_every_area_is_among_those_that_are_drawn() -> None:
    assert {area.tier for area in AREAS} >= {2, 6, 9, 12, 15}
