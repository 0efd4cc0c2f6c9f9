"""The servers that are measured, each a process of its own on a port of its own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from benchmarks.by_hand import OWN_AREA
from democity.personas import PERSONAS
from federation.demo import City, build_demo, token_of
from federation.settings import Settings

RESIDENTS = 50_000
_ROOT = Path(__file__).resolve().parents[1]
_PATIENCE = 60.0
_SURROUNDINGS = {**os.environ, "TONGGUAN_DEVELOPMENT": "true"}  # a gateway of made-up people, with tokens of our own
_REQUESTS = re.compile(r'^tongguan_source_requests_total\{.*?source="(.+?)".*\} (\S+)$', re.MULTILINE)

GOVERNED = """
# For the benchmark: the two of its seven fields that the demo city shows nobody.
p, role:health-analyst, own, Resident.livesAlone, read, epidemic-control, ordinary, allow, plain
p, role:health-analyst, own, Resident.sex, read, epidemic-control, ordinary, allow, plain
"""
OPEN = """# Everything is open to everyone who shows a valid token; receipts are written all the same.
p, any, any, *, read, any, any, allow, plain
p, any, any, Resident.birthDate, derive, any, any, allow, plain
"""


class NotStartedError(Exception):
    """A server did not come up."""


@dataclass(frozen=True, slots=True)
class Server:
    """One running server, and what its requests must carry."""

    port: int
    pid: int
    headers: Callable[[Sequence[str]], Mapping[str, str]]
    """What requests carry for somebody whose own areas are these."""

    def peak_memory(self) -> float:
        """The most that the process has held in memory, in MiB (VmHWM, proc(5))."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii", "replace")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")

    def source_requests(self) -> dict[str, int]:
        """Requests made to each source so far, as the gateway counts them."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", trust_env=False).text
        counts: dict[str, int] = {}
        for name, count in _REQUESTS.findall(text):
            counts[name] = counts.get(name, 0) + int(float(count))
        return counts


def build_homes(directory: Path, *, residents: int, delivery_port: int) -> tuple[Path, Path]:
    """Two exchanges over the same city: governed as the demo city is, and open."""
    governed, opened = directory / "governed", directory / "open"
    build_demo(Settings(home=governed), City(residents, delivery_port=delivery_port))
    shutil.copytree(governed, opened)
    with (governed / "policy.csv").open("a", encoding="utf-8") as policy:
        policy.write(GOVERNED)
    (opened / "policy.csv").write_text(OPEN, encoding="utf-8")
    return governed, opened


@contextlib.contextmanager
def gateway(home: Path) -> Iterator[Server]:
    """An exchange, with its log of answers going to a file as an operator's would."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("tongguan")), "serve", "--home", str(home), "--port", str(port)]

    def headers(areas: Sequence[str]) -> dict[str, str]:
        analyst = replace(PERSONAS["analyst"], areas=tuple(areas))
        token = token_of(Settings(home=home), analyst, 3600)
        return {"Authorization": f"Bearer {token}", "X-Purpose": analyst.purpose}

    with running(command, port, home / f"serve-{port}.log") as pid:
        # It listens before it has read its policy, and answers once it has.
        httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=_PATIENCE, trust_env=False).raise_for_status()
        yield Server(port, pid, headers)


@contextlib.contextmanager
def by_hand(module: str, home: Path) -> Iterator[Server]:
    """The floor or the peer, on the database of a city."""
    port = free_port()
    command = [sys.executable, "-m", module, str(home / "population.sqlite"), str(port)]
    with running(command, port, home / f"{module}.log") as pid:
        yield Server(port, pid, lambda areas: {OWN_AREA: areas[0]})


@contextlib.contextmanager
def delivery_company(home: Path, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "democity.delivery", "--directory", str(home), "--port", str(port)]
    with running(command, port, home / "company.log"):
        yield


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(
    command: Sequence[str],
    port: int,
    log: Path,
    *,
    folder: Path = _ROOT,
    surroundings: Mapping[str, str] = _SURROUNDINGS,
    farewell: signal.Signals = signal.SIGTERM,
) -> Iterator[int]:
    """A process that serves a port, started in a folder and ended by its own id; its output goes to `log`.

    `farewell` is the signal on which it ends, with whatever it has started.
    """
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=written, stderr=written, env=dict(surroundings)
        )
        try:
            _wait(process, port, log)
            yield process.pid
        finally:
            process.send_signal(farewell)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise NotStartedError(f"{process.args!r} did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
