"""The store against an oracle that is written to be read."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.limits.errors import MarkReusedError
from policies.limits.page import Outcome
from policies.limits.reader import Reader
from policies.limits.rules import Rules, day_of
from policies.limits.store import Store
from tests.policies.limits.conftest import NOON, Made
from vocabulary.limits import Charge, Charged, Left, PrincipalLimit, SubjectBudget

if TYPE_CHECKING:
    from collections.abc import Sequence

MADE = Made()
SUBJECTS = MADE.subjects(6)
PRINCIPALS = ("health/wang", "health/li")
LIMITS = (
    PrincipalLimit("care", rows=8, subjects=3, probes=2),
    PrincipalLimit("audit", rows=None, subjects=2, probes=None),
    PrincipalLimit("any", rows=5, subjects=None, probes=None),
    PrincipalLimit("free"),
)
PURPOSES = ("care", "audit", "other", "free")


@dataclass
class Oracle:
    """All that was ever allowed, in one list, and every question answered by going through it."""

    limits: tuple[PrincipalLimit, ...]
    budget: SubjectBudget | None
    allowed: list[tuple[dt.date, Charge]] = field(default_factory=list)
    newest: dt.date = dt.date.min

    def charge(self, charge: Charge) -> Outcome:
        self.newest = self.day(charge.at)
        for on, known in self.allowed:
            if known.mark == charge.mark and self.newest - on <= dt.timedelta(days=1):
                if replace(charge, at=known.at) != known:
                    return MarkReusedError("")
                return Charged(True, "", self.left(charge.principal, charge.purpose, charge.at), frozenset())
        before = self.left(charge.principal, charge.purpose, charge.at)
        if exhausted := self.exhausted(charge.subjects, charge.at):
            return Charged(False, "", before, exhausted)
        new = set(charge.subjects) - self.seen(charge.principal, charge.purpose, self.newest)
        if before.rows is not None and charge.rows > before.rows:
            return Charged(False, "rows", before, frozenset())
        if before.subjects is not None and len(new) > before.subjects:
            return Charged(False, "subjects", before, frozenset())
        if before.probes is not None and charge.probes > before.probes:
            return Charged(False, "probes", before, frozenset())
        self.allowed.append((self.newest, charge))
        return Charged(True, "", self.left(charge.principal, charge.purpose, charge.at), frozenset())

    def day(self, at: dt.datetime) -> dt.date:
        return max(self.newest, at.astimezone(ZoneInfo("Asia/Shanghai")).date())

    def today(self, principal: str, purpose: str, day: dt.date) -> list[Charge]:
        return [one for on, one in self.allowed if (on, one.principal, one.purpose) == (day, principal, purpose)]

    def seen(self, principal: str, purpose: str, day: dt.date) -> set[str]:
        return {subject for one in self.today(principal, purpose, day) for subject in one.subjects}

    def left(self, principal: str, purpose: str, at: dt.datetime) -> Left:
        limits = {one.purpose: one for one in self.limits}
        limit = limits.get(purpose) or limits["any"]
        today = self.today(principal, purpose, self.day(at))
        return Left(
            None if limit.rows is None else limit.rows - sum(one.rows for one in today),
            None if limit.subjects is None else limit.subjects - len(self.seen(principal, purpose, self.day(at))),
            None if limit.probes is None else limit.probes - sum(one.probes for one in today),
        )

    def exhausted(self, subjects: Sequence[str], at: dt.datetime) -> frozenset[str]:
        if self.budget is None:
            return frozenset()
        after = self.day(at) - dt.timedelta(days=self.budget.days)
        recent = [one for on, one in self.allowed if on > after]
        spent = {subject: sum(subject in one.subjects for one in recent) for subject in subjects}
        return frozenset(subject for subject, times in spent.items() if times >= self.budget.disclosures)


CHARGES = st.builds(
    Charge,
    principal=st.sampled_from(PRINCIPALS),
    purpose=st.sampled_from(PURPOSES),
    at=st.integers(-3, 12).map(lambda quarters: NOON + dt.timedelta(hours=6 * quarters)),  # back and forth, over days
    rows=st.integers(0, 6),
    subjects=st.lists(st.sampled_from(SUBJECTS), max_size=4).map(lambda some: tuple(sorted(set(some)))),
    probes=st.integers(0, 3),
    mark=st.integers(0, 40).map(lambda number: number.to_bytes(16, "big")),
)
BUDGETS = st.none() | st.builds(SubjectBudget, st.integers(1, 3), st.integers(1, 3))


@contextmanager
def two_sides(budget: SubjectBudget | None) -> Iterator[tuple[Store, Reader]]:
    rules = Rules(LIMITS, budget)
    with tempfile.TemporaryDirectory() as directory:
        store, reader = Store(Path(directory), rules, MADE.names()), Reader(Path(directory), rules, MADE.names())
        store.open()
        yield store, reader
        reader.close()
        store.close()


def same(found: Outcome, expected: Outcome) -> bool:
    return found == expected or (isinstance(found, MarkReusedError) and isinstance(expected, MarkReusedError))


@pytest.mark.whole
@given(charges=st.lists(CHARGES, min_size=1, max_size=25), budget=BUDGETS)
@settings(max_examples=120, deadline=None)
def test_store_and_oracle_always_agree(charges: list[Charge], budget: SubjectBudget | None) -> None:
    oracle = Oracle(LIMITS, budget)
    with two_sides(budget) as (store, reader):
        for charge in charges:
            assert same(store.charge([charge])[0], oracle.charge(charge))
            day = day_of(charge.at)  # which may lie before the newest
            left = reader.left(charge.principal, charge.purpose, day)
            assert left == oracle.left(charge.principal, charge.purpose, charge.at)
            assert reader.exhausted(SUBJECTS, day) == oracle.exhausted(SUBJECTS, charge.at)


@pytest.mark.whole
@given(batches=st.lists(st.lists(CHARGES, max_size=8), min_size=1, max_size=5), budget=BUDGETS)
@settings(max_examples=120, deadline=None)
def test_charges_committed_together_are_judged_one_after_the_other(
    batches: list[list[Charge]], budget: SubjectBudget | None
) -> None:
    oracle = Oracle(LIMITS, budget)
    with two_sides(budget) as (store, _):
        for batch in batches:
            oracle.newest = max([oracle.newest, *(oracle.day(charge.at) for charge in batch)])
            expected = [oracle.charge(charge) for charge in batch]
            found = store.charge(batch)
            assert all(map(same, found, expected))
            assert len(found) == len(expected)


def test_a_clock_that_jumps_back_opens_no_day_again() -> None:
    with two_sides(None) as (store, reader):
        tomorrow = NOON + dt.timedelta(days=1)
        (spent,) = store.charge([MADE.charge(at=tomorrow, rows=8)])
        (back,) = store.charge([MADE.charge(at=NOON, rows=1)])
        assert isinstance(spent, Charged)
        assert isinstance(back, Charged)
        assert (spent.allowed, back.allowed, back.over) == (True, False, "rows")
        assert reader.left("health/wang", "care", 0) == Left(rows=0, subjects=3, probes=2)


def test_whose_budget_is_spent_is_said_before_the_principals_own_limit() -> None:
    with two_sides(SubjectBudget(1, 1)) as (store, _):
        store.charge([MADE.charge(subjects=SUBJECTS[:1])])
        too_much = MADE.charge(principal="health/li", rows=100, subjects=SUBJECTS[:2])
        assert store.charge([too_much]) == [
            Charged(False, "", Left(rows=8, subjects=3, probes=2), frozenset(SUBJECTS[:1]))
        ]
        rest = replace(too_much, rows=1, subjects=SUBJECTS[1:2])  # under its mark: the first was not counted
        assert store.charge([rest]) == [Charged(True, "", Left(rows=7, subjects=2, probes=2), frozenset())]
