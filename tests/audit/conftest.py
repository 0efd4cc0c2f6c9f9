"""What the tests of the audit log share: a key, entries of every shape, and a log on disk."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from audit.log import Log
from audit.note import SigningKey
from vocabulary.receipt import Entry, Given, Kind, Shown, Who

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ORIGIN = "demo-city.example/log"
POLICY = "p, role:analyst, own, Resident.name, read, epidemic-control, ordinary, allow, plain\n"
EPOCH = hashlib.sha256(POLICY.encode()).hexdigest()


class Made:
    """Makes pseudonyms and entries."""

    origin = ORIGIN
    policy = POLICY
    epoch = EPOCH

    def pseudonym(self, number: int) -> str:
        digest = hashlib.sha256(number.to_bytes(4, "big")).digest()[:16]
        return base64.urlsafe_b64encode(digest).decode()[:22]

    def pseudonyms(self, count: int, start: int = 0) -> tuple[str, ...]:
        return tuple(self.pseudonym(number) for number in range(start, start + count))

    def release(self, count: int = 3, start: int = 0, probed: int = 0) -> Entry:
        return Entry(
            Kind.RELEASE,
            "2026-11-21T03:10:11.000Z",
            "ok",
            who=Who("analyst-1", "health-commission", "portal", ("health-analyst",), ("31",)),
            purpose="epidemic-control",
            mode="ordinary",
            document="query { residents(first: $int) { name } }",
            document_hash="ab" * 32,
            epoch=EPOCH,
            shown=(Shown("Resident.name", "name-partial", "area in 31", "policy.csv:5"),),
            subjects={"Resident": self.pseudonyms(count, start)},
            probed={"Resident": self.pseudonyms(probed, 10**6 + start)},
            rows={"Resident": count},
            sources={"population": "ok"},
        )

    def wave(self, count: int = 2, start: int = 0) -> Entry:
        given = Given("eatwell", "delivery", "Resident.identityNo", "policy.csv:44", count)
        return Entry(
            Kind.WAVE,
            "2026-11-21T03:10:10.000Z",
            "ok",
            epoch=EPOCH,
            given=(given,),
            subjects={"Resident": self.pseudonyms(count, start)},
        )


class Faults:
    """A class of connections whose statements break: a dictionary from the start of a statement to what happens then.

    What happens is a function that gets the connection and the statement; it may run it, raise, or answer otherwise.
    """

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


@pytest.fixture(scope="session")
def made() -> Made:
    return Made()


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    return SigningKey.generate(ORIGIN)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def log(tmp_path: Path, signing_key: SigningKey) -> Iterator[Log]:
    log = Log.open(tmp_path / "log", origin=ORIGIN, signing_key=signing_key)
    log.archive(EPOCH, POLICY)
    yield log
    log.close()
