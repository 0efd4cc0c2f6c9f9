"""What the tests of the limits share: made-up subjects, charges, and connections that break where they are told to."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from policies.limits.limits import Limits
from policies.limits.names import Names
from policies.limits.rules import Rules
from policies.limits.store import Store
from vocabulary.limits import Charge, PrincipalLimit, SubjectBudget

KEY = bytes(range(32))
NOON = dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC)  # in Shanghai
LIMIT = PrincipalLimit("care", rows=100, subjects=10, probes=5)
BUDGET = SubjectBudget(disclosures=3, days=2)


class Made:
    """Makes subjects and charges; every charge has a mark of its own unless it is given one."""

    key, noon, limit, budget = KEY, NOON, LIMIT, BUDGET

    def __init__(self) -> None:
        self._marks = 0

    def subject(self, number: int) -> str:
        digest = hashlib.sha256(number.to_bytes(4, "big")).digest()[:16]
        return base64.urlsafe_b64encode(digest).decode()[:22]

    def subjects(self, count: int, start: int = 0) -> tuple[str, ...]:
        return tuple(self.subject(number) for number in range(start, start + count))

    def mark(self) -> bytes:
        self._marks += 1
        return self._marks.to_bytes(16, "big")

    def charge(self, **changes: Any) -> Charge:
        known = {"principal": "health/wang", "purpose": "care", "at": NOON, "rows": 1, "subjects": (), "probes": 0}
        return Charge(**{**known, "mark": self.mark(), **changes})

    def names(self) -> Names:
        return Names(KEY)

    def rules(self, *limits: PrincipalLimit, budget: SubjectBudget | None = BUDGET) -> Rules:
        return Rules(limits or (LIMIT,), budget)


class Faults:
    """A class of connections whose statements break: from the start of a statement to what happens then."""

    def __init__(self) -> None:
        self.plan: dict[str, Callable[[sqlite3.Connection, Callable[[], sqlite3.Cursor]], sqlite3.Cursor]] = {}
        plan = self.plan

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
                run = partial(super().execute, sql, parameters)
                for start in plan:
                    if sql.startswith(start):
                        return plan[start](self, run)
                return run()

        self.factory: type[sqlite3.Connection] = Connection

    def fail(self, start: str, *, ran: bool = False, forever: bool = False) -> None:
        """Report an I/O error for a statement, once or forever; `ran`: it was carried out all the same."""

        def broken(_: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
            if not forever:
                del self.plan[start]
            if ran:
                run()
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

        self.plan[start] = broken


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def store(tmp_path: Path, faults: Faults, made: Made) -> Iterator[Store]:
    opened = Store(tmp_path, made.rules(), made.names(), faults.factory)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def limits(tmp_path: Path) -> Iterator[Limits]:
    opened = Limits.open(tmp_path, (LIMIT,), BUDGET, key=KEY)
    yield opened
    opened.close()
