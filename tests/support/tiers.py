"""The three exchanges of `examples/three_tiers`, opened in this process, each asking the one below without a socket."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import federation.app
from connectors import connect
from connectors.contract import Connector
from connectors.exchange import ExchangeConnector
from democity.personas import Persona
from examples.three_tiers.build import TIERS, build
from federation.identity import ExchangeKeys, PassportOffice, Reference
from tests.support.city import City, Loop, Reply
from tests.support.network import Stand
from vocabulary.area import Area
from vocabulary.catalogue import SourceDeclaration
from vocabulary.principal import Mode, Principal

PURPOSE: Final = "elderly-care"
ANALYST: Final = Persona("wang.f", "civil-affairs-bureau", "desk", ("care-analyst",), ("31",), PURPOSE)
COORDINATOR: Final = Persona("li.n", "pudong-data-bureau", "desk", ("care-coordinator",), ("310115",), PURPOSE)
WORKER: Final = Persona("zhou.m", "huamu-street-office", "desk", ("street-worker",), ("310115016",), PURPOSE)
RESIDENTS: Final = """query ($first: Int!, $after: String, $where: ResidentWhere) {
  residents(first: $first, after: $after, where: $where) {
    nodes { id name phone ageBand livesAlone area care { careLevel } } pageInfo { hasNextPage endCursor }
  }
}"""

Change = Mapping[str, Callable[[str], str]]
"""`tier/file` → its text, changed."""


class Tiers:
    """Street, district and city."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
        build(directory)
        for name, changed in change.items():
            path = directory / name
            path.write_text(changed(path.read_text(encoding="utf-8")), encoding="utf-8")
        self.directory = directory
        self.sent: list[httpx.Request] = []
        self.answer: Callable[[httpx.Request, httpx.Response], httpx.Response] | None = None
        self._loop = Loop()
        self._at: dict[int, City] = {}
        monkeypatch.setattr(federation.app, "connect", self._connect)
        for tier in TIERS:
            self._at[tier.port] = City(directory / tier.folder, loop=self._loop)
        self.street, self.district, self.city = (self._at[tier.port] for tier in TIERS)

    def close(self) -> None:
        for one in reversed(self._at.values()):
            one.close()
        self._loop.close()

    def _connect(self, declaration: SourceDeclaration, base: Path) -> Connector:
        if declaration.connector != "exchange":
            return connect(declaration, base)
        return ExchangeConnector(declaration, base, Stand(self.answered))

    async def answered(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        lower = self._at[request.url.port or 0]
        answered = await httpx.ASGITransport(app=lower.app).handle_async_request(request)
        whole = httpx.Response(answered.status_code, headers=answered.headers, content=await answered.aread())
        return whole if self.answer is None else self.answer(request, whole)

    def register(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the street's own register holds."""
        path = self.directory / "street" / "register.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(query, parameters).fetchall()


@contextmanager
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change | None = None) -> Iterator[Tiers]:
    """The three, for one test."""
    tiers = Tiers(tmp_path, monkeypatch, change or {})
    try:
        yield tiers
    finally:
        tiers.close()


class Caller:
    """An exchange above, in the hands of somebody who has its keys and may say with them what they like."""

    def __init__(self, tiers: Tiers, folder: str, lower: City, audience: str) -> None:
        home = tiers.directory / folder
        name = {tier.folder: tier.exchange for tier in TIERS}[folder]
        self.office = PassportOffice(name, ExchangeKeys(home / "keys"), tiers.city.exchange.keys)
        self._lower = lower
        self._audience = audience

    def passport(self, **said: Any) -> str:
        """A passport that says so."""
        who = Principal(
            id=said.get("person", "nobody.at.all"),
            organisation=said.get("organisation", "pudong-data-bureau"),
            application="",
            roles=frozenset(said.get("roles", ("care-coordinator",))),
            areas=tuple(map(Area, said.get("areas", ("310115",)))),
        )
        return self.office.issue(
            who,
            source=said.get("audience", self._audience),
            purpose=said.get("purpose", PURPOSE),
            agreement=said.get("agreement", ""),
            mode=said.get("mode", Mode.ORDINARY),
            receipt=Reference("tongguan.local/made-up", 7),
        )

    def ask(
        self,
        document: str,
        variables: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **said: Any,
    ) -> Reply:
        """Ask the lower exchange as it would be asked by the real one."""
        sent = {"X-Passport": self.passport(**said), **(headers or {})}
        return self._lower.post({"query": document, "variables": dict(variables or {})}, sent)
