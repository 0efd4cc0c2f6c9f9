from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.clock import Moment
from policies.registry.actor import Act, ActKind, Actor, Record
from policies.registry.agreements import status_at
from policies.registry.errors import Code, RegistryRefusedError
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
    agreement,
    approved,
    asked,
    drafted,
    forget,
    moment,
    refused,
    suspended,
)
from vocabulary.agreement import Status

VERBS = ("ask", "approve", "refuse", "suspend", "resume", "revoke")
END = AT + 10 * DAY


def do(
    registry: Registry, verb: str, actor: Actor, identifier: str, *, at: dt.datetime, record: Record = forget
) -> None:
    getattr(registry.agreements, verb)(actor, at, record, identifier)


def refused_one(registry: Registry) -> str:
    identifier = asked(registry)
    registry.agreements.refuse(WANG, AT, forget, identifier)
    return identifier


def revoked(registry: Registry) -> str:
    identifier = approved(registry)
    registry.agreements.revoke(LI, AT, forget, identifier)
    return identifier


MAKE = {
    "draft": drafted,
    "asked": asked,
    "approved": approved,
    "suspended": suspended,
    "refused": refused_one,
    "revoked": revoked,
}


def test_an_agreement_goes_its_way_and_each_step_is_recorded(registry: Registry, acts: Acts) -> None:
    agreements = registry.agreements
    kept = agreements.draft(LI, AT, acts, agreement())
    assert kept == agreement(id="A-2026-1", origin="registry:A-2026-1")
    for verb, actor, status in (
        ("ask", ZHOU, Status.ASKED),
        ("approve", WANG, Status.APPROVED),
        ("suspend", CHEN, Status.SUSPENDED),
        ("resume", WANG, Status.APPROVED),
        ("revoke", LI, Status.REVOKED),
    ):
        do(registry, verb, actor, kept.id, at=AT + DAY, record=acts)
        assert agreements.status(kept.id) is status
    assert acts.steps == ["draft", "ask", "approve", "suspend", "resume", "revoke"]
    facts = {"asker": "health", "owner": "police", "purpose": "epidemic-control", "mode": "ordinary"}
    assert acts[2] == Act(ActKind.AGREEMENT, kept.id, "approve", WANG, facts)
    found = agreements.find(kept.id)
    assert found is not None
    assert (found.agreement, found.since) == (kept, AT + DAY)
    assert (found.drafted_by, found.asked_by, found.approved_by) == (LI, ZHOU, WANG)


def test_ids_count_within_the_citys_year(registry: Registry) -> None:
    new_year = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)
    moments = [AT, new_year - dt.timedelta(seconds=1), new_year]
    ids = [registry.agreements.draft(LI, at, forget, agreement()).id for at in moments]
    assert ids == ["A-2026-1", "A-2026-2", "A-2027-1"]


def test_a_draft_is_replaced_by_its_drafter(registry: Registry) -> None:
    identifier = drafted(registry)
    other = agreement(id=identifier, owner="education", roles=(), purpose="care")
    assert registry.agreements.draft(LI, AT + DAY, forget, other).id == identifier
    kept = registry.agreements.find(identifier)
    assert kept is not None
    assert (kept.agreement, kept.step) == (replace(other, origin=f"registry:{identifier}"), Status.DRAFT)


@pytest.mark.parametrize(
    ("code", "actor", "changes"),
    [
        (Code.NOT_ASKER, WANG, {}),
        (Code.NOT_ASKER, STRANGER, {}),
        (Code.ENDS_BEFORE_START, LI, {"end": AT + DAY}),
        (Code.ENDS_BEFORE_START, LI, {"end": AT}),
        (Code.UNKNOWN, LI, {"id": "A-2026-99"}),
        (Code.MALFORMED, LI, {"basis": "\ud800"}),
    ],
)
def test_a_draft_that_is_refused(
    registry: Registry, acts: Acts, code: Code, actor: Actor, changes: dict[str, object]
) -> None:
    with refused(code):
        registry.agreements.draft(actor, AT, acts, agreement(**changes))
    assert acts == []
    assert drafted(registry) == "A-2026-1"


@pytest.mark.parametrize(("step", "actor", "code"), [("draft", ZHOU, Code.NOT_DRAFTER), ("asked", LI, Code.WRONG_STEP)])
def test_only_a_draft_is_replaced_and_only_by_its_drafter(
    registry: Registry, step: str, actor: Actor, code: Code
) -> None:
    identifier = MAKE[step](registry)
    with refused(code):
        registry.agreements.draft(actor, AT, forget, agreement(id=identifier, purpose="care"))
    kept = registry.agreements.find(identifier)
    assert kept is not None
    assert kept.agreement.purpose == "epidemic-control"


