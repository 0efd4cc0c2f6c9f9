"""People, moments and things that the tests of the registry act with."""

from __future__ import annotations

import base64
import datetime as dt
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from policies.clock import Moment
from policies.registry.actor import Act, Actor
from policies.registry.changes import Change
from policies.registry.database import REGISTRY_FILE
from policies.registry.emergencies import Emergency
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.glass import Glass
from policies.registry.registry import Registry
from policies.registry.store import Store
from vocabulary.agreement import Agreement, Wish
from vocabulary.area import Area
from vocabulary.principal import Action

AT = dt.datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
LI = Actor("li", "health", "portal")
ZHOU = Actor("zhou", "health", "portal")
WANG = Actor("wang", "police", "portal")
CHEN = Actor("chen", "police", "desk")
STRANGER = Actor("li", "eatwell", "app")  # another person than LI: ids are unique within an organisation
PUDONG = Area("310115")


class Acts(list[Act]):
    """Records acts, and forgets nothing."""

    def __call__(self, act: Act) -> None:
        self.append(act)

    @property
    def steps(self) -> list[str]:
        return [act.step for act in self]


class LogIsFullError(Exception):
    pass


def refuses_to_record(_: Act) -> None:
    raise LogIsFullError


def forget(_: Act) -> None:
    """A record that does not matter to a test."""


def moment(at: dt.datetime = AT) -> Moment:
    return Moment.exactly(at)


def refused(code: Code) -> pytest.RaisesExc[RegistryRefusedError]:
    """Expect a refusal of this code, whose sentence is one."""
    return pytest.raises(RegistryRefusedError, match=rf"^{code}: [A-Z][^{{}}]*\.$")


def pseudonym(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(16, "big")).decode()[:22]


def agreement(**changes: Any) -> Agreement:
    made = Agreement(
        id="",
        asker="health",
        owner="police",
        roles=("analyst", "nurse"),
        wishes=(
            Wish("Resident.name", Action.READ, "name-partial"),
            Wish("Resident.identityNo", Action.DELIVER, "plain", to="eatwell"),
            Wish("Resident.name", Action.MATCH, "plain"),
        ),
        rows="area in 310115",
        purpose="epidemic-control",
        mode="ordinary",
        basis="传染病防治法 第十二条",
        start=AT + DAY,
        end=AT + 10 * DAY,
        origin="",
    )
    return replace(made, **changes)


def drafted(registry: Registry, **changes: Any) -> str:
    return registry.agreements.draft(LI, AT, forget, agreement(**changes)).id


def asked(registry: Registry, **changes: Any) -> str:
    identifier = drafted(registry, **changes)
    registry.agreements.ask(LI, AT, forget, identifier)
    return identifier


def approved(registry: Registry, **changes: Any) -> str:
    identifier = asked(registry, **changes)
    registry.agreements.approve(WANG, AT, forget, identifier)
    return identifier


def suspended(registry: Registry, **changes: Any) -> str:
    identifier = approved(registry, **changes)
    registry.agreements.suspend(WANG, AT, forget, identifier)
    return identifier


def declared(registry: Registry, at: dt.datetime = AT, **changes: Any) -> Emergency:
    what = {"area": PUDONG, "basis": "突发事件应对法", "start": AT, "end": AT + 2 * DAY, **changes}
    return registry.emergencies.declare(WANG, at, forget, **what)


def confirmed(registry: Registry, **changes: Any) -> Emergency:
    made = declared(registry, **changes)
    registry.emergencies.confirm(CHEN, AT, forget, made.id)
    return made


def broken(registry: Registry, actor: Actor = LI, at: dt.datetime = AT, minutes: int = 30) -> Glass:
    return registry.glass.break_glass(
        actor,
        at,
        forget,
        subject_type="Resident",
        sealed_subject=b"sealed subject",
        pseudonym=pseudonym(7),
        reason=b"sealed reason",
        minutes=minutes,
    )


def proposed(registry: Registry, digest: str, text: str) -> Change:
    return registry.changes.propose(LI, AT, forget, digest=digest, text=text, reason=b"sealed reason")


def content(directory: Path) -> list[str]:
    """Everything that stands in the registry, as SQL."""
    connection = sqlite3.connect(directory / REGISTRY_FILE)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def rows_of(directory: Path, query: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(directory / REGISTRY_FILE)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(query)]
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Approval:
    """What a process of its own does: open the registry, wait for the others, approve, and tell how it went."""

    directory: Path
    identifier: str
    actor: Actor

    def run(self, wait: Callable[[], object]) -> str:
        registry = Registry.open(self.directory)
        try:
            wait()
            registry.agreements.approve(self.actor, AT, forget, self.identifier)
        except RegistryRefusedError as error:
            return error.code
        finally:
            registry.close()
        return "approved"


@dataclass(frozen=True, slots=True)
class Breaking:
    """What a process of its own does: break the glass several times, and tell how often it could."""

    directory: Path
    times: int

    def run(self, wait: Callable[[], object]) -> str:
        registry = Registry.open(self.directory)
        count = 0
        wait()
        for _ in range(self.times):
            try:
                broken(registry)
            except RegistryRefusedError as error:
                assert error.code is Code.TOO_MANY  # noqa: PT017  (in a process of its own)
            else:
                count += 1
        registry.close()
        return str(count)


class Faults:
    """A class of connections whose statements break: from the start of a statement to what happens then."""

    def __init__(self) -> None:
        self.plan: dict[str, Callable[[sqlite3.Connection, Callable[[], sqlite3.Cursor]], sqlite3.Cursor]] = {}
        self.ran: list[str] = []
        plan, ran = self.plan, self.ran

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
                ran.append(sql)
                run = partial(super().execute, sql, parameters)
                for start in plan:
                    if sql.startswith(start):
                        return plan[start](self, run)
                return run()

        self.factory: type[sqlite3.Connection] = Connection

    def fail(self, start: str, *, ran: bool = False, forever: bool = False) -> None:
        """Report an I/O error for a statement, once or forever; `ran`: it was carried out all the same."""

        def broken_step(_: sqlite3.Connection, run: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
            if not forever:
                del self.plan[start]
            if ran:
                run()
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

        self.plan[start] = broken_step


def open_store(directory: Path, faults: Faults) -> Store:
    store = Store(directory, faults.factory)
    store.open()
    return store
