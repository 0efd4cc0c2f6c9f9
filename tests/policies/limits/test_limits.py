from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policies.limits.database import LIMITS_FILE
from policies.limits.errors import LimitsUnavailableError, MalformedChargeError
from policies.limits.limits import Limits
from vocabulary.limits import Charged, Left, PrincipalLimit, SubjectBudget

if TYPE_CHECKING:
    from tests.policies.limits.conftest import Made


def is_ready(limits: Limits) -> bool:
    return limits.ready  # asked anew each time, which the type checker cannot know of a property


def test_both_ways_of_asking_give_the_same_answers(limits: Limits, made: Made) -> None:
    someone, other = made.subjects(2)

    async def scene() -> None:
        for _ in range(3):
            assert (await limits.charge(made.charge(subjects=(someone,), rows=10))).allowed
        assert await limits.exhausted((someone, other), made.noon) == {someone}
        assert await limits.left("health/wang", "care", made.noon) == Left(rows=70, subjects=9, probes=5)

    asyncio.run(scene())
    assert limits.exhausted_sync((someone, other), made.noon) == {someone}
    assert limits.left_sync("health/wang", "care", made.noon) == Left(rows=70, subjects=9, probes=5)
    refused = limits.charge_sync(made.charge(subjects=(someone, other)))
    assert refused == Charged(False, "", Left(rows=70, subjects=9, probes=5), frozenset((someone,)))


def test_many_subjects_are_asked_for_in_parts(limits: Limits, made: Made) -> None:
    crowd = made.subjects(1201)
    for _ in range(3):
        for one in (crowd[0], crowd[700], crowd[-1]):
            assert limits.charge_sync(made.charge(subjects=(one,))).allowed
    assert limits.exhausted_sync(crowd, made.noon) == {crowd[0], crowd[700], crowd[-1]}


def test_an_exchange_without_limits_pays_nothing(tmp_path: Path, made: Made) -> None:
    limits = Limits.open(tmp_path / "none", (PrincipalLimit("care"),), None, key=made.key)
    charge = made.charge(rows=10**9, subjects=made.subjects(3))

    async def scene() -> None:
        assert await limits.charge(charge) == Charged(True, "", Left(), frozenset())
        assert await limits.exhausted(charge.subjects, made.noon) == frozenset()
        assert await limits.left("health/wang", "care", made.noon) == Left()

    asyncio.run(scene())
    assert limits.charge_sync(charge).allowed
    assert limits.exhausted_sync(charge.subjects, made.noon) == frozenset()
    assert limits.left_sync("health/wang", "care", made.noon) == Left()
    assert not limits.is_needed("care")
    limits.close()
    assert not (tmp_path / "none").exists()


def test_a_purpose_that_nothing_bounds_is_not_counted(tmp_path: Path, made: Made) -> None:
    limits = Limits.open(tmp_path, (made.limit,), None, key=made.key)
    assert limits.is_needed("care")
    assert not limits.is_needed("audit")
    assert limits.charge_sync(made.charge(purpose="audit", rows=10**9)).left == Left()
    assert limits.left_sync("health/wang", "audit", made.noon) == Left()
    limits.close()
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE)) as connection:
        assert connection.execute("SELECT * FROM charged").fetchall() == []


def test_a_budget_alone_counts_no_principal(tmp_path: Path, made: Made) -> None:
    limits = Limits.open(tmp_path, (), SubjectBudget(1, 1), key=made.key)
    assert limits.charge_sync(made.charge(subjects=made.subjects(1))) == Charged(True, "", Left(), frozenset())
    assert not limits.charge_sync(made.charge(subjects=made.subjects(1))).allowed
    limits.close()
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE)) as connection:
        assert connection.execute("SELECT * FROM used UNION ALL SELECT *, 0, 0 FROM seen").fetchall() == []


def test_a_store_that_cannot_be_written_stops_the_start(tmp_path: Path, made: Made) -> None:
    (tmp_path / "limits").write_text("a file")
    with pytest.raises(LimitsUnavailableError):
        Limits.open(tmp_path / "limits", (made.limit,), None, key=made.key)


