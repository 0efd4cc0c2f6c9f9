"""Build the three exchanges in `.state/three-tiers`, serve each in a process of its own, and say what to try."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

from examples.three_tiers.build import TIERS, Tier, build

DIRECTORY: Final = Path(".state/three-tiers")
_PATIENCE: Final = 60.0  # seconds for one of them to start
_THINGS = """
Three exchanges are serving: the street on 9313, the district on 9312, the city on 9311. Ctrl-C ends them.

An analyst of the city's Civil Affairs Bureau asks the city; the question travels to the street:

  TOKEN=$(.venv/bin/tongguan token --home .state/three-tiers/city --person wang.f --organisation civil-affairs-bureau \\
    --role care-analyst --area 31)
  curl -s http://127.0.0.1:9311/graphql -H "Authorization: Bearer $TOKEN" -H 'X-Purpose: elderly-care' \\
    -H 'Content-Type: application/json' -d '{"query": "{ residents(first: 3, where: {livesAlone: {eq: true}, \\
    ageBand: {in: [\\"80+\\"]}}) { nodes { id name phone ageBand area } } }"}' | python3 -m json.tool

Names come as the street masked them for the city's analyst; the phone is not in the agreement of city and district.
Each tier has its own receipt, and they name each other:

  for tier in city district street; do
    .venv/bin/tongguan audit show --home .state/three-tiers/$tier --last
  done
"""


def main() -> None:
    """Serve until it is interrupted, or one of them ends."""
    build(DIRECTORY)
    with contextlib.ExitStack() as running:
        processes = []
        for tier in TIERS:  # from below, so that each finds the one that it asks
            process = running.enter_context(_served(tier))
            _await(tier, process)
            processes.append(process)
        sys.stdout.write(_THINGS)
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with contextlib.suppress(KeyboardInterrupt):
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)


@contextlib.contextmanager
def _served(tier: Tier):  # type: ignore[no-untyped-def]  # noqa: ANN202
    home = DIRECTORY / tier.folder
    command = [sys.executable, "-m", "federation.cli", "serve", "--home", str(home), "--port", str(tier.port)]
    process = subprocess.Popen(command, env={**os.environ, "TONGGUAN_DEVELOPMENT": "true"})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(tier: Tier, process: subprocess.Popen[bytes]) -> None:
    address, ends = f"http://127.0.0.1:{tier.port}/health/ready", time.monotonic() + _PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=1):
            return
        time.sleep(0.1)
    sys.exit(f"the exchange of the {tier.folder} did not start")


if __name__ == "__main__":
    main()