@pytest.mark.parametrize(
    ("step", "verb", "actor", "at", "code"),
    [
        ("draft", "ask", WANG, AT, Code.NOT_ASKER),
        ("draft", "approve", WANG, AT, Code.WRONG_STEP),
        ("draft", "revoke", LI, AT, Code.WRONG_STEP),
        ("asked", "ask", LI, AT, Code.WRONG_STEP),
        ("asked", "approve", LI, AT, Code.NOT_OWNER),
        ("asked", "approve", ZHOU, AT, Code.NOT_OWNER),
        ("asked", "approve", STRANGER, AT, Code.UNKNOWN),
        ("asked", "approve", WANG, END, Code.EXPIRED),
        ("asked", "refuse", LI, AT, Code.NOT_OWNER),
        ("asked", "revoke", STRANGER, AT, Code.UNKNOWN),
        ("approved", "approve", WANG, AT, Code.WRONG_STEP),
        ("approved", "refuse", WANG, AT, Code.WRONG_STEP),
        ("approved", "suspend", LI, AT, Code.NOT_OWNER),
        ("approved", "resume", WANG, AT, Code.WRONG_STEP),
        ("approved", "revoke", STRANGER, AT, Code.UNKNOWN),
        ("suspended", "resume", LI, AT, Code.NOT_OWNER),
        ("suspended", "resume", WANG, END, Code.EXPIRED),
        ("suspended", "suspend", WANG, AT, Code.WRONG_STEP),
        ("refused", "ask", LI, AT, Code.WRONG_STEP),
        ("refused", "approve", WANG, AT, Code.WRONG_STEP),
        ("refused", "revoke", WANG, AT, Code.WRONG_STEP),
        ("revoked", "resume", WANG, AT, Code.WRONG_STEP),
        ("revoked", "approve", WANG, AT, Code.WRONG_STEP),
        ("revoked", "revoke", LI, AT, Code.WRONG_STEP),
    ],
)
def test_a_step_that_is_refused(
    registry: Registry, acts: Acts, *, step: str, verb: str, actor: Actor, at: dt.datetime, code: Code
) -> None:
    identifier = MAKE[step](registry)
    with refused(code):
        do(registry, verb, actor, identifier, at=at, record=acts)
    assert acts == []
    assert registry.agreements.status(identifier) == step


@pytest.mark.parametrize("verb", VERBS)
def test_what_nobody_drafted_has_no_steps(registry: Registry, verb: str) -> None:
    with refused(Code.UNKNOWN):
        do(registry, verb, WANG, "A-2026-1", at=AT)
    with refused(Code.UNKNOWN):
        registry.agreements.status("A-2026-1")
    assert registry.agreements.find("A-2026-1") is None


@pytest.mark.parametrize("asker", [LI, ZHOU])
def test_nobody_approves_what_they_drafted_or_asked_for_within_one_organisation(
    registry: Registry, asker: Actor
) -> None:
    identifier = drafted(registry, owner="health")
    registry.agreements.ask(asker, AT, forget, identifier)
    for actor in {LI, asker}:
        elsewhere = replace(actor, application="another")
        with refused(Code.OWN_REQUEST):
            registry.agreements.approve(elsewhere, AT, forget, identifier)
    registry.agreements.approve(Actor("sun", "health", "portal"), AT, forget, identifier)


def test_whoever_belongs_to_both_organisations_does_not_approve_what_they_asked_for(registry: Registry) -> None:
    identifier = asked(registry)
    with pytest.raises(RegistryRefusedError, match="OWN_REQUEST"):
        registry.agreements.approve(Actor("li", "police", "portal"), AT, forget, identifier)
    assert registry.agreements.status(identifier) is Status.ASKED


def test_of_two_approvals_at_once_by_threads_one_succeeds(registry: Registry, tmp_path: Path) -> None:
    other = Registry.open(tmp_path)
    for identifier in [asked(registry) for _ in range(20)]:
        barrier, answers = threading.Barrier(4), list[str]()

        def approve(
            mine: Registry, actor: Actor, *, which: str = identifier, start: threading.Barrier = barrier
        ) -> None:
            start.wait()
            try:
                mine.agreements.approve(actor, AT, forget, which)
            except RegistryRefusedError as error:
                answers.append(error.code)  # noqa: B023  (this round's)
            else:
                answers.append("approved")  # noqa: B023

        who = [(registry, WANG), (registry, CHEN), (other, WANG), (other, CHEN)]
        threads = [threading.Thread(target=approve, args=each) for each in who]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["WRONG_STEP", "WRONG_STEP", "WRONG_STEP", "approved"]
    other.close()


