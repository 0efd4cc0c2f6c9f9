from __future__ import annotations

import pytest

from federation.errors import Code, Refusal
from federation.plan.places import Hop, Plan
from tests.support.planning import plan_of
from vocabulary.fetch import And, Compare, Op, Predicate, Within

LINE = "p, any, %s, Resident.%s, %s, any, any, allow, %s\n"


def refused(document: str, policy: str, code: Code) -> str:
    with pytest.raises(Refusal) as caught:
        plan_of(document, policy=policy)
    assert caught.value.code is code
    return caught.value.message


@pytest.mark.parametrize("where", ["null", "{name: {eq: null}}", "{name: null}", "{and: null}"])
def test_a_null_in_a_filter_is_refused_or_nothing(where: str) -> None:
    document = f"{{ residents(where: {where}) {{ nodes {{ area }} }} }}"
    policy = LINE % ("any", "area", "read", "plain") + LINE % ("any", "name", "read", "plain")
    if where == "null":
        assert plan_of(document, policy=policy)
    else:
        refused(document, policy, Code.ARGUMENT_INVALID)


@pytest.mark.parametrize(
    ("where", "allowed"),
    [
        ('{identityNo: {eq: "x"}}', True),
        ('{identityNo: {in: ["x", "y"]}}', True),
        ('{and: [{identityNo: {eq: "x"}}]}', True),
        ('{not: {identityNo: {eq: "x"}}}', False),
        ('{or: [{identityNo: {eq: "x"}}]}', False),
        ('{not: {not: {identityNo: {eq: "x"}}}}', False),
        ('{identityNo: {startsWith: "x"}}', False),
        ("{identityNo: {isNull: true}}", False),
        ('{name: {eq: "x"}}', False),
    ],
)
def test_match_is_exact_positive_and_at_the_top(where: str, allowed: bool) -> None:
    policy = LINE % ("any", "area", "read", "plain") + LINE % ("own", "identityNo", "match", "plain")
    document = f"{{ residents(where: {where}) {{ nodes {{ area }} }} }}"
    if allowed:
        plan = plan_of(document, policy=policy)
        assert [probe.subject_types for probe in plan.probes] == [("Resident",)]
        assert ("Resident.identityNo", "match") in {(one.coordinate, one.shown) for one in plan.shown}
    else:
        message = refused(document, policy, Code.ARGUMENT_REFUSED)
        assert "Resident." in message


def test_an_order_ends_in_what_says_nothing() -> None:
    policy = LINE % ("any", "area", "read", "plain")
    plan = plan_of("{ residents(orderBy: [{field: area, direction: DESC}]) { nodes { area } } }", policy=policy)
    ((hop,),) = plan.waves
    assert isinstance(hop, Hop)
    assert hop.fetch is not None
    assert [(term.field, term.descending) for term in hop.fetch.order] == [("area", True), ("serial", False)]


def test_a_field_that_is_plain_on_some_rows_only_cannot_order_a_list() -> None:
    policy = LINE % ("any", "area", "read", "plain") + LINE % ("own", "name", "read", "plain")
    document = "{ residents(orderBy: [{field: name}]) { nodes { area } } }"
    assert "Resident.name" in refused(document, policy, Code.ORDER_REFUSED)


def listed(plan: Plan) -> Predicate:
    """What the source of a plan's one list is asked."""
    (hop, *_), *_ = plan.waves
    assert isinstance(hop, Hop)
    assert hop.fetch is not None
    return hop.fetch.where


@pytest.mark.parametrize(
    ("rows", "guards"),
    [
        ("own", [Within("area", "own")]),
        ("any adult", [Compare("birthDate", Op.LE, "adult.atLeast")]),
        ("case", [Compare("identityNo", Op.IN, "case.Resident")]),
        ("own adult", [Within("area", "own"), Compare("birthDate", Op.LE, "adult.atLeast")]),
    ],
)
def test_a_comparison_stands_under_the_rule_of_its_field(rows: str, guards: list[Predicate]) -> None:
    policy = LINE % ("any", "area", "read", "plain") + LINE % (rows, "name", "read", "plain")
    where = listed(plan_of('{ residents(where: {name: {eq: "x"}}) { nodes { area } } }', policy=policy))
    assert isinstance(where, And)
    *stated, comparison = where.parts
    assert set(stated) == set(guards)
    assert isinstance(comparison, Compare)
    assert (comparison.field, comparison.op) == ("name", Op.EQ)


@pytest.mark.parametrize("rows", ["any consented", "any not-objected", "own consented"])
def test_a_field_that_is_plain_where_its_source_can_not_tell_cannot_be_filtered_by(rows: str) -> None:
    """Else the source would compare it on rows of people who did not consent, and the list would show what it found."""
    policy = LINE % ("any", "area", "read", "plain") + LINE % (rows, "name", "read", "plain")
    for where in ('{name: {eq: "x"}}', '{not: {name: {startsWith: "x"}}}', "{name: {isNull: true}}"):
        message = refused(f"{{ residents(where: {where}) {{ nodes {{ area }} }} }}", policy, Code.ARGUMENT_REFUSED)
        assert "is not known to its source" in message


def test_an_identifier_is_not_matched_where_its_source_can_not_tell_whose_it_may_be() -> None:
    policy = LINE % ("any", "area", "read", "plain") + LINE % ("any consented", "identityNo", "match", "plain")
    document = '{ residents(where: {identityNo: {eq: "x"}}) { nodes { area } } }'
    assert "is not known to its source" in refused(document, policy, Code.ARGUMENT_REFUSED)


def test_a_field_that_is_plain_on_all_that_is_listed_may_order_it_whatever_its_rule() -> None:
    policy = LINE % ("own consented", "name", "read", "plain")
    plan = plan_of("{ residents(orderBy: [{field: name}]) { nodes { name } } }", policy=policy)
    assert listed(plan) == Within("area", "own")
