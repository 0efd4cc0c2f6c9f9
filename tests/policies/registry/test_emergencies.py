from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.clock import Moment
from policies.registry.actor import Act, ActKind, Actor
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.registry import Registry
from tests.policies.registry.made import (
    AT,
    CHEN,
    DAY,
    HOUR,
    LI,
    PUDONG,
    WANG,
    Acts,
    confirmed,
    declared,
    forget,
    moment,
    refused,
)

END = AT + 2 * DAY
TICK = dt.timedelta(microseconds=1)


def ids_at(registry: Registry, at: dt.datetime) -> list[str]:
    return [each.id for each in registry.emergencies.in_force(moment(at))]


def test_an_emergency_is_declared_by_one_and_confirmed_by_another(registry: Registry, acts: Acts) -> None:
    emergencies = registry.emergencies
    made = emergencies.declare(WANG, AT, acts, area=PUDONG, basis="突发事件应对法", start=AT, end=END)
    assert (made.id, made.declared_by, made.confirmed_by) == ("E-2026-1", WANG, None)
    assert emergencies.in_force(moment(AT + HOUR / 2)) == ()
    emergencies.confirm(CHEN, AT + HOUR / 2, acts, made.id)
    expected = replace(made, confirmed_by=CHEN, confirmed=AT + HOUR / 2)
    assert emergencies.in_force(moment(AT + HOUR / 2)) == (expected,)
    assert emergencies.find(made.id) == expected
    facts = {"area": "310115", "start": AT.isoformat(), "end": END.isoformat()}
    assert list(acts) == [
        Act(ActKind.EMERGENCY, "E-2026-1", "declare", WANG, facts),
        Act(ActKind.EMERGENCY, "E-2026-1", "confirm", CHEN, facts),
    ]


def test_it_is_in_force_from_start_or_confirmation_until_its_end(registry: Registry) -> None:
    later = confirmed(registry, start=AT + DAY)
    assert ids_at(registry, AT + DAY - TICK) == []
    assert ids_at(registry, AT + DAY) == ids_at(registry, END - TICK) == [later.id]
    assert ids_at(registry, END) == []
    earlier = confirmed(registry, start=AT - DAY, end=AT + HOUR)
    assert ids_at(registry, AT - TICK) == []
    assert ids_at(registry, AT) == [earlier.id]


def test_a_moment_in_doubt_opens_nothing(registry: Registry) -> None:
    made = confirmed(registry, start=AT + HOUR)
    assert registry.emergencies.in_force(Moment(AT, AT + 2 * HOUR)) == ()
    assert registry.emergencies.in_force(Moment(AT + 2 * HOUR, END)) == ()
    assert len(registry.emergencies.in_force(Moment(AT + HOUR, END - TICK))) == 1
    assert made.id == "E-2026-1"


@pytest.mark.parametrize("actor", [WANG, CHEN, LI])
def test_any_one_officer_ends_it_at_once(registry: Registry, acts: Acts, actor: Actor) -> None:
    made = confirmed(registry)
    registry.emergencies.end_early(actor, AT + HOUR, acts, made.id)
    assert acts.steps == ["end"]
    assert ids_at(registry, AT) == ids_at(registry, AT + HOUR) == []  # also for a clock that lags behind
    kept = registry.emergencies.find(made.id)
    assert kept is not None
    assert kept.ended == AT + HOUR
    assert not kept.is_in_force(moment(AT))


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (Code.ENDS_BEFORE_START, {"end": AT}),
        (Code.ENDS_BEFORE_START, {"end": AT - DAY}),
        (Code.TOO_LONG, {"end": AT + 30 * DAY + TICK}),
        (Code.EXPIRED, {"start": AT - 2 * DAY, "end": AT}),
    ],
)
def test_a_declaration_that_is_refused(registry: Registry, code: Code, changes: dict[str, dt.datetime]) -> None:
    with refused(code):
        declared(registry, **changes)
    assert declared(registry, end=AT + 30 * DAY).id == "E-2026-1"


