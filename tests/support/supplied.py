"""A supplied supergraph over HTTP, all of it in process: its subgraphs, and whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx

from connectors.breaker import State
from connectors.post import Headers
from connectors.remote import Remote, Reply, Travels
from federation.app import build_exchange, create_app
from federation.built import Exchange
from federation.issuing import issue
from federation.settings import Settings
from tests.support.subgraphs import Subgraph
from vocabulary.catalogue import SourceDeclaration


@dataclass
class Served:
    """A subgraph in process, as the exchange asks it."""

    subgraph: Subgraph
    state: State = State.CLOSED
    is_closed: bool = False

    @property
    def travels(self) -> Travels:
        return self.subgraph.travels

    async def ask(self, body: bytes, *, about: str, safe: bool, headers: Headers) -> Reply:
        assert not self.is_closed, "asked after it was closed"
        return await self.subgraph.ask(body, about=about, safe=safe, headers=headers)

    async def close(self) -> None:
        self.is_closed = True


class Asked:
    """An exchange over HTTP, in process."""

    def __init__(self, home: Path, subgraphs: dict[str, Subgraph], **settings: Any) -> None:
        self.home = home
        self.subgraphs = subgraphs
        self.served: list[Served] = []
        self.exchange: Exchange = build_exchange(
            Settings(home=home, development=True, **settings), make_remote=self._remote
        )
        self.app = create_app(self.exchange)

    def _remote(self, declaration: SourceDeclaration, _base: Path) -> Remote:
        self.served.append(Served(self.subgraphs[declaration.name]))
        return cast(Remote, self.served[-1])

    def token(self, *roles: str) -> dict[str, str]:
        settings = self.exchange.settings
        text = issue(
            settings.keys,
            person="w.m",
            organisation="bureau",
            roles=roles,
            areas=["31"],
            application="",
            issuer=settings.issuer,
            audience=settings.audience,
            seconds=60,
        )
        return {"Authorization": f"Bearer {text}", "X-Purpose": "care"}

    def ask(
        self, query: str, headers: dict[str, str] | list[tuple[str, str]] | None = None, path: str = "/graphql"
    ) -> httpx.Response:
        return asyncio.run(self.asking(query, headers, path))

    async def asking(
        self, query: str, headers: dict[str, str] | list[tuple[str, str]] | None = None, path: str = "/graphql"
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
            return await client.post(path, json={"query": query}, headers=headers)

    def get(self, path: str) -> httpx.Response:
        async def got() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://exchange") as client:
                return await client.get(path)

        return asyncio.run(got())

    def told(self, query: str, headers: dict[str, str] | None = None) -> tuple[Any, dict[str, str]]:
        answer = self.ask(query, headers).json()
        assert "errors" not in answer, answer
        return answer["data"], {one["coordinate"]: one["reason"] for one in answer["extensions"]["withheld"]}

    def entries(self) -> list[dict[str, Any]]:
        return [fields for _, fields in self.exchange.search.recent(None, 50)]


def asked_of(home: Path, subgraphs: dict[str, Subgraph]) -> Iterator[Asked]:
    asked = Asked(home, subgraphs)
    try:
        yield asked
    finally:
        asyncio.run(asked.exchange.close())
