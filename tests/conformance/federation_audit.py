"""Ask `tongguan router` everything that a federation gateway audit asks, over HTTP, and compare.

    python -m tests.conformance.federation_audit --url http://localhost:4200 [--composed] [--only SUITE …]

The audit's server (graphql-hive's federation-gateway-audit is one) lists its suites at `/ids`; of each it serves
`/<id>/supergraph`, `/<id>/subgraphs` (name, sdl and url) and `/<id>/tests` (query and what is expected). Nothing of it
is kept here. Exit code 1 where an answer is another than expected.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from federation.schema.compose import CompositionFailedError, compose

_READY_WITHIN, _STOPPED_WITHIN = 60.0, 15.0
_TONGGUAN = "from federation.cli import main; main()"
_SHOWN = 400  # characters of a difference


@dataclass(frozen=True)
class Outcome:
    """One suite: how many tests it has, and what is wrong with which."""

    suite: str
    tests: int
    misses: tuple[str, ...]

    @property
    def passed(self) -> int:
        return max(self.tests - len(self.misses), 0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--url", default="http://localhost:4200", help="where the audit serves its suites")
    parser.add_argument(
        "--composed", action="store_true", help="compose the subgraphs, in place of the supergraph given"
    )
    parser.add_argument("--only", nargs="*", metavar="SUITE", help="these suites alone")
    parser.add_argument("--verbose", action="store_true", help="say what differs")
    options = parser.parse_args(arguments)
    with httpx.Client(base_url=options.url, timeout=30.0) as audit:
        suites = options.only or audit.get("/ids").raise_for_status().json()
        outcomes = [audited(audit, suite, composed=options.composed) for suite in _told(suites, options.verbose)]
    return 0 if summed(outcomes, verbose=options.verbose) else 1


def _told(suites: Sequence[str], verbose: bool) -> Iterator[str]:
    for suite in suites:
        if verbose:
            sys.stderr.write(f"{suite}\n")
        yield suite


def summed(outcomes: Sequence[Outcome], *, verbose: bool) -> bool:
    """Print a line for each suite and the total; whether nothing was missed."""
    for one in outcomes:
        mark = "ok  " if not one.misses else "MISS"
        sys.stdout.write(f"{mark} {one.suite}: {one.passed} of {one.tests}\n")
        if verbose:
            sys.stdout.writelines(f"       {miss}\n" for miss in one.misses)
    whole = sum(not one.misses for one in outcomes)
    passed, tests = sum(one.passed for one in outcomes), sum(one.tests for one in outcomes)
    sys.stdout.write(f"{whole} of {len(outcomes)} suites, {passed} of {tests} tests\n")
    return bool(outcomes) and whole == len(outcomes)


def audited(audit: httpx.Client, suite: str, *, composed: bool) -> Outcome:
    """Serve the graph of one suite and ask all of it."""
    tests = audit.get(f"/{suite}/tests").raise_for_status().json()
    try:
        sdl = _composed(audit, suite) if composed else audit.get(f"/{suite}/supergraph").raise_for_status().text
        with (
            tempfile.TemporaryDirectory() as folder,
            router(sdl, Path(folder)) as url,
            httpx.Client(timeout=30.0) as asks,
        ):
            found = [compared(asks, url, number, test) for number, test in enumerate(tests, start=1)]
    except (CompositionFailedError, RouterError) as error:
        return Outcome(suite, len(tests), (*(f"{number}: {error}" for number in range(1, len(tests) + 1)),))
    return Outcome(suite, len(tests), tuple(one for one in found if one))


def _composed(audit: httpx.Client, suite: str) -> str:
    subgraphs = audit.get(f"/{suite}/subgraphs").raise_for_status().json()
    return compose({one["name"]: one["sdl"] for one in subgraphs}, urls={one["name"]: one["url"] for one in subgraphs})


class RouterError(Exception):
    """The router does not serve this graph; the text is its own last word."""


@contextlib.contextmanager
def router(sdl: str, folder: Path) -> Iterator[str]:
    """`tongguan router` on a port of its own, over a home that is gone afterwards; where it is asked."""
    file, log = folder / "supergraph.graphql", folder / "log.txt"
    file.write_text(sdl, encoding="utf-8")
    port = _free_port()
    command = [
        sys.executable,
        "-c",
        _TONGGUAN,
        "router",
        "--supergraph",
        str(file),
        "--home",
        str(folder / "home"),
    ]
    with log.open("wb") as written:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=written, stderr=subprocess.STDOUT)
        try:
            base = f"http://127.0.0.1:{port}"
            _await_ready(process, f"{base}/health/ready", log)
            yield f"{base}/graphql"
        finally:
            process.terminate()
            try:
                process.wait(_STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            lines = log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"]
            raise RouterError(lines[-1])
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url).is_success:
                return
        time.sleep(0.05)
    raise RouterError("it was not ready in time")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def compared(asks: httpx.Client, url: str, number: int, test: dict[str, Any]) -> str:
    """What is wrong with the answer to one test; empty where nothing is."""
    expected = test["expected"]
    try:
        answer = asks.post(url, json={"query": test["query"]}).json()
    except (httpx.HTTPError, ValueError) as error:
        return f"{number}: no answer ({type(error).__name__})"
    data, errors = answer.get("data"), answer.get("errors")
    if data != expected.get("data"):
        return _cut(f"{number}: data {data}, not {expected.get('data')}; errors {errors}")
    wanted = expected.get("errors")
    if isinstance(wanted, bool) and bool(errors) is not wanted:
        return _cut(f"{number}: {'errors' if errors else 'no errors'}: {errors}")
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


if __name__ == "__main__":
    raise SystemExit(main())