def test_of_two_approvals_at_once_by_processes_one_succeeds(
    registry: Registry, tmp_path: Path, at_once: Callable[[Sequence[Approval | Breaking]], list[str]]
) -> None:
    identifier = asked(registry)
    before = registry.stamp()
    answers = at_once([Approval(tmp_path, identifier, actor) for actor in (WANG, CHEN)])
    assert answers == ["WRONG_STEP", "approved"]
    assert registry.agreements.status(identifier) is Status.APPROVED
    assert registry.stamp() == (before[0] + 1, *before[1:])


def test_the_registry_lists_what_is_approved_or_suspended(registry: Registry) -> None:
    ids = {step: make(registry) for step, make in MAKE.items()}
    listed = registry.agreements.in_registry()
    assert [each.id for each in listed] == [ids["approved"], ids["suspended"]]
    assert listed[0] == agreement(id=ids["approved"], origin=f"registry:{ids['approved']}")
    expected = {ids["approved"]: Status.IN_FORCE, ids["suspended"]: Status.SUSPENDED}
    assert registry.agreements.statuses(moment(AT + 2 * DAY)) == expected


@pytest.mark.parametrize(
    ("stored", "earliest", "latest", "status"),
    [
        (Status.APPROVED, AT, AT, Status.APPROVED),
        (Status.APPROVED, AT + DAY, AT + DAY, Status.IN_FORCE),
        (Status.APPROVED, END - dt.timedelta(microseconds=1), END - dt.timedelta(microseconds=1), Status.IN_FORCE),
        (Status.APPROVED, END, END, Status.EXPIRED),
        (Status.APPROVED, AT, AT + 2 * DAY, Status.APPROVED),  # it may not have started
        (Status.APPROVED, AT + 2 * DAY, END, Status.EXPIRED),  # it may have ended
        (Status.APPROVED, AT, END, Status.EXPIRED),
        (Status.SUSPENDED, AT + 2 * DAY, AT + 2 * DAY, Status.SUSPENDED),
        (Status.SUSPENDED, END, END, Status.EXPIRED),
        *((stored, AT + 2 * DAY, AT + 2 * DAY, stored) for stored in (Status.DRAFT, Status.ASKED)),
        *((stored, END, END, stored) for stored in (Status.DRAFT, Status.ASKED, Status.REFUSED, Status.REVOKED)),
    ],
)
def test_status_follows_from_step_and_clock(
    stored: Status, earliest: dt.datetime, latest: dt.datetime, status: Status
) -> None:
    assert status_at(stored, AT + DAY, END, Moment(earliest, latest)) is status


def test_a_naive_moment_is_a_mistake(registry: Registry) -> None:
    with pytest.raises(ValueError, match="aware"):
        registry.agreements.draft(LI, AT.replace(tzinfo=None), forget, agreement())
    assert drafted(registry) == "A-2026-1"


LEADS = {
    ("draft", "ask"): "asked",
    ("asked", "approve"): "approved",
    ("asked", "refuse"): "refused",
    ("asked", "revoke"): "revoked",
    ("approved", "suspend"): "suspended",
    ("approved", "revoke"): "revoked",
    ("suspended", "resume"): "approved",
    ("suspended", "revoke"): "revoked",
}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["police", "health"]),
    st.lists(
        st.tuples(
            st.sampled_from(VERBS),
            st.sampled_from([LI, ZHOU, WANG, CHEN, STRANGER]),
            st.sampled_from([AT, AT, AT, END]),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_whatever_people_try_the_step_is_what_the_table_says(
    shared: Registry, owner: str, tries: list[tuple[str, Actor, dt.datetime]]
) -> None:
    identifier = drafted(shared, owner=owner)
    step, own, acts, done = "draft", {("li", "health")}, Acts(), list[str]()
    for verb, actor, at in tries:
        may = actor.organisation in {"ask": {"health"}, "revoke": {"health", owner}}.get(verb, {owner})
        leads = LEADS.get((step, verb))
        is_own = verb == "approve" and (actor.person, actor.organisation) in own
        if may and leads and not is_own and not (leads == "approved" and at is END):
            do(shared, verb, actor, identifier, at=at, record=acts)
            step = leads
            own |= {(actor.person, actor.organisation)} if verb == "ask" else set()
            done.append(verb)
        else:
            with pytest.raises(RegistryRefusedError):
                do(shared, verb, actor, identifier, at=at, record=acts)
        assert shared.agreements.status(identifier) == step
    assert acts.steps == done
    assert (identifier in shared.agreements.statuses(moment())) is (step in {"approved", "suspended"})
