"""A small demo city, opened in this process, that tests ask questions of."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import httpx

from democity.personas import PERSONAS, Persona
from federation.app import build_exchange, create_app
from federation.built import Exchange
from federation.demo import City as Demo
from federation.demo import build_demo, token_of
from federation.document.limits import Limits
from federation.plan.world import World
from federation.rules import POLICY_FILE, world_of
from federation.settings import Settings
from policies.epoch import epoch, parts
from policies.registry.actor import Act, Actor
from portal.static_files import StaticFiles
from portal.templates_of import Templates
from vocabulary.moment import CITY_ZONE

QUESTION = (Path(__file__).parents[2] / "democity" / "city" / "question.graphql").read_text(encoding="utf-8")
ACCESSES = (Path(__file__).parents[2] / "democity" / "city" / "accesses.graphql").read_text(encoding="utf-8")
STREET = "310115016"
RESIDENTS = 2_000
NOW = dt.datetime(2025, 6, 30, 21, tzinfo=CITY_ZONE)
"""When the city of most tests was built: long ago, so that nothing in it is of today."""

_T = TypeVar("_T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, seconds: float = 20.0) -> None:
    """Until a server of ours answers, or fail."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            httpx.get(url, timeout=1.0, trust_env=False)
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def delivery_company(home: Path, port: int) -> AbstractContextManager[None]:
    """The company's own process."""
    return _system("democity.delivery", home, port)


def appearance_bureau(home: Path, port: int) -> AbstractContextManager[None]:
    """The bureau's own process."""
    return _system("democity.appearance", home, port)


