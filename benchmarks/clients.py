"""What it costs to ask a subgraph: processor time of this process for one call, by several libraries.

Seven calls run together, as for a question that rests on seven subgraphs. Libraries take turns, round after round; a
ratio is made within a round.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, TypeAlias, cast

import aiohttp
import httptools
import httpx
import uvloop

from benchmarks.measure import Ratio
from benchmarks.report import spread, table
from benchmarks.servers import free_port, running
from connectors.post import Service

MARKS = "<!-- bench-clients:begin -->", "<!-- bench-clients:end -->"
TOGETHER: Final = 7
SIZES: Final = (10, 1_000)
HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json", "X-Api-Key": "secret"}
QUESTION: Final = b'{"query":"{ __typename }","variables":{"of":["p0","p1","p2","p3","p4","p5","p6","p7","p8","p9"]}}'

Ask: TypeAlias = Callable[[], Awaitable[bytes]]
Close: TypeAlias = Callable[[], Awaitable[None]]
Client: TypeAlias = Callable[[str], tuple[Ask, Close]]
"""Opens a client of one address."""


def by_httpx(url: str) -> tuple[Ask, Close]:
    client = httpx.AsyncClient(headers=HEADERS, trust_env=False, limits=httpx.Limits(max_connections=TOGETHER))

    async def ask() -> bytes:
        return (await client.post(url, content=QUESTION)).content

    return ask, client.aclose


def by_aiohttp(url: str) -> tuple[Ask, Close]:
    session = aiohttp.ClientSession(headers=HEADERS, connector=aiohttp.TCPConnector(limit=TOGETHER))

    async def ask() -> bytes:
        async with session.post(url, data=QUESTION) as response:
            return await response.read()

    return ask, session.close


def by_us(url: str) -> tuple[Ask, Close]:
    service = Service("stub", url, headers={"X-Api-Key": "secret"}, concurrency=TOGETHER)

    async def ask() -> bytes:
        return await service.post("", QUESTION, about="Person", deadline=float("inf"))

    return ask, service.close


class _Connection(asyncio.Protocol):
    """The least that a client could do: no pool to speak of, nothing checked, nothing bounded."""

    def __init__(self) -> None:
        self.body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self._answer.set_result(bytes(self.body))

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self.body.clear()
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer


def by_hand(url: str) -> tuple[Ask, Close]:
    read = httpx.URL(url)
    lines = [f"POST {read.path} HTTP/1.1", f"Host: {read.netloc.decode()}", f"Content-Length: {len(QUESTION)}"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    request = "\r\n".join((*lines, "", "")).encode() + QUESTION
    idle: list[_Connection] = []

    async def ask() -> bytes:
        if idle:
            connection = idle.pop()
        else:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, read.host, read.port or 80)
        answer = await connection.ask(request)
        idle.append(connection)
        return answer

    async def close() -> None:
        for connection in idle:
            connection.transport.close()

    return ask, close


CLIENTS: Final[dict[str, Client]] = {
    "asyncio and httptools, by hand": by_hand,
    "aiohttp": by_aiohttp,
    "the exchange": by_us,
    "httpx": by_httpx,
}
FLOOR: Final = next(iter(CLIENTS))


@dataclass(frozen=True, slots=True)
class ClientsReport:
    """Per number of rows and client, the seconds of each round."""

    machine: str
    found: dict[int, dict[str, Sequence[float]]]

    def text(self) -> str:
        return f"{self.machine}\n" + "\n".join(self._table(rows) for rows in self.found)

    def _table(self, rows: int) -> str:
        found = self.found[rows]
        lines = []
        for name, times in found.items():
            ratios = [one / floor for one, floor in zip(times, found[FLOOR], strict=True)]
            of_floor = spread(Ratio(median(ratios), min(ratios), max(ratios)))
            lines.append((name, f"{median(times) * 1e6:.0f}", "1" if name == FLOOR else f"**{of_floor}**"))
        title = f"Processor time of one call to a subgraph, {rows:,} rows, {TOGETHER} at a time"
        return table(title, ("client", "µs", "times the floor's"), lines)


def clients(directory: Path, *, rounds: int, calls: int) -> dict[int, dict[str, Sequence[float]]]:
    """Each round of a client makes `calls` times seven calls."""
    port = free_port()
    with running([sys.executable, "-m", "benchmarks.stub", str(port)], port, directory / "stub.log"):
        return {rows: uvloop.run(_measured(f"http://127.0.0.1:{port}/{rows}", rounds, calls)) for rows in SIZES}


async def _measured(url: str, rounds: int, calls: int) -> dict[str, Sequence[float]]:
    opened = {name: client(url) for name, client in CLIENTS.items()}
    found: dict[str, list[float]] = {name: [] for name in opened}
    answers = {await ask() for ask, _ in opened.values()}
    if len(answers) != 1:
        raise ValueError("the clients have different answers")
    for number in range(rounds + 1):  # the first warms all, and is not counted
        for name, (ask, _) in opened.items():
            started = time.process_time()
            for _ in range(calls):
                await asyncio.gather(*[ask() for _ in range(TOGETHER)])
            if number:
                found[name].append((time.process_time() - started) / calls / TOGETHER)
    for _, close in opened.values():
        await close()
    return dict(found)
