"""The load: prepared requests over kept-alive connections on loopback, timed one by one.

It runs in the benchmark's own process, apart from the servers, and does as little as it can for each request: write
bytes, read as many as `Content-Length` says, look at the status. Each connection asks again once it has its answer.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from time import perf_counter

_CHUNK = 1 << 18
_PATIENCE = 20.0
_LENGTH = b"content-length: "


class LoadError(Exception):
    """A server did not answer, or not with 200."""


@dataclass(frozen=True, slots=True)
class Run:
    """How long each request took, in seconds, and all of them together."""

    times: tuple[float, ...]
    elapsed: float

    @property
    def per_second(self) -> float:
        return len(self.times) / self.elapsed

    def quantile(self, share: float) -> float:
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


class Connection:
    """One connection with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.started = 0.0
        self._got = bytearray()
        self._whole = 0

    def send(self, request: bytes) -> None:
        self._got.clear()
        self._whole = 0
        self.started = perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; whether that was all of the answer."""
        data = self.socket.recv(_CHUNK)
        if not data:
            raise LoadError("the server hung up")
        self._got += data
        if not self._whole:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self._got[:end]).lower()
            if not head.startswith(b"http/1.1 200 "):
                raise LoadError(f"the server answered {head.splitlines()[0].decode()}: {bytes(self._got[end + 4 :])!r}")
            self._whole = end + 4 + int(head.partition(_LENGTH)[2].split(b"\r\n", 1)[0])
        return len(self._got) >= self._whole

    @property
    def body(self) -> bytes:
        return bytes(self._got).partition(b"\r\n\r\n")[2]


def ask(port: int, request: bytes) -> bytes:
    """The body of one answer."""
    connection = Connection(port)
    with connection.socket:
        connection.send(request)
        while not connection.receive():
            pass
        return connection.body


def run(port: int, requests: bytes | Iterable[bytes], *, connections: int = 1, seconds: float) -> Run:
    """Ask until the requests or the seconds are over; the same request again and again where only one is given."""
    waiting = repeat(requests) if isinstance(requests, bytes) else iter(requests)
    opened = [Connection(port) for _ in range(connections)]
    try:
        return _run(opened, waiting, seconds)
    finally:
        for one in opened:
            one.socket.close()


def _run(opened: list[Connection], waiting: Iterator[bytes], seconds: float) -> Run:
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        begun = now = perf_counter()
        under_way = 0
        for one in opened:
            if (request := next(waiting, None)) is not None:
                selector.register(one.socket, selectors.EVENT_READ, one)
                one.send(request)
                under_way += 1
        while under_way:
            ready = selector.select(_PATIENCE)
            if not ready:
                raise LoadError(f"the server did not answer within {_PATIENCE} s")
            for key, _ in ready:
                one = key.data
                if not one.receive():
                    continue
                now = perf_counter()
                times.append(now - one.started)
                request = next(waiting, None) if now - begun < seconds else None
                if request is None:
                    under_way -= 1
                else:
                    one.send(request)
        return Run(tuple(times), now - begun)