@contextlib.contextmanager
def _system(module: str, home: Path, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", module, "--directory", str(home), "--port", str(port)]
    process = subprocess.Popen(command)
    try:
        wait_for(f"http://127.0.0.1:{port}/health")
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


class Loop:
    """One event loop in a thread of its own, as a server has it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]
    text: str

    @property
    def data(self) -> Any:
        assert self.status == 200, self.text
        return self.body["data"]

    @property
    def code(self) -> str:
        return str(self.body["errors"][0]["extensions"]["code"])

    @property
    def withheld(self) -> dict[str, str]:
        return {one["coordinate"]: one["reason"] for one in self.body["extensions"]["withheld"]}

    @property
    def masked(self) -> dict[str, list[str]]:
        masked: dict[str, list[str]] = self.body["extensions"]["masked"]
        return masked


@contextmanager
def _remembering() -> Iterator[None]:
    """What is the same for equal texts is made once for all tests of a process: graphs, and the templates of the pages.

    They are most of what it takes to open an exchange, and nobody changes them.
    """
    with patch("federation.rules.world_of", _world_of), patch("portal.app.Templates", _templates):
        yield


def _world_of(texts: Mapping[str, str]) -> World:
    return _world(tuple(sorted(texts.items())))


@lru_cache(16)
def _world(texts: tuple[tuple[str, str], ...]) -> World:
    return world_of(dict(texts))


@cache
def _templates_made() -> Templates:
    return Templates(StaticFiles())


def _templates(_files: StaticFiles) -> Templates:
    return _templates_made()


class City:
    """An opened exchange over a built city; `ask` goes through HTTP, in process."""

    def __init__(
        self,
        home: Path,
        *,
        policy: str | None = None,
        exchange: str | None = None,
        lists: str | None = None,
        trusted: str | None = None,
        limits: Limits | None = None,
        loop: Loop | None = None,
        **settings: Any,
    ) -> None:
        self.home = home
        self.settings = replace(Settings(home=home, development=True), **settings)
        if policy is not None:
            (home / "policy.csv").write_text(policy, encoding="utf-8")
        if exchange is not None:
            (home / "exchange.yaml").write_text(exchange, encoding="utf-8")
        if lists is not None:
            (home / "lists.yaml").write_text(lists, encoding="utf-8")
        if trusted is not None:
            (home / "trusted.json").write_text(trusted, encoding="utf-8")
            self.settings = replace(self.settings, trusted_documents="trusted.json")
        self._shared = loop is not None
        self._loop = loop or Loop()
        with _remembering():
            self.exchange: Exchange = build_exchange(self.settings, limits)
            self.app = create_app(self.exchange)
        transport = httpx.ASGITransport(app=self.app)
        # The status of an answer is then that of its code (GraphQL over HTTP, "Status Codes").
        accept = {"Accept": "application/graphql-response+json"}
        self._client = httpx.AsyncClient(transport=transport, base_url="http://exchange.test", headers=accept)

    def close(self) -> None:
        self._loop.run(self._client.aclose())
        self._loop.run(self.exchange.close())
        if not self._shared:
            self._loop.close()

    def token(self, who: str | Persona, subject: tuple[str, str] | None = None) -> str:
        return token_of(self.settings, PERSONAS[who] if isinstance(who, str) else who, 600, subject)

    def ask(
        self,
        who: str | Persona,
        document: str,
        variables: Mapping[str, object] | None = None,
        *,
        purpose: str | None = None,
        agreement: str | None = None,
        mode: str | None = None,
        subject: tuple[str, str] | None = None,
    ) -> Reply:
        """Ask; `subject` is the type and key of the resident who asks for own records."""
        persona = PERSONAS[who] if isinstance(who, str) else who
        headers = {"Authorization": f"Bearer {self.token(persona, subject)}", "X-Purpose": purpose or persona.purpose}
        headers |= {"X-Agreement": agreement} if agreement else {}
        headers |= {"X-Mode": mode} if mode else {}
        return self.post({"query": document, "variables": dict(variables or {})}, headers)

    def post(self, body: object, headers: Mapping[str, str] | None = None) -> Reply:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        response = self._loop.run(self._client.post("/graphql", content=content, headers=sent))
        parsed = response.json() if "json" in response.headers.get("content-type", "") else {}
        return Reply(response.status_code, parsed, response.headers, response.text)

    def revise(self, policy: str | None = None, **texts: str) -> None:
        """Change the policy as two people do, and wait until the process has seen it: the promised T at most.

        A policy that could not act is put in the registry all the same, past the judge at the door: the process itself
        must refuse it.
        """
        keeper, changes = self.exchange.keeper, self.exchange.registry.changes
        before = (keeper.current().epoch, keeper.problem)
        approved = parts(changes.approved_text() or "")
        digest, text = epoch({**approved, **({POLICY_FILE: policy} if policy is not None else {}), **texts})
        at = self.exchange.clock.earliest()
        one, two = (Actor(name, "data-bureau", "test") for name in ("first.steward", "second.steward"))
        proposed = changes.propose(one, at, _unrecorded, digest=digest, text=text, reason=b"sealed")
        changes.approve(two, at, _unrecorded, proposed.id)
        deadline = time.monotonic() + self.settings.policy_patience
        while (keeper.current().epoch, keeper.problem) == before:
            assert time.monotonic() < deadline, "a changed policy was not seen in time"

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something in the loop that the exchange lives in."""
        return self._loop.run(work)

    def run_flush(self) -> None:
        """What the door has counted goes on record, as it does once a minute."""
        self._loop.run(self.exchange.door.flush())

    def sample(self) -> None:
        """Let the exchange take its samples for the catalogue, as it does by itself while it runs."""
        assert self.exchange.sampler is not None
        while self._loop.run(self.exchange.sampler.step(self.exchange.clock.earliest())) is not None:
            pass

    def get(self, path: str) -> httpx.Response:
        return self._loop.run(self._client.get(path))

    def rows(self, query: str, parameters: Sequence[object] = (), source: str = "population") -> list[tuple[Any, ...]]:
        """What the source itself holds: the truth that answers are compared with."""
        with contextlib.closing(sqlite3.connect(f"file:{self.home / source}.sqlite?mode=ro", uri=True)) as database:
            return database.execute(query, tuple(parameters)).fetchall()

    def entries(self) -> list[tuple[int, dict[str, Any]]]:
        """The whole log, oldest first."""
        return self.exchange.search.recent(None, 1_000_000)[::-1]


def _unrecorded(_: Act) -> None:
    """Tests look at the entries of what they do themselves."""


def build_city(home: Path, port: int) -> None:
    build_demo(Settings(home=home), Demo(RESIDENTS, delivery_port=port, now=NOW))
