from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from policies.clock import Moment
from policies.registry.actor import Act, ActKind, Actor
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.glass import Glass, Outcome
from policies.registry.registry import Registry
from tests.policies.registry.made import (
    AT,
    CHEN,
    DAY,
    LI,
    STRANGER,
    WANG,
    ZHOU,
    Acts,
    Approval,
    Breaking,
    broken,
    forget,
    moment,
    pseudonym,
    refused,
)

MINUTE = dt.timedelta(minutes=1)
TICK = dt.timedelta(microseconds=1)


def open_ids(registry: Registry, at: dt.datetime = AT, actor: Actor = LI) -> list[str]:
    return [each.id for each in registry.glass.open_at(actor.person, actor.organisation, moment(at))]


def judged(registry: Registry, identifier: str, outcome: Outcome, actor: Actor = WANG) -> None:
    registry.glass.review(actor, AT + DAY, forget, identifier, outcome=outcome, note=b"sealed note")


def test_glass_opens_one_record_for_one_person_for_minutes(registry: Registry, acts: Acts) -> None:
    made = registry.glass.break_glass(
        LI,
        AT,
        acts,
        subject_type="Resident",
        sealed_subject=b"sealed subject",
        pseudonym=pseudonym(7),
        reason=b"sealed reason",
        minutes=30,
    )
    until = AT + 30 * MINUTE
    assert made == Glass("G-2026-1", LI, "Resident", b"sealed subject", pseudonym(7), b"sealed reason", AT, until, None)
    assert registry.glass.open_at("li", "health", moment()) == (made,)
    assert open_ids(registry, AT - TICK) == open_ids(registry, until) == []
    assert open_ids(registry, until - TICK) == ["G-2026-1"]
    assert open_ids(registry, actor=STRANGER) == open_ids(registry, actor=ZHOU) == []
    facts = {"subject_type": "Resident", "pseudonym": pseudonym(7), "until": until.isoformat()}
    assert list(acts) == [Act(ActKind.GLASS, "G-2026-1", "break", LI, facts)]


def test_a_moment_in_doubt_opens_nothing(registry: Registry) -> None:
    broken(registry)
    for doubtful in (Moment(AT - TICK, AT), Moment(AT, AT + 30 * MINUTE)):
        assert registry.glass.open_at("li", "health", doubtful) == ()


@pytest.mark.parametrize(
    ("code", "minutes"), [(Code.TOO_LONG, 61), (Code.ENDS_BEFORE_START, 0), (Code.ENDS_BEFORE_START, -5)]
)
def test_glass_is_open_for_a_minute_to_an_hour(registry: Registry, code: Code, minutes: int) -> None:
    with refused(code):
        broken(registry, minutes=minutes)
    broken(registry, minutes=1)
    broken(registry, minutes=60)
    assert len(registry.glass.unreviewed()) == 2


def test_glass_is_broken_three_times_a_day_of_the_city(registry: Registry) -> None:
    midnight = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)
    for at in (AT, AT, midnight - TICK):
        broken(registry, at=at)
    with refused(Code.TOO_MANY):
        broken(registry, at=midnight - TICK)
    broken(registry, STRANGER, midnight - TICK)
    broken(registry, replace(LI, organisation="police"), midnight - TICK)
    broken(registry, at=midnight)
    with refused(Code.TOO_MANY):  # a clock set back gives nobody the day again
        broken(registry, at=AT)


def test_how_often_is_the_operators_choice(tmp_path: Path) -> None:
    registry = Registry.open(tmp_path, most_per_day=1)
    broken(registry)
    with refused(Code.TOO_MANY):
        broken(registry, replace(LI, application="another"))
    registry.close()


def test_each_opening_counts_once_when_threads_break_at_once(registry: Registry) -> None:
    barrier, answers = threading.Barrier(8), list[str]()

    def run() -> None:
        barrier.wait()
        try:
            answers.append(broken(registry).id)
        except RegistryRefusedError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["G-2026-1", "G-2026-2", "G-2026-3", *["TOO_MANY"] * 5]


