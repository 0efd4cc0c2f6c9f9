from __future__ import annotations

import datetime as dt

import pytest

from policies.clock import Moment
from policies.registry import cases
from policies.registry.actor import Act, ActKind
from policies.registry.cases import Case
from policies.registry.errors import Code
from policies.registry.registry import Registry
from tests.policies.registry.made import AT, DAY, LI, WANG, Acts, forget, moment, pseudonym, refused

TICK = dt.timedelta(microseconds=1)


def opened(registry: Registry, person: str = "zhou", organisation: str = "health", number: int = 1) -> Case:
    return registry.cases.open(
        LI,
        AT,
        forget,
        kind="home-visit",
        subject_type="Resident",
        sealed_subject=b"sealed subject",
        pseudonym=pseudonym(number),
        person=person,
        organisation=organisation,
    )


def test_a_case_is_assigned_to_one_person_until_it_is_closed(registry: Registry, acts: Acts) -> None:
    made = registry.cases.open(
        LI,
        AT,
        acts,
        kind="home-visit",
        subject_type="Resident",
        sealed_subject=b"sealed subject",
        pseudonym=pseudonym(1),
        person="zhou",
        organisation="health",
    )
    subject = ("Resident", b"sealed subject", pseudonym(1))
    assert made == Case("C-2026-1", "home-visit", *subject, "health", "zhou", AT, None)
    second = opened(registry, number=2)
    assert registry.cases.assigned("zhou", "health", moment()) == (made, second)
    assert registry.cases.assigned("zhou", "police", moment()) == ()
    assert registry.cases.assigned("li", "health", moment()) == ()
    registry.cases.close(WANG, AT + DAY, acts, made.id)
    assert registry.cases.assigned("zhou", "health", moment()) == (second,)
    facts = {
        "kind": "home-visit",
        "subject_type": "Resident",
        "pseudonym": pseudonym(1),
        "person": "zhou",
        "organisation": "health",
    }
    assert list(acts) == [
        Act(ActKind.CASE, "C-2026-1", "open", LI, facts),
        Act(ActKind.CASE, "C-2026-1", "close", WANG, facts),
    ]


def test_a_case_counts_from_when_it_was_surely_opened(registry: Registry) -> None:
    made = opened(registry)
    assert registry.cases.assigned("zhou", "health", Moment(AT - TICK, AT + DAY)) == ()
    assert registry.cases.assigned("zhou", "health", moment(AT)) == (made,)


def test_a_person_has_so_many_open_cases_and_no_more(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cases.MOST_OPEN == 1000
    monkeypatch.setattr(cases, "MOST_OPEN", 2)
    first = opened(registry)
    opened(registry)
    with refused(Code.TOO_MANY):
        opened(registry)
    opened(registry, person="li")
    opened(registry, organisation="police")
    registry.cases.close(LI, AT, forget, first.id)
    opened(registry)


def test_a_case_is_closed_once(registry: Registry, acts: Acts) -> None:
    made = opened(registry)
    with refused(Code.UNKNOWN):
        registry.cases.close(LI, AT, acts, "C-2026-9")
    registry.cases.close(LI, AT, forget, made.id)
    with refused(Code.WRONG_STEP):
        registry.cases.close(LI, AT, acts, made.id)
    assert acts == []
