"""Build the three exchanges in `.state/three-tiers`, serve each in a process of its own, and say what to try."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from audit.search import Search
from examples.three_tiers.build import TIERS, Tier, build

DIRECTORY: Final = Path(".state/three-tiers")
_PATIENCE: Final = 60.0  # seconds for one of them to start
_THINGS: Final = """
Three exchanges are serving: the street's on {street}, its district's on {district}, the city's on {city}. Ctrl-C ends
them. README.md, "Three exchanges, one above the other", has a question to ask and what becomes of it.
"""


@click.group(invoke_without_command=True)
@click.option("--first-port", default=TIERS[-1].port, show_default=True, help="The city's; the others follow.")
@click.pass_context
def main(context: click.Context, first_port: int) -> None:
    """Serve the three until that is interrupted, or one of them ends."""
    if context.invoked_subcommand is not None:
        return
    ports = tuple(first_port + tier.port - TIERS[-1].port for tier in TIERS)
    build(DIRECTORY, ports)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.ExitStack() as running, contextlib.suppress(KeyboardInterrupt):
        processes = []
        for tier, port in zip(TIERS, ports, strict=True):  # from below, so that each finds the one that it asks
            process = running.enter_context(_served(tier, port))
            _await(tier, port, process)
            processes.append(process)
        click.echo(_THINGS.format(**{tier.folder: port for tier, port in zip(TIERS, ports, strict=True)}))
        while all(process.poll() is None for process in processes):
            time.sleep(0.2)


@main.command()
def receipts() -> None:
    """Follow the city's last answer down: its receipt, and those that it names."""
    folders = {f"tongguan.local/{tier.exchange}": tier.folder for tier in TIERS}
    log = f"tongguan.local/{TIERS[-1].exchange}"
    entries = dict(Search(DIRECTORY / folders[log] / "audit").recent(None, 1_000))
    index = max(number for number, entry in entries.items() if entry.get("elsewhere"))
    waiting = [(log, index, "")]
    while waiting:
        log, index, indent = waiting.pop(0)
        entry = dict(Search(DIRECTORY / folders[log] / "audit").recent(None, 1_000))[index]
        caller = entry.get("caller")
        asked = f", asked by entry {caller['entry']} of {caller['log']}" if caller else ""
        shown = ", ".join(f"{kind}: {count}" for kind, count in entry.get("rows", {}).items())
        click.echo(f"{indent}entry {index} of {log}: {entry['who']['person']}{asked}; rows shown: {shown}")
        waiting += [(one["log"], one["entry"], indent + "  ") for one in entry.get("elsewhere", ())]


@contextlib.contextmanager
def _served(tier: Tier, port: int) -> Iterator[subprocess.Popen[bytes]]:
    home = DIRECTORY / tier.folder
    command = [
        sys.executable,
        "-c",
        "from federation.cli import main; main()",
        "serve",
        "--home",
        str(home),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, env={**os.environ, "TONGGUAN_DEVELOPMENT": "true"})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(tier: Tier, port: int, process: subprocess.Popen[bytes]) -> None:
    address, ends = f"http://127.0.0.1:{port}/health/ready", time.monotonic() + _PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=1):
            return
        time.sleep(0.1)
    sys.exit(f"the exchange of the {tier.folder} did not start")


if __name__ == "__main__":
    main()