def test_each_opening_counts_once_when_processes_break_at_once(
    registry: Registry, tmp_path: Path, at_once: Callable[[Sequence[Approval | Breaking]], list[str]]
) -> None:
    answers = at_once([Breaking(tmp_path, times=3), Breaking(tmp_path, times=3)])
    assert sum(map(int, answers)) == 3
    assert [each.id for each in registry.glass.unreviewed()] == ["G-2026-1", "G-2026-2", "G-2026-3"]


def test_a_justified_review_ends_there(registry: Registry, acts: Acts) -> None:
    made = broken(registry)
    registry.glass.review(WANG, AT + DAY, acts, made.id, outcome=Outcome.JUSTIFIED, note=b"sealed note")
    facts = {"outcome": "justified", "pseudonym": pseudonym(7), "subject_type": "Resident"}
    assert list(acts) == [Act(ActKind.GLASS, made.id, "review", WANG, facts)]
    assert registry.glass.unreviewed() == ()
    assert open_ids(registry) == [made.id]
    broken(registry)


def test_an_unjustified_review_closes_and_blocks_until_somebody_lifts_it(registry: Registry, acts: Acts) -> None:
    first, second = broken(registry), broken(registry)
    judged(registry, first.id, Outcome.UNJUSTIFIED)
    assert registry.glass.is_blocked("li", "health")
    assert not registry.glass.is_blocked("li", "eatwell")
    assert open_ids(registry) == []
    with refused(Code.BLOCKED):
        broken(registry, at=AT + DAY)
    broken(registry, STRANGER)
    registry.glass.lift(CHEN, AT + DAY, acts, person="li", organisation="health")
    assert [(act.subject_id, act.step, act.actor) for act in acts] == [(first.id, "lift", CHEN)]
    assert open_ids(registry) == [second.id]  # what was found unjustified stays closed
    broken(registry)


def test_the_second_of_two_unjustified_reviews_blocks_no_harder(registry: Registry) -> None:
    for made in (broken(registry), broken(registry)):
        judged(registry, made.id, Outcome.UNJUSTIFIED)
    registry.glass.lift(CHEN, AT, forget, person="li", organisation="health")
    assert not registry.glass.is_blocked("li", "health")


@pytest.mark.parametrize(
    ("code", "identifier", "actor"),
    [
        (Code.UNKNOWN, "G-2026-9", WANG),
        (Code.SAME_PERSON, "G-2026-1", LI),
        (Code.SAME_PERSON, "G-2026-1", replace(LI, application="another")),
        (Code.WRONG_STEP, "G-2026-2", WANG),
        (Code.WRONG_STEP, "G-2026-2", CHEN),
    ],
)
def test_a_review_that_is_refused(registry: Registry, acts: Acts, code: Code, identifier: str, actor: Actor) -> None:
    broken(registry)
    judged(registry, broken(registry).id, Outcome.JUSTIFIED)
    with refused(code):
        registry.glass.review(actor, AT, acts, identifier, outcome=Outcome.UNJUSTIFIED, note=b"")
    assert acts == []
    assert not registry.glass.is_blocked("li", "health")


@pytest.mark.parametrize(
    ("code", "actor", "person", "organisation"),
    [
        (Code.UNKNOWN, WANG, "zhou", "health"),
        (Code.UNKNOWN, WANG, "li", "eatwell"),
        (Code.SAME_PERSON, LI, "li", "health"),
        (Code.SAME_PERSON, replace(LI, application="another"), "li", "health"),
    ],
)
def test_a_lift_that_is_refused(registry: Registry, code: Code, actor: Actor, person: str, organisation: str) -> None:
    judged(registry, broken(registry).id, Outcome.UNJUSTIFIED)
    with refused(code):
        registry.glass.lift(actor, AT, forget, person=person, organisation=organisation)
    assert registry.glass.is_blocked("li", "health")


def test_what_waits_for_review_is_told_the_oldest_first(registry: Registry) -> None:
    later, earlier = broken(registry, at=AT + MINUTE), broken(registry, WANG)
    assert registry.glass.unreviewed() == (earlier, later)
    assert registry.glass.unreviewed(limit=1) == (earlier,)
