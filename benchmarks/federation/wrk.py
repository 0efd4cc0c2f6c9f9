"""The load: `wrk`, which asks the same question over kept-alive connections, each again once it has its answer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from benchmarks.load import LoadError

_MARK: Final = "told: "
_DONE: Final = """
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\n%s{"answers":%%d,"microseconds":%%d,"failures":%%d,"p50":%%.1f,"p99":%%.1f,"bytes":%%d}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), summary.bytes))
end
""".replace("%s{", _MARK + "{").replace("%%", "%")
_PATIENCE: Final = 30.0


class NoWrkError(Exception):
    """`wrk` is not installed."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One run of the load: how many answers came in how many seconds, and the quantiles of their times in seconds."""

    answers: int
    seconds: float
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def program() -> str:
    """Where it is.

    Raises:
        NoWrkError: nowhere.
    """
    found = shutil.which("wrk")
    if found is None:
        raise NoWrkError("wrk is not installed; run `make servers`, which installs it from Debian (as root)")
    return found


def script(body: bytes, headers: Mapping[str, str]) -> str:
    """What makes `wrk` ask: the request in Lua, and its report as one line of JSON."""
    lines = ['wrk.method = "POST"', f"wrk.body = {_quoted(body)}"]
    lines += [f"wrk.headers[{_quoted(name.encode())}] = {_quoted(value.encode())}" for name, value in headers.items()]
    return "\n".join(lines) + _DONE


def ask(url: str, asking: Path, *, connections: int, seconds: int) -> Slice:
    """Ask one server for a while; `asking` is a file with a `script`.

    Raises:
        NoWrkError: there is no `wrk`.
        LoadError: it failed, or an answer was not one.
    """
    command = [program(), "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(asking), url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + _PATIENCE, check=False)
    told = [line.removeprefix(_MARK) for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode != 0 or len(told) != 1:
        raise LoadError(f"wrk ended with {done.returncode}: {done.stderr or done.stdout}")
    return read_slice(told[0])


def read_slice(told: str) -> Slice:
    """The line that the script writes.

    Raises:
        LoadError: a request failed, or none was answered.
    """
    read = orjson.loads(told)
    if read["failures"] or not read["answers"]:
        raise LoadError(f"{read['failures']} requests failed, {read['answers']} were answered")
    return Slice(read["answers"], read["microseconds"] / 1e6, read["p50"] / 1e6, read["p99"] / 1e6)


def _quoted(text: bytes) -> str:
    """A Lua string (manual, section 3.1): every byte by its decimal code, so that none means anything."""
    return '"' + "".join(f"\\{byte:03d}" for byte in text) + '"'