def taken_back(registry: Registry) -> str:
    made = declared(registry)
    registry.emergencies.end_early(WANG, AT, forget, made.id)
    return made.id


def ended(registry: Registry) -> str:
    made = confirmed(registry)
    registry.emergencies.end_early(WANG, AT, forget, made.id)
    return made.id


@pytest.mark.parametrize(
    ("code", "make", "actor", "at"),
    [
        (Code.UNKNOWN, lambda _: "E-2026-9", CHEN, AT),
        (Code.SAME_PERSON, lambda registry: declared(registry).id, WANG, AT),
        (Code.SAME_PERSON, lambda registry: declared(registry).id, replace(WANG, application="another"), AT),
        (Code.WRONG_STEP, lambda registry: confirmed(registry).id, LI, AT),
        (Code.WRONG_STEP, taken_back, CHEN, AT),
        (Code.WRONG_STEP, ended, LI, AT),
        (Code.EXPIRED, lambda registry: declared(registry).id, CHEN, AT + HOUR),
        (Code.EXPIRED, lambda registry: declared(registry, end=AT + HOUR / 2).id, CHEN, AT + HOUR / 2),
    ],
)
def test_a_confirmation_that_is_refused(
    registry: Registry, acts: Acts, *, code: Code, make: Callable[[Registry], str], actor: Actor, at: dt.datetime
) -> None:
    identifier = make(registry)
    with refused(code):
        registry.emergencies.confirm(actor, at, acts, identifier)
    assert acts == []


def test_a_confirmation_just_before_it_lapses_counts(registry: Registry) -> None:
    made = declared(registry)
    registry.emergencies.confirm(CHEN, AT + HOUR - TICK, forget, made.id)
    assert ids_at(registry, AT + HOUR) == [made.id]


@pytest.mark.parametrize(("code", "make"), [(Code.UNKNOWN, lambda _: "E-2026-9"), (Code.WRONG_STEP, ended)])
def test_an_end_that_is_refused(registry: Registry, code: Code, make: Callable[[Registry], str]) -> None:
    with refused(code):
        registry.emergencies.end_early(WANG, AT, forget, make(registry))
    assert registry.emergencies.find("E-2026-9") is None


@dataclass
class Oracle:
    """What one emergency is, in plain words."""

    start: dt.datetime
    confirmed: dt.datetime | None = None
    ended: bool = False

    def may(self, verb: str, actor: Actor, at: dt.datetime) -> bool:
        if self.ended:
            return False
        return verb == "end_early" or (self.confirmed is None and actor != WANG and at < min(AT + HOUR, END))

    def is_in_force(self, at: dt.datetime) -> bool:
        return self.confirmed is not None and not self.ended and self.start <= at < END and self.confirmed <= at


offsets = st.sampled_from([-1.0, 0.0, 0.5, 0.9, 1.0, 1.5, 24.0, 47.9, 48.0, 100.0]).map(lambda hours: AT + hours * HOUR)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets.filter(lambda start: start < END),
    st.lists(
        st.tuples(st.sampled_from(["confirm", "confirm", "end_early"]), st.sampled_from([WANG, CHEN, LI]), offsets),
        max_size=5,
    ),
    st.lists(offsets, min_size=1),
)
def test_whatever_officers_try_it_is_in_force_only_between_two_people_and_its_end(
    shared: Registry, start: dt.datetime, tries: list[tuple[str, Actor, dt.datetime]], moments: list[dt.datetime]
) -> None:
    identifier, oracle = declared(shared, start=start).id, Oracle(start)
    for verb, actor, at in tries:
        act = getattr(shared.emergencies, verb)
        if oracle.may(verb, actor, at):
            act(actor, at, forget, identifier)
            oracle.ended = verb == "end_early"
            oracle.confirmed = at if verb == "confirm" else oracle.confirmed
        else:
            with pytest.raises(RegistryRefusedError):
                act(actor, at, forget, identifier)
    for at in moments:
        assert (identifier in ids_at(shared, at)) is oracle.is_in_force(at)