@pytest.mark.parametrize("held", [0.05, 60.0])
def test_a_lock_that_another_holds_too_long_means_that_nothing_is_released(
    limits: Limits, tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch, held: float
) -> None:
    assert limits.charge_sync(made.charge()).allowed  # and the writer is at rest
    monkeypatch.setattr("policies.limits.database.BUSY_SECONDS", held)  # the store gives up first, or its caller does
    monkeypatch.setattr("policies.limits.limits.LATE_SECONDS", 2.0 if held < 1 else 0.05)
    charge = made.charge()
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LimitsUnavailableError, match=r"locked|within 0\.05 s"):
            limits.charge_sync(charge)
        with pytest.raises(LimitsUnavailableError, match=r"locked|within 0\.05 s"):
            asyncio.run(limits.charge(charge))
        assert limits.left_sync("health/wang", "care", made.noon) == Left(rows=99, subjects=10, probes=5)
        holder.execute("ROLLBACK")
    monkeypatch.setattr("policies.limits.limits.LATE_SECONDS", 10.0)
    assert limits.charge_sync(charge).left == Left(rows=98, subjects=10, probes=5)


def test_a_charge_that_its_thread_gave_up_before_its_turn_is_never_counted(
    limits: Limits, tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.charge_sync(made.charge()).allowed  # and the writer is at rest
    monkeypatch.setattr("policies.limits.database.BUSY_SECONDS", 60.0)
    monkeypatch.setattr("policies.limits.limits.LATE_SECONDS", 0.05)
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        for rows in (1, 10):  # the first is being written, the second waits for its turn
            with pytest.raises(LimitsUnavailableError, match="within"):
                limits.charge_sync(made.charge(rows=rows))
        holder.execute("ROLLBACK")
    monkeypatch.setattr("policies.limits.limits.LATE_SECONDS", 10.0)
    assert limits.charge_sync(made.charge(rows=1)).left.rows == 97


def test_a_question_that_is_answered_late_is_not_answered(
    limits: Limits, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, gate = threading.Event(), threading.Event()

    def slow(*_: object) -> Left:
        asked.set()
        assert gate.wait(10)
        return Left()

    monkeypatch.setattr(limits._reader, "left", slow)
    monkeypatch.setattr("policies.limits.limits.LATE_SECONDS", 0.05)
    with pytest.raises(LimitsUnavailableError, match="within"):
        asyncio.run(limits.left("health/wang", "care", made.noon))
    assert asked.is_set()
    gate.set()


def test_counters_that_cannot_be_read_answer_nothing(limits: Limits, tmp_path: Path, made: Made) -> None:
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE)) as connection:
        connection.execute("ALTER TABLE disclosed RENAME TO lost")
        with pytest.raises(LimitsUnavailableError, match="disclosed"):
            limits.exhausted_sync(made.subjects(1), made.noon)
        connection.execute("ALTER TABLE lost RENAME TO disclosed")
    assert limits.exhausted_sync(made.subjects(1), made.noon) == frozenset()


def test_what_can_never_be_counted_is_refused_at_the_door(limits: Limits, made: Made) -> None:
    naive = made.noon.replace(tzinfo=None)
    for refused in (
        lambda: limits.charge_sync(made.charge(rows=-1)),
        lambda: limits.charge_sync(made.charge(at=naive)),
        lambda: limits.exhausted_sync(("310101199001011234",), made.noon),
        lambda: limits.exhausted_sync(made.subjects(1), naive),
        lambda: limits.left_sync("health/wang", "care", naive),
        lambda: asyncio.run(limits.charge(made.charge(subjects=("310101199001011234",)))),
        lambda: asyncio.run(limits.left("health/wang", "care", naive)),
    ):
        with pytest.raises(MalformedChargeError) as error:
            refused()
        assert "310101" not in str(error.value)
    assert is_ready(limits)
    assert limits.charge_sync(made.charge()).allowed


def test_closed_limits_answer_nothing(tmp_path: Path, made: Made) -> None:
    limits = Limits.open(tmp_path, (made.limit,), made.budget, key=made.key)
    limits.close()
    assert not is_ready(limits)
    with pytest.raises(LimitsUnavailableError, match="closed"):
        limits.charge_sync(made.charge())
    with pytest.raises(LimitsUnavailableError, match="closed"):
        limits.left_sync("health/wang", "care", made.noon)
    limits.close()  # again is no error
