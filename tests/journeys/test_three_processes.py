"""The three exchanges of the README, in three processes, as its reader runs and asks them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.city import free_port, wait_for

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.server


def commands(name: str) -> str:
    text = (ROOT / "README.md").read_text("utf-8")
    (found,) = re.findall(rf"<!-- tiers: {name} -->\n```bash\n(.*?)```", text, re.DOTALL)
    return str(found)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGGUAN_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def pasted(script: str, folder: Path, port: int) -> str:
    """What a script of the README prints in a folder that is not the repository's."""
    bin_, city = Path(sys.executable).parent, f"127.0.0.1:{port}"
    script = script.replace(".venv/bin", str(bin_)).replace("127.0.0.1:9311", city)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    return done.stdout.decode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    folder, port = tmp_path_factory.mktemp("three"), free_port()
    (script,) = commands("run").strip().splitlines()
    module = script.split()[1:]
    process = subprocess.Popen(
        [sys.executable, *module, "--first-port", str(port)], cwd=folder, env=environment(), stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", 90)
        yield folder, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def test_a_question_travels_to_the_street_and_the_receipts_name_each_other(served: tuple[Path, int]) -> None:
    folder, port = served
    answer = json.loads(pasted(commands("ask"), folder, port))
    nodes = answer["data"]["residents"]["nodes"]
    assert len(nodes) == 3
    assert all("*" in one["name"] and one["phone"] is None for one in nodes)
    assert any(one["care"] for one in nodes)
    assert answer["extensions"]["masked"]["Resident.name"] == ["pudong/name-surname"]
    told = pasted(commands("receipts"), folder, port).splitlines()
    index = answer["extensions"]["receipt"]["index"]
    assert told[0].startswith(f"entry {index} of tongguan.local/city: wang.f;")
    assert any(
        re.match(r"  entry \d+ of tongguan.local/pudong-district: .*asked by entry \d+ of tongguan.local/city", one)
        for one in told
    )
    assert any(
        re.match(r"    entry \d+ of tongguan.local/huamu-street: .*asked by entry \d+ of tongguan.local/pudong", one)
        for one in told
    )
