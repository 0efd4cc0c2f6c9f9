"""What holds for every act of the registry, and what all of it together says."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from policies.clock import Moment
from policies.registry.actor import ActKind, Actor, Record
from policies.registry.consents import Consent
from policies.registry.database import REGISTRY_FILE
from policies.registry.errors import RegistryUnavailableError
from policies.registry.glass import Outcome
from policies.registry.registry import Registry
from tests.policies.registry.made import (
    AT,
    CHEN,
    DAY,
    HOUR,
    LI,
    PUDONG,
    WANG,
    ZHOU,
    Acts,
    Faults,
    LogIsFullError,
    agreement,
    approved,
    asked,
    broken,
    confirmed,
    content,
    declared,
    drafted,
    forget,
    moment,
    proposed,
    pseudonym,
    refuses_to_record,
    rows_of,
    suspended,
)

TEXT = "p, any, any, *, read, any, any, allow, plain\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
Try: TypeAlias = Callable[[Registry, Record], object]
SUBJECT = {"subject_type": "Resident", "sealed_subject": b"sealed subject", "pseudonym": pseudonym(1)}


def _blocked(registry: Registry) -> None:
    made = broken(registry)
    registry.glass.review(WANG, AT, forget, made.id, outcome=Outcome.UNJUSTIFIED, note=b"sealed note")


ACTS: Mapping[str, tuple[Callable[[Registry], object], Try]] = {
    "agreement draft": (lambda _: None, lambda r, record: r.agreements.draft(LI, AT, record, agreement())),
    "agreement ask": (drafted, lambda r, record: r.agreements.ask(LI, AT, record, "A-2026-1")),
    "agreement approve": (asked, lambda r, record: r.agreements.approve(WANG, AT, record, "A-2026-1")),
    "agreement refuse": (asked, lambda r, record: r.agreements.refuse(WANG, AT, record, "A-2026-1")),
    "agreement suspend": (approved, lambda r, record: r.agreements.suspend(WANG, AT, record, "A-2026-1")),
    "agreement resume": (suspended, lambda r, record: r.agreements.resume(WANG, AT, record, "A-2026-1")),
    "agreement revoke": (approved, lambda r, record: r.agreements.revoke(LI, AT, record, "A-2026-1")),
    "emergency declare": (
        lambda _: None,
        lambda r, record: r.emergencies.declare(
            WANG, AT, record, area=PUDONG, basis="突发事件应对法", start=AT, end=AT + DAY
        ),
    ),
    "emergency confirm": (declared, lambda r, record: r.emergencies.confirm(CHEN, AT, record, "E-2026-1")),
    "emergency end": (confirmed, lambda r, record: r.emergencies.end_early(LI, AT, record, "E-2026-1")),
    "glass break": (
        lambda _: None,
        lambda r, record: r.glass.break_glass(LI, AT, record, **SUBJECT, reason=b"sealed reason", minutes=5),  # type: ignore[arg-type]
    ),
    "glass review": (
        broken,
        lambda r, record: r.glass.review(
            WANG, AT, record, "G-2026-1", outcome=Outcome.UNJUSTIFIED, note=b"sealed note"
        ),
    ),
    "glass lift": (_blocked, lambda r, record: r.glass.lift(WANG, AT, record, person="li", organisation="health")),
    "consent set": (
        lambda _: None,
        lambda r, record: r.consents.set(
            LI, AT, record, pseudonym=pseudonym(1), purpose="care", consent=Consent.OBJECTED
        ),
    ),
    "consent load": (
        lambda _: None,
        lambda r, record: r.consents.load(LI, AT, record, [(pseudonym(1), "care", Consent.GIVEN)]),
    ),
    "case open": (
        lambda _: None,
        lambda r, record: r.cases.open(LI, AT, record, kind="visit", **SUBJECT, person="zhou", organisation="health"),  # type: ignore[arg-type]
    ),
    "case close": (
        lambda r: ACTS["case open"][1](r, forget),
        lambda r, record: r.cases.close(LI, AT, record, "C-2026-1"),
    ),
    "change propose": (
        lambda _: None,
        lambda r, record: r.changes.propose(LI, AT, record, digest=DIGEST, text=TEXT, reason=b"sealed reason"),
    ),
    "change approve": (
        lambda r: proposed(r, DIGEST, TEXT),
        lambda r, record: r.changes.approve(WANG, AT, record, "P-2026-1"),
    ),
    "change withdraw": (
        lambda r: proposed(r, DIGEST, TEXT),
        lambda r, record: r.changes.withdraw(LI, AT, record, "P-2026-1"),
    ),
    "change trust-first": (
        lambda _: None,
        lambda r, record: r.changes.trust_first(LI, AT, record, digest=DIGEST, text=TEXT),
    ),
}
POLICY = {ActKind.AGREEMENT, ActKind.EMERGENCY, ActKind.CHANGE}


@pytest.mark.parametrize("name", ACTS)
def test_every_act_is_recorded_once_as_what_it_was_and_moves_the_stamp_if_it_decides(
    registry: Registry, acts: Acts, name: str
) -> None:
    prepare, act = ACTS[name]
    prepare(registry)
    before = registry.stamp()
    act(registry, acts)
    assert [f"{each.kind} {each.step}" for each in acts] == [name]
    assert isinstance(acts[0].actor, Actor)
    assert (registry.stamp() != before) is (acts[0].kind in POLICY)


@pytest.mark.parametrize("name", ACTS)
def test_no_act_without_its_receipt(registry: Registry, tmp_path: Path, name: str) -> None:
    prepare, act = ACTS[name]
    prepare(registry)
    before, stamp = content(tmp_path), registry.stamp()
    with pytest.raises(LogIsFullError):
        act(registry, refuses_to_record)
    assert (content(tmp_path), registry.stamp()) == (before, stamp)
    act(registry, forget)
    assert content(tmp_path) != before


@pytest.mark.parametrize("name", ACTS)
def test_an_act_whose_commit_fails_has_not_happened(tmp_path: Path, faults: Faults, acts: Acts, name: str) -> None:
    registry = Registry.open(tmp_path, factory=faults.factory)
    prepare, act = ACTS[name]
    prepare(registry)
    before = content(tmp_path)
    faults.fail("COMMIT")
    with pytest.raises(RegistryUnavailableError):
        act(registry, acts)
    assert (content(tmp_path), len(acts)) == (before, 1)
    act(registry, acts)
    assert content(tmp_path) != before
    registry.close()


@pytest.mark.parametrize("name", ACTS)
def test_no_receipt_holds_a_reason_or_a_sealed_subject(registry: Registry, acts: Acts, name: str) -> None:
    prepare, act = ACTS[name]
    prepare(registry)
    act(registry, acts)
    assert "sealed" not in repr(acts)


def test_what_one_process_keeps_every_other_sees(registry: Registry, tmp_path: Path) -> None:
    other = Registry.open(tmp_path)
    before = (registry.stamp(), other.stamp())
    identifier = approved(other)
    assert registry.stamp() == other.stamp() != before[0] == before[1]
    assert registry.agreements.in_registry() == other.agreements.in_registry()
    assert [each.id for each in registry.agreements.in_registry()] == [identifier]
    other.close()


def test_the_registry_is_there_after_it_was_closed(tmp_path: Path) -> None:
    first = Registry.open(tmp_path)
    approved(first)
    text, stamp = first.policy_text(), first.stamp()
    first.close()
    second = Registry.open(tmp_path)
    assert (second.policy_text(), second.stamp()) == (text, stamp)
    second.close()


def test_to_ask_for_the_stamp_costs_little(registry: Registry) -> None:
    """A few microseconds by themselves; the bound leaves room for a busy machine."""
    registry.stamp()
    best = 1.0
    for _ in range(200):
        began = time.perf_counter()
        registry.stamp()
        best = min(best, time.perf_counter() - began)
    assert best < 200e-6


def test_the_policy_text_holds_what_decides_and_nobody(registry: Registry) -> None:
    drafted(registry)
    asked(registry)
    kept = approved(registry)
    suspended(registry)
    registry.agreements.revoke(LI, AT + HOUR, forget, approved(registry))
    declared(registry)
    emergency = confirmed(registry, start=AT - DAY)
    registry.emergencies.end_early(LI, AT, forget, confirmed(registry).id)
    text = registry.policy_text()
    said = json.loads(text)
    assert [(each["id"], each["step"]) for each in said["agreements"]] == [
        ("A-2026-3", "approved"),
        ("A-2026-4", "suspended"),
        ("A-2026-5", "revoked"),
    ]
    assert said["agreements"][0] == {
        "id": kept,
        "asker": "health",
        "owner": "police",
        "roles": ["analyst", "nurse"],
        "wishes": [
            ["Resident.name", "read", "name-partial", ""],
            ["Resident.identityNo", "deliver", "plain", "eatwell"],
            ["Resident.name", "match", "plain", ""],
        ],
        "rows": "area in 310115",
        "purpose": "epidemic-control",
        "mode": "ordinary",
        "basis": "传染病防治法 第十二条",
        "start": "2026-11-25T02:00:00.123456+00:00",
        "end": "2026-12-04T02:00:00.123456+00:00",
        "step": "approved",
        "since": "2026-11-24T02:00:00.123456+00:00",
    }
    assert said["agreements"][2]["since"] == (AT + HOUR).isoformat()
    assert said["emergencies"] == [
        {
            "id": emergency.id,
            "area": "310115",
            "basis": "突发事件应对法",
            "start": AT.isoformat(),  # when it was confirmed
            "end": (AT + 2 * DAY).isoformat(),
        }
    ]
    for actor in (LI, ZHOU, WANG, CHEN):
        assert f'"{actor.person}"' not in text


def test_the_policy_text_is_one_for_one_content(registry: Registry, tmp_path: Path) -> None:
    approved(registry)
    confirmed(registry)
    other = Registry.open(tmp_path)
    text = other.policy_text()
    assert text == registry.policy_text()
    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    broken(other)
    drafted(other)
    assert other.policy_text() == text
    other.agreements.suspend(WANG, AT, forget, "A-2026-1")
    assert other.policy_text() != text
    other.close()


def test_with_a_moment_the_policy_text_leaves_out_what_is_over(registry: Registry) -> None:
    approved(registry)
    confirmed(registry)

    def kept(when: Moment) -> tuple[int, int]:
        said = json.loads(registry.policy_text(when))
        return len(said["agreements"]), len(said["emergencies"])

    assert kept(moment(AT)) == (1, 1)
    assert kept(moment(AT + 2 * DAY)) == (1, 0)
    assert kept(Moment(AT, AT + 10 * DAY)) == (0, 0)


def test_the_views_say_it_in_text_for_everybody(registry: Registry, tmp_path: Path) -> None:
    approved(registry)
    drafted(registry, roles=())
    registry.emergencies.end_early(LI, AT + HOUR, forget, confirmed(registry).id)
    _blocked(registry)
    broken(registry, ZHOU)
    registry.changes.approve(WANG, AT, forget, proposed(registry, DIGEST, TEXT).id)
    now = "2026-11-24T02:00:00+00:00"
    first, second = rows_of(tmp_path, "SELECT * FROM agreement_view ORDER BY id")
    assert first == {
        "id": "A-2026-1",
        "serial": 2026000001,
        "asker": "health",
        "owner": "police",
        "roles": "analyst, nurse",
        "purpose": "epidemic-control",
        "mode": "ordinary",
        "rows": "area in 310115",
        "coordinates": "Resident.name, Resident.identityNo",
        "basis": "传染病防治法 第十二条",
        "startsAt": "2026-11-25T02:00:00+00:00",
        "endsAt": "2026-12-04T02:00:00+00:00",
        "step": "approved",
        "draftedBy": "li",
        "approvedBy": "wang",
    }
    assert (second["roles"], second["step"], second["approvedBy"]) == ("", "draft", None)
    (emergency,) = rows_of(tmp_path, "SELECT * FROM emergency_view")
    assert (emergency["declaredBy"], emergency["confirmedBy"], emergency["endedBy"]) == ("wang", "chen", "li")
    assert (emergency["declaredByOrganisation"], emergency["startsAt"]) == ("police", now)
    assert emergency["endedAt"] == "2026-11-24T03:00:00+00:00"
    until = "2026-11-24T02:30:00+00:00"
    opening = {"organisation": "health", "openedAt": now, "until": until}
    assert rows_of(tmp_path, "SELECT * FROM glass_view ORDER BY id") == [
        {
            "id": "G-2026-1",
            "serial": 2026000001,
            "person": "li",
            **opening,
            "reviewedBy": "wang",
            "outcome": "unjustified",
            "reason": b"sealed reason".hex().upper(),
            "note": b"sealed note".hex().upper(),
        },
        {
            "id": "G-2026-2",
            "serial": 2026000002,
            "person": "zhou",
            **opening,
            "reviewedBy": None,
            "outcome": None,
            "reason": b"sealed reason".hex().upper(),
            "note": "",
        },
    ]
    (change,) = rows_of(tmp_path, "SELECT * FROM change_view")
    assert (change["id"], change["digest"], change["step"]) == ("P-2026-1", DIGEST, "approved")
    assert (change["proposedBy"], change["settledBy"], change["settledAt"]) == ("li", "wang", now)


def test_the_views_number_things_in_the_order_in_which_they_were_made(registry: Registry, tmp_path: Path) -> None:
    made = [drafted(registry) for _ in range(11)]
    made.append(registry.agreements.draft(LI, AT + 365 * DAY, forget, agreement()).id)
    assert made[-1] == "A-2027-1"
    rows = rows_of(tmp_path, "SELECT id FROM agreement_view ORDER BY serial")
    assert [row["id"] for row in rows] == made


def test_the_cases_view_says_whose_they_are_and_not_about_whom(registry: Registry, tmp_path: Path) -> None:
    prepare, close = ACTS["case close"]
    prepare(registry)
    close(registry, forget)
    now = "2026-11-24T02:00:00+00:00"
    (row,) = rows_of(tmp_path, "SELECT id, kind, person, organisation, openedAt, closedAt FROM case_view")
    assert tuple(row.values()) == ("C-2026-1", "visit", "zhou", "health", now, now)


def test_views_hold_nothing_sealed_and_no_pseudonym(registry: Registry, tmp_path: Path) -> None:
    for prepare, act in (ACTS["glass lift"], ACTS["case open"], ACTS["change approve"], ACTS["agreement approve"]):
        prepare(registry)
        act(registry, forget)
    views = [row["name"] for row in rows_of(tmp_path, "SELECT name FROM sqlite_schema WHERE type = 'view'")]
    assert set(views) >= {"agreement_view", "emergency_view", "glass_view", "change_view"}
    for view in views:
        for row in rows_of(tmp_path, f"SELECT * FROM {view}"):
            assert not any(isinstance(value, bytes) for value in row.values())
            assert pseudonym(1) not in row.values()
            assert pseudonym(7) not in row.values()


def test_a_read_only_connection_reads_the_views(registry: Registry, tmp_path: Path) -> None:
    approved(registry)
    connection = sqlite3.connect(f"file:{tmp_path / REGISTRY_FILE}?mode=ro", uri=True)
    connection.execute("PRAGMA query_only = ON")
    assert connection.execute("SELECT id FROM agreement_view WHERE step = 'approved'").fetchall() == [("A-2026-1",)]
    connection.close()
