from __future__ import annotations

import pytest
from hypothesis import given

from federation.errors import Code, Refusal
from federation.plan.arguments import OWN_AREAS, Bindings, rule_predicate
from tests.support.planning import plan_of
from tests.vocabulary.test_rows import owns, rows, rules
from vocabulary.area import Area
from vocabulary.fetch import And, Not, Or, Predicate, Within
from vocabulary.rows import RowRule, covers

LINE = "p, any, %s, Resident.%s, %s, any, any, allow, %s\n"


def holds(where: Predicate, area: str | None, values: dict[str, tuple[str, ...]]) -> bool | None:
    match where:
        case And(parts):
            answers = [holds(part, area, values) for part in parts]
            return False if False in answers else None if None in answers else True
        case Or(parts):
            answers = [holds(part, area, values) for part in parts]
            return True if True in answers else None if None in answers else False
        case Not(part):
            answer = holds(part, area, values)
            return None if answer is None else not answer
        case Within(_, slot):
            return None if area is None else area.startswith(values[slot])
        case _:
            raise AssertionError


@given(rules, rows, owns)
def test_a_pushed_rule_selects_exactly_the_rows_that_it_covers(
    rule: RowRule, area: Area | None, own: tuple[Area, ...]
) -> None:
    bindings = Bindings()
    pushed = rule_predicate(rule, "area", bindings)
    values = {OWN_AREAS: tuple(one.code for one in own)}
    values.update(
        {name: tuple(map(str, value)) for name, value in bindings.constants.items() if isinstance(value, tuple)}
    )
    code = None if area is None else area.code
    assert (holds(pushed, code, values) is True) == (covers(rule, area, own) is True)


@given(rules, owns)
def test_where_no_area_is_known_a_pushed_rule_selects_only_what_covers_everything(
    rule: RowRule, own: tuple[Area, ...]
) -> None:
    pushed = rule_predicate(rule, None, Bindings())
    assert (holds(pushed, None, {}) is True) == (covers(rule, None, own) is True)


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
    assert hop.fetch is not None
    assert [(term.field, term.descending) for term in hop.fetch.order] == [("area", True), ("serial", False)]


def test_a_field_that_is_plain_on_some_rows_only_cannot_order_a_list() -> None:
    policy = LINE % ("any", "area", "read", "plain") + LINE % ("own", "name", "read", "plain")
    document = "{ residents(orderBy: [{field: name}]) { nodes { area } } }"
    assert "Resident.name" in refused(document, policy, Code.ORDER_REFUSED)
